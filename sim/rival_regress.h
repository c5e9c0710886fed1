/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The regression that chrony's manual describes for a source's samples: a
 * weighted line, with as many of the newest samples as still look random
 * around it.
 */
#ifndef RIVAL_REGRESS_H
#define RIVAL_REGRESS_H

#include <stdbool.h>

#define REGRESS_SAMPLES     64
#define REGRESS_SAMPLES_ALL (2 * REGRESS_SAMPLES) /* older ones too, which
                                                     serve the runs test */
#define REGRESS_SAMPLES_MIN 3

/* y = offset + rate t, at t = 0. */
struct regress_line {
	double offset_ns, rate_ppb;
	double offset_sd_ns, rate_sd_ppb;
	double sd_ns;    /* of the samples around the line, weighted */
	int first;       /* the oldest sample that was used */
	int used;
};

/*
 * `count` samples, oldest first, of which those from `start` on may be used.
 * t_s (seconds, rising, the last is usually 0), y_ns, and weight (the greater
 * the less it counts: variances). At least `keep` samples stay. False: too few.
 */
bool regress_fit(const double *t_s, const double *y_ns, const double *weight,
		 int count, int start, int keep, struct regress_line *ret);

/* As few runs of equal sign among n residuals come by chance in less than 5 %
 * of all cases. */
int regress_runs_critical(int n);

/* Student's t, 99.95 % quantile. */
double regress_t(int degrees);

#endif
