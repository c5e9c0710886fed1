/* SPDX-License-Identifier: Apache-2.0 */
/* Where CLOCK_REALTIME should be. See steer_aim.h. */
#include "timed/steer_aim.h"

#include <errno.h>

#include "libtt/eval.h"

#define NS_PER_S INT64_C(1000000000)

/* A label within this of a stepped leap second is left alone. */
#define AMBIGUOUS_NS (2 * NS_PER_S)

/* The kernel takes the flag as one for the end of the present UTC day. */
#define LEAP_NOTICE_NS (12 * 3600 * NS_PER_S)

double steer_aim_rate_ppb(const struct segment_slot *line)
{
	return (double)line->best_slope * 1e9 /
	       (double)(INT64_C(1) << SEGMENT_RATE_SHIFT);
}

static int64_t line_tai_ns(const struct segment_slot *line, int64_t raw_ns)
{
	const int64_t d_ns = raw_ns - line->anchor_raw_ns;

	return line->best_tai_ns + d_ns +
	       (int64_t)(((__int128)line->best_slope * d_ns) >>
			 SEGMENT_RATE_SHIFT);
}

static int64_t clamp(int64_t v, int64_t lo, int64_t hi)
{
	return v < lo ? lo : v > hi ? hi : v;
}

static void aim_leap(const struct segment_slot *slot, int64_t tai_ns,
		     struct steer_aim *ret)
{
	const bool has_leap = slot->leap_tai_ns != INT64_MAX;
	const int64_t ahead_ns =
		has_leap ? slot->leap_tai_ns - tai_ns : INT64_MAX;
	int64_t offset_ns = slot->utc_offset_ns;

	if (has_leap && ahead_ns <= 0)
		offset_ns += slot->leap_delta_ns;
	ret->tai_offset_s = (int)(offset_ns / NS_PER_S);
	ret->leap_s = 0;
	ret->is_ambiguous = false;
	if (!has_leap || slot->leap_mode == SEGMENT_LEAP_SMEAR)
		return;
	ret->is_ambiguous = ahead_ns > -AMBIGUOUS_NS && ahead_ns < AMBIGUOUS_NS;
	if (ahead_ns > 0 && ahead_ns < LEAP_NOTICE_NS)
		ret->leap_s = (int)(slot->leap_delta_ns / NS_PER_S);
}

/* The slope of the view: known to 1 ppb by its rounding. */
static double smear_ppb(const struct segment_slot *slot, int64_t tai_ns)
{
	if (slot->leap_mode != SEGMENT_LEAP_SMEAR ||
	    slot->leap_tai_ns == INT64_MAX)
		return 0;
	return (double)(eval_unix_min(slot, tai_ns + NS_PER_S) -
			eval_unix_min(slot, tai_ns) - NS_PER_S);
}

int steer_aim(const struct segment_slot *slot, const struct segment_slot *line,
	      int64_t raw_ns, struct steer_aim *ret)
{
	int64_t lo_ns, hi_ns, tai_ns;

	if (eval_tai(slot, raw_ns, &lo_ns, &hi_ns) != 0)
		return -ERANGE;
	tai_ns = clamp(line_tai_ns(line, raw_ns), lo_ns, hi_ns);
	aim_leap(slot, tai_ns, ret);
	ret->unix_ns = eval_unix_min(slot, tai_ns);
	ret->rate_ppb = smear_ppb(slot, tai_ns);
	ret->lo_unix_ns = eval_unix_min(slot, lo_ns) - slot->utc_err_ns;
	ret->hi_unix_ns = eval_unix_max(slot, hi_ns) + slot->utc_err_ns;
	return 0;
}
