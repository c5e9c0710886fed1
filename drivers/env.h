/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine, as the daemon sees it: its clocks and how they are steered.
 * The daemon links env_linux.c; the simulator brings its own world. Nothing
 * else in drivers/ or timed/ reads a clock.
 */
#ifndef ENV_H
#define ENV_H

#include <stdint.h>

struct env;

/* CLOCK_REALTIME read between two readings of CLOCK_MONOTONIC_RAW. */
struct env_pair {
	int64_t raw_ns_before;
	int64_t real_ns;
	int64_t raw_ns_after;
};

/* What the kernel says of the steering of CLOCK_REALTIME: adjtimex(2). */
struct env_steering {
	double rate_ppb;     /* tick and freq together; positive: faster */
	double rate_err_ppb; /* what a PLL offset or adjtime may add, >= 0 */
	int status;          /* STA_* */
	int tai_offset_s;    /* 0: never set */
};

/* The CPU's own counter (libtt/ticks.h) between two readings of
 * CLOCK_MONOTONIC_RAW. */
struct env_ticks {
	int64_t raw_ns_before;
	uint64_t ticks;
	int64_t raw_ns_after;
};

/* CLOCK_MONOTONIC_RAW now. */
int64_t env_raw_ns(struct env *env);

/* A pair, the narrowest of a few tries. 0 or negative errno. */
int env_pair(struct env *env, struct env_pair *ret);

/* The narrowest of a few tries. Only where ticks_are_readable(). */
void env_ticks(struct env *env, struct env_ticks *ret);

/* 0 or negative errno. */
int env_steering(struct env *env, struct env_steering *ret);

#endif
