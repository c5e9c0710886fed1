/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon in a run: its engine, started, killed and restarted. See
 * run_private.h. */
#include "sim/run_private.h"

#include <assert.h>
#include <stdio.h>

#define HORIZON_NS    SECOND_NS
#define VOID_AFTER_NS (3600 * SECOND_NS)

void run_daemon_describe(const struct run *r, int i, struct source_info *ret)
{
	const struct feed_law *law = &r->sc->feed[i];

	*ret = (struct source_info){
		.class = law->class,
		.scale = law->class == SOURCE_NTP ? SCALE_UTC : SCALE_TAI,
		.reachable = true,
		.stratum = 1};
	if (law->name)
		snprintf(ret->name, sizeof(ret->name), "%s", law->name);
	else
		snprintf(ret->name, sizeof(ret->name), "%d", i);
}

void run_daemon_announce(struct run *r, int feed, const struct utc_word *word)
{
	struct source_info info;

	if (r->is_down || !r->engine)
		return;
	run_daemon_describe(r, feed, &info);
	info.utc = *word;
	engine_source(r->engine, &info);
}

static void on_event(void *arg, enum engine_event event, const char *text)
{
	const struct run *r = arg;

	if (r->observer && r->observer->event)
		r->observer->event(r->observer->arg, r->now_raw_ns, event,
				   text);
}

int run_daemon_start(struct run *r, int64_t raw_ns)
{
	const struct scenario *sc = r->sc;
	const struct engine_options opt = {
		.axioms = sc->axioms,
		.horizon_ns = sc->horizon_ns > 0 ? sc->horizon_ns : HORIZON_NS,
		.void_after_ns = sc->void_after_ns > 0 ? sc->void_after_ns
						       : VOID_AFTER_NS,
		.smear = !sc->is_stepped,
		.groups = sc->groups,
		.group_count = sc->group_count,
		.breaks = r->breaks};
	const struct engine_sink sink = {on_event, r};
	int err = engine_new(&opt, &r->leap, raw_ns, &sink, &r->engine);

	for (int i = 0; err == 0 && i < sc->feed_count; i++) {
		struct source_info info;

		run_daemon_describe(r, i, &info);
		r->feed[i].number = engine_source(r->engine, &info);
		r->has_pending[i] = false;
	}
	if (err == 0 && r->has_rate)
		engine_seed_rate(r->engine, r->rate_raw_ns, r->rate_ppb_min,
				 r->rate_ppb_max);
	return err;
}

void run_daemon_count(struct run *r)
{
	static struct engine_view v;
	struct engine_counters *sum = &r->out.counters;

	engine_view(r->engine, &v);
	sum->samples += v.counters.samples;
	sum->contradictions += v.counters.contradictions;
	sum->bound_violations += v.counters.bound_violations;
	sum->excursions += v.counters.excursions;
	sum->widenings += v.counters.widenings;
	sum->disputes += v.counters.disputes;
	sum->samples_refused += v.counters.samples_refused;
	sum->utc_disagreements += v.counters.utc_disagreements;
}

void run_daemon_kill(struct run *r, int64_t raw_ns)
{
	run_daemon_count(r);
	r->has_rate = engine_rate(r->engine, &r->rate_ppb_min,
				  &r->rate_ppb_max);
	r->rate_raw_ns = raw_ns - TICK_NS;
	engine_free(r->engine);
	r->engine = NULL;
}

int run_daemon_restart(struct run *r, int64_t raw_ns)
{
	struct segment_slot slot;
	uint64_t sequence;
	int err = run_daemon_start(r, raw_ns);

	if (err == 0 &&
	    segment_read(r->memory.segment, &slot, &sequence) == 0)
		engine_resume(r->engine, &slot, raw_ns);
	return err;
}

/* At its interval and, as the daemon does, at every change. */
static bool is_publication_due(const struct run *r, int64_t raw_ns)
{
	return r->sc->publish_ns <= TICK_NS ||
	       raw_ns / r->sc->publish_ns !=
		       (raw_ns - TICK_NS) / r->sc->publish_ns ||
	       engine_is_dirty(r->engine);
}

void run_daemon_publish(struct run *r, int64_t raw_ns)
{
	struct segment_slot slot;

	if (r->is_down || !is_publication_due(r, raw_ns))
		return;
	engine_publish(r->engine, raw_ns, &slot);
	/* as publish_write(), but of engines that are broken on purpose */
	assert(r->breaks || segment_check_slot(&slot) == 0);
	segment_publish(r->memory.segment, &slot);
	engine_shown(r->engine);
	r->epoch_raw_ns = slot.epoch_raw_ns;
}

int run_daemon_open(struct run *r)
{
	r->last_epoch = 0;
	return r->memory.segment ? memory_segment_renew(&r->memory)
				 : memory_segment_open(&r->memory);
}
