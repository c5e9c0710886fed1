/* SPDX-License-Identifier: Apache-2.0 */
/* tt-bench read: what a reading costs, with the library and without it, beside
 * plain clock_gettime(2). */
#ifndef TT_BENCH_READ_H
#define TT_BENCH_READ_H

#include <json-c/json.h>

#include "tt/tt_inline.h"

/* A clock, by either reader. */
struct bench_clock {
	struct tt_clock *clk;
	struct tt_inline in;
};

/* 0 or an error of tt_now(): there is a bound to be read there now. */
int bench_clock_open(const char *path, struct bench_clock *ret);
void bench_clock_close(struct bench_clock *c);

/* Makes `count` calls; 0, or the first error. */
typedef int bench_batch(struct bench_clock *c, int count);

struct bench_call {
	const char *name;
	bench_batch *batch;
};

enum {
	BENCH_CALL_REALTIME,
	BENCH_CALL_RAW,
	BENCH_CALL_NOW,
	BENCH_CALL_STRICT,
	BENCH_CALL_RELAXED,
	BENCH_CALL_TAI,
	BENCH_CALL_AFTER,
	BENCH_CALL_INLINE,
	BENCH_CALL_INLINE_STRICT,
	BENCH_CALL_INLINE_RELAXED,
	BENCH_CALLS
};

extern const struct bench_call bench_calls[BENCH_CALLS];

/* One table: what was measured against which writer. */
struct bench_read {
	char name[32];
	int calls;              /* in a batch */
	int batches;
	double ns[BENCH_CALLS]; /* per call, of the median batch */
};

/* 0 or negative errno. */
int bench_read(struct bench_clock *c, struct bench_read *ret);

void bench_read_print(const struct bench_read *run);
struct json_object *bench_read_json(const struct bench_read *run);

#endif
