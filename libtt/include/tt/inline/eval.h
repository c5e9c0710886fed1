/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a publication and a reading of the raw counter to an interval: pure
 * integer arithmetic, every rounding outward. docs/segment.md has the formulae
 * and the limits. All slots given here have passed tt_inline_is_sane(): that is
 * what keeps every sum within int64_t. Part of tt/tt_inline.h.
 */
#ifndef TT_INLINE_EVAL_H
#define TT_INLINE_EVAL_H

#include <tt/inline/segment.h>
#include <tt/tt.h>

#define TT_INLINE_SECOND_NS     INT64_C(1000000000)
#define TT_INLINE_DAY_S         INT64_C(86400)
#define TT_INLINE_SMEAR_HALF_NS INT64_C(43200000000000) /* noon to midnight */

/* No leap second changes a label further away from it than this. */
#define TT_INLINE_LEAP_NS (TT_INLINE_SMEAR_HALF_NS + TT_INLINE_SECOND_NS)

/* Beyond what a reading of the present can reach (2^62 + 1.2 x 2^60), and far
 * enough from 2^63 for the offsets and errors of the views: 1.5 x 2^62. */
#define TT_INLINE_EDGE_MAX (INT64_C(3) << (TT_INLINE_TIME_BITS - 1))

/* x 2^-40, rounded down and up. gcc and clang define >> of a negative number
 * as arithmetic. */
static inline int64_t tt_inline_scale_down(tt_inline_int128 x)
{
	return (int64_t)(x >> TT_INLINE_RATE_SHIFT);
}

static inline int64_t tt_inline_scale_up(tt_inline_int128 x)
{
	const tt_inline_int128 one = (tt_inline_int128)1
				     << TT_INLINE_RATE_SHIFT;

	return (int64_t)((x + one - 1) >> TT_INLINE_RATE_SHIFT);
}

/* slope d / 2^40, rounded down, for |slope| <= 2^37 and 0 <= d: the upper half
 * of a product is to be had without a shift. */
TT_INLINE_ALWAYS int64_t tt_inline_slope_down(int64_t slope, int64_t d)
{
	const int64_t scaled = slope * (INT64_C(1) << (64 -
						       TT_INLINE_RATE_SHIFT));

	/* Or gcc, which knows that d is positive, makes two multiplications of
	 * one. */
	__asm__("" : "+r"(d));
	return (int64_t)((tt_inline_int128)scaled * d >> 64);
}

/* TAI edges d after the anchor, 0 <= d <= horizon. */
TT_INLINE_ALWAYS void tt_inline_within(const struct tt_inline_slot *slot,
				    int64_t d, int64_t *ret_lo_ns,
				    int64_t *ret_hi_ns)
{
	*ret_lo_ns = slot->tai_lo_ns + d +
		     tt_inline_slope_down(slot->lo_slope, d);
	*ret_hi_ns = slot->tai_hi_ns + d -
		     tt_inline_slope_down(-slot->hi_slope, d);
}

static inline int tt_inline_store_edges(tt_inline_int128 lo_ns,
					tt_inline_int128 hi_ns,
					int64_t *ret_lo_ns, int64_t *ret_hi_ns)
{
	if (lo_ns > hi_ns)
		return -EPROTO;
	if (lo_ns < -TT_INLINE_EDGE_MAX || hi_ns > TT_INLINE_EDGE_MAX)
		return -ERANGE;
	*ret_lo_ns = (int64_t)lo_ns;
	*ret_hi_ns = (int64_t)hi_ns;
	return 0;
}

/*
 * TAI edges at raw_ns (view errors not yet added). Before the anchor both edges
 * open at A1's rate. A frozen slot gives its edges as they stand for every
 * raw_ns. 0; -ERANGE: before the epoch, from void_raw_ns on, or an edge beyond
 * TT_INLINE_EDGE_MAX (before the anchor only); -EPROTO: the edges have crossed.
 */
