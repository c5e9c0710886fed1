/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a publication and a raw reading to what the caller gets, and the
 * ordinary case of the whole reading in one go. Part of tt/tt_inline.h.
 */
#ifndef TT_INLINE_INTERVAL_H
#define TT_INLINE_INTERVAL_H

#include <tt/inline/counter.h>
#include <tt/inline/eval.h>
#include <tt/inline/vmclock.h>

enum tt_inline_view { TT_INLINE_UNIX, TT_INLINE_TAI };

/* From edges in the view's scale to the whole answer. */
TT_INLINE_ALWAYS void tt_inline_answer(const struct tt_inline_slot *slot,
				    int64_t lo_ns, int64_t hi_ns,
				    int64_t raw_ns, uint32_t state,
				    struct tt_interval *ret)
{
	const uint64_t pair = (uint64_t)slot->flags << 32 | state;

	ret->earliest_ns = lo_ns;
	ret->latest_ns = hi_ns;
	ret->epoch = slot->epoch;
	ret->raw_ns = raw_ns;
	/* Both in one store. */
	memcpy((char *)ret + offsetof(struct tt_interval, state), &pair,
	       sizeof(pair));
	ret->reserved[0] = 0;
	ret->reserved[1] = 0;
	ret->reserved[2] = 0;
}

TT_INLINE_RARE int tt_inline_fill(const struct tt_inline_slot *slot,
				  int64_t raw_ns, enum tt_inline_view view,
				  struct tt_interval *ret)
{
	uint32_t state = slot->state;
	int64_t lo_ns, hi_ns;
	int rc;

	rc = tt_inline_tai(slot, raw_ns, &lo_ns, &hi_ns);
	if (rc < 0)
		return rc;
	/* Nothing was published for longer than the slopes hold: the writer
	 * has stopped, or hangs. */
	if (slot->counter != TT_INLINE_COUNTER_NONE &&
	    state == TT_SYNCHRONIZED &&
	    (tt_inline_int128)raw_ns - slot->anchor_raw_ns > slot->horizon_ns)
		state = TT_HOLDOVER;
	if (view == TT_INLINE_TAI) {
		lo_ns -= slot->tai_err_ns;
		hi_ns += slot->tai_err_ns;
	} else {
		lo_ns = tt_inline_unix_min(slot, lo_ns) - slot->utc_err_ns;
		hi_ns = tt_inline_unix_max(slot, hi_ns) + slot->utc_err_ns;
	}
	tt_inline_answer(slot, lo_ns, hi_ns, raw_ns, state, ret);
	return 0;
}

/* A clock that stands has readers of its own. */
static inline bool tt_inline_is_for(const struct tt_inline_slot *slot,
				    uint32_t counter)
{
	return (slot->counter == TT_INLINE_COUNTER_NONE) ==
	       (counter == TT_INLINE_COUNTER_NONE);
}

/*
 * For a reading of the present. Any bytes may be in the slot; words 0 to 15
 * are used. `counter` is NONE for a clock that stands; else RAW, which takes
 * TSC as well: the reading is in raw time, whichever counter it came from.
 *   -EPROTO  no honest slot, another counter, an anchor in the future, edges
 *            that have crossed
 *   -ENODATA unsynchronized
 *   -ESTALE  past void-after
 */
TT_INLINE_RARE int tt_inline_of_now(const struct tt_inline_slot *slot,
				    uint32_t counter, int64_t raw_ns,
				    enum tt_inline_view view,
				    struct tt_interval *ret)
{
	struct tt_inline_slot present;

	if (!tt_inline_is_sane(slot) || !tt_inline_is_for(slot, counter))
		return -EPROTO;
	if (slot->state == TT_UNSYNCHRONIZED)
		return -ENODATA;
	if (counter == TT_INLINE_COUNTER_NONE)
		return tt_inline_fill(slot, raw_ns, view, ret);
	if (raw_ns < slot->anchor_raw_ns)
		return -EPROTO;
	if (raw_ns >= slot->void_raw_ns)
		return -ESTALE;
	/* Not needed from the anchor on, and not loaded. */
	present = *slot;
	present.epoch_raw_ns = slot->anchor_raw_ns;
	return tt_inline_fill(&present, raw_ns, view, ret);
}

/* For a reading taken earlier (or to be taken): the whole slot is used.
 * -EPROTO, -ENODATA as above; -ERANGE outside of the epoch and void-after. */
TT_INLINE_RARE int tt_inline_of_raw(const struct tt_inline_slot *slot,
				    uint32_t counter, int64_t raw_ns,
				    enum tt_inline_view view,
				    struct tt_interval *ret)
{
	if (tt_inline_check_slot(slot) < 0 || !tt_inline_is_for(slot, counter))
		return -EPROTO;
	if (slot->state == TT_UNSYNCHRONIZED)
		return -ENODATA;
	return tt_inline_fill(slot, raw_ns, view, ret);
}

