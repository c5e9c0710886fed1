/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger-node: one node's process. A turn of its loop: take what has come, let
 * the clock do its part, send entries to followers, bring the log to disk, say
 * what may be said only now, apply what is committed and whose wait is over.
 */
#include "ledger/node.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define HEAD_SIZE offsetof(struct msg, entry)
#define TURN_MSGS 64
#define TICK_NS	  (10 * MS_NS)

static volatile sig_atomic_t wants_stop;

static void on_signal(int sig)
{
	(void)sig;
	wants_stop = 1;
}

int64_t mono_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* --- messages ------------------------------------------------------------ */

struct msg *node_msg(struct node *n, enum msg_kind kind, int shard)
{
	struct msg *m = &n->out;

	memset(m, 0, HEAD_SIZE);
	m->magic = MSG_MAGIC;
	m->kind = (int32_t)kind;
	m->from = n->id;
	m->shard = shard;
	m->term = n->shard[shard].term;
	m->leader = n->shard[shard].leader;
	return m;
}

/* A full queue, a node that is not there: the message is lost, as on any
 * network. */
static void put_on_wire(struct node *n, const struct sockaddr_in *to,
			const struct msg *m)
{
	const size_t size = HEAD_SIZE + (size_t)m->count * sizeof(m->entry[0]);

	(void)sendto(n->fd, m, size, 0, (const struct sockaddr *)to,
		     sizeof(*to));
}

void node_send(struct node *n, int to, struct msg *m)
{
	if (to < 0)
		return;
	message_stamp(n, m);
	put_on_wire(n, &n->peer[to], m);
}

/* What must not be said before it is on disk. m has no entries. */
void node_send_after_sync(struct node *n, int to, const struct msg *m)
{
	if (n->after_sync_count == AFTERSYNC_MAX)
		return;
	n->after_sync[n->after_sync_count].to = to;
	memcpy(n->after_sync[n->after_sync_count++].head, m, HEAD_SIZE);
}

static void send_after_sync(struct node *n)
{
	for (int i = 0; i < n->after_sync_count; i++) {
		memcpy(&n->out, n->after_sync[i].head, HEAD_SIZE);
		node_send(n, n->after_sync[i].to, &n->out);
	}
	n->after_sync_count = 0;
}

/* NULL: too much is under way. */
struct pending *node_pending(struct node *n, enum pending_state state,
			     const struct msg *m,
			     const struct sockaddr_in *asker)
{
	struct pending *p = n->pending;

	while (p < n->pending + PENDING_MAX && p->state != PENDING_NONE)
		p++;
	if (p == n->pending + PENDING_MAX)
		return NULL;
	memset(p, 0, sizeof(*p));
	p->state = state;
	p->txn = m->txn;
	p->asker = *asker;
	p->asker_node = -1;
	p->shard = m->shard;
	p->other = -1;
	p->ts = m->ts;
	p->begin_ns = mono_ns();
	p->vector_size = m->vector_size;
	memcpy(p->vector, m->vector, sizeof(p->vector));
	return p;
}

struct pending *node_find_pending(struct node *n, enum pending_state state,
				  uint64_t txn)
{
	for (int i = 0; i < PENDING_MAX; i++)
		if (n->pending[i].state == state && n->pending[i].txn.id == txn)
			return &n->pending[i];
	return NULL;
}

/* To the client, or to the gateway that asked for it. */
void node_reply(struct node *n, struct pending *p, enum status status)
{
	const bool is_read = p->asker_node >= 0;
	struct msg *m = node_msg(n, is_read ? MSG_READ : MSG_REPLY, p->shard);

	m->status = (int32_t)status;
	m->txn = p->txn;
	m->ts = p->ts;
	m->vector_size = p->vector_size;
	memcpy(m->vector, p->vector, sizeof(m->vector));
	p->state = PENDING_NONE;
	if (is_read)
		node_send(n, p->asker_node, m);
	else
		put_on_wire(n, &p->asker, m);
}

void node_refuse(struct node *n, const struct msg *m,
		 const struct sockaddr_in *to, enum status status)
{
	struct msg *reply = node_msg(n, MSG_REPLY, m->shard);

	reply->status = (int32_t)status;
	reply->txn = m->txn;
	put_on_wire(n, to, reply);
}

