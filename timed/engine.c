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

#define NS_PER_S 1e9

/* Figures beyond these say nothing, or would overflow what is made of them:
 * instants and offsets to 2^62 ns (year 2116), widths to 11 days. */
#define SAMPLE_NS_MAX   (INT64_C(1) << 62)
#define SAMPLE_TERM_MAX INT64_C(1000000000000000)
#define SAMPLE_AGE_MAX  INT64_C(1000000000000000)
#define SAMPLE_PPB_MAX  1e8

/* NTP may be a leap second late or early by so much around one. */
#define LEAP_NEAR_NS INT64_C(2000000000)

_Static_assert(ENGINE_UNSYNCHRONIZED == (int)TT_UNSYNCHRONIZED &&
		       ENGINE_SYNCHRONIZED == (int)TT_SYNCHRONIZED &&
		       ENGINE_HOLDOVER == (int)TT_HOLDOVER &&
		       ENGINE_DISPUTED == (int)TT_DISPUTED,
	       "one enum");

__attribute__((format(printf, 3, 4))) static void
tell(const struct engine *e, enum engine_event event, const char *format, ...)
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

static struct axioms broken_axioms(struct axioms ax, uint32_t breaks)
{
	if (breaks & BREAK_WANDER)
		ax.wander_ppb_s = 0;
	if (breaks & BREAK_JITTER)
		ax.jitter_ppb = 0;
	if (breaks & BREAK_DRIFT)
		ax.drift_ppb = 1;
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
	e->rules.axioms = e->opt.axioms;
	e->rules.breaks = opt->breaks;
	e->leap = *leap;
	e->sink = *sink;
	e->raw_ns = raw_ns;
	e->seed_raw_ns = INT64_MIN;
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
	e->verdict[i] = VERDICT_WAITING;
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

static bool is_possible(const struct sample *m)
{
	if (m->raw_ns < 0 || m->raw_ns > SAMPLE_NS_MAX ||
	    m->mid_ns < -SAMPLE_NS_MAX / 2 || m->mid_ns > SAMPLE_NS_MAX / 2)
		return false;
	if (m->age_ns_min < 0 || m->age_ns_max < m->age_ns_min ||
	    m->age_ns_max > SAMPLE_AGE_MAX || m->fresh_ns < 0 ||
	    m->fresh_ns > SAMPLE_NS_MAX / 2)
		return false;
	if (!(m->ruler_ppb_min >= -SAMPLE_PPB_MAX) ||
	    !(m->ruler_ppb_max >= m->ruler_ppb_min) ||
	    !(m->ruler_ppb_max <= SAMPLE_PPB_MAX))
		return false;
	for (int t = 0; t < TERM_COUNT; t++)
		if (m->lo_ns[t] < 0 || m->lo_ns[t] > SAMPLE_TERM_MAX ||
		    m->hi_ns[t] < 0 || m->hi_ns[t] > SAMPLE_TERM_MAX)
			return false;
	return true;
}

static int64_t doubt_at(const struct engine *e, int64_t unix_ns)
{
	if (e->opt.breaks & BREAK_DOUBT)
		return 0;
	return leap_doubt_ns(&e->leap, unix_ns);
}

/* UTC to TAI. Not across or near a leap second, known or possible. */
static bool utc_to_tai(const struct engine *e, struct sample *m)
{
	const int64_t unix_ns = m->raw_ns + m->mid_ns;
	const int64_t event_ns = unix_ns - m->age_ns_max;
	int64_t tai_ns, event_tai_ns;

	if (leap_tai_from_unix(&e->leap, unix_ns, &tai_ns) != 0 ||
	    leap_tai_from_unix(&e->leap, event_ns, &event_tai_ns) != 0 ||
	    tai_ns - unix_ns != event_tai_ns - event_ns)
		return false;
	if (doubt_at(e, event_ns - LEAP_NEAR_NS) !=
	    doubt_at(e, unix_ns + LEAP_NEAR_NS))
		return false;
	m->mid_ns += tai_ns - unix_ns;
	return true;
}

/* False: its time has no certain TAI just now. */
static bool to_tai(const struct engine *e, const struct source *s,
		   struct sample *m)
{
	switch (s->info.scale) {
	case SCALE_TAI:
		return true;
	case SCALE_UTC:
		return utc_to_tai(e, m);
	case SCALE_UTC_SMEARED:
		m->mid_ns = leap_tai_from_smeared(&e->leap,
						  m->raw_ns + m->mid_ns) -
			    m->raw_ns;
		m->lo_ns[TERM_MAPPING]++;
		m->hi_ns[TERM_MAPPING]++;
		return true;
	}
	return false;
}

/* The rate a new belief may start from: A1, or what was proved before, aged
 * by A2 (docs/design.md, "The drift file"). */
static void age_seed(struct engine *e, int64_t raw_ns)
{
	const struct axioms *ax = &e->opt.axioms;
	double more_ppb;

	e->rules.seed_ppb_min = -ax->drift_ppb;
	e->rules.seed_ppb_max = ax->drift_ppb;
	if (e->seed_raw_ns == INT64_MIN)
		return;
	more_ppb = ax->wander_ppb_s * (double)(raw_ns - e->seed_raw_ns) /
		   NS_PER_S;
	e->rules.seed_ppb_min = fmax(e->seed_ppb_min - more_ppb,
				     -ax->drift_ppb);
	e->rules.seed_ppb_max = fmin(e->seed_ppb_max + more_ppb,
				     ax->drift_ppb);
}

static void count_excursion(struct engine *e, const struct source *s)
{
	e->counters.excursions++;
	e->counters.bound_violations++;
	e->seed_raw_ns = INT64_MIN;
	bound_new_epoch(&e->bound, "excursion of the rate");
	tell(e, EVENT_VIOLATION,
	     "source %s: measurements left the learned rate beyond chance; "
	     "its bound was re-opened",
	     s->info.name);
}

/*
 * A contradiction proves that the belief before it or the sample after it is
 * false. Of m sources that contradicted themselves within one memory at least
 * (m + 1) / 2 were so at one time (the first may have been false before, the
 * last since); is that more than may be?
 */
static bool is_beyond_liars(const struct engine *e, const struct source *s,
			    int64_t raw_ns)
{
	const enum fusion_class class = fusion_class_of(s);
	int contradicted = 0;

	for (int i = 0; i < e->source_count; i++) {
		const struct source *o = &e->source[i];

		contradicted += o->announced &&
				fusion_class_of(o) == class &&
				o->contradicted_raw_ns != INT64_MIN &&
				raw_ns - o->contradicted_raw_ns <=
					e->opt.axioms.memory_ns;
	}
	return contradicted > 2 * e->fusion.liars[class];
}

static void count_contradiction(struct engine *e, const struct source *s,
				int64_t raw_ns)
{
	e->counters.contradictions++;
	e->seed_raw_ns = INT64_MIN;
	if (is_beyond_liars(e, s, raw_ns))
		bound_contradicted(&e->bound);
	tell(e, EVENT_CONTRADICTION,
	     "source %s: a sample contradicts what it said before; its bound "
	     "begins anew",
	     s->info.name);
}

static void refuse(struct engine *e)
{
	e->counters.samples_refused++;
}

void engine_sample(void *engine, int source, const struct sample *sample)
{
	struct engine *e = engine;
	struct sample m = *sample;
	struct source *s;

	if (source < 0 || source >= e->source_count ||
	    !e->source[source].announced || !is_possible(sample)) {
		refuse(e);
		return;
	}
	s = &e->source[source];
	if ((s->elder.samples > 0 && m.raw_ns < s->elder.raw_ns) ||
	    !to_tai(e, s, &m)) {
		refuse(e);
		return;
	}
	age_seed(e, m.raw_ns);
	e->is_dirty = true;
	switch (source_sample(s, &e->rules, &m)) {
	case SOURCE_AGREES:
		if (!m.repeat)
			bound_agreed(&e->bound);
		break;
	case SOURCE_CONTRADICTS:
		count_contradiction(e, s, m.raw_ns);
		break;
	case SOURCE_ASTRAY:
		count_excursion(e, s);
		break;
	}
	if (!m.repeat)
		e->counters.samples++;
}

/*
 * Past the table's expiry each end of June or December may have had a leap
 * second that we do not know of: what was learnt in UTC before it is uncertain
 * by that second after it.
 */
static void cross_possible_leap(struct engine *e, int64_t more_ns)
{
	for (int i = 0; i < e->source_count; i++) {
		struct source *s = &e->source[i];

		if (!s->announced || s->info.scale == SCALE_TAI)
			continue;
		belief_reopen(&s->elder, &e->opt.axioms, (double)more_ns,
			      false);
		belief_reopen(&s->younger, &e->opt.axioms, (double)more_ns,
			      false);
		estimate_clear(&s->estimate);
	}
	bound_new_epoch(&e->bound,
			"a leap second may have passed that the expired "
			"table does not know");
}

static int64_t offset_at(const struct engine *e, int64_t tai_ns)
{
	int64_t offset_ns, leap_tai_ns, delta_ns;

	leap_nearest(&e->leap, tai_ns, &offset_ns, &leap_tai_ns, &delta_ns);
	return leap_tai_ns <= tai_ns ? offset_ns + delta_ns : offset_ns;
}

/* Fuse, with the doubt of the moment our latest time may have reached. */
static void fuse_sources(struct engine *e, int64_t raw_ns)
{
	int64_t tai_ns, doubt_ns;

	fusion_compute(e->source, e->source_count, &e->opt, raw_ns,
		       e->doubt_ns, &e->fusion);
	if (!e->fusion.is_bounded)
		return;
	tai_ns = raw_ns + e->fusion.range.hi_ns;
	doubt_ns = doubt_at(e, tai_ns - offset_at(e, tai_ns) + LEAP_NEAR_NS);
	if (e->knows_doubt && doubt_ns == e->doubt_ns)
		return;
	if (e->knows_doubt && doubt_ns > e->doubt_ns)
		cross_possible_leap(e, doubt_ns - e->doubt_ns);
	e->knows_doubt = true;
	e->doubt_ns = doubt_ns;
	fusion_compute(e->source, e->source_count, &e->opt, raw_ns,
		       e->doubt_ns, &e->fusion);
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
		tell(e, EVENT_VERDICT, "source %s: %s (was %s)",
		     e->source[i].info.name, source_verdict_name(v),
		     source_verdict_name(e->verdict[i]));
		e->verdict[i] = v;
	}
}

