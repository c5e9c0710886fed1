/* SPDX-License-Identifier: Apache-2.0 */
/* See hlc_state.h: the file behind a clock that survives restarts. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libtt/hlc_state.h"
#include "libtt/lock.h"

#define RECORD_SIZE 24
#define RECORD_AT   4096 /* apart, so that no sector holds both */

static const char magic[8] = {'T', 'T', 'H', 'L', 'C', 'B', '0', '1'};

static void put64(uint64_t value, uint8_t *ret)
{
	for (int i = 0; i < 8; i++)
		ret[i] = (uint8_t)(value >> (56 - 8 * i));
}

static uint64_t get64(const uint8_t *in)
{
	uint64_t value = 0;

	for (int i = 0; i < 8; i++)
		value = value << 8 | in[i];
	return value;
}

/* http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint64_t fnv1a(const uint8_t *in, size_t size)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ in[i]) * UINT64_C(1099511628211);
	return hash;
}

static int write_record(int fd, int number, int64_t bound_ns)
{
	uint8_t record[RECORD_SIZE];
	ssize_t n;

	memcpy(record, magic, sizeof(magic));
	put64((uint64_t)bound_ns ^ (UINT64_C(1) << 63), &record[8]);
	put64(fnv1a(record, 16), &record[16]);
	do {
		n = pwrite(fd, record, sizeof(record),
			   (off_t)number * RECORD_AT);
	} while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(record) || fdatasync(fd) < 0)
		return -EIO;
	return 0;
}

/* 1; 0: it is not whole, as a write that was cut off leaves it; -EIO, and -EPROTO
 * where there is none: no write leaves it so, and it may be the one that counts. */
static int read_record(int fd, int number, int64_t *ret_ns)
{
	uint8_t record[RECORD_SIZE];
	ssize_t n;

	do {
		n = pread(fd, record, sizeof(record),
			  (off_t)number * RECORD_AT);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -EIO;
	if (n != (ssize_t)sizeof(record))
		return -EPROTO;
	if (memcmp(record, magic, sizeof(magic)) != 0 ||
	    get64(&record[16]) != fnv1a(record, 16))
		return 0;
	*ret_ns = (int64_t)(get64(&record[8]) ^ (UINT64_C(1) << 63));
	return 1;
}

/* A crash must not leave the name gone or half of a file under it. */
static int sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];
	int fd, rc;

	if (slash == NULL)
		strcpy(folder, ".");
	else
		snprintf(folder, sizeof(folder), "%.*s",
			 (int)(slash - path) + 1, path);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	rc = fsync(fd) < 0 ? -errno : 0;
	close(fd);
	return rc;
}

static int write_first(int fd)
{
	int rc;

	rc = write_record(fd, 0, INT64_MIN);
	if (rc == 0)
		rc = write_record(fd, 1, INT64_MIN);
	if (rc == 0 && fsync(fd) < 0)
		rc = -EIO;
	return rc;
}