static bool is_entry(const struct entry *e)
{
	if (e->count < 0 || e->count > TXN_KEYS || e->coordinator < 0 ||
	    e->coordinator >= SHARDS || e->other >= SHARDS)
		return false;
	for (int i = 0; i < e->count; i++)
		if (e->write[i].key < 0 || e->write[i].key >= KEYS_MAX)
			return false;
	return true;
}

/* Whatever has come in: nothing else may reach the rest. */
static bool is_whole(const struct msg *m, ssize_t size)
{
	const struct access *a;

	if (size < (ssize_t)HEAD_SIZE || m->magic != MSG_MAGIC ||
	    m->from < -1 || m->from >= NODES || m->shard < 0 ||
	    m->shard >= SHARDS || m->count < 0 || m->count > ENTRIES_MAX ||
	    size < (ssize_t)(HEAD_SIZE +
			     (size_t)m->count * sizeof(m->entry[0])) ||
	    m->txn.count < 0 || m->txn.count > TXN_KEYS || m->index < 0 ||
	    m->vector_size < 0 || m->vector_size > VECTOR_SIZE ||
	    (m->from < 0) != (m->kind == MSG_TXN))
		return false;
	for (int i = 0; i < m->txn.count; i++) {
		a = &m->txn.at[i];
		if (a->key < 0 || a->key >= KEYS_MAX || a->shard < 0 ||
		    a->shard >= SHARDS)
			return false;
	}
	for (int i = 0; i < m->count; i++)
		if (!is_entry(&m->entry[i]))
			return false;
	return m->kind != MSG_TXN || m->txn.count > 0;
}

static void from_client(struct node *n, const struct msg *m,
			const struct sockaddr_in *from)
{
	if (n->store == STORE_LWW)
		lww_begin(n, m, from);
	else if (m->txn.kind == TXN_SNAPSHOT)
		snapshot_begin(n, m, from);
	else if (m->txn.kind == TXN_READ)
		read_begin(n, m, from);
	else
		txn_begin(n, m, from);
}

static void take(struct node *n, const struct msg *m,
		 const struct sockaddr_in *from)
{
	static void (*const handler[])(struct node *, const struct msg *) = {
		[MSG_APPEND] = log_append,   [MSG_APPENDED] = log_appended,
		[MSG_VOTE] = log_vote,	     [MSG_VOTED] = log_voted,
		[MSG_PREPARE] = txn_prepare, [MSG_PREPARED] = txn_prepared,
		[MSG_DECIDE] = txn_decide,   [MSG_READ] = read_done,
		[MSG_PUT] = lww_put,	     [MSG_PUT_DONE] = lww_put_done,
		[MSG_GET] = lww_get,	     [MSG_GOT] = lww_got};
	const size_t kinds = sizeof(handler) / sizeof(handler[0]);

	if (m->from >= 0 && !message_admit(n, m))
		return;
	if (m->kind == MSG_TXN)
		from_client(n, m, from);
	else if (m->kind == MSG_READ_AT)
		read_begin(n, m, from);
	else if (m->kind > 0 && (size_t)m->kind < kinds && handler[m->kind])
		handler[m->kind](n, m);
}

static void take_all(struct node *n)
{
	struct sockaddr_in from;
	socklen_t length;
	ssize_t size;

	for (int i = 0; i < TURN_MSGS; i++) {
		length = sizeof(from);
		size = recvfrom(n->fd, &n->in, sizeof(n->in), MSG_DONTWAIT,
				(struct sockaddr *)&from, &length);
		if (size < 0)
			return;
		if (is_whole(&n->in, size))
			take(n, &n->in, &from);
	}
}

/* --- the loop ------------------------------------------------------------ */

static void to_disk(struct node *n)
{
	struct tt_waitset_entry past;

	for (int i = 0; i < SHARDS; i++)
		log_replicate(n, &n->shard[i]);
	log_file_sync(n);
	for (int i = 0; i < SHARDS; i++)
		log_synced(n, &n->shard[i]);
	lww_synced(n);
	send_after_sync(n);
	while (tt_waitset_next(n->waits, &past) == 0)
		;
	for (int i = 0; i < SHARDS; i++)
		log_apply(n, &n->shard[i]);
	read_retry(n);
	lww_finish(n);
}