/* The line of the source whose estimate claims the least error, kept inside
 * the bound. */
static void set_best(struct engine *e, int64_t raw_ns)
{
	struct segment_slot *slot = &e->bound.slot;
	const struct source *best = NULL;
	int64_t tai_ns;

	for (int i = 0; i < e->source_count; i++) {
		const struct source *s = &e->source[i];

		if (!s->announced || s->estimate.count == 0 ||
		    engine_verdict(e, i, raw_ns) == VERDICT_FALSETICKER)
			continue;
		if (!best ||
		    s->estimate.x_sigma_ns < best->estimate.x_sigma_ns)
			best = s;
	}
	slot->best_tai_ns = slot->tai_lo_ns +
			    (slot->tai_hi_ns - slot->tai_lo_ns) / 2;
	slot->best_slope = 0;
	if (!best)
		return;
	tai_ns = raw_ns + estimate_x_ns(&best->estimate, raw_ns);
	if (tai_ns < slot->tai_lo_ns || tai_ns > slot->tai_hi_ns)
		return;
	slot->best_tai_ns = tai_ns;
	slot->best_slope = bound_slope_floor(best->estimate.rate_ppb);
}

static void set_leap_fields(struct engine *e)
{
	struct segment_slot *slot = &e->bound.slot;

	slot->leap_mode = e->opt.smear ? SEGMENT_LEAP_SMEAR
				       : SEGMENT_LEAP_STEP;
	slot->counter = SEGMENT_COUNTER_RAW;
	leap_nearest(&e->leap, slot->tai_lo_ns, &slot->utc_offset_ns,
		     &slot->leap_tai_ns, &slot->leap_delta_ns);
}

