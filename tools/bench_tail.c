/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See bench_tail.h. Each call is timed by itself, between two readings of the
 * CPU's counter (of the raw clock, where that is not to be had); the kinds take
 * turns, so that an interrupt may fall on any. What timing nothing takes, in
 * the median, is taken off.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "tools/bench_segment.h"
#include "tools/bench_tail.h"

static const char *const names[BENCH_TAIL_KINDS] = {
	[BENCH_TAIL_NOTHING] = "nothing",
	[BENCH_TAIL_RAW] = "clock_gettime(CLOCK_MONOTONIC_RAW)",
	[BENCH_TAIL_NOW] = "tt_now",
	[BENCH_TAIL_STRICT] = "tt_now_strict",
	[BENCH_TAIL_INLINE] = "tt_inline_now",
};

static int call(struct bench_clock *c, int kind)
{
	struct tt_interval now;
	struct timespec ts;
	int rc = 0;

	switch (kind) {
	case BENCH_TAIL_RAW:
		rc = clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
		break;
	case BENCH_TAIL_NOW:
		rc = tt_now(c->clk, &now);
		break;
	case BENCH_TAIL_STRICT:
		rc = tt_now_strict(c->clk, &now);
		break;
	case BENCH_TAIL_INLINE:
		rc = tt_inline_now(&c->in, &now);
		break;
	}
	__asm__ volatile("" : : "r"(&now), "r"(&ts) : "memory");
	return rc;
}

static uint64_t instant(const struct bench_tail *b)
{
	return b->tick_mult != 0 ? tt_inline_ticks_ordered()
				 : (uint64_t)bench_raw_ns();
}

static double ns_of(const struct bench_tail *b, uint64_t duration)
{
	return b->tick_mult != 0
		       ? (double)duration * (double)b->tick_mult * 0x1p-48
		       : (double)duration;
}

static int compare(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static int time_calls(struct bench_clock *c, struct bench_tail *b,
		      uint64_t *took)
{
	uint64_t begin;
	int rc = 0;

	for (int i = 0; i < b->calls && rc == 0; i++) {
		for (int j = 0; j < BENCH_TAIL_KINDS && rc == 0; j++) {
			begin = instant(b);
			rc = call(c, j);
			took[j * b->calls + i] = instant(b) - begin;
		}
	}
	return rc;
}

static double net_ns(const struct bench_tail *b, const uint64_t *sorted,
		     double share, double off_ns)
{
	const int at = (int)(share * (b->calls - 1));

	return ns_of(b, sorted[at]) - off_ns;
}

int bench_tail(struct bench_clock *c, struct bench_tail *ret)
{
	double off_ns = 0;
	uint64_t *took;
	int rc;

	took = calloc((size_t)ret->calls * BENCH_TAIL_KINDS, sizeof(*took));
	if (took == NULL)
		return -ENOMEM;
	rc = time_calls(c, ret, took);
	for (int j = 0; j < BENCH_TAIL_KINDS; j++) {
		uint64_t *of = &took[j * ret->calls];

		qsort(of, (size_t)ret->calls, sizeof(*of), compare);
		if (j == BENCH_TAIL_NOTHING)
			off_ns = net_ns(ret, of, 0.5, 0);
		ret->of[j].median_ns = net_ns(ret, of, 0.5, off_ns);
		ret->of[j].p99_ns = net_ns(ret, of, 0.99, off_ns);
		ret->of[j].p999_ns = net_ns(ret, of, 0.999, off_ns);
		ret->of[j].most_ns = net_ns(ret, of, 1, off_ns);
	}
	free(took);
	return rc;
}

void bench_tail_print(const struct bench_tail *b)
{
	printf("%-36s %8s %8s %8s %10s %8s\n", b->name, "median", "p99",
	       "p99.9", "most, ns", "p99.9/50");
	for (int j = 0; j < BENCH_TAIL_KINDS; j++) {
		printf("%-36s %8.1f %8.1f %8.1f %10.0f", names[j],
		       b->of[j].median_ns, b->of[j].p99_ns, b->of[j].p999_ns,
		       b->of[j].most_ns);
		if (j != BENCH_TAIL_NOTHING)
			printf(" %8.2f", b->of[j].p999_ns / b->of[j].median_ns);
		putchar('\n');
	}
}

struct json_object *bench_tail_json(const struct bench_tail *b)
{
	struct json_object *all = json_object_new_array();
	struct json_object *ret = json_object_new_object();

	for (int j = 0; j < BENCH_TAIL_KINDS; j++) {
		struct json_object *one = json_object_new_object();

		json_object_object_add(one, "call",
				       json_object_new_string(names[j]));
		json_object_object_add(
			one, "median_ns",
			json_object_new_double(b->of[j].median_ns));
		json_object_object_add(one, "p99_ns",
				       json_object_new_double(b->of[j].p99_ns));
		json_object_object_add(
			one, "p999_ns",
			json_object_new_double(b->of[j].p999_ns));
		json_object_object_add(
			one, "most_ns",
			json_object_new_double(b->of[j].most_ns));
		json_object_array_add(all, one);
	}
	json_object_object_add(ret, "writer", json_object_new_string(b->name));
	json_object_object_add(ret, "calls", all);
	return ret;
}