TT_INLINE_RARE int tt_inline_tai(const struct tt_inline_slot *slot,
				 int64_t raw_ns, int64_t *ret_lo_ns,
				 int64_t *ret_hi_ns)
{
	const tt_inline_int128 d =
		(tt_inline_int128)raw_ns - slot->anchor_raw_ns;
	const tt_inline_int128 drift = slot->drift;
	tt_inline_int128 d1, lo, hi;

	if (slot->counter == TT_INLINE_COUNTER_NONE)
		return tt_inline_store_edges(slot->tai_lo_ns, slot->tai_hi_ns,
					     ret_lo_ns, ret_hi_ns);
	if (raw_ns < slot->epoch_raw_ns || raw_ns >= slot->void_raw_ns)
		return -ERANGE;
	if (d < 0) {
		lo = drift * d;
		hi = -drift * d;
	} else {
		d1 = d < slot->horizon_ns ? d : slot->horizon_ns;
		lo = slot->lo_slope * d1 - drift * (d - d1);
		hi = slot->hi_slope * d1 + drift * (d - d1);
	}
	lo = slot->tai_lo_ns + d + tt_inline_scale_down(lo);
	hi = slot->tai_hi_ns + d + tt_inline_scale_up(hi);
	return tt_inline_store_edges(lo, hi, ret_lo_ns, ret_hi_ns);
}

/* Is no instant of [lo, hi] so near to a leap second that its label is not a
 * plain difference? leap_tai_ns is above -2^62 or INT64_MAX. */
TT_INLINE_ALWAYS bool tt_inline_is_plain(const struct tt_inline_slot *slot,
				      int64_t lo_ns, int64_t hi_ns,
				      int64_t *ret_offset_ns)
{
	if (slot->leap_delta_ns == 0 ||
	    hi_ns < slot->leap_tai_ns - TT_INLINE_LEAP_NS) {
		*ret_offset_ns = slot->utc_offset_ns;
		return true;
	}
	if (slot->leap_tai_ns < INT64_MAX - TT_INLINE_LEAP_NS &&
	    lo_ns >= slot->leap_tai_ns + TT_INLINE_LEAP_NS) {
		*ret_offset_ns = slot->utc_offset_ns + slot->leap_delta_ns;
		return true;
	}
	return false;
}

/*
 * `since` ns after the smear's start, the smeared clock has counted
 * since 86400 / (86400 + delta). 8.64e13 ns x 86400 = 7.5e18 < 2^63.
 */
static inline int64_t tt_inline_smear_count(int64_t since_ns, int64_t delta_s,
					    bool up)
{
	const int64_t length_s = TT_INLINE_DAY_S + delta_s;

	return (since_ns * TT_INLINE_DAY_S + (up ? length_s - 1 : 0)) /
	       length_s;
}

static inline int64_t tt_inline_smear_label(const struct tt_inline_slot *slot,
					    int64_t tai_ns, bool up)
{
	const int64_t delta_ns = slot->leap_delta_ns;
	const int64_t start_ns =
		slot->leap_tai_ns - delta_ns - TT_INLINE_SMEAR_HALF_NS;
	const int64_t end_ns = slot->leap_tai_ns + TT_INLINE_SMEAR_HALF_NS;

	if (tai_ns <= start_ns)
		return tai_ns - slot->utc_offset_ns;
	if (tai_ns >= end_ns)
		return tai_ns - slot->utc_offset_ns - delta_ns;
	return start_ns - slot->utc_offset_ns +
	       tt_inline_smear_count(tai_ns - start_ns,
				     delta_ns / TT_INLINE_SECOND_NS, up);
}

/* The inserted second is [leap - 1 s, leap), labelled either way; a removed
 * one makes no label ambiguous. */
static inline int64_t tt_inline_step_min(const struct tt_inline_slot *slot,
					 int64_t tai_ns)
{
	const int64_t old_ns = tai_ns - slot->utc_offset_ns;
	const int64_t new_ns = old_ns - slot->leap_delta_ns;
	const int64_t from_ns = slot->leap_tai_ns - slot->leap_delta_ns;
	const int64_t least_ns =
		from_ns - slot->utc_offset_ns - slot->leap_delta_ns;

	if (slot->leap_delta_ns < 0)
		return tai_ns < slot->leap_tai_ns ? old_ns : new_ns;
	if (tai_ns >= from_ns)
		return new_ns;
	return old_ns < least_ns ? old_ns : least_ns;
}

