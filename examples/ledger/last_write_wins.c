/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Last write wins, the other store (--store=lww): any node takes a write, stamps
 * it with its own clock, and of two versions the one with the greater timestamp
 * stays, as in Cassandra. Writes go to a quorum, reads ask one and write back
 * what they found (Attiya, Bar-Noy, Dolev, JACM 1995), so that nothing but the
 * clocks can lose a write; they do, silently. With commit wait, here for
 * readers too, they do not.
 *
 * Each version carries a vector clock (tt/logical.h) that the store does not
 * look at: it says what was dropped. A write whose vector is after that of the
 * winner knew of it, and was the later one for certain; where neither vector is
 * after the other there was a conflict that the timestamps hid.
 */
#include <string.h>

#include "ledger/node.h"

static void count_loss(struct node *n, const struct put *loser,
		       const struct put *winner)
{
	struct tt_vector *lost = NULL, *won = NULL;
	int order;

	if (tt_vector_decode(loser->vector, (size_t)loser->vector_size,
			     &lost) == 0 &&
	    tt_vector_decode(winner->vector, (size_t)winner->vector_size,
			     &won) == 0) {
		order = tt_vector_compare(lost, won);
		n->stats->dropped_later += order == TT_VECTOR_AFTER;
		n->stats->dropped_blind += order == TT_VECTOR_CONCURRENT;
	}
	tt_vector_free(lost);
	tt_vector_free(won);
}

/* The rule itself. False: it is not the last write. */
static bool is_last(const struct put *p, const struct put *is)
{
	return p->ts > is->ts || (p->ts == is->ts && p->value > is->value);
}

static void keep(struct node *n, const struct put *p)
{
	struct put *is = &n->put[p->key];
	struct record r;

	if (p->value == is->value)
		return;
	memset(&r, 0, sizeof(r));
	r.kind = RECORD_PUT;
	r.u.put = *p;
	log_file_add(n, &r);
	if (!is_last(p, is)) {
		count_loss(n, p, is);
		return;
	}
	if (is->value)
		count_loss(n, is, p);
	*is = *p;
}

/* Our own events are counted on from where they were. */
void lww_restore(struct node *n, const struct put *p)
{
	struct tt_vector *v;

	if (is_last(p, &n->put[p->key]))
		n->put[p->key] = *p;
	if (tt_vector_decode(p->vector, (size_t)p->vector_size, &v) < 0)
		return;
	while (tt_vector_get(n->events, (size_t)n->id) <
		       tt_vector_get(v, (size_t)n->id) &&
	       tt_vector_tick(n->events, (size_t)n->id) == 0)
		;
	tt_vector_free(v);
}

/* What the writer had seen, and this event of ours. */
static int stamp_vector(struct node *n, struct pending *p)
{
	struct tt_vector *v;
	size_t length;
	int rc = tt_vector_decode(p->vector, (size_t)p->vector_size, &v);

	if (rc < 0)
		return rc;
	rc = tt_vector_tick(n->events, (size_t)n->id);
	if (rc == 0)
		rc = tt_vector_merge(v, n->events);
	if (rc == 0)
		rc = tt_vector_encode(v, p->vector, sizeof(p->vector), &length);
	if (rc == 0)
		p->vector_size = (int32_t)length;
	tt_vector_free(v);
	return rc;
}

static struct put put_of(const struct pending *p, int64_t value)
{
	struct put put = {.key = p->txn.at[0].key,
			  .ts = p->ts,
			  .value = value,
			  .vector_size = p->vector_size};

	memcpy(put.vector, p->vector, sizeof(put.vector));
	return put;
}

static void fill(struct msg *m, const struct put *p)
{
	m->ts = p->ts;
	m->txn.count = 1;
	m->txn.at[0].key = (int32_t)p->key;
	m->txn.at[0].value = p->value;
	m->vector_size = p->vector_size;
	memcpy(m->vector, p->vector, sizeof(m->vector));
}

static struct put put_from(const struct msg *m)
{
	struct put put = {.key = m->txn.at[0].key,
			  .ts = m->ts,
			  .value = m->txn.at[0].value,
			  .vector_size = m->vector_size};

