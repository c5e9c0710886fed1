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
	int astray;          /* newest points in a row off the line before
	                        them, all on one side */
	bool astray_above;
};

void estimate_clear(struct estimate *e);

/*
 * Take a measurement (raw_ns later than all before). True: this and the ones
 * before it are off the line beyond chance (four in a row on one side, each by
 * more than three times the scatter, floor included), an excursion.
 * `floor_ns`: scatter below this means nothing (what A2 lets happen meanwhile).
 */
bool estimate_add(struct estimate *e, const struct estimate_point *p,
		  double floor_ns);

/* The line at raw_ns. count >= 1. */
int64_t estimate_x_ns(const struct estimate *e, int64_t raw_ns);

/* When the last point that agreed with the line was taken. */
int64_t estimate_agreed_raw_ns(const struct estimate *e);

#endif
