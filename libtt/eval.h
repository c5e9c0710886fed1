/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a publication and a reading of the raw counter to an interval, for the
 * daemon, the simulator and tests: tt/inline/eval.h says what each gives. All
 * slots given here have passed segment_check_slot().
 */
#ifndef TT_EVAL_H
#define TT_EVAL_H

#include <stdint.h>

#include "libtt/segment.h"

int eval_tai(const struct segment_slot *slot, int64_t raw_ns,
	     int64_t *ret_lo_ns, int64_t *ret_hi_ns);

int64_t eval_unix_min(const struct segment_slot *slot, int64_t tai_ns);
int64_t eval_unix_max(const struct segment_slot *slot, int64_t tai_ns);
int64_t eval_utc_offset(const struct segment_slot *slot, int64_t tai_ns);

#endif
