/* SPDX-License-Identifier: Apache-2.0 */
/* The engine: intake, audit, publication. See engine.h. */
#include "timed/engine_private.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tt/tt.h"

_Static_assert(ENGINE_UNSYNCHRONIZED == (int)TT_UNSYNCHRONIZED &&
		       ENGINE_SYNCHRONIZED == (int)TT_SYNCHRONIZED &&
		       ENGINE_HOLDOVER == (int)TT_HOLDOVER &&
		       ENGINE_DISPUTED == (int)TT_DISPUTED,
	       "one enum");

void engine_tell(const struct engine *e, enum engine_event event,
		 const char *format, ...)
{
	char text[256];
	va_list args;

	if (!e->sink.event)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	e->sink.event(e->sink.arg, event, text);
}

static struct axioms broken_axioms(struct axioms ax, uint64_t breaks)
{
	if (breaks & BREAK_WANDER)
		ax.wander_ppb_s = 0;
	if (breaks & BREAK_JITTER)
		ax.jitter_ppb = 0;
	if (breaks & BREAK_DRIFT)
		ax.drift_ppb = 1;
	if ((breaks & BREAK_SWING) && ax.swing_ppb > 0)
		ax.swing_ppb = 0;
	return ax;
}

int engine_new(const struct engine_options *opt, const struct leap_table *leap,
	       int64_t raw_ns, const struct engine_sink *sink,
	       struct engine **ret)
{
	struct engine *e;

	if (opt->group_count > ENGINE_GROUPS_MAX)
		return -E2BIG;
	e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	e->opt = *opt;
	if (opt->group_count > 0)
		memcpy(e->group, opt->groups,
		       (size_t)opt->group_count * sizeof(e->group[0]));
	e->opt.groups = e->group;
	e->opt.axioms = broken_axioms(opt->axioms, opt->breaks);
	e->rules.axioms = e->rules.configured = e->opt.axioms;
	e->rules.breaks = opt->breaks;
	e->leap = *leap;
	e->sink = *sink;
	e->raw_ns = raw_ns;
	e->seed_raw_ns = INT64_MIN;
	e->disrupted_raw_ns = INT64_MIN;
	bound_init(&e->bound, raw_ns);
	*ret = e;
	return 0;
}

void engine_free(struct engine *e)
{
	free(e);
}

static int find_source(const struct engine *e, const char *name)
{
	for (int i = 0; i < e->source_count; i++)
		if (e->source[i].announced &&
		    !strcmp(e->source[i].info.name, name))
			return i;
	return -ENOENT;
}

static int free_slot(struct engine *e)
{
	for (int i = 0; i < ENGINE_SOURCES_MAX; i++)
		if (!e->source[i].announced)
			return i;
	return -ENOSPC;
}

int engine_source(void *engine, const struct source_info *info)
{
	struct engine *e = engine;
	int i = find_source(e, info->name);

	if (i >= 0) {
		e->source[i].info = *info;
		return i;
	}
	i = free_slot(e);
	if (i < 0)
		return i;
	source_init(&e->source[i], info);
	silence_announce(e, &e->source[i]);
	e->verdict[i] = VERDICT_WAITING;
	e->utc[i] = UTC_AGREES;
	if (i >= e->source_count)
		e->source_count = i + 1;
	e->is_dirty = true;
	return i;
}

void engine_gone(void *engine, int source)
{
	struct engine *e = engine;

	if (source < 0 || source >= e->source_count)
		return;
	e->source[source].announced = false;
	e->is_dirty = true;
}

enum source_verdict engine_verdict(const struct engine *e, int source,
				   int64_t raw_ns)
{
	const struct source *s = &e->source[source];
	const struct range r = source_range(s, &e->opt.axioms, raw_ns);

	if (s->elder.samples == 0)
		return VERDICT_WAITING;
	if (e->fusion.is_bounded && !e->fusion.is_disputed &&
	    !range_meets(&r, &e->fusion.range))
		return VERDICT_FALSETICKER;
	return source_is_fresh(s, raw_ns) ? VERDICT_USED : VERDICT_STALE;
}