static void run(struct node *n)
{
	struct pollfd fds[2] = {
		{.fd = n->fd, .events = POLLIN},
		{.fd = tt_waitset_fd(n->waits), .events = POLLIN}};
	int64_t tick_ns = 0;

	while (!wants_stop) {
		(void)poll(fds, 2, (int)(TICK_NS / MS_NS));
		take_all(n);
		if (mono_ns() - tick_ns >= TICK_NS) {
			tick_ns = mono_ns();
			for (int i = 0; i < SHARDS; i++)
				if (n->store == STORE_TXN)
					log_tick(n, &n->shard[i]);
			txn_tick(n);
		}
		to_disk(n);
	}
}

/* --- the start ----------------------------------------------------------- */

static _Noreturn void die(const char *what, int err)
{
	fprintf(stderr, "ledger-node: %s: %s\n", what, tt_strerror(err));
	exit(EXIT_FAILURE);
}

static void restore(struct node *n, const struct record *r)
{
	if (r->kind == RECORD_PUT)
		lww_restore(n, &r->u.put);
	else
		log_restore(&n->shard[r->shard], r);
}

static void init_store(struct node *n)
{
	struct key *k;

	for (int i = 0; i < KEYS_MAX; i++) {
		k = &n->key[i];
		k->room = 16;
		k->version = calloc((size_t)k->room, sizeof(*k->version));
		if (!k->version)
			die("memory", -ENOMEM);
		k->count = 1;
	}
	if (tt_vector_new(NODES, &n->events) < 0)
		die("memory", -ENOMEM);
	for (int i = 0; i < SHARDS; i++) {
		n->shard[i].id = i;
		n->shard[i].leader = n->shard[i].voted_for = -1;
		n->shard[i].granted_end_ns = INT64_MIN;
		n->shard[i].heard_ns = mono_ns();
		n->shard[i].patience_ns =
			(20 + 100 * ((n->id + i) % NODES)) * MS_NS;
	}
}

static void open_files(struct node *n, const char *dir)
{
	struct tt_hlc_options opt = {.size = sizeof(opt),
				     .resolution = TT_HLC_64};
	char path[4096];
	int fd, rc;

	snprintf(path, sizeof(path), "%s/stats", dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0 || ftruncate(fd, sizeof(*n->stats)) < 0)
		die(path, -errno);
	n->stats = mmap(NULL, sizeof(*n->stats), PROT_READ | PROT_WRITE,
			MAP_SHARED, fd, 0);
	if (n->stats == MAP_FAILED)
		die(path, -errno);
	n->stats->starts++;
	snprintf(path, sizeof(path), "%s/log", dir);
	rc = log_file_open(n, path, restore);
	if (rc < 0)
		die(path, rc);
	rc = tt_open(NULL, &n->clk);
	if (rc == 0)
		rc = tt_waitset_open(n->clk, &n->waits);
	if (rc < 0)
		die("the clock", rc);
	if (n->clock == CLOCK_SYSTEM) /* as plain clocks have it: none */
		return;
	snprintf(path, sizeof(path), "%s/hlc", dir);
	opt.state_path = path;
	rc = tt_hlc_open(n->clk, &opt, &n->hlc);
	if (rc < 0)
		die(path, rc);
}

/* As cluster.c starts it; the socket is inherited, so that the port stays the
 * node's own while it is dead. */
int main(int argc, char **argv)
{
	static struct node n;
	struct sigaction act = {.sa_handler = on_signal};

	if (argc != 7 + NODES) {
		fprintf(stderr, "usage: ledger-node ID CLOCK STORE GUARD DIR "
				"FD PORT...: started by ledger\n");
		return 2;
	}
	n.id = atoi(argv[1]);
	n.clock = (enum clock_kind)atoi(argv[2]);
	n.store = (enum store_kind)atoi(argv[3]);
	n.guard = (enum guard_kind)atoi(argv[4]);
	n.fd = atoi(argv[6]);
	n.random = (unsigned int)n.id + 1;
	for (int i = 0; i < NODES; i++) {
		n.peer[i].sin_family = AF_INET;
		n.peer[i].sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		n.peer[i].sin_port = htons((uint16_t)atoi(argv[7 + i]));
	}
	sigaction(SIGTERM, &act, NULL);
	init_store(&n);
	open_files(&n, argv[5]);
	run(&n);
	tt_hlc_close(n.hlc);
	return EXIT_SUCCESS;
}
