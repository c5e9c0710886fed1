/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chrony driver on a modelled chronyd, and who hears it: each sample must
 * name the event's age and the clock's rate rightly and contain the reference,
 * or the test fails at once. Containment has no tolerance but the model's own
 * arithmetic (a tenth of a nanosecond).
 */
#ifndef CHRONY_WATCH_H
#define CHRONY_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/chronyd_model.h"

#define CHRONY_WATCH_SOURCES 100

struct chrony_watch {
	struct env world;
	struct driver *driver;
	struct source_info info[CHRONY_WATCH_SOURCES];
	bool gone[CHRONY_WATCH_SOURCES];
	int count;
	int room; /* sources the sink takes */
	int samples;
	int repeats;
	int updates;
	double width_ns; /* sum of all half-widths */
	char health[128];
};

/* A chronyd without servers; servers; and the driver on it. */
void chrony_watch_begin(struct chrony_watch *t, uint64_t seed, bool is_free);
void chrony_watch_add(struct chrony_watch *t, int n, double poll_s_min,
		      double poll_s_max);
void chrony_watch_open(struct chrony_watch *t,
		       const struct chrony_options *change);

/* All three, with the driver's usual options. */
void chrony_watch_start(struct chrony_watch *t, uint64_t seed, bool is_free,
			int n, double poll_s_min, double poll_s_max);

void chrony_watch_end(struct chrony_watch *t);

#endif