static void tell_verdicts(struct engine *e, int64_t raw_ns)
{
	for (int i = 0; i < e->source_count; i++) {
		const enum source_verdict v = engine_verdict(e, i, raw_ns);

		if (!e->source[i].announced || v == e->verdict[i])
			continue;
		engine_tell(e, EVENT_VERDICT, "source %s: %s (was %s)",
		     e->source[i].info.name, source_verdict_name(v),
		     source_verdict_name(e->verdict[i]));
		e->verdict[i] = v;
	}
}

static void tell_utc(struct engine *e, int source, enum utc_verdict v)
{
	const struct source_info *info = &e->source[source].info;

	e->utc[source] = v;
	e->counters.utc_disagreements += v != UTC_AGREES;
	switch (v) {
	case UTC_AGREES:
		engine_tell(e, EVENT_UTC, "source %s: agrees with the leap "
			    "table again", info->name);
		break;
	case UTC_OFFSET_DIFFERS:
		engine_tell(e, EVENT_UTC, "source %s: says TAI - UTC is %d s, "
			    "which is not the leap table's; the table stands",
			    info->name, info->utc.offset_s);
		break;
	case UTC_LEAP_UNKNOWN:
		engine_tell(e, EVENT_UTC, "source %s: announces a leap second "
			    "(%+d s) that the leap table does not have; the "
			    "table stands", info->name, info->utc.leap_s);
		break;
	case UTC_LEAP_MISSED:
		engine_tell(e, EVENT_UTC, "source %s: announces no leap second "
			    "though the leap table has one within hours",
			    info->name);
		break;
	}
}

/* Do the sources' words on UTC agree with the leap table? */
static void check_utc(struct engine *e)
{
	if (e->opt.breaks & BREAK_UTC)
		return;
	for (int i = 0; i < e->source_count; i++) {
		const struct source *s = &e->source[i];
		enum utc_verdict v;

		if (!s->announced)
			continue;
		v = utc_check(&e->leap, &s->info.utc, e->bound.slot.tai_lo_ns);
		if (v != e->utc[i])
			tell_utc(e, i, v);
	}
}

/* One source's word on where x is now. */
struct opinion {
	double x_ns; /* from the bound's left edge */
	double weight;
	int source;
};

static int gather_opinions(const struct engine *e, int64_t raw_ns,
			   struct opinion ret[ENGINE_SOURCES_MAX])
{
	const int64_t lo_ns = e->bound.slot.tai_lo_ns - raw_ns;
	int n = 0;

	/* What is systematic in a source's error hides from its sigma: a tenth
	 * of its half-width keeps any one from claiming too much, or what its
	 * legs say of that. */
	for (int i = 0; i < e->source_count; i++) {
		const struct estimate *t = &e->source[i].estimate;
		struct opinion o = {.source = i};
		double sigma_ns, floor_ns;
		struct range r;
		int k = n;

		if (!e->source[i].announced || t->count == 0 ||
		    engine_verdict(e, i, raw_ns) == VERDICT_FALSETICKER)
			continue;
		sigma_ns = estimate_sigma_ns(t, raw_ns);
		o.x_ns = (double)(estimate_x_ns(t, raw_ns) - lo_ns);
		r = source_range(&e->source[i], &e->opt.axioms, raw_ns);
		floor_ns = (double)(r.hi_ns - r.lo_ns) / 20;
		if (e->source[i].likely_ns > 0)
			floor_ns = fmin(floor_ns,
					(double)e->source[i].likely_ns);
		o.weight = 1 / (sigma_ns * sigma_ns + floor_ns * floor_ns + 1);
		for (; k > 0 && ret[k - 1].x_ns > o.x_ns; k--)
			ret[k] = ret[k - 1];
		ret[k] = o;
		n++;
	}
	return n;
}

/* Their weighted median: a minority of weight that is off cannot move it
 * beyond the others. */
static const struct source *median_opinion(const struct engine *e,
					   const struct opinion *o, int n)
{
	double sum = 0, seen = 0;

	for (int i = 0; i < n; i++)
		sum += o[i].weight;
	for (int i = 0; i < n; i++) {
		seen += o[i].weight;
		if (seen >= sum / 2)
			return &e->source[o[i].source];
	}
	return NULL;
}

