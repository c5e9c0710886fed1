/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fusion of ranges, of which some may be false. Pure.
 *
 * F of n ranges with at most f false ones is [(f+1)-th largest left end,
 * (f+1)-th smallest right end] (U. Schmid's variant of K. Marzullo's function,
 * "How to rescue Marzullo's fault-tolerant interval intersection function",
 * 1999): it contains the truth, and no end of it moves further than the input
 * that moved most.
 */
#ifndef FUSE_H
#define FUSE_H

#include <stdbool.h>
#include <stdint.h>

/* No bound on this side. */
#define FUSE_NS_MIN INT64_MIN
#define FUSE_NS_MAX INT64_MAX

struct range {
	int64_t lo_ns, hi_ns;       /* TAI - raw */
	double rate_ppb_min;        /* the slow rate */
	double rate_ppb_max;
};

/* Nothing known but A1. */
struct range range_unbounded(double drift_ppb);
bool range_is_bounded(const struct range *r); /* on both sides */
bool range_is_empty(const struct range *r);   /* lo > hi */
bool range_meets(const struct range *a, const struct range *b);

/* Both must hold; may come out empty. */
struct range range_intersection(const struct range *a, const struct range *b);
/* Either may hold; an end that is infinite in one is infinite in both. */
struct range range_hull(const struct range *a, const struct range *b);

#define FUSE_RANGES_MAX 64

/*
 * F over `count` ranges (1 to FUSE_RANGES_MAX), at most `liars` of them false
 * (0 to count - 1); offsets and rates are fused each for themselves, which is
 * sound even when different groups lie about the two. May come out empty or
 * unbounded. ret_lo and ret_hi: which range gave each offset end.
 */
struct range fuse(const struct range *ranges, int count, int liars,
		  int *ret_lo, int *ret_hi);

#endif
