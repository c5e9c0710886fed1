/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two steps of the evaluation that the fast path inlines. Callers hold a
 * slot that latch_is_sane() has passed; eval.h has the contract.
 */
#ifndef TT_EVAL_INLINE_H
#define TT_EVAL_INLINE_H

#include "libtt/eval.h"

#define EVAL_SMEAR_HALF_NS INT64_C(43200000000000) /* noon to midnight */
#define EVAL_SECOND_NS     INT64_C(1000000000)

/* No leap second changes a label further away from it than this. */
#define EVAL_LEAP_NS (EVAL_SMEAR_HALF_NS + EVAL_SECOND_NS)

/* x 2^-40, rounded down and up. gcc and clang define >> of a negative number
 * as arithmetic. */
static inline int64_t eval_scale_down(__int128 x)
{
	return (int64_t)(x >> SEGMENT_RATE_SHIFT);
}

static inline int64_t eval_scale_up(__int128 x)
{
	const __int128 one = (__int128)1 << SEGMENT_RATE_SHIFT;

	return (int64_t)((x + one - 1) >> SEGMENT_RATE_SHIFT);
}

/* TAI edges d after the anchor, 0 <= d <= horizon. */
static inline void eval_within(const struct segment_slot *slot, int64_t d,
			       int64_t *ret_lo_ns, int64_t *ret_hi_ns)
{
	*ret_lo_ns = slot->tai_lo_ns + d +
		     eval_scale_down((__int128)slot->lo_slope * d);
	*ret_hi_ns = slot->tai_hi_ns + d +
		     eval_scale_up((__int128)slot->hi_slope * d);
}

/* Is any instant of [lo, hi] near enough to a leap second for its label not
 * to be a plain difference? leap_tai_ns is above -2^62 or INT64_MAX. */
static inline int eval_is_plain(const struct segment_slot *slot, int64_t lo_ns,
				int64_t hi_ns, int64_t *ret_offset_ns)
{
	if (slot->leap_delta_ns == 0 ||
	    hi_ns < slot->leap_tai_ns - EVAL_LEAP_NS) {
		*ret_offset_ns = slot->utc_offset_ns;
		return 1;
	}
	if (slot->leap_tai_ns < INT64_MAX - EVAL_LEAP_NS &&
	    lo_ns >= slot->leap_tai_ns + EVAL_LEAP_NS) {
		*ret_offset_ns = slot->utc_offset_ns + slot->leap_delta_ns;
		return 1;
	}
	return 0;
}

#endif
