/* SPDX-License-Identifier: Apache-2.0 */
/* The log's pipe, and the process at its other end. See history_log.h. */
#include "timed/history_log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PIPE_SIZE (1 << 20)
#define RETRY_MS  2000

/* An earlier writer has little left to do. */
#define BUSY_MS 200

/* How often, when the daemon has gone, a disk that does not take it is asked. */
#define LAST_TRIES 3

/* How long the writer is waited for at the end: 50 times 20 ms. */
#define END_TRIES 50
#define END_MS    20

/* What the writer tells, in a page that both have: two slots, of which `turn`
 * names the one to read, so that neither waits. */
struct told {
	_Atomic uint64_t written, rotations, bytes, moved, removed;
	_Atomic uint64_t taken; /* bytes of the pipe's that are done with */
	_Atomic int64_t sequence;
	_Atomic int err, rotation_err;
	_Atomic char sha256[HISTORY_SHA256_SIZE];
};

struct shared {
	_Atomic unsigned int turn;
	struct told told[2];
};

struct history_log {
	int fd; /* to write to */
	pid_t child; /* 0: its end was seen */
	bool has_ended;
	uint64_t lost, lost_told;
	uint64_t handed, handed_bytes; /* over, at least in part */
	uint64_t room;                 /* bytes of the pipe and beyond */
	struct shared *shared;
	size_t rest_size; /* of a line that the pipe took in part */
	char rest[HISTORY_LINE_SIZE + 2];
};

/* ---- the writer ---- */

struct child {
	int in, retry_ms, tries;
	struct shared *shared;
	uint64_t written, taken;
	struct history_writer writer;
	size_t have;
	char text[HISTORY_LINE_SIZE + 2]; /* marks: first byte, '!' a basis */
};

static void tell(struct child *c, int err)
{
	const struct history_writer *w = &c->writer;
	/* Nobody else stores to it. */
	const unsigned int turn = atomic_load_explicit(&c->shared->turn,
						       memory_order_relaxed);
	struct told *t = &c->shared->told[(turn + 1) & 1];

	atomic_store(&t->written, c->written);
	atomic_store(&t->taken, c->taken);
	atomic_store(&t->bytes, w->bytes);
	atomic_store(&t->rotations, w->rotations);
	atomic_store(&t->moved, w->moved);
	atomic_store(&t->removed, w->removed);
	atomic_store(&t->sequence, *w->sha256 ? w->sequence - 1 : -1);
	atomic_store(&t->err, err);
	atomic_store(&t->rotation_err, w->rotation_err);
	for (size_t i = 0; i < sizeof(w->sha256); i++)
		atomic_store_explicit(&t->sha256[i], w->sha256[i],
				      memory_order_release);
	/* With history_log_view()'s load. */
	atomic_store(&c->shared->turn, turn + 1);
}

/* Until the disk is asked again. False: the daemon has gone, and it was asked
 * often enough. */
static bool wait_a_while(struct child *c, int err)
{
	const int ms = err == -EBUSY && c->retry_ms > BUSY_MS ? BUSY_MS
							      : c->retry_ms;
	struct pollfd daemon = { .fd = c->in };

	if (poll(&daemon, 1, ms) == 0)
		return true;
	poll(NULL, 0, ms < BUSY_MS ? ms : BUSY_MS);
	return ++c->tries < LAST_TRIES;
}

/* A line with its mark, and without its end. */
static bool take_line(struct child *c, const char *line, size_t size)
{
	int err;

	while ((err = *line == '!' ? history_writer_basis(&c->writer, line + 1,
							  size - 1)
				   : history_writer_put(&c->writer, line + 1,
							size - 1)) != 0) {
		tell(c, err);
		if (!wait_a_while(c, err))
			return false;
	}
	c->tries = 0;
	c->written++;
	return true;
}