/* The best line, kept inside the bound. */
static void set_best(struct engine *e, int64_t raw_ns)
{
	struct opinion opinions[ENGINE_SOURCES_MAX];
	struct segment_slot *slot = &e->bound.slot;
	const int n = gather_opinions(e, raw_ns, opinions);
	const struct source *best = median_opinion(e, opinions, n);

	slot->best_tai_ns = slot->tai_lo_ns +
			    (slot->tai_hi_ns - slot->tai_lo_ns) / 2;
	slot->best_slope = 0;
	e->best_sigma_ns = (double)(slot->tai_hi_ns - slot->tai_lo_ns) / 2;
	e->best_rate_sigma_ppb = HUGE_VAL;
	if (!best)
		return;
	slot->best_tai_ns = raw_ns + estimate_x_ns(&best->estimate, raw_ns);
	if (slot->best_tai_ns < slot->tai_lo_ns)
		slot->best_tai_ns = slot->tai_lo_ns;
	if (slot->best_tai_ns > slot->tai_hi_ns)
		slot->best_tai_ns = slot->tai_hi_ns;
	slot->best_slope = bound_slope_floor(best->estimate.rate_ppb);
	e->best_sigma_ns = fmin(e->best_sigma_ns,
				estimate_sigma_ns(&best->estimate, raw_ns));
	e->best_rate_sigma_ppb = best->estimate.rate_sigma_ppb;
}

double engine_best_sigma_ns(const struct engine *e)
{
	return e->best_sigma_ns;
}

double engine_best_rate_sigma_ppb(const struct engine *e)
{
	return e->best_rate_sigma_ppb;
}

static void set_leap_fields(struct engine *e)
{
	struct segment_slot *slot = &e->bound.slot;

	slot->leap_mode = e->opt.smear ? SEGMENT_LEAP_SMEAR
				       : SEGMENT_LEAP_STEP;
	leap_nearest(&e->leap, slot->tai_lo_ns, &slot->utc_offset_ns,
		     &slot->leap_tai_ns, &slot->leap_delta_ns);
}

static void tell_outcome(struct engine *e, enum bound_outcome outcome)
{
	if (outcome == BOUND_KEPT)
		return;
	e->counters.bound_violations++;
	e->counters.disputes += outcome == BOUND_DISPUTED;
	engine_tell(e, EVENT_VIOLATION, "%s; the hull of both is published",
	     e->bound.epoch_reason);
}

static void tell_changes(struct engine *e, uint32_t state, uint64_t epoch)
{
	if (e->bound.slot.epoch != epoch)
		engine_tell(e, EVENT_EPOCH, "new epoch: %s", e->bound.epoch_reason);
	if (e->bound.slot.state != state)
		engine_tell(e, EVENT_STATE, "%s (was %s)",
		     engine_state_name(e->bound.slot.state),
		     engine_state_name(state));
}

void engine_publish(struct engine *e, int64_t raw_ns, struct segment_slot *ret)
{
	const uint32_t state = e->bound.slot.state;
	const uint64_t epoch = e->bound.slot.epoch;
	int64_t void_raw_ns;

	assert(raw_ns >= e->raw_ns);
	silence_publish(e, raw_ns);
	widen_give_back(e, raw_ns);
	audit_fuse(e, raw_ns, &void_raw_ns);
	tell_outcome(e, bound_compose(&e->bound, &e->fusion, &e->opt,
				      e->is_mapped, raw_ns));
	if (void_raw_ns < e->bound.slot.void_raw_ns &&
	    !(e->opt.breaks & BREAK_VOID))
		e->bound.slot.void_raw_ns = void_raw_ns;
	if (e->bound.slot.state != ENGINE_UNSYNCHRONIZED) {
		set_leap_fields(e);
		set_best(e, raw_ns);
		check_utc(e);
	}
	tell_verdicts(e, raw_ns);
	tell_changes(e, state, epoch);
	e->raw_ns = raw_ns;
	e->is_dirty = false;
	rehearsal_published(&e->rehearsal, &e->bound.slot);
	*ret = e->bound.slot;
}

bool engine_is_behind(const struct engine *e, int64_t raw_ns)
{
	return bound_is_behind(&e->bound, raw_ns);
}

const struct axioms *engine_axioms(const struct engine *e)
{
	return &e->opt.axioms;
}

void engine_shown(struct engine *e)
{
	bound_shown(&e->bound);
}

void engine_map_counter(struct engine *e, bool is_mapped)
{
	e->is_mapped = is_mapped;
}

