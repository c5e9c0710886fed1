/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a publication and a reading of the raw counter to an interval: pure
 * integer arithmetic, rounding outward. Used by libtt and by the simulator.
 */
#ifndef TT_EVAL_H
#define TT_EVAL_H

#include <stdint.h>

#include "libtt/segment.h"

/*
 * TAI edges at raw_ns (view errors not yet added), from a slot that passed
 * segment_check_slot(). Before the anchor both edges open at A1's rate.
 * 0, or -ERANGE: before the epoch or from void_raw_ns on.
 */
int eval_tai(const struct segment_slot *slot, int64_t raw_ns,
	     int64_t *ret_lo_ns, int64_t *ret_hi_ns);

/* The Unix label of a TAI instant, as the slot's leap mode has it: the least
 * label it can have, and the greatest (they differ while a stepped leap second
 * makes the label ambiguous). Monotone in tai_ns. */
int64_t eval_unix_min(const struct segment_slot *slot, int64_t tai_ns);
int64_t eval_unix_max(const struct segment_slot *slot, int64_t tai_ns);

#endif
