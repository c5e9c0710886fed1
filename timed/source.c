/* SPDX-License-Identifier: Apache-2.0 */
/* One source of time and its two beliefs. See source.h. */
#include "timed/source.h"

#include <math.h>
#include <string.h>

#include "timed/engine.h"

#define NS_PER_S 1e9

void source_init(struct source *s, const struct source_info *info)
{
	memset(s, 0, sizeof(*s));
	s->info = *info;
	s->announced = true;
	s->event_raw_ns = INT64_MIN;
	s->fresh_until_raw_ns = INT64_MIN;
	s->contradicted_raw_ns = INT64_MIN;
	s->astray_raw_ns = INT64_MIN;
	s->ignored_raw_ns = INT64_MIN;
	s->proof_raw_ns = INT64_MIN;
}

void source_forget(struct source *s)
{
	belief_clear(&s->elder);
	belief_clear(&s->younger);
	estimate_clear(&s->estimate);
	wander_clear(&s->wander);
	s->proof_raw_ns = INT64_MIN;
}

void source_restart(struct source *s, const struct axioms *ax, int64_t raw_ns)
{
	struct belief_constraint c = {.raw_ns = raw_ns};

	belief_clear(&s->elder);
	belief_clear(&s->younger);
	if (wander_range(&s->wander, ax, raw_ns, &c.lo_ns, &c.hi_ns))
		belief_start(&s->elder, ax, &c, -ax->drift_ppb, ax->drift_ppb);
}

static int64_t sum_terms(const int64_t term_ns[TERM_COUNT], uint64_t breaks)
{
	int64_t sum_ns = 1; /* the driver's own rounding */

	for (int t = 0; t < TERM_COUNT; t++)
		if (!(breaks & BREAK_TERM(t)))
			sum_ns += term_ns[t];
	return sum_ns;
}

static struct belief_constraint constraint_of(const struct sample *m,
					      uint64_t breaks)
{
	struct belief_constraint c = {
		.raw_ns = m->raw_ns,
		.lo_ns = BELIEF_NO_LO,
		.hi_ns = BELIEF_NO_HI,
		.age_s_min = (double)m->age_ns_min / NS_PER_S,
		.age_s_max = (double)m->age_ns_max / NS_PER_S,
		.age_s_oldest = (double)m->age_ns_oldest / NS_PER_S,
		.ruler_ppb_min = m->ruler_ppb_min,
		.ruler_ppb_max = m->ruler_ppb_max};

	if (m->lo_ns[TERM_DELAY] != SAMPLE_NO_BOUND)
		c.lo_ns = m->mid_ns - sum_terms(m->lo_ns, breaks);
	if (m->hi_ns[TERM_DELAY] != SAMPLE_NO_BOUND)
		c.hi_ns = m->mid_ns + sum_terms(m->hi_ns, breaks);
	if (breaks & BREAK_AGE)
		c.age_s_min = c.age_s_max = c.age_s_oldest = 0;
	if (breaks & BREAK_RULER)
		c.ruler_ppb_min = c.ruler_ppb_max =
			(m->ruler_ppb_min + m->ruler_ppb_max) / 2;
	return c;
}

static bool is_leg(const struct belief_constraint *c)
{
	return c->lo_ns == BELIEF_NO_LO || c->hi_ns == BELIEF_NO_HI;
}

/* From one leg nothing can begin: it waits for a sample of two sides. */
static void begin(struct belief *b, const struct source_rules *rules,
		  const struct belief_constraint *c)
{
	if (is_leg(c)) {
		belief_clear(b);
		return;
	}
	belief_start(b, &rules->axioms, c, rules->seed_ppb_min,
		     rules->seed_ppb_max);
}

/* False: the belief held nothing that agrees with c, and begins anew. */
static bool update(struct belief *b, const struct source_rules *rules,
		   const struct belief_constraint *c)
{
	if (b->samples == 0)
		return true;
	if (belief_update(b, &rules->axioms, c) == 0) {
		if ((rules->breaks & BREAK_CAP) && b->count > 4)
			b->count = 4;
		return true;
	}
	if (!(rules->breaks & BREAK_RESET))
		begin(b, rules, c);
	return false;
}

/* After half a memory a second belief begins; after a whole one it takes over,
 * if it has seen enough to stand on. */
static void rebuild(struct source *s, const struct source_rules *rules,
		    const struct belief_constraint *c)
{
	const int64_t age_ns = c->raw_ns - s->elder.start_raw_ns;

	if (rules->breaks & BREAK_MEMORY)
		return;
	if (age_ns >= rules->axioms.memory_ns &&
	    s->younger.samples >= SOURCE_SAMPLES_MIN) {
		s->elder = s->younger;
		belief_clear(&s->younger);
	} else if (age_ns >= rules->axioms.memory_ns / 2 &&
		   s->younger.samples == 0) {
		begin(&s->younger, rules, c);
	}
}

