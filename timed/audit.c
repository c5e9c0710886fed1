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
	if (!(e->opt.breaks & BREAK_BEYOND) && is_beyond_liars(e, s, raw_ns))
		bound_contradicted(&e->bound);
	engine_tell(e, EVENT_CONTRADICTION,
	     "source %s: a sample contradicts what it said before; its bound "
	     "begins anew",
	     s->info.name);
}

static int64_t near_ns(const struct source *s)
{
	return s->info.scale == SCALE_UTC_SMEARED ? SMEAR_NEAR_NS
						  : LEAP_NEAR_NS;
}

void audit_doubt_begins(const struct engine *e, struct source *s,
			int64_t unix_ns)
{
	s->knows_doubt = true;
	s->doubt_ns = audit_doubt_ns(e, unix_ns + near_ns(s));
}

static void reopen_for_leap(struct engine *e, struct source *s,
			    int64_t more_ns)
{
	belief_reopen(&s->elder, &e->opt.axioms, (double)more_ns, false);
	belief_reopen(&s->younger, &e->opt.axioms, (double)more_ns, false);
	estimate_clear(&s->estimate);
	wander_clear(&s->wander);
	bound_new_epoch(&e->bound, "a leap second may have passed that the "
				   "expired table does not know");
}

bool audit_possible_leap(struct engine *e, struct source *s, int64_t raw_ns)
{
	struct range r;
	int64_t lo_ns, hi_ns, offset_ns;

	if (s->info.scale == SCALE_TAI || s->elder.samples == 0 ||
	    raw_ns < s->elder.raw_ns)
		return false;
	r = source_range(s, &e->opt.axioms, raw_ns);
	offset_ns = engine_offset_ns(e, raw_ns + r.hi_ns);
	lo_ns = audit_doubt_ns(e, raw_ns + r.lo_ns - offset_ns - near_ns(s));
	hi_ns = audit_doubt_ns(e, raw_ns + r.hi_ns - offset_ns + near_ns(s));
	if (s->knows_doubt && hi_ns > s->doubt_ns)
		reopen_for_leap(e, s, hi_ns - s->doubt_ns);
	if (!s->knows_doubt || hi_ns > s->doubt_ns)
		s->doubt_ns = hi_ns;
	s->knows_doubt = true;
	/* From here on what it tells is of after the second: of the time before
	 * it, a page that rests on that says nothing. */
	if (s->is_near_leap && lo_ns == hi_ns &&
	    !(e->opt.breaks & BREAK_PAST))
		bound_new_epoch(&e->bound, "a leap second may have passed that "
					   "the expired table does not know");
	s->is_near_leap = lo_ns != hi_ns;
	return s->is_near_leap;
}

/* The latest that a page may say after so long: it opens by A1, which is far
 * below one part in a thousand. */
static int64_t latest_ns(int64_t unix_ns, int64_t after_ns)
{
	return unix_ns + after_ns + after_ns / 1000;
}

/*
 * The doubt is part of a publication only as of its own moment: readers must
 * not take it past the next possible leap second, whoever has died meanwhile.
 */
static int64_t void_before_leap(const struct engine *e, int64_t raw_ns,
				int64_t tai_ns)
{
	const int64_t unix_ns = tai_ns - engine_offset_ns(e, tai_ns);
	const int64_t now_ns = audit_doubt_ns(e, unix_ns + LEAP_NEAR_NS);
	int64_t near = 0, far = e->opt.void_after_ns;

	if (audit_doubt_ns(e, latest_ns(unix_ns, far)) == now_ns)
		return INT64_MAX;
	/* By halves, to 1 ms: how long until our latest may get there. */
	while (far - near > 1000000) {
		const int64_t mid = near + (far - near) / 2;

		if (audit_doubt_ns(e, latest_ns(unix_ns, mid)) > now_ns)
			far = mid;
		else
			near = mid;
	}
	return raw_ns + near;
}

void audit_fuse(struct engine *e, int64_t raw_ns, int64_t *ret_void_raw_ns)
{
	int64_t tai_ns;

	*ret_void_raw_ns = INT64_MAX;
	for (int i = 0; i < e->source_count; i++)
		if (e->source[i].announced)
			audit_possible_leap(e, &e->source[i], raw_ns);
	fusion_compute(e->source, e->source_count, &e->opt, raw_ns,
		       e->doubt_ns, &e->fusion);
	if (!e->fusion.is_bounded) {
		if (memory_recall(e, raw_ns))
			*ret_void_raw_ns = void_before_leap(
				e, raw_ns, raw_ns + e->fusion.range.hi_ns);
		return;
	}
	memory_forget(e);
	e->may_remember = true;
	tai_ns = raw_ns + e->fusion.range.hi_ns;
	e->doubt_ns = audit_doubt_ns(e, tai_ns - engine_offset_ns(e, tai_ns) +
						LEAP_NEAR_NS);
	fusion_compute(e->source, e->source_count, &e->opt, raw_ns,
		       e->doubt_ns, &e->fusion);
	*ret_void_raw_ns = void_before_leap(e, raw_ns,
					    raw_ns + e->fusion.range.hi_ns);
}
