/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two clouds of points over the local clock: above the line of the offset lie
 * the probes that went out (the far stamp minus ours: offset + delay), below it
 * those that came back (offset - delay), as no packet arrives before it is sent.
 * From them: which offsets are possible, exactly (a linear programme in offset
 * and rate), and the line in the middle of the gap (the linear programme of the
 * largest margin: a support vector machine in one dimension, after Geng et al.,
 * "Exploiting a Natural Network Effect for Scalable, Fine-grained Clock
 * Synchronization", NSDI '18, section 3.2).
 *
 * offset = far clock - ours, at t = 0; a rate is how it changes, ppb of our
 * clock. All comparisons are exact, in 128-bit integers; results are rounded
 * outward. O(n log n).
 */
#ifndef PRECISION_FIT_H
#define PRECISION_FIT_H

#include <stddef.h>
#include <stdint.h>

#define PRECISION_T_NS_MAX (INT64_C(1) << 36) /* 68 s either way */
#define PRECISION_X_NS_MAX (INT64_C(1) << 40) /* 18 min */
#define PRECISION_PPB_MAX  1000000	      /* 1000 ppm */

struct precision_point {
	int64_t t_ns, x_ns;
};

/* Points within the limits above. Both calls sort them and thin them out. */
struct precision_cloud {
	struct precision_point *point;
	size_t count;
};

/*
 * The axioms of the interval. Between any two moments of the window the offset
 * changes at no more than `rate_ppb_max`; and it departs from a straight line
 * through t = 0 by no more than `wander_ppb_max` times the time since. Each
 * stamp is off by `stamp_err_ns` at most. Rates: 0 to PRECISION_PPB_MAX; as
 * much wander as rate: no line is assumed at all.
 */
struct precision_axioms {
	int64_t rate_ppb_max, wander_ppb_max, stamp_err_ns;
};

struct precision_range {
	int64_t lo_ns, hi_ns;
};

/*
 * Every offset at t = 0 that some history within the axioms allows. 0;
 * -ENODATA: a cloud is empty; -EDOM: no history does: an axiom is broken, or a
 * stamp false. x_ns may be anything that leaves room for the axioms' slack
 * below PRECISION_X_NS_MAX * 2.
 */
int precision_fit_range(struct precision_cloud above,
			struct precision_cloud below,
			const struct precision_axioms *axioms,
			struct precision_range *ret);

struct precision_line {
	double offset_ns, rate_ppb; /* at t = 0 */
	double margin_ns; /* to the nearest point; < 0: the clouds overlap */
};

/* The line of the largest margin whose rate is within rate_ppb_max. 0, or
 * -ENODATA. */
int precision_fit_line(struct precision_cloud above,
		       struct precision_cloud below, int64_t rate_ppb_max,
		       struct precision_line *ret);

#endif
