/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's intake: which samples are taken, and in which scale. */
#include "timed/engine_private.h"

#include <math.h>
#include <stdlib.h>

#define NS_PER_S 1e9
#define LEAP_NS	 INT64_C(1000000000)

/* Figures beyond these say nothing, or would overflow what is made of them:
 * instants and offsets to 2^62 ns (year 2116), widths to 11 days. */
#define SAMPLE_NS_MAX   (INT64_C(1) << 62)
#define SAMPLE_TERM_MAX INT64_C(1000000000000000)
#define SAMPLE_AGE_MAX  INT64_C(1000000000000000)
#define SAMPLE_PPB_MAX  1e8

static bool is_possible_side(const int64_t term_ns[TERM_COUNT])
{
	for (int t = 0; t < TERM_COUNT; t++) {
		if (t == TERM_DELAY && term_ns[t] == SAMPLE_NO_BOUND)
			continue;
		if (term_ns[t] < 0 || term_ns[t] > SAMPLE_TERM_MAX)
			return false;
	}
	return true;
}

static bool is_leg(const struct sample *m)
{
	return m->lo_ns[TERM_DELAY] == SAMPLE_NO_BOUND ||
	       m->hi_ns[TERM_DELAY] == SAMPLE_NO_BOUND;
}

/* Nothing that the sample rests on is older. */
static int64_t oldest_ns(const struct sample *m)
{
	return m->age_ns_oldest > m->age_ns_max ? m->age_ns_oldest
						: m->age_ns_max;
}

static bool is_possible(const struct sample *m)
{
	if (m->raw_ns < 0 || m->raw_ns > SAMPLE_NS_MAX ||
	    m->mid_ns < -SAMPLE_NS_MAX / 2 || m->mid_ns > SAMPLE_NS_MAX / 2)
		return false;
	if (m->age_ns_min < 0 || m->age_ns_max < m->age_ns_min ||
	    oldest_ns(m) > SAMPLE_AGE_MAX || m->fresh_ns < 0 ||
	    m->fresh_ns > SAMPLE_NS_MAX / 2 || m->likely_ns < 0 ||
	    m->likely_ns > SAMPLE_TERM_MAX)
		return false;
	if (!(m->ruler_ppb_min >= -SAMPLE_PPB_MAX) ||
	    !(m->ruler_ppb_max >= m->ruler_ppb_min) ||
	    !(m->ruler_ppb_max <= SAMPLE_PPB_MAX))
		return false;
	return is_possible_side(m->lo_ns) && is_possible_side(m->hi_ns) &&
	       !(m->lo_ns[TERM_DELAY] == SAMPLE_NO_BOUND &&
		 m->hi_ns[TERM_DELAY] == SAMPLE_NO_BOUND);
}

/* Is a leap second, known or possible, so near that the label is ambiguous or
 * that a server may not have taken it yet? Or between the event and now? */
static bool is_near_leap(const struct engine *e, int64_t event_ns,
			 int64_t unix_ns)
{
	int64_t tai_ns, event_tai_ns;

	return leap_tai_from_unix(&e->leap, unix_ns, &tai_ns) != 0 ||
	       leap_tai_from_unix(&e->leap, event_ns, &event_tai_ns) != 0 ||
	       tai_ns - unix_ns != event_tai_ns - event_ns ||
	       audit_doubt_ns(e, event_ns - LEAP_NEAR_NS) !=
		       audit_doubt_ns(e, unix_ns + LEAP_NEAR_NS);
}

/*
 * A source that counts TAI - UTC may have made its UTC by that count: where it is
 * another than the table's, and the table is in no doubt, its time is off by what
 * they differ in, or it is not.
 */
static void allow_for_count(const struct engine *e, const struct source *s,
			    int64_t unix_ns, int64_t offset_ns,
			    struct sample *m)
{
	const struct utc_word *word = &s->info.utc;
	int64_t more_ns;

	if (!word->has_offset || (e->opt.breaks & BREAK_UTC) ||
	    audit_doubt_ns(e, unix_ns + LEAP_NEAR_NS) != 0)
		return;
	more_ns = word->offset_s * LEAP_NS - offset_ns;
	if (more_ns > 0)
		m->hi_ns[TERM_SERVER] += more_ns;
	else
		m->lo_ns[TERM_SERVER] -= more_ns;
}

static bool utc_to_tai(const struct engine *e, const struct source *s,
		       struct sample *m, bool is_near)
{
	const int64_t unix_ns = m->raw_ns + m->mid_ns;
	int64_t tai_ns;

	is_near |= is_near_leap(e, unix_ns - oldest_ns(m), unix_ns);
	if (is_near && !(e->opt.breaks & BREAK_NEAR_LEAP))
		return false;
	if (leap_tai_from_unix(&e->leap, unix_ns, &tai_ns) != 0)
		tai_ns = unix_ns + engine_offset_ns(e, unix_ns);
	m->mid_ns += tai_ns - unix_ns;
	allow_for_count(e, s, unix_ns, tai_ns - unix_ns, m);
	return true;
}

