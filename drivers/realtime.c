/* SPDX-License-Identifier: Apache-2.0 */
/* CLOCK_REALTIME against the raw counter. See realtime.h. */
#include "drivers/realtime.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* Unwatched for longer than this, S may have been stepped there and slewed
 * back again: nobody vouches for it. */
#define UNWATCHED_NS_MAX INT64_C(4000000000)

/* Entries closer together than this, under one and the same steering, say
 * nothing new about rates: the ring keeps one of them. */
#define THIN_NS 500000000

/* What the kernel has begun of a slew it goes on with to the end of its second,
 * whatever it is told meanwhile: and that began before it was told. */
#define SLEW_NS 1010000000

/* Each clock is read as whole nanoseconds, rounded down. */
#define READ_NS 1

static double min2(double a, double b)
{
	return a < b ? a : b;
}

static double max2(double a, double b)
{
	return a > b ? a : b;
}

/* A drift in whole ns, outward. */
static int64_t drift_ns_min(double rate_ppb, double span_ns)
{
	return (int64_t)floor(rate_ppb * 1e-9 * span_ns) - 1;
}

static int64_t drift_ns_max(double rate_ppb, double span_ns)
{
	return (int64_t)ceil(rate_ppb * 1e-9 * span_ns) + 1;
}

void realtime_init(struct realtime *rt)
{
	memset(rt, 0, sizeof(*rt));
	rt->allowed_ppb_min = INFINITY;
	rt->allowed_ppb_max = -INFINITY;
	rt->disturbed_raw_ns = INT64_MIN;
}

void realtime_allow(struct realtime *rt, double rate_ppb)
{
	rt->allowed_ppb_min = min2(rt->allowed_ppb_min, rate_ppb);
	rt->allowed_ppb_max = max2(rt->allowed_ppb_max, rate_ppb);
}

/* What a slew may add by now, that which is known of no more included. */
static double slew_ppb(struct realtime *rt, const struct env_steering *steering,
		       int64_t raw_ns)
{
	if (rt->added == 0 || raw_ns - rt->slew_raw_ns >= SLEW_NS) {
		rt->slew_ppb[1] = rt->added == 0 ? 0 : rt->slew_ppb[0];
		rt->slew_ppb[0] = 0;
		rt->slew_raw_ns = raw_ns;
	}
	rt->slew_ppb[0] = max2(rt->slew_ppb[0], steering->rate_err_ppb);
	return max2(rt->slew_ppb[0], rt->slew_ppb[1]);
}

static struct realtime_entry entry_of(const struct env_pair *pair,
				      const struct env_steering *steering,
				      double slew)
{
	const double lo = steering->rate_ppb - slew;
	const double hi = steering->rate_ppb + slew;

	return (struct realtime_entry){
		.raw_ns_min = pair->raw_ns_before,
		.raw_ns_max = pair->raw_ns_after,
		.lo_ns = pair->real_ns - pair->raw_ns_after - READ_NS,
		.hi_ns = pair->real_ns - pair->raw_ns_before + READ_NS,
		.now_ppb_min = lo,
		.now_ppb_max = hi,
		.rate_ppb_min = lo,
		.rate_ppb_max = hi,
		.loose_ppb_min = lo,
		.loose_ppb_max = hi};
}

/*
 * Where the steering changed, it may have changed more than once: what lay
 * between is looked for as far outside of what was seen as the ends lie apart.
 */
static void widen(const struct realtime_entry *e, double *min, double *max)
{
	const double spread_ppb =
		max2(*max - *min - (e->now_ppb_max - e->now_ppb_min), 0);

	*min -= spread_ppb;
	*max += spread_ppb;
}

/* The rates of the span that ends in e. */
static void span_rates(const struct realtime *rt, struct realtime_entry *e)
{
	e->rate_ppb_min = min2(e->now_ppb_min, rt->last.now_ppb_min);
	e->rate_ppb_max = max2(e->now_ppb_max, rt->last.now_ppb_max);
	e->loose_ppb_min = min2(e->rate_ppb_min, rt->allowed_ppb_min);
	e->loose_ppb_max = max2(e->rate_ppb_max, rt->allowed_ppb_max);
	widen(e, &e->rate_ppb_min, &e->rate_ppb_max);
	widen(e, &e->loose_ppb_min, &e->loose_ppb_max);
}

static bool follows(const struct realtime_entry *a,
		    const struct realtime_entry *b)
{
	const double slow_ppb = b->loose_ppb_min - REALTIME_SLACK_PPB;
	const double fast_ppb = b->loose_ppb_max + REALTIME_SLACK_PPB;
	const double longest_ns = (double)(b->raw_ns_max - a->raw_ns_min);
	const double shortest_ns =
		max2((double)(b->raw_ns_min - a->raw_ns_max), 0);

	return b->hi_ns >= a->lo_ns + drift_ns_min(slow_ppb,
						   slow_ppb < 0
							   ? longest_ns
							   : shortest_ns) &&
	       b->lo_ns <= a->hi_ns + drift_ns_max(fast_ppb,
						   fast_ppb > 0 ? longest_ns
								: shortest_ns);
}

