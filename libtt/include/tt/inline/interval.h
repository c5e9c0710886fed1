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

/* From TAI edges to the view, its error added. */
static inline void tt_inline_edges(const struct tt_inline_slot *slot,
				   enum tt_inline_view view, int64_t lo_ns,
				   int64_t hi_ns, struct tt_interval *ret)
{
	int64_t offset_ns;

	if (view == TT_INLINE_TAI) {
		ret->earliest_ns = lo_ns - slot->tai_err_ns;
		ret->latest_ns = hi_ns + slot->tai_err_ns;
		return;
	}
	if (tt_inline_is_plain(slot, lo_ns, hi_ns, &offset_ns)) {
		lo_ns -= offset_ns;
		hi_ns -= offset_ns;
	} else {
		lo_ns = tt_inline_unix_min(slot, lo_ns);
		hi_ns = tt_inline_unix_max(slot, hi_ns);
	}
	ret->earliest_ns = lo_ns - slot->utc_err_ns;
	ret->latest_ns = hi_ns + slot->utc_err_ns;
}

static inline void tt_inline_rest(const struct tt_inline_slot *slot,
				  int64_t raw_ns, uint32_t state,
				  struct tt_interval *ret)
{
	ret->epoch = slot->epoch;
	ret->raw_ns = raw_ns;
	ret->state = state;
	ret->flags = slot->flags;
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
	tt_inline_edges(slot, view, lo_ns, hi_ns, ret);
	tt_inline_rest(slot, raw_ns, state, ret);
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

/* A bound in raw time, published no longer ago than its horizon. */
static inline bool tt_inline_is_ordinary(const struct tt_inline_slot *slot,
					 int64_t raw_ns)
{
	const uint64_t d = (uint64_t)raw_ns - (uint64_t)slot->anchor_raw_ns;

	return tt_inline_is_sane(slot) && slot->state != TT_UNSYNCHRONIZED &&
	       slot->counter != TT_INLINE_COUNTER_NONE &&
	       d <= (uint64_t)slot->horizon_ns && raw_ns < slot->void_raw_ns;
}

/* tt_inline_of_now() where the case is the ordinary one: true, and *ret is
 * written. False: that has to say. */
TT_INLINE_ALWAYS bool tt_inline_quickly(const struct tt_inline_slot *slot,
					int64_t raw_ns,
					enum tt_inline_view view,
					struct tt_interval *ret)
{
	int64_t lo_ns, hi_ns;

	if (!tt_inline_is_ordinary(slot, raw_ns))
		return false;
	tt_inline_within(slot, raw_ns - slot->anchor_raw_ns, &lo_ns, &hi_ns);
	if (lo_ns > hi_ns)
		return false;
	tt_inline_edges(slot, view, lo_ns, hi_ns, ret);
	tt_inline_rest(slot, raw_ns, slot->state, ret);
	return true;
}

/* The ordinary case of a reading of the present, in one try: true, and *ret is
 * written; or false, and what it is is for tt_inline_read() to find out. */
TT_INLINE_ALWAYS bool tt_inline_try(const struct tt_inline *clk,
				    enum tt_inline_order order,
				    enum tt_inline_view view,
				    struct tt_interval *ret)
{
	const uint64_t *seg = tt_inline_segment(clk);
	struct tt_inline_slot slot;
	int64_t raw_ns;

	return seg != NULL && tt_inline_take(seg, order, &slot, &raw_ns) == 0 &&
	       tt_inline_vmclock_check(clk, &slot) == 0 &&
	       tt_inline_quickly(&slot, raw_ns, view, ret);
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
