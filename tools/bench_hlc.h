/* SPDX-License-Identifier: Apache-2.0 */
/* tt-bench hlc: timestamps a second, on one thread and on many, beside the same
 * clock behind a spinlock. */
#ifndef TT_BENCH_HLC_H
#define TT_BENCH_HLC_H

#include <json-c/json.h>

#include "tt/tt.h"

enum { BENCH_HLC_WIDE, BENCH_HLC_NARROW, BENCH_HLC_SPINLOCK, BENCH_HLC_KINDS };

#define BENCH_HLC_THREADS 8

struct bench_hlc {
	int batches;
	int calls;			 /* of each thread in a batch */
	double one_ns[BENCH_HLC_KINDS];	 /* a timestamp, on one thread */
	double many_ns[BENCH_HLC_KINDS]; /* and on BENCH_HLC_THREADS */
};

/* Fills the arrays, by the median batch. 0 or negative errno. */
int bench_hlc(struct tt_clock *clk, struct bench_hlc *ret);

void bench_hlc_print(const struct bench_hlc *b);
struct json_object *bench_hlc_json(const struct bench_hlc *b);

#endif
