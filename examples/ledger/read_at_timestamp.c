/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Read-only transactions at a timestamp, and reads by the leased leader.
 *
 * Spanner (OSDI '12), 4.1.4 and 4.2.2: a read-only transaction takes s_read =
 * TT.now().latest (read_rule), takes no locks, and reads at every shard the last
 * version not later than s_read. 4.1.3: a replica may answer when t <= t_safe:
 * no transaction will commit at or before t any more. The leader makes it so:
 * it gives no timestamp below t after it was asked for t, and waits for those
 * that are prepared, or have theirs already and are not applied yet.
 *
 * The gateway is whichever node a client asks. A read of one key goes to its
 * leader, who has no need of a timestamp and asks nobody: the lease says that
 * no one else has committed anything.
 */
#include "ledger/node.h"

/* --- at the shard's leader ----------------------------------------------- */

/* 4.1.3, t_safe for this key. Without a timestamp (ts 0): what is decided may be
 * known to its client already, if the coordinator is another shard. */
static bool must_wait(const struct key *k, int64_t ts)
{
	if (!k->lock)
		return false;
	return ts == 0 ? k->is_prepared : k->lock_ts <= ts;
}

static const struct version *version_at(const struct key *k, int64_t ts)
{
	int i = k->count - 1;

	while (ts != 0 && i > 0 && k->version[i].ts > ts)
		i--;
	return &k->version[i];
}

/* False: it waits for a lock. The lease is looked at last of all. */
static bool try_read(struct node *n, struct pending *p)
{
	struct shard *s = &n->shard[p->shard];
	struct access *a;
	bool may_answer;

	may_answer = s->is_ready && (!p->ts || lease_covers(n, s, p->ts));
	if (may_answer && p->ts > s->read_ts && n->lacks != RULE_READ)
		s->read_ts = p->ts; /* no timestamp at or below it any more */
	for (int i = 0; may_answer && i < p->txn.count; i++) {
		a = &p->txn.at[i];
		if (a->shard != s->id)
			continue;
		if (must_wait(&n->key[a->key], p->ts))
			return false;
		a->read = version_at(&n->key[a->key], p->ts)->value;
		a->read_ts = version_at(&n->key[a->key], p->ts)->ts;
	}
	may_answer = may_answer && lease_is_held(n, s);
	node_reply(n, p, may_answer ? STATUS_OK : STATUS_ELSEWHERE);
	return true;
}

/* A client's READ, and a gateway's READ_AT. */
void read_begin(struct node *n, const struct msg *m,
		const struct sockaddr_in *from)
{
	struct pending *p = node_pending(n, PENDING_READ, m, from);

	if (!p) /* it will ask again */
		return;
	p->asker_node = m->from;
	if (!try_read(n, p))
		n->stats->parked++;
}

/* After anything was applied. */
void read_retry(struct node *n)
{
	for (int i = 0; i < PENDING_MAX; i++)
		if (n->pending[i].state == PENDING_READ)
			try_read(n, &n->pending[i]);
}

/* --- at the gateway ------------------------------------------------------ */

void snapshot_begin(struct node *n, const struct msg *m,
		    const struct sockaddr_in *from)
{
	struct pending *p;
	struct msg *ask;
	int64_t ts;

	if (read_rule(n, &ts) < 0) {
		node_refuse(n, m, from, STATUS_NO_CLOCK);
		return;
	}
	p = node_pending(n, PENDING_GATHERING, m, from);
	if (!p) {
		node_refuse(n, m, from, STATUS_ABORTED);
		return;
	}
	p->ts = ts;
	for (int i = 0; i < p->txn.count; i++)
		p->answers |= 1u << p->txn.at[i].shard;
	for (int i = 0; i < SHARDS; i++) {
		if (!(p->answers & (1u << i)))
			continue;
		ask = node_msg(n, MSG_READ_AT, i);
		ask->ts = ts;
		ask->txn = p->txn;
		node_send(n, n->shard[i].leader, ask);
	}
}

void read_done(struct node *n, const struct msg *m)
{
	struct pending *p = node_find_pending(n, PENDING_GATHERING, m->txn.id);

	if (!p)
		return;
	if (m->status != STATUS_OK) {
		node_reply(n, p, STATUS_ELSEWHERE);
		return;
	}
	for (int i = 0; i < p->txn.count; i++)
		if (p->txn.at[i].shard == m->shard)
			p->txn.at[i] = m->txn.at[i];
	p->answers &= ~(1u << m->shard);
	if (p->answers == 0)
		node_reply(n, p, STATUS_OK);
}
