/* SPDX-License-Identifier: Apache-2.0 */
/* tt-bench wait: how far past the earliest possible moment waits return, for
 * one thread and for many at once, beside plain sleeps. */
#ifndef TT_BENCH_WAIT_H
#define TT_BENCH_WAIT_H

#include <json-c/json.h>

#include "tt/tt.h"

#define BENCH_WAIT_ROWS	   4
#define BENCH_WAIT_BUCKETS 14

struct bench_wait_row {
	char name[48];
	int threads;
	int samples;
	double median_ns, p90_ns, p99_ns, most_ns;
	int buckets[BENCH_WAIT_BUCKETS]; /* limits: bench_wait.c */
};

struct bench_wait {
	int threads; /* of those that wait at once */
	struct bench_wait_row rows[BENCH_WAIT_ROWS];
};

/* Fills the rows. 0 or negative errno. */
int bench_wait(struct tt_clock *clk, struct bench_wait *ret);

void bench_wait_print(const struct bench_wait *b);
struct json_object *bench_wait_json(const struct bench_wait *b);

#endif
