/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a publication and a raw reading to what the caller of libtt gets. Pure:
 * the same code serves libtt, the simulator's readers and the test vectors.
 */
#ifndef TT_INTERVAL_H
#define TT_INTERVAL_H

#include "libtt/eval_inline.h"
#include "libtt/latch.h"
#include "tt/tt.h"

enum interval_view { INTERVAL_UNIX, INTERVAL_TAI };

/*
 * For a reading of the present. Any bytes may be in the slot; words 0 to 15
 * are used. `counter` is NONE for a clock that stands; else RAW, which takes
 * TSC as well: the reading is in raw time, whichever counter it came from.
 *   -EPROTO  no honest slot, another counter, an anchor in the future, edges
 *            that have crossed
 *   -ENODATA unsynchronized
 *   -ESTALE  past void-after
 */
int interval_now(const struct segment_slot *slot, uint32_t counter,
		 int64_t raw_ns, enum interval_view view,
		 struct tt_interval *ret);

/* For a reading taken earlier (or to be taken): the whole slot is used.
 * -EPROTO, -ENODATA as above; -ERANGE outside of the epoch and void-after. */
int interval_at(const struct segment_slot *slot, uint32_t counter,
		int64_t raw_ns, enum interval_view view,
		struct tt_interval *ret);

/* From TAI edges to the view, its error added. */
static inline void interval_edges(const struct segment_slot *slot,
				  enum interval_view view, int64_t lo_ns,
				  int64_t hi_ns, struct tt_interval *ret)
{
	int64_t offset_ns;

	if (view == INTERVAL_TAI) {
		ret->earliest_ns = lo_ns - slot->tai_err_ns;
		ret->latest_ns = hi_ns + slot->tai_err_ns;
		return;
	}
	if (eval_is_plain(slot, lo_ns, hi_ns, &offset_ns)) {
		lo_ns -= offset_ns;
		hi_ns -= offset_ns;
	} else {
		lo_ns = eval_unix_min(slot, lo_ns);
		hi_ns = eval_unix_max(slot, hi_ns);
	}
	ret->earliest_ns = lo_ns - slot->utc_err_ns;
	ret->latest_ns = hi_ns + slot->utc_err_ns;
}

static inline void interval_rest(const struct segment_slot *slot,
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

#endif
