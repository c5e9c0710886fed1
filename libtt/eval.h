/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a publication and a reading of the raw counter to an interval: pure
 * integer arithmetic, rounding outward. Used by libtt and by the simulator.
 * All slots given here have passed segment_check_slot() (or, in the fast
 * path, latch_is_sane()): that is what keeps every sum within int64_t.
 */
#ifndef TT_EVAL_H
#define TT_EVAL_H

#include <stdint.h>

#include "libtt/segment.h"

/*
 * TAI edges at raw_ns (view errors not yet added). Before the anchor both
 * edges open at A1's rate. A frozen slot (SEGMENT_COUNTER_NONE) gives its
 * edges as they stand for every raw_ns.
 * 0; -ERANGE: before the epoch, from void_raw_ns on, or an edge beyond
 * 1.5 SEGMENT_TIME_MAX (before the anchor only); -EPROTO: the edges have
 * crossed.
 */
int eval_tai(const struct segment_slot *slot, int64_t raw_ns,
	     int64_t *ret_lo_ns, int64_t *ret_hi_ns);

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
int64_t eval_unix_min(const struct segment_slot *slot, int64_t tai_ns);
int64_t eval_unix_max(const struct segment_slot *slot, int64_t tai_ns);

/* TAI - UTC at a TAI instant: stepped at leap_tai_ns, or as the smear has it
 * (rounded down). */
int64_t eval_utc_offset(const struct segment_slot *slot, int64_t tai_ns);

#endif