/* A new file that says "no earlier life", unless another process was first. */
static int create(const char *path)
{
	char made[PATH_MAX];
	int fd, rc;

	rc = snprintf(made, sizeof(made), "%s.XXXXXX", path);
	if (rc < 0 || (size_t)rc >= sizeof(made))
		return -ENAMETOOLONG;
	fd = mkostemp(made, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	rc = write_first(fd);
	if (rc == 0 && link(made, path) < 0 && errno != EEXIST)
		rc = -errno;
	unlink(made);
	close(fd);
	return rc < 0 ? rc : sync_folder(path);
}

static int open_file(const char *path)
{
	const int flags = O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	struct stat st;
	int fd, rc;

	fd = open(path, flags);
	if (fd < 0 && errno == ENOENT) {
		rc = create(path);
		if (rc < 0)
			return rc;
		fd = open(path, flags);
	}
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		rc = -EPROTO;
	else if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		rc = errno == EWOULDBLOCK ? -EBUSY : -errno;
	else
		return fd;
	close(fd);
	return rc;
}

/* The greater of the whole records; the lesser, or the broken one, is the next
 * to be written. */
static int load(struct hlc_state *state)
{
	int64_t bound_ns[2];
	int is_whole[2], best;

	for (int i = 0; i < 2; i++) {
		is_whole[i] = read_record(state->fd, i, &bound_ns[i]);
		if (is_whole[i] < 0)
			return is_whole[i];
	}
	if (!is_whole[0] && !is_whole[1])
		return -EPROTO;
	if (is_whole[0] && is_whole[1])
		best = bound_ns[0] < bound_ns[1];
	else
		best = is_whole[1] ? 1 : 0;
	state->next = 1 - best;
	state->resume_ns = bound_ns[best];
	return 0;
}

/* Kernels before 4.14 do not wipe it: there it is the pid that tells. */
static int make_mark(struct hlc_state *state)
{
	void *page;

	page = mmap(NULL, sizeof(*state->mark), PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return -ENOMEM;
	(void)madvise(page, sizeof(*state->mark), MADV_WIPEONFORK);
	state->mark = page;
	atomic_init(state->mark, 1);
	state->pid = getpid();
	return 0;
}

int hlc_state_open(struct hlc_state *state, const char *path)
{
	int rc;

	pthread_mutex_init(&state->lock, NULL);
	state->fd = -1;
	state->mark = NULL;
	state->resume_ns = INT64_MIN;
	atomic_init(&state->soft_ns, INT64_MAX);
	atomic_init(&state->bound_ns, INT64_MAX);
	if (path == NULL)
		return 0;
	rc = make_mark(state);
	if (rc == 0)
		rc = open_file(path);
	if (rc < 0)
		return rc;
	state->fd = rc;
	atomic_init(&state->soft_ns, INT64_MIN);
	atomic_init(&state->bound_ns, INT64_MIN);
	return load(state);
}

/* What the parent of a fork(2) has given since is not known to its child. */
static bool is_ours(const struct hlc_state *state)
{
	return state->fd >= 0 && getpid() == state->pid &&
	       atomic_load_explicit(state->mark, memory_order_relaxed) != 0;
}

/* Both records go down to last_ns, the greater one last: cut off between, the
 * greater still counts. */
void hlc_state_close(struct hlc_state *state, int64_t last_ns)
{
	if (is_ours(state) && last_ns != INT64_MIN &&
	    write_record(state->fd, state->next, last_ns) == 0)
		(void)write_record(state->fd, 1 - state->next, last_ns);
	if (state->fd >= 0)
		close(state->fd);
	if (state->mark != NULL)
		munmap(state->mark, sizeof(*state->mark));
	pthread_mutex_destroy(&state->lock);
}

/* Under lock. Release: partner of the acquire loads in hlc_state_cover() and
 * hlc.c; the record is on the disk before any wall relies on it. */
static int extend(struct hlc_state *state, int64_t wall_ns)
{
	int64_t bound_ns;
	int rc;

	if (__builtin_add_overflow(wall_ns, HLC_STATE_AHEAD_NS, &bound_ns))
		bound_ns = INT64_MAX;
	rc = write_record(state->fd, state->next, bound_ns);
	if (rc < 0)
		return rc;
	state->next = 1 - state->next;
	atomic_fetch_add_explicit(&state->persists, 1, memory_order_relaxed);
	atomic_store_explicit(&state->bound_ns, bound_ns, memory_order_release);
	atomic_store_explicit(&state->soft_ns,
			      bound_ns - HLC_STATE_AHEAD_NS / 2,
			      memory_order_release);
	return 0;
}

static int64_t loaded(const _Atomic int64_t *word)
{
	return atomic_load_explicit(word, memory_order_acquire);
}

/* A lock that a child of fork(2) finds taken is never given back there: it has
 * no business with it. */
int hlc_state_cover(struct hlc_state *state, int64_t wall_ns)
{
	const bool is_covered = wall_ns <= loaded(&state->bound_ns);
	const int errno_saved = errno;
	int rc = 0, held;

	if (!is_ours(state))
		return is_covered ? 0 : -EIO;
	held = cancel_hold();
	if (!is_covered)
		pthread_mutex_lock(&state->lock);
	else if (pthread_mutex_trylock(&state->lock) != 0)
		goto out;
	if (wall_ns > loaded(&state->soft_ns))
		rc = extend(state, wall_ns);
	pthread_mutex_unlock(&state->lock);
out:
	cancel_release(held);
	errno = errno_saved;
	return is_covered ? 0 : rc;
}