	memcpy(put.vector, m->vector, sizeof(put.vector));
	return put;
}

/* To all, this node's disk as well. */
static void spread(struct node *n, struct pending *p, const struct put *put)
{
	struct msg *m;

	p->state = PENDING_PUT;
	p->answers = 0;
	commit_wait_begin(n, p);
	for (int i = 0; i < NODES; i++) {
		if (i == n->id)
			continue;
		m = node_msg(n, MSG_PUT, 0);
		fill(m, put);
		m->txn.id = p->txn.id;
		node_send(n, i, m);
	}
	keep(n, put);
}

void lww_begin(struct node *n, const struct msg *m,
	       const struct sockaddr_in *from)
{
	struct pending *p = node_pending(n, PENDING_GET, m, from);
	struct msg *ask;
	struct put put;

	if (!p) {
		node_refuse(n, m, from, STATUS_ABORTED);
		return;
	}
	if (p->txn.kind == TXN_UPDATE) {
		if (start_rule(n, 0, &p->ts) < 0 || stamp_vector(n, p) < 0) {
			node_reply(n, p, STATUS_NO_CLOCK);
			return;
		}
		put = put_of(p, p->txn.at[0].value);
		spread(n, p, &put);
		return;
	}
	p->answers = 1u << n->id;
	for (int i = 0; i < NODES; i++) {
		if (i == n->id)
			continue;
		ask = node_msg(n, MSG_GET, 0);
		ask->txn = p->txn;
		node_send(n, i, ask);
	}
}

void lww_put(struct node *n, const struct msg *m)
{
	const struct put put = put_from(m);
	struct msg *reply;

	keep(n, &put);
	reply = node_msg(n, MSG_PUT_DONE, 0);
	reply->txn.id = m->txn.id;
	node_send_after_sync(n, m->from, reply);
}

void lww_put_done(struct node *n, const struct msg *m)
{
	struct pending *p = node_find_pending(n, PENDING_PUT, m->txn.id);

	if (p)
		p->answers |= 1u << m->from;
}

void lww_get(struct node *n, const struct msg *m)
{
	const struct put *is = &n->put[m->txn.at[0].key];
	struct msg *reply = node_msg(n, MSG_GOT, 0);

	fill(reply, is);
	reply->txn.id = m->txn.id;
	reply->txn.at[0].key = m->txn.at[0].key;
	node_send_after_sync(n, m->from, reply);
}

/* One more is a quorum. What is the last write there is written back, so that
 * whoever reads next finds it too. */
void lww_got(struct node *n, const struct msg *m)
{
	struct pending *p = node_find_pending(n, PENDING_GET, m->txn.id);
	const struct put theirs = put_from(m);
	struct put last;

	if (!p)
		return;
	last = n->put[p->txn.at[0].key];
	if (is_last(&theirs, &last))
		last = theirs;
	last.key = p->txn.at[0].key;
	p->ts = last.ts;
	p->txn.at[0].read = last.value;
	p->txn.at[0].read_ts = last.ts;
	p->vector_size = last.vector_size;
	memcpy(p->vector, last.vector, sizeof(p->vector));
	spread(n, p, &last);
}

/* What we keep ourselves is on disk now. */
void lww_synced(struct node *n)
{
	for (int i = 0; i < PENDING_MAX; i++)
		if (n->pending[i].state == PENDING_PUT)
			n->pending[i].answers |= 1u << n->id;
}

/* Nobody may see a timestamp whose wait is not over, neither who wrote it nor
 * who reads it. */
void lww_finish(struct node *n)
{
	struct pending *p;

	for (int i = 0; i < PENDING_MAX; i++) {
		p = &n->pending[i];
		if (p->state != PENDING_PUT ||
		    __builtin_popcount(p->answers) < QUORUM)
			continue;
		commit_wait_durable(p);
		if (p->ts != 0 && !commit_wait_is_over(n, p->ts))
			continue;
		if (p->txn.kind == TXN_UPDATE)
			commit_wait_end(n, p);
		node_reply(n, p, STATUS_OK);
	}
}
