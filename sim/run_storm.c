/* SPDX-License-Identifier: Apache-2.0 */
/* Faults drawn by the seed: any time, any length, together as they come. See
 * run_private.h. */
#include "sim/run_private.h"

#include <math.h>

/* One kind and its limits: values and lengths are drawn log-uniformly. */
struct draw {
	enum fault_kind kind;
	bool is_lie;        /* the liar's alone: what A3 allows */
	double value_min, value_max;
	bool has_sign;
	double s_min, s_max;
};

static const struct draw draws[] = {
	{FAULT_LIE, true, 1e3, 1e9, true, 10, 20000},
	{FAULT_RAMP, true, 1, 20e3, true, 10, 20000},
	{FAULT_FREEZE, true, 0, 0, false, 10, 20000},
	{FAULT_SILENCE, false, 0, 0, false, 1, 20000},
	{FAULT_DEGRADE, false, 100, 1e6, false, 10, 20000},
	{FAULT_ASYMMETRY, false, 100, 10e6, false, 10, 20000},
	{FAULT_REROUTE, false, 100, 10e6, false, 10, 20000},
	{FAULT_CHANGE, false, 100, 1e6, false, 10, 20000},
	{FAULT_STOP_SEEN, false, 1e-3, 3600, false, 0, 0},
	{FAULT_REBOOT, false, 10, 3600, false, 0, 0},
	{FAULT_PAUSE, false, 0, 0, false, 0.01, 600},
	{FAULT_KILL, false, 0, 0, false, 0.1, 5000},
	{FAULT_PREEMPT, false, 0, 0, false, 0.1, 600},
	{FAULT_REHEARSE, false, 0, 0, false, 1, 20000},
	{FAULT_DISABLE, false, 0, 0, false, 1, 20000},
};
#define DRAWS (sizeof(draws) / sizeof(draws[0]))

static double log_uniform(struct rng *rng, double min, double max)
{
	return min > 0 ? rng_log_uniform(rng, min, max) : 0;
}

static bool is_of_class(const struct feed_law *law, bool is_ntp)
{
	return (law->class == SOURCE_NTP) == is_ntp;
}

/* The last of a class, where that has three or more: one may lie. */
static int liar_of(const struct scenario *sc, bool is_ntp)
{
	int count = 0, last = -1;

	for (int i = 0; i < sc->feed_count; i++)
		if (is_of_class(&sc->feed[i], is_ntp)) {
			count++;
			last = i;
		}
	return count >= 3 ? last : -1;
}

static int feed_for(const struct scenario *sc, const struct draw *d,
		    struct rng *rng)
{
	const int any = (int)(rng_next(rng) % (uint64_t)sc->feed_count);
	const bool is_ntp = rng_next(rng) % 2 == 0;

	if (!d->is_lie)
		return any;
	return liar_of(sc, is_ntp) >= 0 ? liar_of(sc, is_ntp)
					: liar_of(sc, !is_ntp);
}

/* A stop that the daemon cannot be told of, as it does not run then, deceives
 * its readers: that is a stated limit (docs/limits.md), and not drawn. */
static bool is_unheard(const struct scenario *sc, const struct fault *stop)
{
	for (int k = 0; k < sc->fault_count; k++) {
		const struct fault *x = &sc->fault[k];

		if (x->kind != FAULT_PAUSE && x->kind != FAULT_KILL)
			continue;
		if (stop->from_s >= x->from_s - 1 &&
		    stop->from_s <= x->to_s + 1)
			return true;
	}
	return false;
}

static void drop_unheard(struct scenario *sc)
{
	int kept = 0;

	for (int k = 0; k < sc->fault_count; k++) {
		const struct fault x = sc->fault[k];

		if (x.kind != FAULT_STOP_SEEN || !is_unheard(sc, &x))
			sc->fault[kept++] = x;
	}
	sc->fault_count = kept;
}

void run_storm_draw(const struct scenario *sc, uint64_t seed,
		    struct scenario *ret)
{
	struct rng rng;

	rng_seed(&rng, seed ^ UINT64_C(0x5702));
	for (int k = 0; k < sc->storm && ret->fault_count < FAULTS_MAX; k++) {
		const struct draw *d = &draws[rng_next(&rng) % DRAWS];
		const int feed = feed_for(sc, d, &rng);
		const double at_s =
			rng_uniform(&rng, 0, sc->hours * 3600 * 0.9);
		double value = log_uniform(&rng, d->value_min, d->value_max);

		if (d->has_sign && rng_next(&rng) % 2 == 0)
			value = -value;
		if (d->is_lie && feed < 0)
			continue;
		ret->fault[ret->fault_count++] = (struct fault){
			d->kind, at_s,
			d->s_max > 0 ? at_s + log_uniform(&rng, d->s_min,
							  d->s_max)
				     : 0,
			feed, value};
	}
	if (sc->storm > 0)
		drop_unheard(ret);
}