static bool take_lines(struct child *c)
{
	char *at = c->text, *end;
	int err;

	while ((end = memchr(at, '\n', c->have)) != NULL) {
		if (!take_line(c, at, (size_t)(end - at)))
			return false;
		c->taken += (size_t)(end - at) + 1;
		c->have -= (size_t)(end - at) + 1;
		at = end + 1;
		tell(c, 0);
	}
	memmove(c->text, at, c->have);
	err = history_writer_sync(&c->writer);
	tell(c, err);
	return c->have < sizeof(c->text);
}

/* Ends with the daemon: then the pipe does. */
static int serve(struct child *c)
{
	ssize_t n;

	while ((n = read(c->in, c->text + c->have,
			 sizeof(c->text) - c->have)) != 0) {
		if (n < 0 && errno != EINTR)
			return 1;
		c->have += n > 0 ? (size_t)n : 0;
		if (!take_lines(c))
			return 1;
	}
	history_writer_close(&c->writer);
	return 0;
}

/* Whoever stops the daemon stops its writer when the daemon has said all. */
static void be_child(const struct history_log_options *opt, const int fd[2],
		     struct shared *shared)
{
	static struct child c;

	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	prctl(PR_SET_NAME, "timed-log");
	if (nice(10) < 0) {
		/* It was a courtesy. */
	}
	close(fd[1]); /* or the pipe would never end */
	if (dup2(fd[0], 3) < 0)
		_exit(1);
	close_range(4, ~0U, 0); /* what an old kernel leaves open does no harm */
	c.in = 3;
	c.retry_ms = opt->retry_ms > 0 ? opt->retry_ms : RETRY_MS;
	c.shared = shared;
	history_writer_init(&c.writer, &opt->files);
	_exit(serve(&c));
}

/* ---- the daemon ---- */

/* The pipe, which nobody waits for, and what the writer has in hand besides. */
static void make_room(struct history_log *l)
{
	int size;

	fcntl(l->fd, F_SETFL, O_NONBLOCK);
	fcntl(l->fd, F_SETPIPE_SZ, PIPE_SIZE); /* less is hours less */
	size = fcntl(l->fd, F_GETPIPE_SZ);
	l->room = (size > 0 ? (uint64_t)size : 0) + HISTORY_LINE_SIZE;
}