static inline int64_t tt_inline_step_max(const struct tt_inline_slot *slot,
					 int64_t tai_ns)
{
	const int64_t old_ns = tai_ns - slot->utc_offset_ns;
	const int64_t new_ns = old_ns - slot->leap_delta_ns;
	const int64_t most_ns = slot->leap_tai_ns - slot->utc_offset_ns - 1;

	if (tai_ns < slot->leap_tai_ns)
		return old_ns;
	if (slot->leap_delta_ns < 0)
		return new_ns;
	return new_ns > most_ns ? new_ns : most_ns;
}

/*
 * The Unix label of a TAI instant, as the slot's leap mode has it.
 *
 * Smeared: linear in TAI from noon UTC before the leap second to noon after
 * it; min rounds down, max up (they differ by at most 1 ns).
 *
 * Stepped: over an inserted second the label is ambiguous: POSIX counts on and
 * repeats the second after, the kernel steps back and repeats the one before.
 * min is the least label the instant *or any later one* has, max the greatest
 * it or any earlier one has: so both are monotone in tai_ns, and [min(lo),
 * max(hi)] holds every label of every instant in [lo, hi].
 */
TT_INLINE_RARE int64_t tt_inline_unix_min(const struct tt_inline_slot *slot,
					  int64_t tai_ns)
{
	int64_t offset_ns;

	if (tt_inline_is_plain(slot, tai_ns, tai_ns, &offset_ns))
		return tai_ns - offset_ns;
	if (slot->leap_mode == TT_INLINE_LEAP_SMEAR)
		return tt_inline_smear_label(slot, tai_ns, false);
	return tt_inline_step_min(slot, tai_ns);
}

TT_INLINE_RARE int64_t tt_inline_unix_max(const struct tt_inline_slot *slot,
					  int64_t tai_ns)
{
	int64_t offset_ns;

	if (tt_inline_is_plain(slot, tai_ns, tai_ns, &offset_ns))
		return tai_ns - offset_ns;
	if (slot->leap_mode == TT_INLINE_LEAP_SMEAR)
		return tt_inline_smear_label(slot, tai_ns, true);
	return tt_inline_step_max(slot, tai_ns);
}

/* TAI - UTC at a TAI instant: stepped at leap_tai_ns, or as the smear has it
 * (rounded down). */
TT_INLINE_RARE int64_t tt_inline_utc_offset(const struct tt_inline_slot *slot,
					    int64_t tai_ns)
{
	int64_t offset_ns;

	if (tt_inline_is_plain(slot, tai_ns, tai_ns, &offset_ns))
		return offset_ns;
	if (slot->leap_mode == TT_INLINE_LEAP_SMEAR)
		return tai_ns - tt_inline_smear_label(slot, tai_ns, true);
	if (tai_ns < slot->leap_tai_ns)
		return slot->utc_offset_ns;
	return slot->utc_offset_ns + slot->leap_delta_ns;
}

/* Do the edges meet before the slopes end? The width is linear up to there. */
static inline bool tt_inline_has_crossing(const struct tt_inline_slot *slot)
{
	int64_t lo, hi, d = slot->void_raw_ns - slot->anchor_raw_ns;

	if (d > slot->horizon_ns)
		d = slot->horizon_ns;
	tt_inline_within(slot, d, &lo, &hi);
	return lo > hi;
}

/*
 * Could an honest writer have published this? 0 or -EPROTO: lo > hi, now or
 * within the horizon, slopes or drift beyond 12.5 %, negative horizon, drift or
 * errors, void before anchor, anchor before the epoch, unknown state, counter
 * or leap mode, absurd leap, times out of range (TT_INLINE_*_BITS).
 */
TT_INLINE_RARE int tt_inline_check_slot(const struct tt_inline_slot *slot)
{
	if (!tt_inline_is_sane(slot) ||
	    !tt_inline_is_within(slot->epoch_raw_ns, TT_INLINE_RAW_BITS) ||
	    !tt_inline_is_within(slot->best_tai_ns, TT_INLINE_TIME_BITS) ||
	    !tt_inline_is_within(slot->best_slope, TT_INLINE_SLOPE_BITS) ||
	    (uint64_t)slot->tsc_err_ns >> TT_INLINE_SPAN_BITS != 0 ||
	    slot->tsc_mult >> TT_INLINE_TICK_BITS != 0 ||
	    slot->epoch_raw_ns > slot->anchor_raw_ns)
		return -EPROTO;
	return tt_inline_has_crossing(slot) ? -EPROTO : 0;
}

#endif
