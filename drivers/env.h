/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine, as the daemon sees it: its clocks and how they are steered.
 * The daemon links env_linux.c; the simulator brings its own world. Nothing
 * else in drivers/ or timed/ reads a clock, and nothing but env_steer() moves
 * one.
 */
#ifndef ENV_H
#define ENV_H

#include <stdbool.h>
#include <stdint.h>

struct env;

/*
 * Each second the kernel's PLL takes offset / 2^(2 + constant) off what is left
 * of its offset and works that off within the second: of what is left then, it
 * is a third at most.
 */
#define ENV_PLL_SHARE (1.0 / 3)

/* CLOCK_REALTIME read between two readings of CLOCK_MONOTONIC_RAW. */
struct env_pair {
	int64_t raw_ns_before;
	int64_t real_ns;
	int64_t raw_ns_after;
};

/* What the kernel says of the steering of CLOCK_REALTIME: adjtimex(2). */
struct env_steering {
	double rate_ppb;     /* tick and freq together; positive: faster */
	double rate_err_ppb; /* what a PLL offset or adjtime may add, >= 0:
	                        what is under way now may be left over from a
	                        second that began before the last look */
	int status;          /* STA_* */
	int tai_offset_s;    /* 0: never set */
	double slew_ns;      /* what the PLL has still to work off */
	bool has_adjtime;    /* an adjtime(3) is under way */
};

/*
 * How CLOCK_REALTIME is to go on: adjtimex(2). The kernel works the slew off by
 * itself, 1 part in 2^slew_shift of the rest each second, so that a caller who
 * is late never overshoots.
 */
struct env_order {
	bool has_step;        /* at once, before all else: ... */
	int64_t step_ns;      /* ... positive: forward */
	double rate_ppb;      /* against the raw counter, within 500 ppm */
	double slew_ns;       /* within 500 ms; positive: forward */
	int slew_shift;       /* 2 to 12 */
	bool is_synchronized; /* else STA_UNSYNC */
	int64_t error_ns_max; /* the kernel's maxerror, >= 0 */
	int64_t error_ns;     /* and esterror, >= 0 */
	int tai_offset_s;
	int leap_s;           /* at the end of this UTC day: 1, -1, 0 none */
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

/*
 * May this process steer? It sets the kernel's status to what it is. 0 or
 * negative errno: -EPERM, no CAP_SYS_TIME, or a filter of system calls.
 */
int env_may_steer(struct env *env);

/* 0 or negative errno; a part may have been done. */
int env_steer(struct env *env, const struct env_order *order);

#endif