static const struct realtime_entry *entry_at(const struct realtime *rt,
					     int back)
{
	const int i = rt->newest - back;

	return &rt->ring[i < 0 ? i + REALTIME_ENTRIES : i];
}

static bool is_thin(const struct realtime *rt, const struct realtime_entry *e)
{
	const struct realtime_entry *a, *b;

	if (rt->count < 2)
		return false;
	a = entry_at(rt, 0);
	b = entry_at(rt, 1);
	return e->raw_ns_max - b->raw_ns_max < THIN_NS &&
	       !(e->rate_ppb_min < a->rate_ppb_min) &&
	       !(e->rate_ppb_min > a->rate_ppb_min) &&
	       !(e->rate_ppb_max < a->rate_ppb_max) &&
	       !(e->rate_ppb_max > a->rate_ppb_max);
}

static void push(struct realtime *rt, const struct realtime_entry *e)
{
	if (!is_thin(rt, e)) {
		rt->newest = rt->count == 0
				     ? 0
				     : (rt->newest + 1) % REALTIME_ENTRIES;
		if (rt->count < REALTIME_ENTRIES)
			rt->count++;
	}
	rt->ring[rt->newest] = *e;
	rt->previous = rt->last;
	rt->last = *e;
	if (rt->added < 2)
		rt->added++;
}

bool realtime_add(struct realtime *rt, const struct env_pair *pair,
		  const struct env_steering *steering)
{
	struct realtime_entry e = entry_of(
		pair, steering, slew_ppb(rt, steering, pair->raw_ns_after));
	bool calm = true;

	if (rt->added > 0) {
		span_rates(rt, &e);
		rt->slack_ns += (e.loose_ppb_max - e.loose_ppb_min) * 1e-9 *
				(double)(e.raw_ns_max - rt->last.raw_ns_min);
		calm = follows(&rt->last, &e) &&
		       e.raw_ns_min - rt->last.raw_ns_max <= UNWATCHED_NS_MAX;
	}
	if (!calm)
		rt->disturbed_raw_ns = e.raw_ns_max;
	push(rt, &e);
	rt->allowed_ppb_min = INFINITY;
	rt->allowed_ppb_max = -INFINITY;
	return calm;
}

int64_t realtime_disturbed_raw_ns(const struct realtime *rt)
{
	return rt->disturbed_raw_ns;
}

int realtime_rates(const struct realtime *rt, int64_t raw_ns_from,
		   int64_t raw_ns_to, double *ret_ppb_min, double *ret_ppb_max)
{
	double lo = INFINITY, hi = -INFINITY;

	if (rt->count == 0 || raw_ns_to > entry_at(rt, 0)->raw_ns_max)
		return -ENODATA;
	for (int back = 0; back < rt->count; back++) {
		const struct realtime_entry *e = entry_at(rt, back);

		if (e->raw_ns_min <= raw_ns_from) {
			/* the span begins after e; e's own rate held then */
			lo = min2(lo, e->now_ppb_min);
			hi = max2(hi, e->now_ppb_max);
			*ret_ppb_min = lo;
			*ret_ppb_max = hi;
			return 0;
		}
		lo = min2(lo, e->rate_ppb_min);
		hi = max2(hi, e->rate_ppb_max);
	}
	return -ENODATA;
}

int realtime_span(const struct realtime *rt, struct realtime_entry *ret)
{
	const struct realtime_entry *a = &rt->previous, *b = &rt->last;
	const double slow_ppb = b->loose_ppb_min - REALTIME_SLACK_PPB;
	const double fast_ppb = b->loose_ppb_max + REALTIME_SLACK_PPB;
	const double span_ns = (double)(b->raw_ns_max - a->raw_ns_min);
	int64_t lo, hi;

	if (rt->added < 2)
		return -ENODATA;
	*ret = *b;
	ret->raw_ns_min = a->raw_ns_min;
	/* from a onward, and from b backward: both hold all the way */
	lo = a->lo_ns + (slow_ppb < 0 ? drift_ns_min(slow_ppb, span_ns) : 0);
	ret->lo_ns =
		b->lo_ns - (fast_ppb > 0 ? drift_ns_max(fast_ppb, span_ns) : 0);
	if (lo > ret->lo_ns)
		ret->lo_ns = lo;
	hi = a->hi_ns + (fast_ppb > 0 ? drift_ns_max(fast_ppb, span_ns) : 0);
	ret->hi_ns =
		b->hi_ns - (slow_ppb < 0 ? drift_ns_min(slow_ppb, span_ns) : 0);
	if (hi < ret->hi_ns)
		ret->hi_ns = hi;
	return ret->lo_ns <= ret->hi_ns ? 0 : -ENODATA;
}