/* tt_inline_is_sane(), and moreover a bound in raw time, in fewer steps: this
 * runs at every reading. */
TT_INLINE_ALWAYS bool tt_inline_is_ordinary(const struct tt_inline_slot *s,
					    uint64_t span)
{
	uint64_t bad;

	bad = (span | (uint64_t)s->horizon_ns | (uint64_t)s->utc_err_ns |
	       (uint64_t)s->tai_err_ns) >> TT_INLINE_SPAN_BITS;
	bad |= (tt_inline_lift(s->tai_lo_ns, TT_INLINE_TIME_BITS) |
		tt_inline_lift(s->tai_hi_ns, TT_INLINE_TIME_BITS)) >>
	       (TT_INLINE_TIME_BITS + 1);
	bad |= tt_inline_lift(s->anchor_raw_ns, TT_INLINE_RAW_BITS) >>
	       (TT_INLINE_RAW_BITS + 1);
	bad |= (tt_inline_lift(s->lo_slope, TT_INLINE_SLOPE_BITS) |
		tt_inline_lift(s->hi_slope, TT_INLINE_SLOPE_BITS)) >>
	       (TT_INLINE_SLOPE_BITS + 1);
	bad |= (uint64_t)s->drift >> TT_INLINE_SLOPE_BITS;
	bad |= tt_inline_lift(s->utc_offset_ns, TT_INLINE_UTC_BITS) >>
	       (TT_INLINE_UTC_BITS + 1);
	bad |= (s->counter | s->leap_mode) >> 1;
	return bad == 0 && s->state - 1 <= TT_DISPUTED - 1 &&
	       s->tai_lo_ns <= s->tai_hi_ns;
}

/* What is to be taken off TAI edges for their Unix labels, if no leap second is
 * near, and the slot's one is sane. */
TT_INLINE_ALWAYS bool tt_inline_is_settled(const struct tt_inline_slot *slot,
					   int64_t lo_ns, int64_t hi_ns,
					   int64_t *ret_offset_ns)
{
	const int64_t delta_ns = slot->leap_delta_ns;

	*ret_offset_ns = slot->utc_offset_ns;
	if (delta_ns == 0)
		return true;
	if ((delta_ns != TT_INLINE_SECOND_NS &&
	     delta_ns != -TT_INLINE_SECOND_NS) ||
	    !tt_inline_is_within(slot->leap_tai_ns, TT_INLINE_TIME_BITS))
		return false;
	if (lo_ns >= slot->leap_tai_ns + TT_INLINE_LEAP_NS) {
		*ret_offset_ns += delta_ns;
		return true;
	}
	return hi_ns < slot->leap_tai_ns - TT_INLINE_LEAP_NS;
}

/*
 * tt_inline_of_now() where the case is the ordinary one: a bound in raw time,
 * published no longer ago than its horizon, and no leap second near. `since` is
 * raw - anchor, modulo 2^64. True, and *ret is written; false: that has to say.
 * Calls nothing that takes the slot, so that its words stay in registers.
 */
TT_INLINE_ALWAYS bool tt_inline_quickly(const struct tt_inline_slot *slot,
					uint64_t since,
					enum tt_inline_view view,
					struct tt_interval *ret)
{
	const uint64_t span =
		(uint64_t)slot->void_raw_ns - (uint64_t)slot->anchor_raw_ns;
	int64_t lo_ns, hi_ns, offset_ns, err_ns = slot->utc_err_ns;

	if (!tt_inline_is_ordinary(slot, span) ||
	    since > (uint64_t)slot->horizon_ns || since >= span)
		return false;
	tt_inline_within(slot, (int64_t)since, &lo_ns, &hi_ns);
	if (lo_ns > hi_ns ||
	    !tt_inline_is_settled(slot, lo_ns, hi_ns, &offset_ns))
		return false;
	if (view == TT_INLINE_TAI) {
		offset_ns = 0;
		err_ns = slot->tai_err_ns;
	}
	tt_inline_answer(slot, lo_ns - offset_ns - err_ns,
			 hi_ns - offset_ns + err_ns,
			 slot->anchor_raw_ns + (int64_t)since, slot->state,
			 ret);
	return true;
}

/* What follows the reading of the counter. */
TT_INLINE_ALWAYS bool tt_inline_finish(const struct tt_inline *clk,
				       const uint64_t *seg, uint64_t sequence,
				       struct tt_inline_slot *slot,
				       uint64_t since, enum tt_inline_view view,
				       struct tt_interval *ret)
{
	const uint64_t *w = tt_inline_slot_at(seg, sequence);

	if (slot->flags & TT_FLAG_VMCLOCK)
		slot->marker = tt_inline_word(&w[TT_INLINE_MARKER]);
	return tt_inline_word(&seg[TT_INLINE_AT_SEQUENCE]) == sequence &&
	       tt_inline_vmclock_check(clk, slot) == 0 &&
	       tt_inline_quickly(slot, since, view, ret);
}

