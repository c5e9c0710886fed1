/* SPDX-License-Identifier: Apache-2.0 */
/* tt-bench tail: how long single readings take, at worst too, while a writer
 * publishes. */
#ifndef TT_BENCH_TAIL_H
#define TT_BENCH_TAIL_H

#include "tools/bench_read.h"

/* What is timed: nothing, the plain clock, and readings. */
enum {
	BENCH_TAIL_NOTHING,
	BENCH_TAIL_RAW,
	BENCH_TAIL_NOW,
	BENCH_TAIL_STRICT,
	BENCH_TAIL_INLINE,
	BENCH_TAIL_KINDS
};

struct bench_tail {
	char name[32];
	int calls;        /* of each kind */
	uint64_t tick_mult; /* ns a tick, 2^-48; 0: timed by the raw clock */
	struct {
		double median_ns; /* what timing nothing takes is off */
		double p99_ns;
		double p999_ns;
		double most_ns;
	} of[BENCH_TAIL_KINDS];
};

/* 0 or negative errno. */
int bench_tail(struct bench_clock *c, struct bench_tail *ret);

void bench_tail_print(const struct bench_tail *b);
struct json_object *bench_tail_json(const struct bench_tail *b);

#endif
