/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hybrid logical time on every message between nodes, and the guard that
 * comes with it: no honest node's HLC is ahead of true time, so a message from
 * beyond our own `latest` proves that a bound was broken, and names who sent it.
 *
 * Spanner needs no logical clock, as commit wait orders what no message does
 * (OSDI '12, 4.1.2, the external-consistency invariant); what it does need is
 * that clocks keep their bounds (5.3: "the most serious question is ... whether
 * clocks deviate"). This asks it of every message. With --clock=hlc the time
 * that travels so is the store's own timestamp as well.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "ledger/node.h"

/* A node without a bound sends unstamped: it may follow, if not lead. */
void message_stamp(struct node *n, struct msg *m)
{
	struct tt_hlc_time t;

	m->has_hlc = n->hlc && tt_hlc_now(n->hlc, &t) == 0;
	if (m->has_hlc)
		tt_hlc_encode(&t, m->hlc);
}

static void accuse(struct node *n, int sender, int64_t wall_ns)
{
	struct tt_interval now;

	if (n->stats->refused[sender]++ == 0) {
		fprintf(stderr,
			"node %d: a message of node %d is of a time that has "
			"not come: its clock's bound, or ours, is broken\n",
			n->id, sender);
	}
	if (tt_now(n->clk, &now) == 0 &&
	    wall_ns - now.latest_ns > n->stats->refused_ns_max[sender])
		n->stats->refused_ns_max[sender] = wall_ns - now.latest_ns;
}

/* False: drop it. */
bool message_admit(struct node *n, const struct msg *m)
{
	struct tt_hlc_time remote, mine;

	if (!n->hlc || !m->has_hlc || m->from == n->id)
		return true;
	tt_hlc_decode(m->hlc, &remote);
	if (tt_hlc_observe(n->hlc, &remote, &mine) != -ERANGE)
		return true;
	accuse(n, m->from, remote.wall_ns);
	return n->guard == GUARD_TELL;
}
