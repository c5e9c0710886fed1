/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the raw counter's rate moves, as one source's samples show it: between
 * windows of 1 to 1000 s.
 *
 * Two kinds of statement. A *proof*: two pairs of windows whose mean rates lie
 * further apart than A2 allows, whatever the samples' errors are within their
 * widths; noise and asymmetry, which those widths hold, can make none, and a
 * single step of the source cannot either, for it lies in one window. A rate
 * that jumps once may have met with an accident: for what does not look like a
 * ramp it takes two proofs that have no moment in common. And a *measure*, the Allan deviation of the samples' middles, with the most that
 * their widths may have added to it.
 *
 * A window's ends are constraints of one side each, the tightest of their
 * bins, so the legs of PTP and of pulses serve as well as whole exchanges.
 */
#ifndef WANDER_H
#define WANDER_H

#include <stdbool.h>
#include <stdint.h>

#include "timed/axioms.h"
#include "timed/belief.h"

#define WANDER_LEVELS 7
#define WANDER_POINTS 5 /* the ends of four windows */

extern const double wander_tau_s[WANDER_LEVELS]; /* 1, 3, 10 ... 1000 */

/* x = TAI - raw was at least lo_ns at lo_raw_ns, at most hi_ns at hi_raw_ns. */
struct wander_point {
	bool has_lo, has_hi;
	int64_t lo_raw_ns, hi_raw_ns;
	double lo_ns, hi_ns; /* less the origin */
};

struct wander_level {
	int64_t bin; /* the present one's number */
	struct wander_point present;
	int count;
	struct wander_point point[WANDER_POINTS]; /* of full bins, oldest
	                                             first */
	/* The same of the bins' first tenths, whose instants lie closer: to
	 * measure by. */
	struct wander_point early;
	int ends;
	struct wander_point end[3];
	/* Of half the squared change of the mean rate from one window to the
	 * next: faded means, and of the most that is the samples' error. */
	int changes;
	double change_ppb2, error_ppb2;
};

/* What A2 would have to be to allow what was proved: one of the two, or both,
 * where it cannot be told which it was. 0: as it is. */
struct wander_proof {
	int64_t oldest_raw_ns; /* of the windows it rests on */
	bool is_ramp;
	double wander_ppb_s;
	double jitter_ppb;
};

struct wander {
	bool has_origin;
	int64_t origin_ns;
	struct wander_point newest; /* by A1 alone */
	struct wander_level level[WANDER_LEVELS];
	bool has_first;             /* a proof that waits for a second */
	struct wander_proof first;
	int64_t first_raw_ns;       /* when it came */
};

void wander_clear(struct wander *w);

/* The rate as the source's belief has it: `about` what it is, only to choose
 * among constraints by; and in all, J included, under A2. */
struct wander_rate {
	double about_ppb, ppb_min, ppb_max;
};

enum wander_result {
	WANDER_WITHIN,            /* nothing is proved */
	WANDER_BEYOND_CONFIGURED, /* against `configured` */
	WANDER_BEYOND             /* against `now` as well: ret is set */
};

/* Take a constraint in TAI, and judge what is known by it against the axioms in
 * force now, and those of the configuration, which are no wider. */
enum wander_result wander_add(struct wander *w, const struct axioms *now,
			      const struct axioms *configured,
			      const struct belief_constraint *c,
			      const struct wander_rate *rate,
			      struct wander_proof *ret);

/* Where x is at raw_ns by the newest constraints and A1 alone. False: it is not
 * bounded on both sides. */
bool wander_range(const struct wander *w, const struct axioms *ax,
		  int64_t raw_ns, int64_t *ret_lo_ns, int64_t *ret_hi_ns);

/*
 * The Allan deviation at level i: as measured, and the part of it that may be
 * the source's error. It is truly no more than their sum, and no less than
 * their difference. False: too few windows of that length.
 */
bool wander_deviation(const struct wander *w, int i, double *ret_ppb,
		      double *ret_error_ppb);

#endif
