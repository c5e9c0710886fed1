/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The load: clients that each have one operation under way, begun and ended at
 * moments of true time that nobody but this process and the checker knows. They
 * tell each other nothing: what orders their operations is time alone.
 */
#include "ledger/clients.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD_SIZE   offsetof(struct msg, entry)
#define CLIENTS_MAX 64
#define MS_NS	    INT64_C(1000000)
#define ANSWER_NS   (800 * MS_NS) /* then nobody waits any more */
#define SETTLE_NS   (6000 * MS_NS)

struct client {
	int fd;
	bool is_busy;	 /* an operation is under way */
	bool is_waiting; /* for a reply; else until wake_ns, to ask again */
	uint64_t attempt;
	int64_t wake_ns, give_up_ns;
	struct op op;
	int leader[SHARDS]; /* as it was told last; -1: by nobody */
	int last_key;
	uint8_t vector[KEYS_MAX][VECTOR_SIZE]; /* what it has seen, by key */
	int32_t vector_size[KEYS_MAX];
};

struct load {
	struct run *r;
	const struct options *o;
	struct client client[CLIENTS_MAX];
	uint64_t random;
	int64_t values; /* given out */
	int next_key;	/* of the last reading; o->keys: it is over */
	bool is_ending;
};

static uint64_t below(struct load *l, uint64_t n)
{
	return draw(&l->random) % n;
}

/* --- what to do next ----------------------------------------------------- */

static void add_access(struct load *l, struct op *op, int key, bool writes)
{
	struct access *a = &op->at[op->count++];

	*a = (struct access){
		.key = key, .shard = key % SHARDS, .read = NOT_READ};
	if (writes)
		a->value = ++l->values;
}

static int other_key(struct load *l, const struct op *op)
{
	int key;

	do {
		key = (int)below(l, (uint64_t)l->o->keys);
		for (int i = 0; i < op->count; i++)
			if (op->at[i].key == key)
				key = -1;
	} while (key < 0);
	return key;
}

/* Half of the writes go to the key that this client has just read. */
static void draw_lww(struct load *l, struct client *c)
{
	const bool writes = below(l, 2) == 0;
	int key = other_key(l, &c->op);

	if (writes && below(l, 2) == 0)
		key = c->last_key;
	c->op.kind = writes ? TXN_UPDATE : TXN_READ;
	add_access(l, &c->op, key, writes);
	c->last_key = key;
}

static void draw_txn(struct load *l, struct client *c)
{
	const uint64_t part = below(l, 100);
	int more = 0;

	c->op.kind = part < 55	 ? TXN_UPDATE
		     : part < 80 ? TXN_SNAPSHOT
				 : TXN_READ;
	if (c->op.kind == TXN_SNAPSHOT)
		more = 3;
	else if (part < 12)
		more = 1;
	do
		add_access(l, &c->op, other_key(l, &c->op),
			   c->op.kind == TXN_UPDATE);
	while (more-- > 0);
	l->r->two_shards += c->op.kind == TXN_UPDATE && c->op.count == 2 &&
			    c->op.at[0].shard != c->op.at[1].shard;
}

static void draw_op(struct load *l, struct client *c)
{
	memset(&c->op, 0, sizeof(c->op));
	c->op.client = (int32_t)(c - l->client);
	c->op.end_ns = NOT_KNOWN;
	if (l->is_ending) { /* each key once more, in turn */
		c->op.kind = TXN_READ;
		add_access(l, &c->op, l->next_key++, false);
	} else if (l->o->store == STORE_LWW) {
		draw_lww(l, c);
	} else {
		draw_txn(l, c);
	}
}

/* --- asking -------------------------------------------------------------- */

/* Any node for a snapshot, and where nobody is known to lead; and now and then
 * for a read: there are always clients who have not heard of a new leader. */
static int choose_node(struct load *l, const struct client *c)
{
	const int any = (int)below(l, NODES);
	const int leader = c->leader[c->op.at[0].shard];

	if (l->o->store == STORE_LWW || c->op.kind == TXN_SNAPSHOT ||
	    (c->op.kind == TXN_READ && below(l, 8) == 0) || leader < 0)
		return any;
	return leader;
}

/* Each attempt is a transaction of its own; at most one of them did anything. */
static void ask(struct load *l, struct client *c)
{
	static uint64_t attempts;
	static struct msg m;
	const int key = c->op.at[0].key;
	const int to = choose_node(l, c);

	memset(&m, 0, HEAD_SIZE);
	m.magic = MSG_MAGIC;
	m.kind = MSG_TXN;
	m.from = -1;
	m.shard = c->op.at[0].shard;
	m.txn.id = c->attempt = ++attempts;
	m.txn.kind = c->op.kind;
	m.txn.count = c->op.count;
	memcpy(m.txn.at, c->op.at, sizeof(m.txn.at));
	m.vector_size = c->vector_size[key];
	memcpy(m.vector, c->vector[key], sizeof(m.vector));
	c->is_waiting = true;
	c->op.node = to;
	(void)sendto(c->fd, &m, HEAD_SIZE, 0,
		     (struct sockaddr *)&l->r->cluster.at[to],
		     sizeof(l->r->cluster.at[to]));
}

static void begin(struct load *l, struct client *c, int64_t now_ns)
{
	draw_op(l, c);
	c->is_busy = true;
	c->op.begin_ns = now_ns;
	c->give_up_ns = now_ns + (l->is_ending ? 4 * SETTLE_NS : ANSWER_NS);
	ask(l, c);
}

static void rest(struct client *c, int64_t now_ns, int64_t ns)
{
	c->is_waiting = false;
	c->wake_ns = now_ns + ns;
}

