/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages: how they go out, and to which file they go that come in. And what
 * clients wait for, until there is a reply.
 */
#include <stdlib.h>
#include <string.h>

#include "ledger/node.h"

#define HEAD_SIZE offsetof(struct msg, entry)
#define TURN_MSGS 64

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

void node_send_synced(struct node *n)
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

/* --- what comes in -------------------------------------------------------- */

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

/* To the node that is far away, and from there. */
static bool is_far(const struct node *n, const struct msg *m)
{
	return m->from >= 0 && m->from != n->id &&
	       (m->from == n->far || n->id == n->far) &&
	       mono_ns() > n->far_from_ns;
}

static void keep_late(struct node *n, size_t size)
{
	const unsigned int i = (n->late_first + n->late_count) % LATE_MAX;

	if (n->late_count == LATE_MAX)
		return;
	n->late[i].m = malloc(sizeof(*n->late[i].m));
	if (!n->late[i].m)
		return;
	memcpy(n->late[i].m, &n->in, size);
	n->late[i].due_ns = mono_ns() + n->far_ns;
	n->late_count++;
}

static void take_late(struct node *n)
{
	struct msg *m;

	while (n->late_count > 0 &&
	       n->late[n->late_first].due_ns <= mono_ns()) {
		m = n->late[n->late_first].m;
		n->late_first = (n->late_first + 1) % LATE_MAX;
		n->late_count--;
		take(n, m, &n->peer[m->from]);
		free(m);
	}
}

static void take_new(struct node *n)
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
		if (!is_whole(&n->in, size))
			continue;
		if (is_far(n, &n->in))
			keep_late(n, (size_t)size);
		else
			take(n, &n->in, &from);
	}
}

void node_take_all(struct node *n)
{
	take_new(n);
	take_late(n);
}
