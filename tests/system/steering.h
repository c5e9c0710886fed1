/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CLOCK_REALTIME can be the truth of a test only while nobody steers it beyond
 * what axioms A1 and A2 allow the raw counter: that is measured here.
 */
#ifndef STEERING_H
#define STEERING_H

#include <stdint.h>

#define STEERING_POINTS 3602

/* Zeroes, but for the axioms, to begin with. */
struct steering {
	double drift_ppb, wander_ppb_s, jitter_ppb; /* A1, A2 */
	int count;
	int64_t raw_ns[STEERING_POINTS];
	int64_t x_ns[STEERING_POINTS]; /* CLOCK_REALTIME - raw */
	int64_t err_ns[STEERING_POINTS];
	double rate_ppb_max; /* largest seen, less what is measuring error */
	double excess_ppb;   /* beyond A1 or A2; <= 0: none */
};

/* A point more, now; once a second is enough. A full table takes no more. */
void steering_take(struct steering *s);

/* As if somebody had stepped the clock at half time. */
void steering_pretend_step(struct steering *s, int64_t step_ns);

/* All points are there: the rates. */
void steering_judge(struct steering *s);

#endif
