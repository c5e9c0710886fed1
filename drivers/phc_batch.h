/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A batch of cross-timestamps of a PHC: as the kernel gives them in each mode,
 * and what all of them together say.
 */
#ifndef PHC_BATCH_H
#define PHC_BATCH_H

#include "drivers/phc_device.h"

/* One of them: the system's clock was in [ns_min, ns_max] when the PHC showed
 * phc_ns. */
struct phc_window {
	int64_t ns_min;
	int64_t ns_max;
	int64_t phc_ns;
};

struct phc_batch {
	int count;
	struct phc_window window[PHC_BATCH_MAX];
};

/* The system's clock is CLOCK_REALTIME, not the raw counter. */
bool phc_batch_is_of_realtime(enum phc_mode mode);

/* `samples` of them, in the mode's own clock. 0 or negative errno: -ERANGE a
 * time that is none, or what the kernel says. */
int phc_batch_ask(const struct phc_ops *ops, int fd, enum phc_mode mode,
		  int samples, struct phc_batch *ret);

/* How fast the PHC may gain on the raw counter within the batch. */
struct phc_rates {
	double slow_ppb;
	double fast_ppb;
};

/*
 * All windows, of the raw counter by now, as of the end of the last one that is
 * no wider than window_ns_max (0: any will do): lo_ns, hi_ns, raw_ns, phc_ns and
 * stamp_ns of a reading. 0 or -EAGAIN: they contradict each other, or none is
 * narrow enough.
 */
int phc_batch_intersect(const struct phc_batch *b,
			const struct phc_rates *rates, int64_t window_ns_max,
			int64_t stamp_ns, struct phc_reading *ret);

#endif
