/* SPDX-License-Identifier: Apache-2.0 */
/* Axiom A2 widened by what was measured. See widen.h. */
#include "timed/widen.h"

#include <math.h>
#include <string.h>

#include "timed/engine_private.h"

/* A step beyond what is in force is no smaller: proofs need not come one by
 * one. */
#define STEP 1.25

static void put_in_force(struct engine *e, double wander_ppb_s,
			 double jitter_ppb)
{
	e->opt.axioms.wander_ppb_s = wander_ppb_s;
	e->opt.axioms.jitter_ppb = jitter_ppb;
	e->rules.axioms = e->opt.axioms;
	e->is_dirty = true;
}

/* Up, to two digits. */
static double rounded(double v)
{
	const double unit = pow(10, floor(log10(v)) - 1);

	return ceil(v / unit - 1e-9) * unit;
}

/* What is to be in force where `need` was proved. */
static double widened(double now, double need, double most)
{
	if (need <= now)
		return now;
	return fmin(rounded(fmax(need, STEP * now)), most);
}

/* ---- who must have proved it ---- */

struct vote {
	const char *group;
	double wander_ppb_s, jitter_ppb;
};

static const char *group_of(const struct engine *e, const struct source *s)
{
	const int group = fusion_group_of(&e->opt, s->info.name);

	return group >= 0 ? e->group[group].name : s->info.name;
}

/* Lies are forgotten after `memory`: proofs from before it do not count
 * together. */
static bool has_vote(const struct engine *e, const struct source *o,
		     enum fusion_class class, int64_t raw_ns)
{
	return o->announced && fusion_class_of(o) == class &&
	       o->proof_raw_ns != INT64_MIN &&
	       raw_ns - o->proof.oldest_raw_ns <= e->opt.axioms.memory_ns;
}

static void cast_vote(const struct engine *e, const struct source *o,
		      struct vote *votes, int *count)
{
	const char *group = group_of(e, o);
	int i = 0;

	while (i < *count && strcmp(votes[i].group, group) != 0)
		i++;
	if (i == *count)
		votes[(*count)++] = (struct vote){.group = group};
	votes[i].wander_ppb_s = fmax(votes[i].wander_ppb_s,
				     o->proof.wander_ppb_s);
	votes[i].jitter_ppb = fmax(votes[i].jitter_ppb, o->proof.jitter_ppb);
}

/* How many ask for at least as much as vote i. */
static int seconded(const struct vote *votes, int count, double wander_ppb_s,
		    double jitter_ppb)
{
	int n = 0;

	for (int i = 0; i < count; i++)
		n += votes[i].wander_ppb_s >= wander_ppb_s &&
		     votes[i].jitter_ppb >= jitter_ppb;
	return n;
}

/* The most that more than f groups ask for; 0: so many do not. */
static void agree(const struct vote *votes, int count, int liars,
		  struct wander_proof *ret)
{
	ret->wander_ppb_s = ret->jitter_ppb = 0;
	for (int i = 0; i < count; i++) {
		const double w = votes[i].wander_ppb_s, j = votes[i].jitter_ppb;

		if (seconded(votes, count, w, 0) > liars)
			ret->wander_ppb_s = fmax(ret->wander_ppb_s, w);
		if (seconded(votes, count, 0, j) > liars)
			ret->jitter_ppb = fmax(ret->jitter_ppb, j);
	}
}

/* With nobody who may lie, one proof does, however long its windows are. */
static void ask(const struct engine *e, const struct source *s, int64_t raw_ns,
		struct wander_proof *ret)
{
	const enum fusion_class class = fusion_class_of(s);
	const int liars = e->fusion.liars[class];
	struct vote votes[ENGINE_SOURCES_MAX];
	int count = 0;

	*ret = s->proof;
	if (liars == 0)
		return;
	for (int i = 0; i < e->source_count; i++)
		if (has_vote(e, &e->source[i], class, raw_ns))
			cast_vote(e, &e->source[i], votes, &count);
	agree(votes, count, liars, ret);
}

/* ---- what follows ---- */

/* All that was learnt rests on what was false: what the newest samples and A1
 * say remains. */
static void restart_all(struct engine *e, int64_t raw_ns)
{
	for (int i = 0; i < e->source_count; i++)
		if (e->source[i].announced)
			source_restart(&e->source[i], &e->opt.axioms, raw_ns);
	e->seed_raw_ns = INT64_MIN;
	e->counters.widenings++;
	e->counters.bound_violations++;
	bound_new_epoch(&e->bound, "the oscillator is beyond axiom A2");
}