/* By the CPU's counter. The words are loaded after it: the reading, some 40
 * cycles, is under way meanwhile. */
TT_INLINE_ALWAYS bool tt_inline_try_ticks(const struct tt_inline *clk,
					  const uint64_t *seg,
					  uint64_t sequence,
					  enum tt_inline_order order,
					  enum tt_inline_view view,
					  struct tt_interval *ret)
{
	const uint64_t *w = tt_inline_slot_at(seg, sequence);
	struct tt_inline_slot slot;
	uint64_t ticks, mult;

	tt_inline_fence_before(order);
	ticks = tt_inline_ticks(order);
	tt_inline_load(w, &slot);
	mult = tt_inline_word(&w[TT_INLINE_TSC_MULT]);
	ticks -= tt_inline_word(&w[TT_INLINE_TSC_ANCHOR]);
	tt_inline_fence_after(order);
	return ticks <= TT_INLINE_TICKS_MAX &&
	       tt_inline_finish(clk, seg, sequence, &slot,
				tt_inline_ns_of_ticks(ticks, mult), view, ret);
}

TT_INLINE_ALWAYS bool tt_inline_try_raw(const struct tt_inline *clk,
					const uint64_t *seg, uint64_t sequence,
					enum tt_inline_order order,
					enum tt_inline_view view,
					struct tt_interval *ret)
{
	const uint64_t *w = tt_inline_slot_at(seg, sequence);
	struct tt_inline_slot slot;
	int64_t raw_ns;

	tt_inline_fence_before(order);
	raw_ns = tt_inline_clock_ns(CLOCK_MONOTONIC_RAW);
	tt_inline_load(w, &slot);
	tt_inline_fence_after(order);
	return tt_inline_finish(clk, seg, sequence, &slot,
				(uint64_t)raw_ns - (uint64_t)slot.anchor_raw_ns,
				view, ret);
}

/* The ordinary case of a reading of the present, in one try: true, and *ret is
 * written; or false, and what it is is for tt_inline_read() to find out. Each
 * counter has its straight way. */
TT_INLINE_ALWAYS bool tt_inline_try(const struct tt_inline *clk,
				    enum tt_inline_order order,
				    enum tt_inline_view view,
				    struct tt_interval *ret)
{
	const uint64_t *seg = tt_inline_segment(clk);
	uint64_t sequence;

	tt_inline_fence_loads(order);
	if (seg == NULL || !tt_inline_is_readable(seg))
		return false;
	sequence = tt_inline_word(&seg[TT_INLINE_AT_SEQUENCE]);
	if (sequence == 0)
		return false;
	if (tt_inline_maps_ticks(tt_inline_slot_at(seg, sequence)))
		return tt_inline_try_ticks(clk, seg, sequence, order, view,
					   ret);
	return tt_inline_try_raw(clk, seg, sequence, order, view, ret);
}

/* All cases. `counter` as tt_inline_of_now() has it; *ret_slot is written
 * whenever a publication was taken whole. */
TT_INLINE_RARE int tt_inline_read(struct tt_inline *clk, uint32_t counter,
				  enum tt_inline_order order,
				  enum tt_inline_view view,
				  struct tt_inline_slot *ret_slot,
				  struct tt_interval *ret)
{
	const uint64_t *seg = tt_inline_segment(clk);
	struct tt_interval interval;
	int64_t raw_ns = 0;
	int i, rc = -EAGAIN;

	for (i = 0; i < TT_INLINE_TRIES && rc == -EAGAIN; i++)
		rc = tt_inline_take(seg, order, ret_slot, &raw_ns);
	if (rc == 0)
		rc = tt_inline_of_now(ret_slot, counter, raw_ns, view,
				      &interval);
	if (rc == 0)
		rc = tt_inline_vmclock_find(clk, ret_slot);
	if (rc == 0)
		*ret = interval;
	return rc;
}

/* The interval at another raw reading. Reads no clock. */
TT_INLINE_RARE int tt_inline_read_at(struct tt_inline *clk, uint32_t counter,
				     int64_t raw_ns, enum tt_inline_view view,
				     struct tt_interval *ret)
{
	const uint64_t *seg = tt_inline_segment(clk);
	struct tt_interval interval;
	struct tt_inline_slot slot;
	uint64_t sequence;
	int rc;

	if (!tt_inline_is_readable(seg))
		return -EPROTO;
	rc = tt_inline_read_slot(seg, &slot, &sequence);
	if (rc == 0)
		rc = tt_inline_of_raw(&slot, counter, raw_ns, view, &interval);
	if (rc == 0)
		rc = tt_inline_vmclock_find(clk, &slot);
	if (rc == 0)
		*ret = interval;
	return rc;
}

#endif
