/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The world of the simulator: it owns true time. A raw counter whose rate
 * obeys A1 and A2 (or breaks them where a scenario says so), seeded and
 * replayable bit for bit.
 */
#ifndef WORLD_H
#define WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "timed/axioms.h"

#define SECOND_NS INT64_C(1000000000)

/* xoshiro256** (Blackman and Vigna, 2018), seeded by splitmix64. */
struct rng {
	uint64_t s[4];
};

void rng_seed(struct rng *r, uint64_t seed);
uint64_t rng_next(struct rng *r);
double rng_uniform(struct rng *r, double lo, double hi);
double rng_exponential(struct rng *r, double mean);
double rng_normal(struct rng *r);

/* How the slow part of the rate moves. */
enum slow_motion {
	SLOW_STILL, /* constant */
	SLOW_WALK,  /* random walk, steps of W / 10 a second */
	SLOW_BANG,  /* always changing by W, turning at random: the worst case */
	SLOW_SINE   /* a day's temperature, steepest at W */
};

enum fast_motion {
	FAST_NONE,
	FAST_RANDOM, /* anything within J, anew each second */
	FAST_LONG    /* one limit of J for minutes, then the other */
};

struct oscillator_law {
	struct axioms axioms;
	enum slow_motion slow;
	enum fast_motion fast;
	double start_ppb;
	double jump_ppb;      /* breaks A2 at jump_raw_s */
	double jump_raw_s;
};

#define OSCILLATOR_RING 8192 /* seconds of past kept */

struct oscillator_second {
	double x_ns;    /* TAI - raw - x0_ns at its begin */
	double y_ppb;   /* slow part at its begin */
	double w_ppb_s; /* slope of the slow part */
	double j_ppb;   /* fast part */
};

struct oscillator {
	struct oscillator_law law;
	struct rng rng;
	int64_t x0_ns;
	int64_t seconds; /* generated so far */
	double y_ppb;
	double direction;
	double fast_sign;
	struct oscillator_second ring[OSCILLATOR_RING];
};

/* `tai_ns`: true TAI when raw is 0. */
void oscillator_init(struct oscillator *o, const struct oscillator_law *law,
		     int64_t tai_ns, uint64_t seed);

/* True TAI at a raw instant not older than the ring. */
int64_t oscillator_tai(struct oscillator *o, int64_t raw_ns);

/* The raw instant of a true TAI. */
int64_t oscillator_raw(struct oscillator *o, int64_t tai_ns);

#endif
