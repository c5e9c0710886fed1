/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chronyd's cooked clock (C) against the raw counter. C is CLOCK_REALTIME (S)
 * plus what chronyd has still to slew (tracking's current correction); every
 * figure chronyd gives of a measurement is against C, and brought forward to
 * the C of now at each of its own updates. Between two updates C is a line:
 * its rate f against raw decides how far back in raw time a measurement lies.
 *
 * Two things can be, and tracking does not tell which:
 *   chronyd steers: S obeys it, and C runs at -freq_ppm, slewing or not;
 *   chronyd -x: S runs as the kernel says, and C at S's rate less freq_ppm.
 * What the rounds measure refutes one of them, or both: then somebody else has
 * hold of the clock (clock_settime, adjtimex, tempcomp), and C is no line.
 *
 * Pure. Rates are ppb against raw, positive: C gains.
 */
#ifndef COOKED_H
#define COOKED_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/cmdmon.h"
#include "drivers/realtime.h"

/* C - raw lay in [lo_ns, hi_ns] at some moment of [raw_ns_min, raw_ns_max]. */
struct cooked_point {
	int64_t raw_ns_min;
	int64_t raw_ns_max;
	int64_t lo_ns;
	int64_t hi_ns;
};

struct cooked {
	bool has_line;
	struct cmdmon_time ref_time; /* these three name a line */
	double freq_ppm;
	double freq_ppm_err;
	bool was_synced;
	struct cooked_point first;
	struct cooked_point best; /* the narrowest in some while */
	double mean_ppb_min;	  /* measured from `first` to the last */
	double mean_ppb_max;
	double line_ppb_min; /* all measured of this line: valid where */
	double line_ppb_max; /*   C's rate was one and the same */
	int64_t last_raw_ns;
	double slack_ns;	  /* the ring's, at the last point */
	bool may_steer;		  /* not refuted: chronyd steers */
	bool may_be_free;	  /* not refuted: chronyd -x */
	int64_t disturbed_raw_ns; /* measured before this: worth nothing */
	int64_t doubt_raw_ns;	  /* nothing is believed until then, ... */
	bool is_doubted;	  /*   ... and until a line is confirmed */
};

void cooked_init(struct cooked *c);

/* chronyd is, or may be, another one since; or S was disturbed. Measurements
 * from before raw_ns are worth nothing from here on. */
void cooked_disturb(struct cooked *c, int64_t raw_ns);

/* Both may be again: chronyd may have been restarted with other options. */
void cooked_forget(struct cooked *c);

/* C - raw from S - raw about the moment of a tracking reply. */
struct cooked_point cooked_point_of(const struct realtime_entry *span,
				    const struct cmdmon_tracking *tracking);

bool cooked_is_same_line(const struct cooked *c,
			 const struct cmdmon_tracking *tracking);

/*
 * Takes the next point, which must reach to rt's last entry. False: C left
 * its line without chronyd saying so, or chronyd began anew; c is disturbed.
 */
bool cooked_add(struct cooked *c, const struct cmdmon_tracking *tracking,
		const struct cooked_point *point, const struct realtime *rt);

/*
 * The mean rate of C, as it is extended into the past by chronyd's
 * bookkeeping, over a span that ends at the last point. 0, -EAGAIN: not known
 * at present, -ENODATA: rt does not reach back that far.
 */
int cooked_rate(const struct cooked *c, const struct realtime *rt,
		int64_t raw_ns_from, int64_t raw_ns_to, double *ret_ppb_min,
		double *ret_ppb_max);

/* The point carried to the moment raw_ns at a rate of the range. */
struct cooked_point cooked_carry(const struct cooked_point *point,
				 int64_t raw_ns, double rate_ppb_min,
				 double rate_ppb_max);

#endif
