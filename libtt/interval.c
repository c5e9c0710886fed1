/* SPDX-License-Identifier: Apache-2.0 */
/* The whole of a reading after the counter has been read; see interval.h. */
#include <errno.h>

#include "libtt/interval.h"

static int fill(const struct segment_slot *slot, int64_t raw_ns,
		enum interval_view view, struct tt_interval *ret)
{
	const bool is_frozen = slot->counter == SEGMENT_COUNTER_NONE;
	uint32_t state = slot->state;
	int64_t lo_ns, hi_ns;
	int rc;

	rc = eval_tai(slot, raw_ns, &lo_ns, &hi_ns);
	if (rc < 0)
		return rc;
	/* Nothing was published for longer than the slopes hold: the writer
	 * has stopped, or hangs. */
	if (!is_frozen && state == TT_SYNCHRONIZED &&
	    (__int128)raw_ns - slot->anchor_raw_ns > slot->horizon_ns)
		state = TT_HOLDOVER;
	interval_edges(slot, view, lo_ns, hi_ns, ret);
	interval_rest(slot, raw_ns, state, ret);
	return 0;
}

/* A clock that stands has readers of its own. */
static bool is_readable(const struct segment_slot *slot, uint32_t counter)
{
	return (slot->counter == SEGMENT_COUNTER_NONE) ==
	       (counter == SEGMENT_COUNTER_NONE);
}

int interval_now(const struct segment_slot *slot, uint32_t counter,
		 int64_t raw_ns, enum interval_view view,
		 struct tt_interval *ret)
{
	struct segment_slot present;

	if (!latch_is_sane(slot) || !is_readable(slot, counter))
		return -EPROTO;
	if (slot->state == TT_UNSYNCHRONIZED)
		return -ENODATA;
	if (counter == SEGMENT_COUNTER_NONE)
		return fill(slot, raw_ns, view, ret);
	if (raw_ns < slot->anchor_raw_ns)
		return -EPROTO;
	if (raw_ns >= slot->void_raw_ns)
		return -ESTALE;
	/* Not needed from the anchor on, and not loaded. */
	present = *slot;
	present.epoch_raw_ns = slot->anchor_raw_ns;
	return fill(&present, raw_ns, view, ret);
}

int interval_at(const struct segment_slot *slot, uint32_t counter,
		int64_t raw_ns, enum interval_view view,
		struct tt_interval *ret)
{
	if (segment_check_slot(slot) < 0 || !is_readable(slot, counter))
		return -EPROTO;
	if (slot->state == TT_UNSYNCHRONIZED)
		return -ENODATA;
	return fill(slot, raw_ns, view, ret);
}
