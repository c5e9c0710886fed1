/* SPDX-License-Identifier: Apache-2.0 */
/* Counters that a belief must hold. See belief_world.h. */
#include "tests/unit/timed/belief_world.h"

#include <math.h>
#include <stdlib.h>

int belief_history_new(void **state)
{
	*state = malloc(sizeof(struct oscillator));
	return *state ? 0 : -1;
}

int belief_history_free(void **state)
{
	free(*state);
	return 0;
}

void belief_history_begin(struct belief_history *h, uint64_t seed)
{
	struct oscillator_law law;

	rng_seed(&h->rng, seed);
	h->axioms = (struct axioms){50000, 20, 200, -1, 1024 * SECOND_NS, -1};
	h->axioms.wander_ppb_s = exp(rng_uniform(&h->rng, log(0.01), log(50)));
	h->axioms.jitter_ppb = exp(rng_uniform(&h->rng, 0, log(1000)));
	law = (struct oscillator_law){
		.axioms = h->axioms,
		.slow = (enum slow_motion)(rng_next(&h->rng) % 4),
		.fast = (enum fast_motion)(rng_next(&h->rng) % 3),
		.start_ppb = rng_uniform(&h->rng, -48000, 48000)};
	oscillator_init(h->o, &law, 37 * SECOND_NS, seed);
	h->raw_ns = SECOND_NS;
}

struct belief_constraint belief_history_next(struct belief_history *h)
{
	const int64_t age_ns = (int64_t)rng_uniform(&h->rng, 0, 2e9);
	const double f = rng_uniform(&h->rng, -40000, 40000);
	const double width = exp(rng_uniform(&h->rng, log(5), log(1e6)));
	const double at_part = rng_uniform(&h->rng, 0, 1);
	const int64_t step_ns =
		(int64_t)(exp(rng_uniform(&h->rng, 0, log(100))) * 1e9);
	struct belief_constraint c;
	int64_t event_ns, x_ns, mid_ns;

	h->raw_ns += step_ns + 2 * SECOND_NS;
	event_ns = h->raw_ns - age_ns;
	x_ns = oscillator_tai(h->o, event_ns) - event_ns;
	mid_ns = x_ns + (int64_t)llround(f * (double)age_ns / 1e9);
	c.raw_ns = h->raw_ns;
	c.lo_ns = mid_ns - (int64_t)(width * at_part) - 2;
	c.hi_ns = mid_ns + (int64_t)(width * (1 - at_part)) + 2;
	c.age_s_min = (double)age_ns / 1e9 * rng_uniform(&h->rng, 0, 1);
	c.age_s_max = (double)age_ns / 1e9 + rng_uniform(&h->rng, 0, 1);
	c.ruler_ppb_min = f - rng_uniform(&h->rng, 0, 300);
	c.ruler_ppb_max = f + rng_uniform(&h->rng, 0, 300);
	return c;
}

void belief_witness_drive(struct belief_witness *w, const struct axioms *ax,
			  struct rng *rng, double d_s)
{
	const long double limit = ax->drift_ppb - ax->jitter_ppb;
	long double turned, ended;

	w->d = d_s;
	w->s = rng_next(rng) % 3 ? rng_uniform(rng, 0, d_s) : d_s;
	w->w = rng_next(rng) % 2 ? ax->wander_ppb_s : -ax->wander_ppb_s;
	w->j = rng_next(rng) % 2 ? ax->jitter_ppb : -ax->jitter_ppb;
	turned = w->y_ppb + w->w * w->s;
	ended = w->y_ppb + w->w * (2 * w->s - w->d);
	if (fabsl(turned) > limit || fabsl(ended) > limit)
		w->w = 0;
}

long double belief_witness_x(const struct belief_witness *w, long double at)
{
	const long double up = at < w->s ? at : w->s;
	const long double down = at - up;

	return w->x_ns + (w->y_ppb + w->j) * at + w->w * up * up / 2 +
	       w->w * up * down - w->w * down * down / 2;
}

void belief_witness_arrive(struct belief_witness *w)
{
	w->x_ns = belief_witness_x(w, w->d);
	w->y_ppb += w->w * (2 * w->s - w->d);
}
