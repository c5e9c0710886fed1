/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The controller of CLOCK_REALTIME: from what is published and a look at the
 * kernel's clock to an order for it. No clock, no IO: the simulator runs these
 * very functions.
 *
 * The best estimate has been filtered already (estimate.h), and is made of raw
 * time, on which nothing here acts: so the loop is of the first order. The
 * frequency is that of the best line, and the distance to it goes to the kernel
 * to be worked off exponentially, at a limited rate. The kernel ends that by
 * itself, whether or not anyone comes back: a late loop never overshoots.
 *
 * Whoever else steers is noticed by the kernel's words not being those that were
 * last given to it. Then nothing is ordered until they have not changed for a
 * while, which doubles each time.
 */
#ifndef STEER_H
#define STEER_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/env.h"
#include "libtt/segment.h"

struct steer_options {
	int64_t step_ns; /* step, once, when it begins, if it is off by more;
	                    -1: never, but by order */
	double slew_ppb_max;
	bool inserts_leap; /* over a stepped leap second: by the kernel;
	                         else the second is slewed off after it */
	bool is_waiting;   /* first see whether somebody steers */
};

enum steer_state {
	STEER_WAITING,	/* for a bound; nothing has been ordered yet */
	STEER_STEERING, /* the best estimate */
	STEER_HOLDING,	/* no source is fresh: the last line goes on */
	STEER_PAUSED,	/* sources contradict each other, there is no bound, or
	                   a leap second is at hand: the frequency stays */
	STEER_YIELDED	/* to somebody else, or (is_waiting) looking for one */
};

/* One look at the kernel's clock: both clocks at one instant. */
struct steer_look {
	int64_t raw_ns, real_ns;
	int64_t err_ns; /* of real_ns */
	struct env_steering kernel;
};

/* The best estimate as the engine has it. */
struct steer_best {
	const struct segment_slot *slot; /* as published */
	double sigma_ns;
	double rate_sigma_ppb;
};

#define STEER_REASON_SIZE 96

/* For people. */
struct steer_view {
	enum steer_state state;
	char reason[STEER_REASON_SIZE]; /* of STEER_YIELDED; else "" */
	bool has_offset;
	double offset_ns; /* best - CLOCK_REALTIME, at the last look */
	double sigma_ns;
	bool has_order;
	struct env_order order; /* the last one */
	uint64_t orders, steps, yields;
};

struct steer {
	struct steer_options opt;
	struct steer_view view;
	bool has_stepped; /* or need not: the start is over */
	bool wants_step;  /* by order */
	bool has_line;	  /* the best line when a source was last fresh */
	struct segment_slot line;
	double line_sigma_ns;
	double rate_ppb; /* known of it */
	bool has_rate;
	double bias_ppb; /* of the kernel's rate against what it says */
	bool has_seen;	 /* what the kernel must show, unless another ... */
	bool is_ordered; /* ... because it was ordered so */
	bool is_at_leap; /* the kernel may move it by a second */
	struct steer_look seen;
	double slew_ns;	 /* still to be worked off then, ... */
	double begun_ns; /* ... besides what had begun, in one second */
	int64_t yielded_raw_ns, steering_raw_ns;
	int64_t quiet_ns; /* so long nobody else must have moved it */
};

void steer_init(struct steer *s, const struct steer_options *opt);

/* About once a second. True: `ret` is to be given to the kernel now. */
bool steer_update(struct steer *s, const struct steer_best *best,
		  const struct steer_look *look, struct env_order *ret);

/* They change while it runs: what was begun goes on. */
void steer_set_options(struct steer *s, const struct steer_options *opt);

/* At the next look the clock is to be stepped to the best line, whatever
 * step_ns says, if it is steered then at all; a look later it is not any more. */
void steer_want_step(struct steer *s);

/* The raw counter did not go on without a break (a suspend): what was seen
 * says nothing of what is. */
void steer_forget(struct steer *s);

const char *steer_state_name(enum steer_state state); /* "steering" */

#endif