static enum source_result learn(struct source *s,
				const struct source_rules *rules,
				const struct belief_constraint *c)
{
	bool agrees;

	if (s->elder.samples == 0) {
		begin(&s->elder, rules, c);
		return SOURCE_AGREES;
	}
	agrees = update(&s->elder, rules, c);
	if (!update(&s->younger, rules, c))
		belief_clear(&s->younger);
	if (agrees)
		rebuild(s, rules, c);
	else
		belief_clear(&s->younger);
	return agrees ? SOURCE_AGREES : SOURCE_CONTRADICTS;
}

void source_reopen(struct source *s, const struct axioms *ax, double since_s)
{
	belief_reopen(&s->elder, ax, ax->drift_ppb * since_s, true);
	belief_clear(&s->younger);
	estimate_clear(&s->estimate);
}

/* Beyond chance: so many standard errors, which queueing's bounded errors never
 * reach and normal ones do once in some 1e6 samples; it only costs width. */
#define EXCURSION_SIGMAS 6.0

/*
 * The estimate sees what the belief cannot yet prove (docs/design.md,
 * "Statistics may widen, never narrow"): does the rate over the newest n
 * points lie outside what the belief holds
 * possible? Over their span the slow part may have been off its present range
 * by A2's wander, and the fast part comes on top.
 */
static bool is_rate_astray(const struct source *s, const struct axioms *ax,
			   int64_t raw_ns, int n, double *ret_span_s)
{
	double rate_ppb, sigma_ppb, bias_ppb, lo_ppb, hi_ppb, slack_ppb;

	if (!estimate_recent_rate(&s->estimate, n, &rate_ppb, &sigma_ppb,
				  &bias_ppb, ret_span_s))
		return false;
	belief_rate(&s->elder, ax, raw_ns, &lo_ppb, &hi_ppb);
	slack_ppb = fmax(EXCURSION_SIGMAS * sigma_ppb, bias_ppb) +
		    ax->jitter_ppb +
		    ax->wander_ppb_s * *ret_span_s;
	return rate_ppb < lo_ppb - slack_ppb || rate_ppb > hi_ppb + slack_ppb;
}

/* Short windows see a large excursion early, long ones a small one at all. */
static bool is_excursion(const struct source *s, const struct axioms *ax,
			 int64_t raw_ns, double *ret_span_s)
{
	static const int windows[] = {6, 10, 16, 32};

	for (size_t i = 0; i < sizeof(windows) / sizeof(windows[0]); i++)
		if (is_rate_astray(s, ax, raw_ns, windows[i], ret_span_s))
			return true;
	return false;
}

static void estimate_sample(struct source *s, const struct source_rules *rules,
			    const struct sample *m, int64_t err_ns)
{
	const double age_s = (double)(m->raw_ns - s->event_raw_ns) / NS_PER_S;
	const double ruler_ppb = (m->ruler_ppb_min + m->ruler_ppb_max) / 2;
	const struct estimate_point p = {
		.raw_ns = s->event_raw_ns,
		.x_ns = m->mid_ns - (int64_t)(ruler_ppb * age_s),
		.err_ns = err_ns};
	const int n = s->estimate.count;

	if (n == 0)
		estimate_expect(&s->estimate, rules->expected_ppb,
				rules->expected_sigma_ppb);
	if (n == 0 || p.raw_ns > s->estimate.point[n - 1].raw_ns)
		estimate_add(&s->estimate, &p);
}

/* Carrying a belief and asking where it will be may round differently. */
#define ROUND_NS 3

/*
 * A side's terms are what made that edge: those of a sample that says less than
 * was known (a message after its pulse, an exchange that queued) made none of
 * it. `before` and `after` are the ranges without and with this one.
 */
static void remember(struct source *s, const struct sample *m, bool is_anew,
		     const struct range *before, const struct range *after)
{
	const struct sample was = s->last;
	const bool is_leg_lo = m->lo_ns[TERM_DELAY] == SAMPLE_NO_BOUND;
	const bool is_leg_hi = m->hi_ns[TERM_DELAY] == SAMPLE_NO_BOUND;

	if (!is_leg_lo && !is_leg_hi)
		s->last = *m;
	memcpy(s->last.lo_ns, was.lo_ns, sizeof(was.lo_ns));
	memcpy(s->last.hi_ns, was.hi_ns, sizeof(was.hi_ns));
	if (!is_leg_lo && (is_anew || after->lo_ns > before->lo_ns + ROUND_NS))
		memcpy(s->last.lo_ns, m->lo_ns, sizeof(m->lo_ns));
	if (!is_leg_hi && (is_anew || after->hi_ns < before->hi_ns - ROUND_NS))
		memcpy(s->last.hi_ns, m->hi_ns, sizeof(m->hi_ns));
}

