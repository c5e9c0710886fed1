/* SPDX-License-Identifier: Apache-2.0 */
/* Where CLOCK_REALTIME should be at an instant, by a line in TAI and by the
 * bound: the Unix view, as the slot's leap mode has it. Pure. */
#ifndef STEER_AIM_H
#define STEER_AIM_H

#include <stdbool.h>
#include <stdint.h>

#include "libtt/segment.h"

struct steer_aim {
	int64_t unix_ns;		/* of the line */
	double rate_ppb;		/* what a smear adds to the line's */
	int64_t lo_unix_ns, hi_unix_ns; /* of the bound, view errors too */
	bool is_ambiguous;		/* a stepped leap second is at hand */
	int leap_s;			/* within hours: 1, -1; 0 none */
	int tai_offset_s;		/* TAI - UTC */
};

/* `line`: a slot whose best line it is. 0, or -ERANGE: there is no bound. */
int steer_aim(const struct segment_slot *slot, const struct segment_slot *line,
	      int64_t raw_ns, struct steer_aim *ret);

/* The line's own rate against the raw counter. */
double steer_aim_rate_ppb(const struct segment_slot *line);

#endif
