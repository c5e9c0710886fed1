/* SPDX-License-Identifier: Apache-2.0 */
/* See interval.h: the code is in tt/inline/interval.h. */
#include "libtt/interval.h"

int interval_now(const struct segment_slot *slot, uint32_t counter,
		 int64_t raw_ns, enum interval_view view,
		 struct tt_interval *ret)
{
	return tt_inline_of_now(slot, counter, raw_ns, view, ret);
}

int interval_at(const struct segment_slot *slot, uint32_t counter,
		int64_t raw_ns, enum interval_view view,
		struct tt_interval *ret)
{
	return tt_inline_of_raw(slot, counter, raw_ns, view, ret);
}