static int start(struct history_log *l, const struct history_log_options *opt)
{
	int fd[2];

	l->shared = mmap(NULL, sizeof(*l->shared), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (l->shared == MAP_FAILED) {
		l->shared = NULL;
		return -errno;
	}
	atomic_store(&l->shared->told[0].sequence, -1);
	if (pipe2(fd, O_CLOEXEC) < 0)
		return -errno;
	l->fd = fd[1];
	make_room(l);
	l->child = fork();
	if (l->child == 0)
		be_child(opt, fd, l->shared);
	close(fd[0]);
	return l->child < 0 ? -errno : 0;
}

int history_log_open(const struct history_log_options *opt,
		     struct history_log **ret)
{
	struct history_log *l = calloc(1, sizeof(*l));
	int err;

	if (!l)
		return -ENOMEM;
	l->fd = -1;
	err = start(l, opt);
	if (err)
		history_log_close(l);
	else
		*ret = l;
	return err;
}

/* What the pipe takes of it. False: not even a part. */
static bool push(struct history_log *l, const char *text, size_t size)
{
	const ssize_t n = write(l->fd, text, size);

	if (n < 0 && errno == EPIPE)
		l->has_ended = true;
	if (n <= 0)
		return false;
	l->handed_bytes += (uint64_t)n;
	l->rest_size = size - (size_t)n;
	memmove(l->rest, text + n, l->rest_size);
	return true;
}

/* True: nothing is left of an earlier line. */
static bool push_rest(struct history_log *l)
{
	return l->rest_size == 0 ||
	       (push(l, l->rest, l->rest_size) && l->rest_size == 0);
}

static bool put_line(struct history_log *l, char mark, const char *body,
		     size_t size)
{
	static char line[HISTORY_LINE_SIZE + 2];

	if (size > HISTORY_LINE_SIZE || !push_rest(l))
		return false;
	line[0] = mark;
	memcpy(line + 1, body, size);
	line[size + 1] = '\n';
	if (!push(l, line, size + 2))
		return false;
	l->handed++;
	return true;
}

static void put(struct history_log *l, char mark, const char *body, size_t size)
{
	const uint64_t lost = l->lost - l->lost_told;
	char text[64];
	int n;

	if (lost > 0) {
		n = snprintf(text, sizeof(text),
			     "\"kind\":\"lost\",\"lines\":%llu}",
			     (unsigned long long)lost);
		if (put_line(l, ' ', text, (size_t)n))
			l->lost_told = l->lost;
	}
	if (l->lost > l->lost_told || !put_line(l, mark, body, size))
		l->lost++;
}

void history_log_write(struct history_log *l, const char *body, size_t size)
{
	put(l, ' ', body, size);
}

void history_log_basis(struct history_log *l, const char *body, size_t size)
{
	put(l, '!', body, size);
}

static void read_told(const struct told *t, struct history_log_view *ret,
		      uint64_t *ret_taken)
{
	ret->written = atomic_load(&t->written);
	ret->bytes = atomic_load(&t->bytes);
	*ret_taken = atomic_load(&t->taken);
	ret->rotations = atomic_load(&t->rotations);
	ret->moved = atomic_load(&t->moved);
	ret->removed = atomic_load(&t->removed);
	ret->sequence = atomic_load(&t->sequence);
	ret->err = atomic_load(&t->err);
	ret->rotation_err = atomic_load(&t->rotation_err);
	for (size_t i = 0; i < sizeof(ret->sha256); i++)
		ret->sha256[i] = atomic_load_explicit(&t->sha256[i],
						      memory_order_acquire);
}

void history_log_look(struct history_log *l)
{
	int status;

	if (l->child == 0 || waitpid(l->child, &status, WNOHANG) == 0)
		return;
	l->child = 0;
	l->has_ended = true;
}

/* What the writer left when it ended nobody writes. */
static void put_queue(const struct history_log *l, uint64_t taken,
		      struct history_log_view *v)
{
	v->waiting = l->handed - v->written;
	v->bytes_waiting = l->handed_bytes + l->rest_size - taken;
	v->bytes_waiting_max = l->room;
	v->lost = l->lost + v->removed;
	v->has_ended = l->has_ended;
	if (!v->has_ended)
		return;
	v->lost += v->waiting;
	v->waiting = v->bytes_waiting = 0;
}

void history_log_view(const struct history_log *l,
		      struct history_log_view *ret)
{
	struct history_log_view v = { .sequence = -1 };
	uint64_t taken = 0;

	/* A slot that was not written to meanwhile, but for a writer that is
	 * very fast: then without the hash. */
	for (int i = 0; i < 8; i++) {
		const unsigned int turn = atomic_load(&l->shared->turn);

		read_told(&l->shared->told[turn & 1], &v, &taken);
		if (atomic_load(&l->shared->turn) == turn)
			break;
		v.sequence = -1;
		v.sha256[0] = '\0';
	}
	v.sha256[HISTORY_SHA256_SIZE - 1] = '\0';
	put_queue(l, taken, &v);
	*ret = v;
}

/* The writer's end, for so long. */
static bool wait_for_end(const struct history_log *l)
{
	int status;

	for (int i = 0; i < END_TRIES; i++) {
		const pid_t ended = waitpid(l->child, &status, WNOHANG);

		if (ended != 0)
			return ended > 0 && WIFEXITED(status) &&
			       WEXITSTATUS(status) == 0;
		poll(NULL, 0, END_MS);
	}
	return false;
}

bool history_log_close(struct history_log *l)
{
	bool is_done;

	if (!l)
		return true;
	is_done = !l->has_ended;
	if (l->fd >= 0) {
		is_done &= push_rest(l);
		close(l->fd);
	}
	if (l->child > 0 && !wait_for_end(l))
		is_done = false;
	if (l->shared)
		munmap(l->shared, sizeof(*l->shared));
	free(l);
	return is_done;
}
