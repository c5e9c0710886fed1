/* SPDX-License-Identifier: Apache-2.0 */
/* A run: set up, turned, and taken apart. See run.h. */
#include "sim/run_private.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static int set_up(struct run *r, uint64_t seed)
{
	const struct scenario *sc = r->sc;
	struct oscillator_law law = sc->oscillator;
	int err;

	if (sc->feed_count > FEEDS_MAX || sc->fault_count > FAULTS_MAX)
		return -E2BIG;
	r->out.detected_s = -1;
	oscillator_init(&r->oscillator, &law, sc->start_tai_ns, seed);
	rng_seed(&r->rng, seed ^ UINT64_C(0x5eed));
	for (int i = 0; i < sc->feed_count; i++)
		feed_init(&r->feed[i], &sc->feed[i],
			  seed * 101 + (uint64_t)i);
	leap_builtin(&r->leap);
	r->leap.expires_unix_s = sc->table_expires_unix_s;
	run_world_set_leap(r);
	err = run_daemon_open(r);
	if (err < 0)
		return err;
	return run_daemon_start(r, 0);
}

int run_tick(struct run *r)
{
	const int64_t at = r->now_raw_ns + TICK_NS;
	int err;

	r->now_raw_ns = at;
	err = run_world_faults(r, at);
	if (err < 0)
		return err;
	run_judge_preempted(r, at);
	run_world_feeds(r, at);
	/* The oldest reading this publication will ever get. */
	if (!r->is_withdrawn)
		run_judge_now(r, at);
	r->is_withdrawn = false;
	run_daemon_publish(r, at);
	run_judge_publication(r, at);
	run_judge_past(r, at);
	run_judge_now(r, at + (int64_t)rng_uniform(&r->rng, 0, TICK_NS - 1));
	return 0;
}

int64_t run_raw_ns(const struct run *r)
{
	return r->now_raw_ns;
}

int64_t run_tai_ns(struct run *r)
{
	return oscillator_tai(&r->oscillator, r->now_raw_ns);
}

struct tt_clock *run_clock(struct run *r)
{
	return r->memory.clock;
}

const struct engine *run_engine(const struct run *r)
{
	return r->engine;
}

void run_free(struct run *r)
{
	if (!r)
		return;
	engine_free(r->engine);
	memory_segment_close(&r->memory);
	free(r);
}

int run_new(const struct scenario *sc, uint64_t seed, uint64_t breaks,
	    const struct run_observer *observer, struct run **ret)
{
	struct run *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	r->law = *sc;
	r->sc = &r->law;
	run_storm_draw(sc, seed, &r->law);
	r->breaks = breaks;
	r->observer = observer;
	r->memory.fd = -1;
	err = set_up(r, seed);
	if (err < 0) {
		run_free(r);
		return err;
	}
	*ret = r;
	return 0;
}

void run_outcome(struct run *r, struct outcome *ret)
{
	const struct engine_counters before = r->out.counters;

	if (r->engine)
		run_daemon_count(r);
	r->out.unfit_seconds = r->oscillator.unfit_seconds;
	if (r->bests > 0) {
		r->out.best_rms_ns =
			sqrt(r->best_sum_ns2 / (double)r->bests);
		r->out.best_normalised =
			sqrt(r->normalised_sum / (double)r->bests);
	}
	*ret = r->out;
	r->out.counters = before;
}

int run_scenario(const struct scenario *sc, uint64_t seed, double hours,
		 uint64_t breaks, const struct run_observer *observer,
		 struct outcome *ret)
{
	const int64_t end_ns = (int64_t)(hours * 3600e9);
	struct run *r;
	int err = run_new(sc, seed, breaks, observer, &r);

	if (err < 0)
		return err;
	while (err == 0 && r->now_raw_ns + TICK_NS < end_ns)
		err = run_tick(r);
	run_outcome(r, ret);
	run_free(r);
	return err;
}
