/* SPDX-License-Identifier: Apache-2.0 */
/* Fusion of ranges. See fuse.h. */
#include "timed/fuse.h"

#include <assert.h>
#include <stddef.h>

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

/*
 * The (f+1)-th largest lower end: the number that exactly f of the others
 * precede. n is small, so count instead of sorting; equal ends are told apart
 * by their place, so that exactly one index qualifies.
 */
static int ranked_lo(const struct range *r, int count, int rank)
{
	for (int i = 0; i < count; i++) {
		int above = 0;

		for (int k = 0; k < count; k++)
			above += r[k].lo_ns > r[i].lo_ns ||
				 (r[k].lo_ns == r[i].lo_ns && k < i);
		if (above == rank)
			return i;
	}
	return 0;
}

static int ranked_hi(const struct range *r, int count, int rank)
{
	for (int i = 0; i < count; i++) {
		int below = 0;

		for (int k = 0; k < count; k++)
			below += r[k].hi_ns < r[i].hi_ns ||
				 (r[k].hi_ns == r[i].hi_ns && k < i);
		if (below == rank)
			return i;
	}
	return 0;
}

static double ranked_rate_min(const struct range *r, int count, int rank)
{
	for (int i = 0; i < count; i++) {
		int above = 0;

		for (int k = 0; k < count; k++)
			above += r[k].rate_ppb_min > r[i].rate_ppb_min ||
				 (r[k].rate_ppb_min == r[i].rate_ppb_min &&
				  k < i);
		if (above == rank)
			return r[i].rate_ppb_min;
	}
	return r[0].rate_ppb_min;
}

static double ranked_rate_max(const struct range *r, int count, int rank)
{
	for (int i = 0; i < count; i++) {
		int below = 0;

		for (int k = 0; k < count; k++)
			below += r[k].rate_ppb_max < r[i].rate_ppb_max ||
				 (r[k].rate_ppb_max == r[i].rate_ppb_max &&
				  k < i);
		if (below == rank)
			return r[i].rate_ppb_max;
	}
	return r[0].rate_ppb_max;
}

struct range fuse(const struct range *ranges, int count, int liars,
		  int *ret_lo, int *ret_hi)
{
	assert(count >= 1 && count <= FUSE_RANGES_MAX);
	assert(liars >= 0 && liars < count);
	*ret_lo = ranked_lo(ranges, count, liars);
	*ret_hi = ranked_hi(ranges, count, liars);
	return (struct range){
		.lo_ns = ranges[*ret_lo].lo_ns,
		.hi_ns = ranges[*ret_hi].hi_ns,
		.rate_ppb_min = ranked_rate_min(ranges, count, liars),
		.rate_ppb_max = ranked_rate_max(ranges, count, liars)};
}