bool engine_is_dirty(const struct engine *e)
{
	return e->is_dirty;
}

static void forget_sources(struct engine *e, int64_t raw_ns)
{
	for (int i = 0; i < e->source_count; i++)
		source_forget(&e->source[i]);
	e->seed_raw_ns = INT64_MIN;
	memory_forget(e);
	e->is_dirty = true;
	engine_rehearse_end(e, raw_ns, "all that was known is void");
}

void engine_disrupted(struct engine *e, int64_t raw_ns, const char *why)
{
	if (e->opt.breaks & BREAK_DISRUPTION)
		return;
	forget_sources(e, raw_ns);
	bound_forget(&e->bound, why);
	e->raw_ns = raw_ns;
	e->disrupted_raw_ns = raw_ns;
}

void engine_resume(struct engine *e, const struct segment_slot *slot,
		   int64_t raw_ns)
{
	struct leap_table *leap = &e->leap;
	int64_t offset_ns, leap_tai_ns, delta_ns;

	if (slot->state == ENGINE_UNSYNCHRONIZED ||
	    slot->anchor_raw_ns > raw_ns || slot->void_raw_ns <= raw_ns)
		return;
	/* Another table since then: its TAI is not ours. */
	leap_nearest(leap, slot->tai_lo_ns, &offset_ns, &leap_tai_ns,
		     &delta_ns);
	if (offset_ns != slot->utc_offset_ns ||
	    leap_tai_ns != slot->leap_tai_ns ||
	    delta_ns != slot->leap_delta_ns)
		return;
	e->bound.slot = *slot;
	bound_unmap(&e->bound.slot); /* readers use its map no longer */
	e->bound.has_slot = true;
	bound_shown(&e->bound);
	/* A seed is of this same clocksource, so the page is as well. */
	e->may_remember = e->seed_raw_ns != INT64_MIN;
	e->doubt_ns = slot->tai_err_ns > slot->utc_err_ns ? slot->tai_err_ns
							  : slot->utc_err_ns;
	snprintf(e->bound.epoch_reason, sizeof(e->bound.epoch_reason),
		 "resumed after a restart");
}

void engine_seed_rate(struct engine *e, int64_t raw_ns, double rate_ppb_min,
		      double rate_ppb_max)
{
	if (!(rate_ppb_min <= rate_ppb_max))
		return;
	e->seed_raw_ns = raw_ns;
	e->seed_ppb_min = rate_ppb_min;
	e->seed_ppb_max = rate_ppb_max;
}

void engine_expect_rate(struct engine *e, double rate_ppb, double sigma_ppb)
{
	e->rules.expected_ppb = rate_ppb;
	e->rules.expected_sigma_ppb = sigma_ppb;
}

bool engine_rate(const struct engine *e, double *ret_ppb_min,
		 double *ret_ppb_max)
{
	if ((!e->fusion.is_bounded && !e->fusion.is_memory) ||
	    bound_is_hull(&e->bound))
		return false;
	*ret_ppb_min = e->fusion.range.rate_ppb_min;
	*ret_ppb_max = e->fusion.range.rate_ppb_max;
	return true;
}

int64_t engine_offset_ns(const struct engine *e, int64_t tai_ns)
{
	int64_t offset_ns, leap_tai_ns, delta_ns;

	leap_nearest(&e->leap, tai_ns, &offset_ns, &leap_tai_ns, &delta_ns);
	return leap_tai_ns <= tai_ns ? offset_ns + delta_ns : offset_ns;
}

void engine_set_leap(struct engine *e, const struct leap_table *leap)
{
	const int64_t tai_ns = e->bound.slot.tai_lo_ns;
	const int64_t old_ns = engine_offset_ns(e, tai_ns);

	e->leap = *leap;
	if (e->opt.breaks & BREAK_TABLE)
		return;
	for (int i = 0; i < e->source_count; i++)
		e->source[i].knows_doubt = false;
	if (e->bound.has_slot && engine_offset_ns(e, tai_ns) == old_ns)
		return;
	/* What was learnt from UTC under the old table is off by a second; or
	 * there is no telling. */
	forget_sources(e, e->raw_ns);
	bound_forget(&e->bound, "the leap table's TAI - UTC changed");
}
