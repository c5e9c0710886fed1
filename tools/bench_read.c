/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See bench_read.h. Batches of every call are interleaved, so that whatever
 * else the machine does falls on all alike, and the median batch counts; ratios
 * are to the plain clock reads of the same run.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "tools/bench_read.h"
#include "tools/bench_segment.h"

#define BATCH(name, expression)                                                \
	static int name(struct bench_clock *c, int count)                      \
	{                                                                      \
		struct tt_interval now;                                        \
		struct timespec ts;                                            \
		int rc = 0;                                                    \
                                                                               \
		(void)c, (void)now, (void)ts;                                  \
		for (int i = 0; i < count && rc >= 0; i++) {                   \
			rc = (expression);                                     \
			/* What is inlined must give its answer, too. */       \
			__asm__ volatile("" : : "r"(&now) : "memory");         \
		}                                                              \
		return rc < 0 ? rc : 0;                                        \
	}

BATCH(batch_realtime, clock_gettime(CLOCK_REALTIME, &ts))
BATCH(batch_raw, clock_gettime(CLOCK_MONOTONIC_RAW, &ts))
BATCH(batch_now, tt_now(c->clk, &now))
BATCH(batch_strict, tt_now_strict(c->clk, &now))
BATCH(batch_relaxed, tt_now_relaxed(c->clk, &now))
BATCH(batch_tai, tt_now_tai(c->clk, &now))
BATCH(batch_after, tt_after(c->clk, INT64_MAX))
BATCH(batch_inline, tt_inline_now(&c->in, &now))
BATCH(batch_inline_strict, tt_inline_now_strict(&c->in, &now))
BATCH(batch_inline_relaxed, tt_inline_now_relaxed(&c->in, &now))

const struct bench_call bench_calls[BENCH_CALLS] = {
	[BENCH_CALL_REALTIME] = {"clock_gettime(CLOCK_REALTIME)",
				 batch_realtime},
	[BENCH_CALL_RAW] = {"clock_gettime(CLOCK_MONOTONIC_RAW)", batch_raw},
	[BENCH_CALL_NOW] = {"tt_now", batch_now},
	[BENCH_CALL_STRICT] = {"tt_now_strict", batch_strict},
	[BENCH_CALL_RELAXED] = {"tt_now_relaxed", batch_relaxed},
	[BENCH_CALL_TAI] = {"tt_now_tai", batch_tai},
	[BENCH_CALL_AFTER] = {"tt_after", batch_after},
	[BENCH_CALL_INLINE] = {"tt_inline_now", batch_inline},
	[BENCH_CALL_INLINE_STRICT] = {"tt_inline_now_strict",
				      batch_inline_strict},
	[BENCH_CALL_INLINE_RELAXED] = {"tt_inline_now_relaxed",
				       batch_inline_relaxed},
};

int bench_clock_open(const char *path, struct bench_clock *ret)
{
	struct tt_interval now;
	struct bench_clock c;
	int rc;

	rc = tt_open(path, &c.clk);
	if (rc < 0)
		return rc;
	/* tt_after() gives no errors: see first whether it can be read. */
	rc = tt_now(c.clk, &now);
	if (rc == 0)
		rc = tt_inline_open(path, &c.in);
	if (rc == 0)
		*ret = c;
	else
		tt_close(c.clk);
	return rc;
}

void bench_clock_close(struct bench_clock *c)
{
	tt_close(c->clk);
	tt_inline_close(&c->in);
}

static int compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int time_batch(const struct bench_call *call, struct bench_clock *c,
		      int count, double *ret_ns)
{
	const int64_t begin_ns = bench_raw_ns();
	int rc;

	rc = call->batch(c, count);
	*ret_ns = (double)(bench_raw_ns() - begin_ns) / count;
	return rc;
}

/* The first batch of each call warms up and is not counted. */
int bench_read(struct bench_clock *c, struct bench_read *ret)
{
	const int batches = ret->batches;
	double *ns;
	int rc = 0;

	ns = calloc((size_t)batches * BENCH_CALLS, sizeof(*ns));
	if (ns == NULL)
		return -ENOMEM;
	for (int i = -1; i < batches && rc == 0; i++)
		for (int j = 0; j < BENCH_CALLS && rc == 0; j++)
			rc = time_batch(&bench_calls[j], c, ret->calls,
					&ns[j * batches + (i < 0 ? 0 : i)]);
	for (int j = 0; j < BENCH_CALLS; j++) {
		double *of = &ns[j * batches];

		qsort(of, (size_t)batches, sizeof(*of), compare);
		ret->ns[j] = of[batches / 2];
	}
	free(ns);
	return rc;
}

void bench_read_print(const struct bench_read *run)
{
	const double *ns = run->ns;

	printf("%-36s %8s %8s %8s\n", run->name, "ns/call", "/RAW",
	       "/REALTIME");
	for (int j = 0; j < BENCH_CALLS; j++)
		printf("%-36s %8.1f %8.2f %8.2f\n", bench_calls[j].name, ns[j],
		       ns[j] / ns[BENCH_CALL_RAW],
		       ns[j] / ns[BENCH_CALL_REALTIME]);
}

struct json_object *bench_read_json(const struct bench_read *run)
{
	struct json_object *all = json_object_new_array();
	struct json_object *ret = json_object_new_object();
	const double *ns = run->ns;

	for (int j = 0; j < BENCH_CALLS; j++) {
		struct json_object *one = json_object_new_object();

		json_object_object_add(
			one, "call",
			json_object_new_string(bench_calls[j].name));
		json_object_object_add(one, "ns",
				       json_object_new_double(ns[j]));
		json_object_object_add(
			one, "ratio_raw",
			json_object_new_double(ns[j] / ns[BENCH_CALL_RAW]));
		json_object_object_add(
			one, "ratio_realtime",
			json_object_new_double(ns[j] /
					       ns[BENCH_CALL_REALTIME]));
		json_object_array_add(all, one);
	}
	json_object_object_add(ret, "writer",
			       json_object_new_string(run->name));
	json_object_object_add(ret, "calls", all);
	return ret;
}
