/* SPDX-License-Identifier: Apache-2.0 */
/* See eval.h: the arithmetic is in tt/inline/eval.h. */
#include "libtt/eval.h"
#include "tt/inline/eval.h"

int eval_tai(const struct segment_slot *slot, int64_t raw_ns,
	     int64_t *ret_lo_ns, int64_t *ret_hi_ns)
{
	return tt_inline_tai(slot, raw_ns, ret_lo_ns, ret_hi_ns);
}

int64_t eval_unix_min(const struct segment_slot *slot, int64_t tai_ns)
{
	return tt_inline_unix_min(slot, tai_ns);
}

int64_t eval_unix_max(const struct segment_slot *slot, int64_t tai_ns)
{
	return tt_inline_unix_max(slot, tai_ns);
}

int64_t eval_utc_offset(const struct segment_slot *slot, int64_t tai_ns)
{
	return tt_inline_utc_offset(slot, tai_ns);
}