/* A second of a smear is off by so much at most: 1 s in 86400, rounded up. */
#define SMEAR_SHARE 80000

/* A side that says nothing has no width to be off. */
static int64_t known_ns(int64_t term_ns)
{
	return term_ns == SAMPLE_NO_BOUND ? 0 : term_ns;
}

static int64_t smear_ns(const struct engine *e, int64_t label_ns)
{
	return leap_tai_from_smeared(&e->leap, label_ns) - label_ns;
}

/* So far ahead of its age: what the ruler gains on the raw counter meanwhile. */
static int64_t gained_ns(int64_t age_ns, double ruler_ppb)
{
	return llround((double)age_ns * ruler_ppb * 1e-9);
}

/* The smear as of the event, which lies an age within limits before raw_ns, by
 * the ruler; and the terms are in smeared seconds too. */
static void smeared_to_tai(const struct engine *e, struct sample *m,
			   bool is_near)
{
	const int64_t label_ns = m->raw_ns + m->mid_ns;
	const int64_t age_ns_min =
		m->age_ns_min + gained_ns(m->age_ns_min, m->ruler_ppb_min);
	const int64_t age_ns_max =
		oldest_ns(m) + gained_ns(oldest_ns(m), m->ruler_ppb_max);
	const int64_t young_ns = smear_ns(e, label_ns - age_ns_min);
	const int64_t old_ns = smear_ns(e, label_ns - age_ns_max);
	int64_t more_ns = llabs(young_ns - old_ns) / 2 + 3;

	for (int t = 0; t < TERM_COUNT; t++)
		more_ns += (known_ns(m->lo_ns[t]) + known_ns(m->hi_ns[t])) /
				   SMEAR_SHARE + 1;
	/* A smear may be under way that the expired table does not know. */
	if (is_near || audit_doubt_ns(e, label_ns - SMEAR_NEAR_NS) !=
			       audit_doubt_ns(e, label_ns + SMEAR_NEAR_NS))
		more_ns += LEAP_NS;
	m->mid_ns += old_ns + (young_ns - old_ns) / 2;
	m->lo_ns[TERM_MAPPING] += more_ns;
	m->hi_ns[TERM_MAPPING] += more_ns;
}

/* False: its time has no certain TAI just now. */
static bool to_tai(struct engine *e, struct source *s, struct sample *m)
{
	const bool is_near = audit_possible_leap(e, s, m->raw_ns);

	switch (s->info.scale) {
	case SCALE_TAI:
		return true;
	case SCALE_UTC:
		return utc_to_tai(e, s, m, is_near);
	case SCALE_UTC_SMEARED:
		smeared_to_tai(e, m, is_near);
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
	if (e->opt.breaks & BREAK_SEED)
		more_ppb = 0;
	e->rules.seed_ppb_min = fmax(e->seed_ppb_min - more_ppb,
				     -ax->drift_ppb);
	e->rules.seed_ppb_max = fmin(e->seed_ppb_max + more_ppb,
				     ax->drift_ppb);
}

/* An exchange may have begun this long before its middle. */
#define EXCHANGE_NS INT64_C(1000000000)

/* Did its event lie before the counter was disrupted, or begin before? */
static bool is_of_another_counter(const struct engine *e,
				  const struct sample *m)
{
	return e->disrupted_raw_ns != INT64_MIN &&
	       !(e->opt.breaks & BREAK_EARLIER) &&
	       m->raw_ns - oldest_ns(m) <
		       e->disrupted_raw_ns + EXCHANGE_NS;
}

/* `s` NULL: of no source that there is. */
static void refuse(struct engine *e, struct source *s)
{
	e->counters.samples_refused++;
	if (s)
		s->refused++;
}

void engine_sample(void *engine, int source, const struct sample *sample)
{
	struct engine *e = engine;
	struct sample m = *sample;
	enum source_result result;
	struct source *s;

	if (source < 0 || source >= e->source_count ||
	    !e->source[source].announced) {
		refuse(e, NULL);
		return;
	}
	s = &e->source[source];
	if (!is_possible(sample) || (s->elder.samples > 0 && m.raw_ns < s->elder.raw_ns) ||
	    is_of_another_counter(e, &m) || !to_tai(e, s, &m)) {
		refuse(e, s);
		return;
	}
	if (silence_ignores(e, s, &m))
		return;
	age_seed(e, m.raw_ns);
	e->is_dirty = true;
	result = source_sample(s, &e->rules, &m);
	if (s->wandered != WANDER_WITHIN)
		widen_judge(e, s, m.raw_ns);
	if (s->elder.samples == 1)
		audit_doubt_begins(e, s, sample->raw_ns + sample->mid_ns);
	switch (result) {
	case SOURCE_AGREES:
		if (!m.repeat && !is_leg(&m))
			bound_agreed(&e->bound);
		break;
	case SOURCE_CONTRADICTS:
		audit_contradiction(e, s, m.raw_ns);
		break;
	case SOURCE_ASTRAY:
		audit_excursion(e, s, m.raw_ns);
		break;
	}
	if (!m.repeat)
		e->counters.samples++;
}
