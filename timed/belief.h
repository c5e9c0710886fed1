/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A belief: every (x, y) that the samples of one source allow, where
 * x = TAI - raw [ns] and y is the slow part of its rate [ppb], as a convex
 * polygon at one raw instant. Set-membership filtering: no statistics; true
 * samples and the axioms A1 and A2 keep the true (x, y) inside for ever
 * (docs/design.md, "The belief"). Every operation errs outward.
 *
 * Works in doubles relative to a moving origin: |x - origin| stays far below
 * 2^53 / 1000 ns, so one operation rounds by less than BELIEF_SLACK_NS, which
 * every cut leaves, and ranges leave a whole ns besides.
 */
#ifndef BELIEF_H
#define BELIEF_H

#include <stdbool.h>
#include <stdint.h>

#include "timed/axioms.h"

#ifndef BELIEF_VERTICES_MAX    /* the benchmark tries others */
#define BELIEF_VERTICES_MAX 24 /* kept between operations */
#define BELIEF_VERTICES_CAP 48 /* room while one is under way */
#endif
#define BELIEF_SLACK_NS     0.01

struct belief_point {
	double x_ns;
	double y_ppb;
};

struct belief {
	int64_t raw_ns;    /* the polygon's instant */
	int64_t origin_ns; /* x of the polygon's origin */
	int64_t start_raw_ns;
	int samples;       /* that shaped it; 0: nothing is known */
	int count;         /* vertices, counter-clockwise */
	double swing_ppb_min, swing_ppb_max; /* total rate since the last
	                                        sample, A1 and swing */
	struct belief_point vertex[BELIEF_VERTICES_CAP];
};

/* As a constraint's lo_ns and hi_ns: none on this side. */
#define BELIEF_NO_LO INT64_MIN
#define BELIEF_NO_HI INT64_MAX

/*
 * lo <= x(raw - u) + f u <= hi, for some u and f in their ranges; or so in the
 * mean over some u, of which the mean is in that range and none is more than
 * age_s_oldest (0: age_s_max).
 */
struct belief_constraint {
	int64_t raw_ns;
	int64_t lo_ns;
	int64_t hi_ns;
	double age_s_min;
	double age_s_max;
	double age_s_oldest;
	double ruler_ppb_min;
	double ruler_ppb_max;
};

/* Begin from one constraint, of two sides, and a rate range (clipped to
 * A1). */
void belief_start(struct belief *b, const struct axioms *ax,
		  const struct belief_constraint *c, double rate_ppb_min,
		  double rate_ppb_max);

/* Nothing is known. */
void belief_clear(struct belief *b);

/*
 * Carry to c->raw_ns (not before b->raw_ns) and cut by the constraint.
 * 0; -EDOM: nothing is left, b contradicts c, and is carried but not cut.
 */
int belief_update(struct belief *b, const struct axioms *ax,
		  const struct belief_constraint *c);

/* Carry to a later instant (an earlier one: no change). */
void belief_advance(struct belief *b, const struct axioms *ax,
		    int64_t raw_ns);

/* Widen x by x_ns both ways; with `rate`, y to A1 as well. */
void belief_reopen(struct belief *b, const struct axioms *ax, double x_ns,
		   bool rate);

/* Where x may be at raw_ns >= b->raw_ns, rounded outward by at least 1 ns.
 * b has at least one sample. */
void belief_range(const struct belief *b, const struct axioms *ax,
		  int64_t raw_ns, int64_t *ret_lo_ns, int64_t *ret_hi_ns);

/* Where the slow rate may be at raw_ns. */
void belief_rate(const struct belief *b, const struct axioms *ax,
		 int64_t raw_ns, double *ret_ppb_min, double *ret_ppb_max);

#endif
