/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a grandmaster may announce of itself, given what is published and a look
 * at the clock that it serves. Pure: no clock, no socket.
 *
 * clockAccuracy is to cover the *served clock's* distance from true time: from the
 * look to the far edge of the bound, and what that may become until the next
 * announcement has reached everybody (`lead`). The bound opens by its own slopes and
 * A2 meanwhile. How far the clock moves is its steerer's affair: as far as it did at
 * most over as long a time of late is allowed for, and nothing is announced until
 * it has been watched for so long. Then the error is rounded up to the enumeration.
 *
 * Others choose their grandmaster by these: what becomes better does so only when
 * it lasts; what becomes worse, at once.
 *
 * clockClass: 6 while a reference is fresh and the error within error_ns_max; 7 while
 * it is within that without one; 52 beyond, having been 6; else 248.
 */
#ifndef ANNOUNCE_H
#define ANNOUNCE_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/ptp_export.h"
#include "libtt/segment.h"
#include "timed/leap.h"

struct announce_options {
	int64_t error_ns_max;
	int64_t lead_ns;
	int64_t clock_error_ns; /* the served clock is within this of the best
	                           estimate: declared; -1: it is read */
	double wander_ppb_s;	/* axiom A2 */
};

/* What of the served clock's distance from the best estimate was seen in a time
 * as long as `lead`. */
struct announce_span {
	int64_t since_raw_ns;
	bool has_any;
	int64_t off_ns_min, off_ns_max;
};

struct announce {
	struct announce_options opt;
	bool was_locked, was_good;
	uint8_t accuracy;		  /* as announced; 0: none */
	int64_t accuracy_raw_ns;	  /* when it was last no better */
	struct announce_span now, before; /* `before` is over */
};

struct announce_look {
	const struct segment_slot *slot;
	const struct leap_table *leap;
	unsigned int fresh; /* bit n: a source of class n is fresh */
	bool is_seen;	    /* else `served` has raw_ns and is_utc only */
	struct ptp_served served;
	const char *unseen; /* why not */
};

struct announce_word {
	struct ptp_settings settings;
	bool has_error;
	int64_t error_ns; /* of the served clock, lead included */
	bool has_offset;
	int64_t offset_ns;  /* best estimate - served clock */
	const char *reason; /* why it is neither 6 nor 7; NULL: it is */
};

void announce_init(struct announce *a, const struct announce_options *opt);

/* At each look; raw_ns never goes back, but for announce_forget(). */
void announce_update(struct announce *a, const struct announce_look *look,
		     struct announce_word *ret);

/* The counter was disrupted, or another clock is served. */
void announce_forget(struct announce *a);

/* Nobody vouches. */
void announce_nothing(const struct leap_table *leap, bool is_utc,
		      struct ptp_settings *ret);

#endif
