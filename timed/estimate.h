/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The best estimate of (x, y) from one source's measurements. Statistics: it
 * may widen a bound (the excursion test), never narrow one.
 *
 * A bank of Kalman filters that differ in how much the rate is taken to wander
 * (random walk of the frequency), weighed by how well each has foretold the
 * recent measurements (multiple model estimation, D. Magill 1965). What a
 * sample's width beyond the narrowest one's says of its noise is used; the
 * noise's scale comes from the samples themselves.
 */
#ifndef ESTIMATE_H
#define ESTIMATE_H

#include <stdbool.h>
#include <stdint.h>

#define ESTIMATE_POINTS_MAX 32
#define ESTIMATE_FILTERS    6

struct estimate_point {
	int64_t raw_ns;
	int64_t x_ns;   /* TAI - raw as measured */
	int64_t err_ns; /* half-width of the sample */
};

/* x relative to the origin, y, and their covariance. */
struct estimate_filter {
	double x_ns, y_ppb;
	double xx, xy, yy;
	double score; /* fading log-likelihood */
};

struct estimate {
	int count; /* points, oldest first */
	struct estimate_point point[ESTIMATE_POINTS_MAX];
	double least_ns;     /* the least width of late */
	double scatter;      /* of a point, in units of what its width says */
	double scatter_held; /* the largest of late, for judging */
	int astray;          /* newest points in a row beyond chance, all on
	                        one side: > 0 above, < 0 below the line */
	double expected_ppb, expected_sigma_ppb; /* 0: of quartz */
	int64_t origin_ns;
	struct estimate_filter filter[ESTIMATE_FILTERS];
	/* The mixture, valid when count >= 1. */
	int64_t raw_ns;      /* of the last point */
	int64_t x_ns;        /* there */
	double rate_ppb;
	double x_sigma_ns;   /* standard errors */
	double rate_sigma_ppb;
};

void estimate_clear(struct estimate *e);

/* About what the rate is, as an earlier life had it: the first measurement begins
 * with that. count is 0. */
void estimate_expect(struct estimate *e, double rate_ppb, double sigma_ppb);

/* Take a measurement (raw_ns later than all before). */
void estimate_add(struct estimate *e, const struct estimate_point *p);

/* The line at raw_ns, and its standard error there. count >= 1. */
int64_t estimate_x_ns(const struct estimate *e, int64_t raw_ns);
double estimate_sigma_ns(const struct estimate *e, int64_t raw_ns);

/*
 * The rate over the newest `n` points (3 or more) alone, with its standard error
 * and the span they cover. `ret_bias_ppb`: what the rate may be off by when the
 * points are not off by chance but all together, by as much as their widths
 * beyond the least allow: an asymmetry that came or changed. False while there
 * are too few points to judge by.
 */
bool estimate_recent_rate(const struct estimate *e, int n, double *ret_ppb,
			  double *ret_sigma_ppb, double *ret_bias_ppb,
			  double *ret_span_s);

#endif
