/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Start: which timestamp a transaction gets.
 *
 * Spanner (OSDI '12), 4.1.2 and 4.2.1: "The coordinator leader for a write T_i
 * assigns a commit timestamp s_i no less than the value of TT.now().latest,
 * computed after" the commit request arrived; it is also not less than any
 * prepare timestamp, and greater than all this leader gave before. 4.2.2: a
 * read-only transaction takes s_read = TT.now().latest.
 *
 * Beside it, what is done without bounds: the hybrid logical clock's time, and
 * the plain clock's, which here is the middle of the node's interval.
 */
#include "ledger/node.h"

/* What this node's system clock would show. All nodes of this machine share one
 * CLOCK_REALTIME; the middle of its interval is each one's own. */
int plain_clock(struct node *n, int64_t *ret_ns)
{
	struct tt_interval now;
	const int rc = tt_now_strict(n->clk, &now);

	if (rc == 0)
		*ret_ns =
			now.earliest_ns + (now.latest_ns - now.earliest_ns) / 2;
	return rc;
}

static int hybrid_clock(struct node *n, int64_t *ret_ts)
{
	struct tt_hlc_time now;
	uint64_t packed;
	int rc = tt_hlc_now(n->hlc, &now);

	if (rc == 0)
		rc = tt_hlc_pack64(&now, &packed);
	if (rc == 0)
		*ret_ts = (int64_t)packed;
	return rc;
}

/* Called when the commit request is here, with all prepare timestamps. */
int start_rule(struct node *n, int64_t above_ts, int64_t *ret_ts)
{
	int64_t ts = 0;
	int rc;

	/* latest, or what is above all that must be below */
	if (n->clock == CLOCK_TT && n->lacks != RULE_START)
		return tt_commit_timestamp(n->clk, above_ts + 1, ret_ts);
	rc = n->clock == CLOCK_HLC ? hybrid_clock(n, &ts) : plain_clock(n, &ts);
	if (rc < 0)
		return rc;
	if (ts <= above_ts)
		ts = above_ts + 1;
	if (ts <= n->last_ts)
		ts = n->last_ts + 1;
	n->last_ts = ts;
	*ret_ts = ts;
	return 0;
}

int read_rule(struct node *n, int64_t *ret_ts)
{
	struct tt_interval now;
	int rc;

	if (n->clock == CLOCK_HLC)
		return hybrid_clock(n, ret_ts);
	if (n->clock == CLOCK_SYSTEM)
		return plain_clock(n, ret_ts);
	rc = tt_now_strict(n->clk, &now);
	if (rc == 0)
		*ret_ts = now.latest_ns;
	return rc;
}

/* For leases, which end at a time of day whatever timestamps are made of. */
int64_t timestamp_ns(const struct node *n, int64_t ts)
{
	struct tt_hlc_time t;

	if (n->clock != CLOCK_HLC || tt_hlc_unpack64((uint64_t)ts, &t) < 0)
		return ts;
	return t.wall_ns;
}
