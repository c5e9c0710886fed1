/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The best estimate of (x, y) from one source's recent measurements: robust
 * weighted regression. Statistics: it may widen a bound (the excursion test),
 * never narrow one.
 */
#ifndef ESTIMATE_H
#define ESTIMATE_H

#include <stdbool.h>
#include <stdint.h>

#define ESTIMATE_POINTS_MAX 32

struct estimate_point {
	int64_t raw_ns;
	int64_t x_ns;   /* TAI - raw as measured */
	int64_t err_ns; /* half-width of the sample */
};

struct estimate {
	int count; /* points, oldest first */
	struct estimate_point point[ESTIMATE_POINTS_MAX];
	/* The line, valid when count >= 1; rate 0 while count < 3. */
	int64_t raw_ns;
	int64_t x_ns;        /* at raw_ns */
	double rate_ppb;
	double x_sigma_ns;   /* standard errors */
	double rate_sigma_ppb;
	double scatter;      /* of a point of unit weight, for the tests */
};

void estimate_clear(struct estimate *e);

/* Take a measurement (raw_ns later than all before). */
void estimate_add(struct estimate *e, const struct estimate_point *p);

/* The line at raw_ns. count >= 1. */
int64_t estimate_x_ns(const struct estimate *e, int64_t raw_ns);

/*
 * The rate over the newest `n` points (3 to 16) alone, with its standard error and the
 * span they cover. False while there are too few points to judge by.
 */
bool estimate_recent_rate(const struct estimate *e, int n, double *ret_ppb,
			  double *ret_sigma_ppb, double *ret_span_s);

#endif
