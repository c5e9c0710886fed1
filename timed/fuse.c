/* SPDX-License-Identifier: Apache-2.0 */
/* Fusion of ranges. See fuse.h. */
#include "timed/fuse.h"

#include <assert.h>

struct range range_unbounded(double drift_ppb)
{
	return (struct range){.lo_ns = FUSE_NS_MIN,
			      .hi_ns = FUSE_NS_MAX,
			      .rate_ppb_min = -drift_ppb,
			      .rate_ppb_max = drift_ppb};
}

bool range_is_bounded(const struct range *r)
{
	return r->lo_ns != FUSE_NS_MIN && r->hi_ns != FUSE_NS_MAX;
}

bool range_is_empty(const struct range *r)
{
	return r->lo_ns > r->hi_ns;
}

bool range_meets(const struct range *a, const struct range *b)
{
	return a->lo_ns <= b->hi_ns && b->lo_ns <= a->hi_ns;
}

static double max_ppb(double a, double b)
{
	return a > b ? a : b;
}

static double min_ppb(double a, double b)
{
	return a < b ? a : b;
}

struct range range_intersection(const struct range *a, const struct range *b)
{
	return (struct range){
		.lo_ns = a->lo_ns > b->lo_ns ? a->lo_ns : b->lo_ns,
		.hi_ns = a->hi_ns < b->hi_ns ? a->hi_ns : b->hi_ns,
		.rate_ppb_min = max_ppb(a->rate_ppb_min, b->rate_ppb_min),
		.rate_ppb_max = min_ppb(a->rate_ppb_max, b->rate_ppb_max)};
}

struct range range_hull(const struct range *a, const struct range *b)
{
	return (struct range){
		.lo_ns = a->lo_ns < b->lo_ns ? a->lo_ns : b->lo_ns,
		.hi_ns = a->hi_ns > b->hi_ns ? a->hi_ns : b->hi_ns,
		.rate_ppb_min = min_ppb(a->rate_ppb_min, b->rate_ppb_min),
		.rate_ppb_max = max_ppb(a->rate_ppb_max, b->rate_ppb_max)};
}

typedef bool precedes_fn(const struct range *a, const struct range *b);

static bool lo_precedes(const struct range *a, const struct range *b)
{
	return a->lo_ns > b->lo_ns;
}

static bool hi_precedes(const struct range *a, const struct range *b)
{
	return a->hi_ns < b->hi_ns;
}

static bool rate_min_precedes(const struct range *a, const struct range *b)
{
	return a->rate_ppb_min > b->rate_ppb_min;
}

static bool rate_max_precedes(const struct range *a, const struct range *b)
{
	return a->rate_ppb_max < b->rate_ppb_max;
}

/*
 * The range that exactly `rank` others precede. n is small, so count instead
 * of sorting; equal ones go by their place, so that exactly one qualifies.
 */
static int ranked(const struct range *r, int count, int rank,
		  precedes_fn *precedes)
{
	for (int i = 0; i < count; i++) {
		int before = 0;

		for (int k = 0; k < count; k++)
			before += precedes(&r[k], &r[i]) ||
				  (k < i && !precedes(&r[i], &r[k]));
		if (before == rank)
			return i;
	}
	return 0;
}

struct range fuse(const struct range *ranges, int count, int liars,
		  int *ret_lo, int *ret_hi)
{
	int rate_min, rate_max;

	assert(count >= 1 && count <= FUSE_RANGES_MAX);
	assert(liars >= 0 && liars < count);
	*ret_lo = ranked(ranges, count, liars, lo_precedes);
	*ret_hi = ranked(ranges, count, liars, hi_precedes);
	rate_min = ranked(ranges, count, liars, rate_min_precedes);
	rate_max = ranked(ranges, count, liars, rate_max_precedes);
	return (struct range){.lo_ns = ranges[*ret_lo].lo_ns,
			      .hi_ns = ranges[*ret_hi].hi_ns,
			      .rate_ppb_min = ranges[rate_min].rate_ppb_min,
			      .rate_ppb_max = ranges[rate_max].rate_ppb_max};
}
