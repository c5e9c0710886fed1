/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the bound was at one instant. It is named by true time, as far as the log
 * knows it: the line before is carried on to where the best estimate was there.
 */
#include "tools/trail_at.h"

#include <stdio.h>
#include <string.h>

#include "tools/trail_width.h"

#define DAY_S 86400

static void say_unknown(struct trail_answer *a, const char *why)
{
	*a = (struct trail_answer){.kind = ANSWER_UNKNOWN, .half_ns_max = -1};
	snprintf(a->why, sizeof(a->why), "%s", why);
}

static int64_t utc_offset_ns(const struct trail_bound *b)
{
	return b->best_tai_ns - b->best_unix_ns;
}

/*
 * The line's interval, d_ns later. Between the two lines TAI - Unix time is
 * between what it is at their best estimates, and what a smear changes within
 * the interval: a day's second.
 */
static void carry(const struct trail_line *l, const struct trail_line *next,
		  int64_t d_ns, struct trail_answer *ret)
{
	const struct trail_bound *b = &l->bound;
	const int64_t more_ns = trail_opening_ns(d_ns, b->drift_ppb);
	const __int128 lo_ns = (__int128)b->lo_tai_ns + b->tai_err_ns + d_ns -
			       more_ns;
	const __int128 hi_ns = (__int128)b->hi_tai_ns - b->tai_err_ns + d_ns +
			       more_ns;
	const int64_t smear_ns = (int64_t)((hi_ns - lo_ns) / DAY_S) + 1;
	int64_t least_ns = utc_offset_ns(b), most_ns = least_ns, then_ns;

	if (next && next->bound.has_bound) {
		then_ns = utc_offset_ns(&next->bound);
		least_ns = then_ns < least_ns ? then_ns : least_ns;
		most_ns = then_ns > most_ns ? then_ns : most_ns;
	}
	if (least_ns != most_ns) {
		least_ns -= smear_ns;
		most_ns += smear_ns;
	}
	ret->earliest_tai_ns = trail_clamp_ns(lo_ns - b->tai_err_ns);
	ret->latest_tai_ns = trail_clamp_ns(hi_ns + b->tai_err_ns);
	ret->earliest_unix_ns = trail_clamp_ns(lo_ns - most_ns - b->utc_err_ns);
	ret->latest_unix_ns = trail_clamp_ns(hi_ns - least_ns + b->utc_err_ns);
	if (d_ns == 0) {
		ret->earliest_tai_ns = b->lo_tai_ns;
		ret->latest_tai_ns = b->hi_tai_ns;
		ret->earliest_unix_ns = b->lo_unix_ns;
		ret->latest_unix_ns = b->hi_unix_ns;
	}
	ret->half_ns = trail_clamp_ns(
		((__int128)ret->latest_unix_ns - ret->earliest_unix_ns + 1) /
		2);
}

/* `next` NULL: the line is the last. */
static void answer(const struct trail *t, const struct trail_line *next,
		   int64_t d_ns, struct trail_answer *a)
{
	const struct trail_line *l = &t->last;

	*a = (struct trail_answer){.kind = ANSWER_BOUND,
				   .state = l->bound.state,
				   .half_ns_max = -1,
				   .age_ns = d_ns,
				   .sequence = l->sequence};
	if (!l->bound.has_bound) {
		a->kind = ANSWER_NONE;
		return;
	}
	if (d_ns > 0 && l->raw_ns + d_ns >= l->bound.void_raw_ns) {
		say_unknown(a, "the bound of the line before had run out "
			       "(void_after), and no other is in the log");
		return;
	}
	carry(l, next, d_ns, a);
	if (!next)
		return;
	a->ends_epoch = next->bound.epoch != l->bound.epoch;
	a->is_between_runs = t->is_new_run;
	if (!a->ends_epoch && !t->is_new_run)
		a->half_ns_max = next->bound.half_ns_max;
}

static void answer_pair(const struct trail *t, const struct trail_line *next,
			struct trail_answer *a)
{
	const struct trail_line *l = &t->last;
	const int64_t d_ns = t->at_unix_ns - l->unix_ns;

	if (d_ns == 0)
		answer(t, next, 0, a);
	else if (strcmp(l->basis.boot_id, next->basis.boot_id) != 0)
		say_unknown(a, "it is between the last line of a boot and the "
			       "first of the next");
	else if (t->lost_since > 0 || t->is_broken)
		say_unknown(a, "lines of that time were lost");
	else if (l->raw_ns + d_ns > next->raw_ns)
		say_unknown(a, "the counter did not count then: the next line "
			       "says why");
	else
		answer(t, next, d_ns, a);
}

/* Without a bound a line's label is CLOCK_REALTIME's, which may be anything
 * then: such a one does not push out what a bounded line says. */
static enum trail_rank rank_of(const struct trail_line *l,
			       const struct trail_answer *a)
{
	if (a->kind == ANSWER_BOUND)
		return RANK_BOUND;
	if (l->bound.has_bound)
		return RANK_LABEL;
	return a->kind == ANSWER_NONE ? RANK_NONE : RANK_NOTHING;
}

static void offer(struct trail *t, const struct trail_answer *a)
{
	const enum trail_rank rank = rank_of(&t->last, a);

	if (rank < t->answer_rank)
		return;
	t->answer_rank = rank;
	t->answer = *a;
}

void trail_at_pair(struct trail *t, const struct trail_line *next)
{
	const struct trail_line *l = &t->last;
	struct trail_answer a;

	if (!t->wants_at || !l->has_unix || !next->has_unix ||
	    t->at_unix_ns < l->unix_ns || t->at_unix_ns >= next->unix_ns)
		return;
	answer_pair(t, next, &a);
	offer(t, &a);
}

void trail_at_end(struct trail *t)
{
	const struct trail_summary *s = &t->sum;
	struct trail_answer a;

	if (t->wants_at && t->has_bound_line && t->last.has_unix &&
	    t->at_unix_ns == t->last.unix_ns) {
		answer(t, NULL, 0, &a);
		offer(t, &a);
	}
	if (!t->wants_at || !s->has_span || t->answer_rank != RANK_NOTHING)
		return;
	if (t->at_unix_ns < s->first_unix_ns)
		say_unknown(&t->answer, "it is before the log begins");
	else if (t->at_unix_ns > s->last_unix_ns)
		say_unknown(&t->answer, "it is after the log ends");
}
