/* SPDX-License-Identifier: Apache-2.0 */
/* The clients of a run, and what they saw. */
#ifndef LEDGER_CLIENTS_H
#define LEDGER_CLIENTS_H

#include "ledger/cluster.h"
#include "ledger/history.h"

struct latencies {
	int64_t *ns;
	size_t count, room;
};

struct run {
	struct cluster cluster;
	struct history history;
	struct latencies latency[3]; /* by enum txn_kind; of what succeeded */
	uint64_t two_shards;	     /* updates */
	uint64_t aborted, no_clock, elsewhere, unknown;
	int64_t load_ns; /* how long there was load */
	bool is_broken;	 /* a node died by itself */
};

/* Load for o->seconds, with its faults; then all is well, and every key is read
 * once more. */
void clients_run(struct run *r, const struct options *o);

#endif