static void tell_outcome(struct engine *e, enum bound_outcome outcome)
{
	if (outcome == BOUND_KEPT)
		return;
	e->counters.bound_violations++;
	e->counters.disputes += outcome == BOUND_DISPUTED;
	tell(e, EVENT_VIOLATION, "%s; the hull of both is published",
	     e->bound.epoch_reason);
}

static void tell_changes(struct engine *e, uint32_t state, uint64_t epoch)
{
	if (e->bound.slot.epoch != epoch)
		tell(e, EVENT_EPOCH, "new epoch: %s", e->bound.epoch_reason);
	if (e->bound.slot.state != state)
		tell(e, EVENT_STATE, "%s (was %s)",
		     engine_state_name(e->bound.slot.state),
		     engine_state_name(state));
}

void engine_publish(struct engine *e, int64_t raw_ns, struct segment_slot *ret)
{
	const uint32_t state = e->bound.slot.state;
	const uint64_t epoch = e->bound.slot.epoch;

	assert(raw_ns >= e->raw_ns);
	fuse_sources(e, raw_ns);
	tell_outcome(e, bound_compose(&e->bound, &e->fusion, &e->opt, raw_ns));
	if (e->bound.slot.state != ENGINE_UNSYNCHRONIZED) {
		set_leap_fields(e);
		set_best(e, raw_ns);
	}
	tell_verdicts(e, raw_ns);
	tell_changes(e, state, epoch);
	e->raw_ns = raw_ns;
	e->is_dirty = false;
	*ret = e->bound.slot;
}