/* A sample so much wider than the estimate's own error has nothing to tell it,
 * where that is of legs: a message is late by what it is late. */
#define LIKELY_SHARE 1000

/* What the sample says of where the truth most likely is. False: nothing, or
 * nothing to judge a rate by. */
static bool guess(struct source *s, const struct source_rules *rules,
		  const struct sample *m, int64_t half_ns, bool is_leg)
{
	struct estimate *e = &s->estimate;

	if (e->count == 0)
		s->likely_ns = 0;
	if (!is_leg && s->likely_ns > 0 &&
	    (double)half_ns >
		    LIKELY_SHARE * estimate_sigma_ns(e, m->raw_ns))
		return false;
	if (!is_leg) {
		estimate_sample(s, rules, m, half_ns);
		return true;
	}
	if (m->likely_ns == 0) /* where in between is not told */
		return false;
	if (s->likely_ns == 0)
		estimate_clear(e);
	s->likely_ns = m->likely_ns;
	estimate_sample(s, rules, m, m->likely_ns);
	return false;
}

struct range source_range(const struct source *s, const struct axioms *ax,
			  int64_t raw_ns)
{
	struct range r = range_unbounded(ax->drift_ppb);

	if (s->elder.samples == 0)
		return r;
	belief_range(&s->elder, ax, raw_ns, &r.lo_ns, &r.hi_ns);
	belief_rate(&s->elder, ax, raw_ns, &r.rate_ppb_min, &r.rate_ppb_max);
	return r;
}

/* `before`: what was known without the sample. */
static void note_wander(struct source *s, const struct source_rules *rules,
			const struct belief_constraint *c,
			const struct range *before)
{
	const double j_ppb = rules->axioms.jitter_ppb;
	const struct wander_rate rate = {
		.about_ppb = s->estimate.count > 0
				     ? s->estimate.rate_ppb
				     : (c->ruler_ppb_min + c->ruler_ppb_max) / 2,
		.ppb_min = before->rate_ppb_min - j_ppb,
		.ppb_max = before->rate_ppb_max + j_ppb};

	s->wandered = wander_add(&s->wander, &rules->axioms,
				 &rules->configured, c, &rate, &s->proof);
	if (s->wandered == WANDER_BEYOND)
		s->proof_raw_ns = c->raw_ns;
}

enum source_result source_sample(struct source *s,
				 const struct source_rules *rules,
				 const struct sample *sample)
{
	const struct belief_constraint c = constraint_of(sample,
							 rules->breaks);
	const struct range before =
		source_range(s, &rules->axioms, sample->raw_ns);
	enum source_result result = learn(s, rules, &c);
	const struct range after =
		source_range(s, &rules->axioms, sample->raw_ns);
	double span_s;

	note_wander(s, rules, &c, &before);
	remember(s, sample, result == SOURCE_CONTRADICTS, &before, &after);
	s->event_raw_ns = sample->raw_ns -
			  (sample->age_ns_min + sample->age_ns_max) / 2;
	s->fresh_until_raw_ns = sample->raw_ns + sample->fresh_ns;
	if (result == SOURCE_CONTRADICTS) {
		s->contradictions++;
		s->contradicted_raw_ns = sample->raw_ns;
		estimate_clear(&s->estimate);
	}
	if (sample->repeat)
		return result;
	s->samples++;
	if (!guess(s, rules, sample, is_leg(&c) ? 0 : (c.hi_ns - c.lo_ns) / 2,
		   is_leg(&c)))
		return result;
	if (result == SOURCE_AGREES && !(rules->breaks & BREAK_EXCURSION) &&
	    is_excursion(s, &rules->axioms, sample->raw_ns, &span_s)) {
		source_reopen(s, &rules->axioms, span_s);
		s->excursions++;
		s->astray_raw_ns = sample->raw_ns;
		s->astray_s = span_s;
		result = SOURCE_ASTRAY;
	}
	return result;
}

bool source_contradicts(const struct source *s,
			const struct source_rules *rules,
			const struct sample *sample)
{
	const struct belief_constraint c = constraint_of(sample,
							 rules->breaks);
	struct belief b = s->elder;

	return b.samples > 0 && belief_update(&b, &rules->axioms, &c) != 0;
}

bool source_is_fresh(const struct source *s, int64_t raw_ns)
{
	return s->elder.samples > 0 && s->info.reachable &&
	       raw_ns < s->fresh_until_raw_ns;
}
