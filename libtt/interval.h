/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a publication and a raw reading to what the caller of libtt gets, for
 * the daemon, the simulator and tests. Pure; tt/inline/interval.h says what
 * each gives.
 */
#ifndef TT_INTERVAL_H
#define TT_INTERVAL_H

#include "libtt/eval.h"
#include "tt/inline/interval.h"

/* This tree's names for what the public header has. */
#define interval_view tt_inline_view
#define INTERVAL_UNIX TT_INLINE_UNIX
#define INTERVAL_TAI  TT_INLINE_TAI

/* For a reading of the present. */
int interval_now(const struct segment_slot *slot, uint32_t counter,
		 int64_t raw_ns, enum interval_view view,
		 struct tt_interval *ret);

/* For a reading taken earlier, or to be taken. */
int interval_at(const struct segment_slot *slot, uint32_t counter,
		int64_t raw_ns, enum interval_view view,
		struct tt_interval *ret);

#endif