bool engine_is_dirty(const struct engine *e)
{
	return e->is_dirty;
}

static void forget_sources(struct engine *e)
{
	for (int i = 0; i < e->source_count; i++) {
		belief_clear(&e->source[i].elder);
		belief_clear(&e->source[i].younger);
		estimate_clear(&e->source[i].estimate);
	}
	e->seed_raw_ns = INT64_MIN;
	e->is_dirty = true;
}

void engine_disrupted(struct engine *e, int64_t raw_ns, const char *why)
{
	forget_sources(e);
	bound_forget(&e->bound, why);
	e->raw_ns = raw_ns;
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
	e->bound.has_slot = true;
	e->doubt_ns = slot->tai_err_ns > slot->utc_err_ns ? slot->tai_err_ns
							  : slot->utc_err_ns;
	e->knows_doubt = true;
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

bool engine_rate(const struct engine *e, double *ret_ppb_min,
		 double *ret_ppb_max)
{
	if (!e->fusion.is_bounded || e->fusion.is_disputed ||
	    e->bound.ghost_samples > 0)
		return false;
	*ret_ppb_min = e->fusion.range.rate_ppb_min;
	*ret_ppb_max = e->fusion.range.rate_ppb_max;
	return true;
}

void engine_set_leap(struct engine *e, const struct leap_table *leap)
{
	const int64_t tai_ns = e->bound.slot.tai_lo_ns;
	const int64_t old_ns = offset_at(e, tai_ns);

	e->leap = *leap;
	e->knows_doubt = false;
	if (!e->bound.has_slot || offset_at(e, tai_ns) == old_ns)
		return;
	/* What was learnt from UTC under the old table is off by a second. */
	forget_sources(e);
	bound_forget(&e->bound, "the leap table's TAI - UTC changed");
}
