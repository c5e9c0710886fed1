/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commit wait, overlapped with replication and fsync.
 *
 * Spanner (OSDI '12), 4.1.2: "The coordinator leader ensures that clients cannot
 * see any data committed by T_i until TT.after(s_i) is true." 4.2.1: "this wait
 * is typically overlapped with Paxos communication."
 *
 * The wait is no sleep. It begins when the timestamp is chosen; then the entry
 * goes to the followers and to the disk, here and there at once; an entry is
 * applied, its locks released and its client answered, when both are over. What
 * of the wait fell into that time cost nobody anything, and is counted so.
 */
#include "ledger/node.h"

/* The timer wakes the loop of node.c; it does not decide. */
void commit_wait_begin(struct node *n, struct pending *p)
{
	int64_t hint_ns = 0;

	p->stamp_ns = p->due_ns = mono_ns();
	p->durable_ns = 0;
	if (n->clock != CLOCK_TT)
		return;
	if (tt_wait_hint(n->clk, p->ts, &hint_ns) == 0)
		p->due_ns += hint_ns;
	(void)tt_waitset_add(n->waits, p->ts, NULL);
}

/* In a fresh reading. Without intervals nobody knows how long to wait, and so
 * nobody does. */
bool commit_wait_is_over(struct node *n, int64_t ts)
{
	if (n->clock != CLOCK_TT || n->lacks == RULE_WAIT)
		return true;
	return tt_after(n->clk, ts);
}

/* A quorum has it on disk: from here on a wait is felt. */
void commit_wait_durable(struct pending *p)
{
	if (p->durable_ns == 0)
		p->durable_ns = mono_ns();
}

void commit_wait_end(struct node *n, const struct pending *p)
{
	const int64_t now_ns = mono_ns();
	int64_t end_ns = p->due_ns;

	if (n->clock != CLOCK_TT || p->durable_ns == 0)
		return;
	if (p->durable_ns < end_ns) /* it was felt, until now */
		end_ns = now_ns;
	n->stats->waits++;
	n->stats->wait_ns += (uint64_t)(end_ns - p->stamp_ns);
	if (p->durable_ns < end_ns)
		end_ns = p->durable_ns;
	n->stats->hidden_ns += (uint64_t)(end_ns - p->stamp_ns);
}
