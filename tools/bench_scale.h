/* SPDX-License-Identifier: Apache-2.0 */
/* tt-bench scale: readings a second on one to all processors, by one handle,
 * while a writer publishes. */
#ifndef TT_BENCH_SCALE_H
#define TT_BENCH_SCALE_H

#include "tools/bench_read.h"

#define BENCH_SCALE_THREADS_MAX 64

struct bench_scale {
	int threads; /* up to so many */
	int calls;   /* of each thread in a batch */
	int batches;
	/* By threads - 1: a call on each thread takes, of the median batch. */
	double now_ns[BENCH_SCALE_THREADS_MAX];
	double raw_ns[BENCH_SCALE_THREADS_MAX]; /* CLOCK_MONOTONIC_RAW */
};

/* As many as there are processors for this process. */
int bench_scale_processors(void);

/* 0 or negative errno. */
int bench_scale(struct bench_clock *c, struct bench_scale *ret);

void bench_scale_print(const struct bench_scale *b);
struct json_object *bench_scale_json(const struct bench_scale *b);

#endif
