/* SPDX-License-Identifier: Apache-2.0 */
/* What a run was like, and whether it may be so. */
#ifndef LEDGER_REPORT_H
#define LEDGER_REPORT_H

#include "ledger/clients.h"

struct verdict {
	struct anomalies anomalies;
	uint64_t total;	       /* anomalies */
	int keys, broken_keys; /* not linearizable */
};

/* Judges, prints on standard output, and draws where o->svg says. */
void verdict_of(const struct history *h, int keys, struct verdict *ret);
void verdict_print(const struct history *h, const struct verdict *v,
		   const struct options *o);
void report_run(struct run *r, const struct verdict *v);

/* runs.c: each gives an exit code. */
int main_run(const struct options *o);
int main_cost(struct options *o);
int main_soak(struct options *o);
int main_check(const char *path, const struct options *o);

extern const char *const clock_name[]; /* ends with NULL */

/* p of 0 to 100. Sorts. */
int64_t percentile_ns(struct latencies *l, int p);

#endif
