/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The evaluation of a publication. Integers only; every rounding is outward.
 * docs/segment.md has the formulae and the limits.
 */
#include <errno.h>
#include <stdbool.h>

#include "libtt/eval.h"
#include "libtt/eval_inline.h"

static const int64_t day_s = 86400;

/* Beyond what a reading of the present can reach (2^62 + 1.2 x 2^60), and far
 * enough from 2^63 for the offsets and errors of the views. */
static const int64_t edge_max_ns = SEGMENT_TIME_MAX + SEGMENT_TIME_MAX / 2;

static int store_edges(__int128 lo_ns, __int128 hi_ns, int64_t *ret_lo_ns,
		       int64_t *ret_hi_ns)
{
	if (lo_ns > hi_ns)
		return -EPROTO;
	if (lo_ns < -edge_max_ns || hi_ns > edge_max_ns)
		return -ERANGE;
	*ret_lo_ns = (int64_t)lo_ns;
	*ret_hi_ns = (int64_t)hi_ns;
	return 0;
}

int eval_tai(const struct segment_slot *slot, int64_t raw_ns,
	     int64_t *ret_lo_ns, int64_t *ret_hi_ns)
{
	const __int128 d = (__int128)raw_ns - slot->anchor_raw_ns;
	const __int128 drift = slot->drift;
	__int128 d1, lo, hi;

	if (slot->counter == SEGMENT_COUNTER_NONE)
		return store_edges(slot->tai_lo_ns, slot->tai_hi_ns, ret_lo_ns,
				   ret_hi_ns);
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
	lo = slot->tai_lo_ns + d + eval_scale_down(lo);
	hi = slot->tai_hi_ns + d + eval_scale_up(hi);
	return store_edges(lo, hi, ret_lo_ns, ret_hi_ns);
}

/*
 * `since` ns after the smear's start, the smeared clock has counted
 * since 86400 / (86400 + delta). 8.64e13 ns x 86400 = 7.5e18 < 2^63.
 */
static int64_t smear_count(int64_t since_ns, int64_t delta_s, bool up)
{
	const int64_t length_s = day_s + delta_s;

	return (since_ns * day_s + (up ? length_s - 1 : 0)) / length_s;
}

static int64_t smear_label(const struct segment_slot *slot, int64_t tai_ns,
			   bool up)
{
	const int64_t delta_ns = slot->leap_delta_ns;
	const int64_t start_ns =
		slot->leap_tai_ns - delta_ns - EVAL_SMEAR_HALF_NS;
	const int64_t end_ns = slot->leap_tai_ns + EVAL_SMEAR_HALF_NS;

	if (tai_ns <= start_ns)
		return tai_ns - slot->utc_offset_ns;
	if (tai_ns >= end_ns)
		return tai_ns - slot->utc_offset_ns - delta_ns;
	return start_ns - slot->utc_offset_ns +
	       smear_count(tai_ns - start_ns, delta_ns / EVAL_SECOND_NS, up);
}

static int64_t at_least(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t at_most(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* The inserted second is [leap - 1 s, leap), labelled either way; a removed
 * one makes no label ambiguous. */
static int64_t step_min(const struct segment_slot *slot, int64_t tai_ns)
{
	const int64_t old_ns = tai_ns - slot->utc_offset_ns;
	const int64_t new_ns = old_ns - slot->leap_delta_ns;
	const int64_t from_ns = slot->leap_tai_ns - slot->leap_delta_ns;

	if (slot->leap_delta_ns < 0)
		return tai_ns < slot->leap_tai_ns ? old_ns : new_ns;
	if (tai_ns >= from_ns)
		return new_ns;
	return at_most(old_ns, from_ns - slot->utc_offset_ns -
				       slot->leap_delta_ns);
}

static int64_t step_max(const struct segment_slot *slot, int64_t tai_ns)
{
	const int64_t old_ns = tai_ns - slot->utc_offset_ns;
	const int64_t new_ns = old_ns - slot->leap_delta_ns;

	if (tai_ns < slot->leap_tai_ns)
		return old_ns;
	if (slot->leap_delta_ns < 0)
		return new_ns;
	return at_least(new_ns, slot->leap_tai_ns - slot->utc_offset_ns - 1);
}

int64_t eval_unix_min(const struct segment_slot *slot, int64_t tai_ns)
{
	int64_t offset_ns;

	if (eval_is_plain(slot, tai_ns, tai_ns, &offset_ns))
		return tai_ns - offset_ns;
	if (slot->leap_mode == SEGMENT_LEAP_SMEAR)
		return smear_label(slot, tai_ns, false);
	return step_min(slot, tai_ns);
}

int64_t eval_unix_max(const struct segment_slot *slot, int64_t tai_ns)
{
	int64_t offset_ns;

	if (eval_is_plain(slot, tai_ns, tai_ns, &offset_ns))
		return tai_ns - offset_ns;
	if (slot->leap_mode == SEGMENT_LEAP_SMEAR)
		return smear_label(slot, tai_ns, true);
	return step_max(slot, tai_ns);
}

int64_t eval_utc_offset(const struct segment_slot *slot, int64_t tai_ns)
{
	int64_t offset_ns;

	if (eval_is_plain(slot, tai_ns, tai_ns, &offset_ns))
		return offset_ns;
	if (slot->leap_mode == SEGMENT_LEAP_SMEAR)
		return tai_ns - smear_label(slot, tai_ns, true);
	if (tai_ns < slot->leap_tai_ns)
		return slot->utc_offset_ns;
	return slot->utc_offset_ns + slot->leap_delta_ns;
}
