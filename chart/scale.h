/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scales of axes: from what is to be seen to round edges, from a value to its
 * place, and the round values to be labelled. Whatever it is given, it gives
 * finite edges and lo < hi.
 */
#ifndef SCALE_H
#define SCALE_H

#include <stdbool.h>
#include <stdint.h>

#define SCALE_TICKS_MAX 16

struct scale {
	double lo, hi;
	bool is_log; /* 0 < lo */
};

struct scale_ticks {
	int count;
	double step; /* between them, linear; 0: logarithmic */
	double at[SCALE_TICKS_MAX];
};

/* Edges at 1, 2 or 5 times a power of ten that hold min to max, a decade apart
 * or more; without anything above 0, one decade from 1 on. */
struct scale scale_log(double min, double max);

/* Edges at round steps that hold min to max, some `steps` of them; without
 * anything, -1 to 1. */
struct scale scale_linear(double min, double max, int steps);

/* Where v lies: 0 at lo, 1 at hi; never beyond them. No number lies at 0. */
double scale_part(const struct scale *s, double v);

/* Labels: at most `most` of them (and SCALE_TICKS_MAX). Logarithmic: 1, 2, 5, or
 * powers of ten, or every so many of these. */
void scale_ticks(const struct scale *s, int most, struct scale_ticks *ret);

/* Of time, in seconds from a midnight: at round minutes, hours or days. */
void scale_time_ticks(double from_s, double to_s, int most,
		      struct scale_ticks *ret);

#endif
