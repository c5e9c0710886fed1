/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the engine holds true without one of its sources: for a driver whose
 * measurements need a second opinion (which second does a pulse mark?) that is
 * not its own again.
 */
#ifndef OTHERS_H
#define OTHERS_H

#include <stdint.h>

#include "timed/engine.h"

struct others {
	int64_t lo_utc_ns; /* Unix time at the raw instant asked for */
	int64_t hi_utc_ns;
	int groups; /* independent sources, or groups of them, that agree */
};

/*
 * All sources but this one and those of its group, fused as the published
 * bound is, at raw_ns, which is now. 0; -ENODATA they have no bound, or are in
 * dispute; -EAGAIN near a leap second, where Unix time is ambiguous.
 */
int engine_others(struct engine *e, int source, int64_t raw_ns,
		  struct others *ret);

#endif
