/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The raw counter against true time. Two kinds of motion: physical grades
 * (noise, ageing, temperature) which a preset of A1/A2 must cover, and
 * adversaries that move as the axioms allow and no further: always turning, at
 * their limits. Jumps and stops, which break an axiom, come on top by order.
 */
#ifndef OSCILLATOR_H
#define OSCILLATOR_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/rng.h"
#include "timed/axioms.h"

#define SECOND_NS INT64_C(1000000000)

/* How the slow part of the rate moves. */
enum slow_motion {
	SLOW_STILL,    /* constant */
	SLOW_WALK,     /* random walk, steps of W / 10 a second */
	SLOW_BANG,     /* always changing by W, turning at random: the worst */
	SLOW_SINE,     /* a day's temperature, steepest at W */
	SLOW_PHYSICAL  /* `grade` */
};

/* How the fast part moves. */
enum fast_motion {
	FAST_NONE,
	FAST_RANDOM,  /* anything within J, anew each second */
	FAST_LONG     /* one limit of J for minutes, then the other */
};

/*
 * A physical oscillator. Noise by its Allan deviation: white frequency noise
 * sigma_y(1 s), and a random walk of the frequency.
 */
struct oscillator_grade {
	const char *name;
	double white_ppb;          /* ADEV at 1 s */
	double walk_ppb_sqrt_s;    /* frequency random walk, per sqrt(s) */
	double ageing_ppb_day;
	double day_ppb;            /* amplitude of a day's temperature */
	double hvac_ppb;           /* amplitude of the air conditioning's ... */
	double hvac_s;             /* ... cycle */
	double cooling_ppb;        /* a cooling failure moves it so far ... */
	double cooling_ppb_s;      /* ... so fast at its steepest */
};

extern const struct oscillator_grade oscillator_grades[];
extern const int oscillator_grade_count;
const struct oscillator_grade *oscillator_grade_find(const char *name);

struct oscillator_law {
	struct axioms axioms;      /* limits of the adversaries */
	enum slow_motion slow;
	enum fast_motion fast;
	double start_ppb;
	const struct oscillator_grade *grade; /* SLOW_PHYSICAL */
	double cooling_raw_s;      /* when the cooling fails; 0 never */
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
	double walk_ppb;
	struct oscillator_second ring[OSCILLATOR_RING];
	/* Does what it did fit A2 as configured? Least and greatest slow part
	 * that all of its past allows. */
	double fit_lo_ppb, fit_hi_ppb;
	uint64_t unfit_seconds;
	double sampled_ppb; /* total rate at the last good sample, for the
	                       declared swing */
	bool was_sampled;
};

/* `tai_ns`: true TAI when raw is 0. */
void oscillator_init(struct oscillator *o, const struct oscillator_law *law,
		     int64_t tai_ns, uint64_t seed);

/* From the end of what was generated on: the rate jumps (A2 broken), or the
 * counter stands still while true time goes on (A5 broken). */
void oscillator_jump(struct oscillator *o, double ppb);
void oscillator_stop(struct oscillator *o, double for_s);

/* What follows is to be held to A2 by itself: another counter, as is known. */
void oscillator_is_another(struct oscillator *o);

/* A good sample was taken at raw_ns: from here on the total rate is to stay
 * within the law's swing of what it is there, if it has one. */
void oscillator_sampled(struct oscillator *o, int64_t raw_ns);

/* True TAI at a raw instant not older than the ring. */
int64_t oscillator_tai(struct oscillator *o, int64_t raw_ns);

/* The raw instant of a true TAI. */
int64_t oscillator_raw(struct oscillator *o, int64_t tai_ns);

#endif
