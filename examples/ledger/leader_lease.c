/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The leader's lease: who leads a shard answers reads alone, without asking.
 *
 * Spanner (OSDI '12), 4.1.1: "A potential leader sends requests for timed lease
 * votes; upon receiving a quorum of lease votes the leader knows it has a
 * lease." The lease ends when the first vote of the quorum does. A replica that
 * voted votes for nobody else before its vote is over for certain, so that the
 * leases of a shard are disjoint; and timestamps are given, and reads served,
 * only within one's own: "s_max ... to preserve disjointness, TT.after(s_max)".
 *
 * An end is what tt_lease_grant() says before the votes are asked for, and so
 * is never later than what the voters promised. Votes are on disk before they
 * are sent (replicated_log.c): a replica that is killed keeps its promise.
 */
#include "ledger/node.h"

/* The plain ways: as if all clocks showed the same time. */
static int now_without_bounds(struct node *n, int64_t *ret_ns)
{
	struct tt_hlc_time now;
	int rc;

	if (n->clock == CLOCK_SYSTEM)
		return plain_clock(n, ret_ns);
	rc = tt_hlc_now(n->hlc, &now);
	if (rc == 0)
		*ret_ns = now.wall_ns;
	return rc;
}

int lease_propose(struct node *n, int64_t *ret_end_ns)
{
	struct tt_lease lease;
	int64_t now_ns;
	int rc;

	if (n->clock == CLOCK_TT) {
		rc = tt_lease_grant(n->clk, LEASE_NS, &lease);
		if (rc == 0)
			*ret_end_ns = lease.end_ns;
		return rc;
	}
	rc = now_without_bounds(n, &now_ns);
	if (rc == 0)
		*ret_end_ns = now_ns + LEASE_NS;
	return rc;
}

/* May this node vote anew: is the promise it gave over, for certain? */
bool lease_may_grant(struct node *n, const struct shard *s)
{
	const struct tt_lease lease = {s->granted_end_ns};
	int64_t now_ns;

	if (n->clock == CLOCK_TT)
		return tt_lease_is_expired(n->clk, &lease);
	return now_without_bounds(n, &now_ns) == 0 && now_ns > lease.end_ns;
}

/* When the first vote of the best quorum ends: the QUORUM-th latest. */
int64_t lease_end(const struct shard *s)
{
	int64_t end_ns = INT64_MIN;
	int later;

	for (int i = 0; i < NODES; i++) {
		later = 0;
		for (int j = 0; j < NODES; j++)
			later += s->granted_ns[j] >= s->granted_ns[i];
		if (later >= QUORUM && s->granted_ns[i] > end_ns)
			end_ns = s->granted_ns[i];
	}
	return end_ns;
}

/* Asked after a read was made and before it is answered: a pause in between
 * makes the answer late, never wrong. */
bool lease_is_held(struct node *n, const struct shard *s)
{
	const struct tt_lease lease = {lease_end(s)};
	int64_t now_ns;

	if (s->role != LEADER || !s->is_ready)
		return false;
	if (n->lacks == RULE_LEASE)
		return true;
	if (n->clock == CLOCK_TT)
		return tt_lease_is_held(n->clk, &lease);
	return now_without_bounds(n, &now_ns) == 0 && now_ns < lease.end_ns;
}

/* The next leader begins after the end, above all timestamps before it. */
bool lease_covers(struct node *n, const struct shard *s, int64_t ts)
{
	return timestamp_ns(n, ts) < lease_end(s);
}

/* Our own vote, which goes to disk as the others' do; they hear of it with the
 * next entries. Without a bound nothing is asked for, and another will lead. */
void lease_renew(struct node *n, struct shard *s)
{
	int64_t end_ns = 0;

	if (lease_propose(n, &end_ns) < 0 || end_ns <= s->granted_end_ns)
		return;
	s->granted_end_ns = end_ns;
	log_promise(n, s);
	s->granted_ns[n->id] = end_ns;
}