/* --- answers ------------------------------------------------------------- */

static void add_latency(struct latencies *l, int64_t ns)
{
	if (l->count == l->room) {
		l->room = l->room ? 2 * l->room : 4096;
		l->ns = realloc(l->ns, l->room * sizeof(*l->ns));
		assert(l->ns);
	}
	l->ns[l->count++] = ns;
}

static void succeed(struct load *l, struct client *c, const struct msg *m,
		    int64_t now_ns)
{
	const int key = c->op.at[0].key;

	c->op.end_ns = now_ns;
	c->op.ts = m->ts;
	for (int i = 0; i < c->op.count; i++) {
		c->op.at[i].read = m->txn.at[i].read;
		c->op.at[i].read_ts = m->txn.at[i].read_ts;
		if (l->o->store == STORE_LWW && c->op.kind == TXN_UPDATE)
			c->op.at[i].read = NOT_READ;
	}
	c->vector_size[key] = m->vector_size;
	memcpy(c->vector[key], m->vector, sizeof(m->vector));
	history_add(&l->r->history, &c->op);
	if (!l->is_ending)
		add_latency(&l->r->latency[c->op.kind],
			    now_ns - c->op.begin_ns);
	c->is_busy = false;
}

static void take(struct load *l, struct client *c, const struct msg *m)
{
	const int64_t now_ns = true_ns(&l->r->cluster);
	const int64_t pause_ns = (int64_t)below(l, 4 * MS_NS);

	if (m->kind != MSG_REPLY || m->txn.id != c->attempt || !c->is_waiting)
		return;
	if (m->shard >= 0 && m->shard < SHARDS)
		c->leader[m->shard] = m->leader;
	switch (m->status) {
	case STATUS_OK:
		succeed(l, c, m, now_ns);
		return;
	case STATUS_ABORTED:
		l->r->aborted++;
		if (!l->is_ending)
			c->is_busy = false;
		break;
	case STATUS_NO_CLOCK:
		l->r->no_clock++;
		break;
	default:
		l->r->elsewhere++;
	}
	rest(c, now_ns, pause_ns);
}

static void receive(struct load *l, struct client *c)
{
	static struct msg m;

	while (recv(c->fd, &m, sizeof(m), MSG_DONTWAIT) >= (ssize_t)HEAD_SIZE)
		take(l, c, &m);
}

/* Nobody answered: what was to be written may be there, or come, or not. */
static void lose_patience(struct load *l, struct client *c)
{
	c->is_busy = false;
	if (c->is_waiting)
		c->leader[c->op.at[0].shard] = -1;
	if (c->op.kind != TXN_UPDATE || !c->is_waiting)
		return;
	l->r->unknown++;
	history_add(&l->r->history, &c->op);
}

/* --- the run ------------------------------------------------------------- */

static void turn(struct load *l, bool begins)
{
	struct pollfd fds[CLIENTS_MAX];
	int64_t now_ns;
	struct client *c;

	for (int i = 0; i < l->o->clients; i++)
		fds[i] = (struct pollfd){.fd = l->client[i].fd,
					 .events = POLLIN};
	(void)poll(fds, (nfds_t)l->o->clients, 1);
	for (int i = 0; i < l->o->clients; i++)
		if (fds[i].revents)
			receive(l, &l->client[i]);
	now_ns = true_ns(&l->r->cluster);
	for (int i = 0; i < l->o->clients; i++) {
		c = &l->client[i];
		if (c->is_busy && now_ns > c->give_up_ns)
			lose_patience(l, c);
		if (c->is_waiting && c->is_busy)
			continue;
		if (now_ns < c->wake_ns)
			continue;
		if (c->is_busy)
			ask(l, c);
		else if (begins && (!l->is_ending || l->next_key < l->o->keys))
			begin(l, c, now_ns);
	}
}

static bool is_idle(const struct load *l)
{
	for (int i = 0; i < l->o->clients; i++)
		if (l->client[i].is_busy)
			return false;
	return !l->is_ending || l->next_key == l->o->keys;
}

static void go_on(struct load *l, int64_t until_ns, bool begins)
{
	while (true_ns(&l->r->cluster) < until_ns && !l->r->is_broken) {
		if (!begins && is_idle(l))
			return;
		turn(l, begins);
		l->r->is_broken = !cluster_tick(&l->r->cluster, l->is_ending);
		if (l->is_ending && is_idle(l))
			return;
	}
}

static void load_run(struct load *l)
{
	const struct cluster *c = &l->r->cluster;
	int64_t begin_ns;

	/* until there are leaders */
	l->is_ending = true;
	go_on(l, true_ns(c) + SETTLE_NS, true);
	l->is_ending = false;
	l->next_key = 0;
	begin_ns = true_ns(c);
	go_on(l, begin_ns + l->o->seconds * 1000 * MS_NS, true);
	l->r->load_ns = true_ns(c) - begin_ns;
	go_on(l, true_ns(c) + 2 * ANSWER_NS, false);
	l->is_ending = true;
	go_on(l, true_ns(c) + 2 * SETTLE_NS, true);
}

void clients_run(struct run *r, const struct options *o)
{
	struct load *l = calloc(1, sizeof(*l));

	assert(l && o->clients <= CLIENTS_MAX);
	l->r = r;
	l->o = o;
	l->random = o->seed;
	for (int i = 0; i < o->clients; i++) {
		for (int s = 0; s < SHARDS; s++)
			l->client[i].leader[s] = -1;
		l->client[i].fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		assert(l->client[i].fd >= 0);
	}
	load_run(l);
	for (int i = 0; i < o->clients; i++)
		close(l->client[i].fd);
	free(l);
}
