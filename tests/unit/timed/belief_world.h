/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counters that a belief must hold: a drawn one with drawn measurements of it,
 * and one that does the worst A2 allows.
 */
#ifndef BELIEF_WORLD_H
#define BELIEF_WORLD_H

#include <stdint.h>

#include "sim/oscillator.h"
#include "sim/rng.h"
#include "timed/belief.h"

/* A legal counter and a legal measurement of it. */
struct belief_history {
	struct oscillator *o;
	struct rng rng;
	struct axioms axioms;
	int64_t raw_ns;
};

/* For cmocka: a test's state is the oscillator of its history. */
int belief_history_new(void **state);
int belief_history_free(void **state);

void belief_history_begin(struct belief_history *h, uint64_t seed);

/* true_x in [lo, hi] as seen through a ruler, an unknown age ago. */
struct belief_constraint belief_history_next(struct belief_history *h);

/*
 * A counter that does the worst A2 allows, in long double: over each interval
 * of d seconds its slow part is driven by +W until s and by -W after it (or
 * the mirror image), its fast part is at a limit of J.
 */
struct belief_witness {
	long double x_ns, y_ppb; /* at the interval's begin */
	long double w, s, d, j;	 /* and how it goes on */
};

/* How it goes on, for so long. */
void belief_witness_drive(struct belief_witness *w, const struct axioms *ax,
			  struct rng *rng, double d_s);

/* What it gained by then, and at the interval's end. */
long double belief_witness_x(const struct belief_witness *w, long double at);
void belief_witness_arrive(struct belief_witness *w);

#endif