void widen_judge(struct engine *e, const struct source *s, int64_t raw_ns)
{
	const struct axioms *ax = &e->opt.axioms;
	const struct axioms was = *ax;
	struct wander_proof need;
	double w, j;

	if (e->widening.is_on)
		e->widening.last_raw_ns = raw_ns;
	if (s->wandered != WANDER_BEYOND || (e->opt.breaks & BREAK_WIDEN) ||
	    e->fusion.groups[fusion_class_of(s)] == 0)
		return;
	ask(e, s, raw_ns, &need);
	w = widened(ax->wander_ppb_s, need.wander_ppb_s, WIDEN_PPB_S_MAX);
	j = widened(ax->jitter_ppb, need.jitter_ppb,
		    fmin(WIDEN_PPB_MAX, ax->drift_ppb));
	if (w <= ax->wander_ppb_s && j <= ax->jitter_ppb)
		return;
	put_in_force(e, w, j);
	if (!e->widening.is_on)
		e->widening.since_raw_ns = raw_ns;
	e->widening.is_on = true;
	e->widening.wander_ppb_s = w;
	e->widening.jitter_ppb = j;
	e->widening.last_raw_ns = raw_ns;
	restart_all(e, raw_ns);
	engine_tell(e, EVENT_AXIOMS, "axioms widened by what was measured: "
		    "wander %.3g -> %.3g ppb/s, jitter %.3g -> %.3g ppb "
		    "(source %s)", was.wander_ppb_s, w, was.jitter_ppb, j,
		    s->info.name);
}

bool engine_give_back(struct engine *e, const char *why)
{
	const struct axioms *ax = &e->rules.configured;

	if (!e->widening.is_on)
		return false;
	e->widening.is_on = false;
	put_in_force(e, ax->wander_ppb_s, ax->jitter_ppb);
	for (int i = 0; i < e->source_count; i++)
		e->source[i].proof_raw_ns = INT64_MIN;
	engine_tell(e, EVENT_AXIOMS, "axioms as configured again: wander %.3g "
		    "ppb/s, jitter %.3g ppb (%s)", ax->wander_ppb_s,
		    ax->jitter_ppb, why);
	return true;
}

void widen_give_back(struct engine *e, int64_t raw_ns)
{
	if (e->widening.is_on &&
	    raw_ns - e->widening.last_raw_ns >= WIDEN_HOLD_NS)
		engine_give_back(e, "nothing beyond them for seven days");
}

/* Of the levels that rates are judged by, each second one is shown. */
#define SHOWN_EVERY 2

_Static_assert((OSCILLATOR_LEVELS - 1) * SHOWN_EVERY < WANDER_LEVELS,
	       "1, 10, 100 and 1000 s are among them");

static void look_at(const struct source *s, int level,
		    struct oscillator_level *ret)
{
	double ppb, error_ppb;

	if (!wander_deviation(&s->wander, level, &ppb, &error_ppb) ||
	    (ret->has && error_ppb >= ret->error_ppb))
		return;
	ret->has = true;
	ret->ppb = ppb;
	ret->error_ppb = error_ppb;
	memcpy(ret->source, s->info.name, sizeof(ret->source));
}

void engine_oscillator(const struct engine *e,
		       struct oscillator_level ret[OSCILLATOR_LEVELS])
{
	for (int i = 0; i < OSCILLATOR_LEVELS; i++) {
		ret[i] = (struct oscillator_level){
			.tau_s = wander_tau_s[i * SHOWN_EVERY]};
		for (int k = 0; k < e->source_count; k++)
			if (e->source[k].announced &&
			    engine_verdict(e, k, e->raw_ns) !=
				    VERDICT_FALSETICKER)
				look_at(&e->source[k], i * SHOWN_EVERY,
					&ret[i]);
	}
}

void engine_widening(const struct engine *e, struct widening *ret)
{
	*ret = e->widening;
}

void engine_widen(struct engine *e, const struct widening *w)
{
	const struct axioms *ax = &e->rules.configured;

	if (!w->is_on || (w->wander_ppb_s <= ax->wander_ppb_s &&
			  w->jitter_ppb <= ax->jitter_ppb))
		return;
	e->widening = *w;
	e->widening.wander_ppb_s = fmax(w->wander_ppb_s, ax->wander_ppb_s);
	e->widening.jitter_ppb = fmax(w->jitter_ppb, ax->jitter_ppb);
	put_in_force(e, e->widening.wander_ppb_s, e->widening.jitter_ppb);
}
