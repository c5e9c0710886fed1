/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A node's clock that errs by order: what `tt-sim serve` publishes. Truth is
 * the raw counter and a constant, so every clock of a machine can be held to
 * the same truth. The interval holds truth in every mode but SERVE_LIAR: the
 * clock's error is moved about within it, never out of it.
 *
 * Signs: `ahead` is the node's clock less truth, so positive when it is fast.
 */
#ifndef SERVE_CLOCK_H
#define SERVE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "libtt/segment.h"
#include "sim/rng.h"

#define SERVE_HORIZON_NS INT64_C(1000000000)
#define SERVE_UTC_NS	 INT64_C(37000000000) /* TAI - UTC, since 2017 */

struct serve_law {
	int64_t half_ns;       /* half-width, as long as all is well */
	int64_t ahead_ns;      /* at the start; within half_ns */
	double drift_ppb;      /* positive: the node's clock gains */
	double wander_ppb_s;   /* how fast that changes, at random */
	double max_drift_ppb;  /* A1: how fast edges open without sources */
	int64_t void_after_ns; /* how long a bound lives without sources */
	uint32_t flags;	       /* TT_FLAG_* */
};

enum serve_mode {
	SERVE_NORMAL,
	SERVE_HOLDOVER,
	SERVE_DISPUTED,
	SERVE_UNSYNCHRONIZED,
	SERVE_STALE,
	SERVE_LIAR,
	SERVE_STEP, /* of these two, the order only: an instant */
	SERVE_EPOCH,
	SERVE_MODES
};

struct serve_clock {
	struct serve_law law;
	struct rng rng;
	int64_t origin_ns; /* true TAI - raw */
	enum serve_mode mode;
	int64_t lie_ns;	  /* SERVE_LIAR: how far beyond its interval truth
	                          is, > 0: the interval is late */
	bool is_entering; /* the mode is new since the last publication */
	bool was_lying;	  /* the last publication was a lie */
	bool wants_epoch;
	double rate_ppb; /* of `ahead`, now */
	int64_t ahead_ns;
	bool has_slot;
	struct segment_slot slot; /* the last publication */
};

/* NULL, or why such a clock cannot be; names the option to change. */
const char *serve_law_check(const struct serve_law *law);

/* `earlier`: what an earlier writer of this boot left, or NULL. */
void serve_clock_init(struct serve_clock *c, const struct serve_law *law,
		      int64_t origin_ns, uint64_t seed,
		      const struct segment_slot *earlier);

/*
 * Go over to a mode at the next publication. amount_ns: SERVE_LIAR's lie, not
 * 0; SERVE_STEP's step, positive forward; else not looked at. A step, or an
 * epoch, ends whatever mode there is.
 */
void serve_clock_order(struct serve_clock *c, enum serve_mode mode,
		       int64_t amount_ns);

/* The publication for raw_ns, not before the last. False: none is made, the
 * clock is stale. */
bool serve_clock_compose(struct serve_clock *c, int64_t raw_ns,
			 struct segment_slot *ret);

/* It is withdrawn: a publication that bounds nothing. */
void serve_clock_withdraw(const struct serve_clock *c, int64_t raw_ns,
			  struct segment_slot *ret);

#endif
