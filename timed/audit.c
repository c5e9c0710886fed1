/* SPDX-License-Identifier: Apache-2.0 */
/* The engine's self-audit: contradictions, excursions, the leap table's doubt,
 * and what follows from each. */
#include "timed/engine_private.h"

int64_t audit_doubt_ns(const struct engine *e, int64_t unix_ns)
{
	if (e->opt.breaks & BREAK_DOUBT)
		return 0;
	return leap_doubt_ns(&e->leap, unix_ns);
}

static bool is_within_memory(const struct engine *e, int64_t then_raw_ns,
			     int64_t raw_ns)
{
	return then_raw_ns != INT64_MIN &&
	       raw_ns - then_raw_ns <= e->opt.axioms.memory_ns;
}

/* How many of s's class strayed from their learned rate within one memory. */
static int count_astray(const struct engine *e, const struct source *s,
			int64_t raw_ns)
{
	int astray = 0;

	for (int i = 0; i < e->source_count; i++) {
		const struct source *o = &e->source[i];

		astray += o->announced &&
			  fusion_class_of(o) == fusion_class_of(s) &&
			  is_within_memory(e, o->astray_raw_ns, raw_ns);
	}
	return astray;
}

/* It is our counter that strayed: what all have learned is in doubt. */
static void reopen_all(struct engine *e, const struct source *s)
{
	for (int i = 0; i < e->source_count; i++)
		if (e->source[i].announced && &e->source[i] != s)
			source_reopen(&e->source[i], &e->opt.axioms,
				      s->astray_s);
	e->counters.excursions++;
	e->counters.bound_violations++;
	e->seed_raw_ns = INT64_MIN;
	bound_new_epoch(&e->bound, "excursion of the counter's rate");
	engine_tell(e, EVENT_VIOLATION,
	     "source %s: its measurements left the learned rate beyond "
	     "chance; all bounds were re-opened",
	     s->info.name);
}

/*
 * A source strayed, and was re-opened. Up to f of a class may do so because
 * they are false; one more, and the counter did it.
 */
void audit_excursion(struct engine *e, const struct source *s,
			   int64_t raw_ns)
{
	if (count_astray(e, s, raw_ns) > e->fusion.liars[fusion_class_of(s)]) {
		reopen_all(e, s);
		return;
	}
	engine_tell(e, EVENT_CONTRADICTION,
	     "source %s: its measurements left the rate it had shown; its "
	     "bound was re-opened",
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
				is_within_memory(e, o->contradicted_raw_ns,
						 raw_ns);
	}
	return contradicted > 2 * e->fusion.liars[class];
}

void audit_contradiction(struct engine *e, const struct source *s,
				int64_t raw_ns)
{
	e->counters.contradictions++;
	e->seed_raw_ns = INT64_MIN;
	if (is_beyond_liars(e, s, raw_ns))
		bound_contradicted(&e->bound);
	engine_tell(e, EVENT_CONTRADICTION,
	     "source %s: a sample contradicts what it said before; its bound "
	     "begins anew",
	     s->info.name);
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

/* Fuse, with the doubt of the moment our latest time may have reached. */
void audit_fuse(struct engine *e, int64_t raw_ns)
{
	int64_t tai_ns, doubt_ns;

	fusion_compute(e->source, e->source_count, &e->opt, raw_ns,
		       e->doubt_ns, &e->fusion);
	if (!e->fusion.is_bounded)
		return;
	tai_ns = raw_ns + e->fusion.range.hi_ns;
	doubt_ns = audit_doubt_ns(e, tai_ns - engine_offset_ns(e, tai_ns) + LEAP_NEAR_NS);
	if (e->knows_doubt && doubt_ns == e->doubt_ns)
		return;
	if (e->knows_doubt && doubt_ns > e->doubt_ns)
		cross_possible_leap(e, doubt_ns - e->doubt_ns);
	e->knows_doubt = true;
	e->doubt_ns = doubt_ns;
	fusion_compute(e->source, e->source_count, &e->opt, raw_ns,
		       e->doubt_ns, &e->fusion);
}
