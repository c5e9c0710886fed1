/* SPDX-License-Identifier: Apache-2.0 */
/* The world in a run: true UTC, the faults, the feeds. See run_private.h. */
#include "sim/run_private.h"

#include <math.h>

/* TAI - UTC in truth. */
int64_t run_world_offset_ns(const struct run *r, int64_t tai_ns)
{
	const struct scenario *sc = r->sc;
	int64_t offset_ns = UTC_OFFSET_NS;

	if (sc->known_leap_s != 0 && tai_ns >= r->leap_tai_ns)
		offset_ns += sc->known_leap_s * SECOND_NS;
	if (sc->unknown_leap_s != 0 && tai_ns >= r->unknown_leap_tai_ns)
		offset_ns += sc->unknown_leap_s * SECOND_NS;
	return offset_ns;
}

/*
 * UTC, and over a leap second that the table knows the linear smear from noon
 * to noon, if that is agreed. Worked out here in long double, as libtt does it
 * in integers.
 */
int64_t run_world_unix_ns(const struct run *r, int64_t tai_ns)
{
	const long double delta = (long double)(r->sc->known_leap_s *
						SECOND_NS);
	/* Noon before, in TAI: 12 h and the second itself before the leap. */
	const int64_t noon_ns = r->leap_tai_ns - 43200 * SECOND_NS -
				r->sc->known_leap_s * SECOND_NS;
	const long double day = 86400.0L * SECOND_NS + delta;
	const long double into = (long double)(tai_ns - noon_ns);

	if (r->sc->known_leap_s == 0 || r->sc->is_stepped || into < 0 ||
	    into > day)
		return tai_ns - run_world_offset_ns(r, tai_ns);
	return tai_ns - UTC_OFFSET_NS - (int64_t)(delta * into / day);
}

void run_world_set_leap(struct run *r)
{
	const struct scenario *sc = r->sc;

	/* A clock shows an unknown one from where it begins: 23:59:60, or the
	 * end of 23:59:58. */
	r->unknown_leap_tai_ns = (sc->unknown_leap_unix_s + 37 -
				  (sc->unknown_leap_s < 0)) *
				 SECOND_NS;
	if (sc->known_leap_s == 0)
		return;
	r->leap.entry[r->leap.count++] =
		(struct leap_entry){sc->known_leap_unix_s,
				    37 + sc->known_leap_s};
	r->leap_tai_ns = (sc->known_leap_unix_s + 37 + sc->known_leap_s) *
			 SECOND_NS;
}

/* --- faults ------------------------------------------------------------- */

static bool is_of(const struct fault *f, int feed)
{
	return f->feed == feed || f->feed == FAULT_ALL_FEEDS;
}

static void set_feed(struct run *r, int i, double now_s)
{
	struct feed *f = &r->feed[i];

	f->lie_ns = f->asymmetry_ns = f->reroute_ns = 0;
	f->degraded_ns = f->spurious = 0;
	f->is_silent = f->is_frozen = f->is_changed = false;
	f->is_announcing = false;
	for (int k = 0; k < r->sc->fault_count; k++) {
		const struct fault *x = &r->sc->fault[k];

		if (!fault_is_on(x, now_s) || !is_of(x, i))
			continue;
		if (x->kind == FAULT_LIE)
			f->lie_ns += x->value;
		if (x->kind == FAULT_RAMP)
			f->lie_ns += x->value * (now_s - x->from_s);
		if (x->kind == FAULT_ASYMMETRY)
			f->asymmetry_ns += x->value;
		if (x->kind == FAULT_REROUTE)
			f->reroute_ns += x->value;
		if (x->kind == FAULT_DEGRADE)
			f->degraded_ns += x->value;
		if (x->kind == FAULT_SPURIOUS)
			f->spurious = x->value / 100;
		if (x->kind == FAULT_CHANGE)
			f->reroute_ns += x->value;
		if (x->kind == FAULT_ANNOUNCE) {
			f->is_announcing = true;
			f->announced_leap_s = (int)x->value;
		}
		f->is_changed |= x->kind == FAULT_CHANGE;
		f->is_silent |= x->kind == FAULT_SILENCE;
		f->is_frozen |= x->kind == FAULT_FREEZE;
	}
}

/* The counter stood still: truth went on. */
static void stop_counter(struct run *r, const struct fault *x, int64_t raw_ns)
{
	oscillator_stop(&r->oscillator, x->value);
	belief_clear(&r->optimum);
	if (x->kind != FAULT_STOP_SEEN || !r->engine)
		return;
	oscillator_is_another(&r->oscillator);
	engine_disrupted(r->engine, raw_ns, "the counter stood still");
	r->is_withdrawn = true;
}

/* The true table is at hand: what it has is agreed from now on, its smear
 * included, which a reader who has the page of before does not know. */
static void give_table(struct run *r)
{
	struct scenario *sc = &r->law;
	struct leap_table *t = &r->leap;

	t->expires_unix_s = INT64_C(4102444800); /* 2100 */
	r->has_held = false;
	r->is_withdrawn = true;
	if (sc->unknown_leap_s != 0) {
		sc->known_leap_s = sc->unknown_leap_s;
		sc->known_leap_unix_s = sc->unknown_leap_unix_s;
		sc->unknown_leap_s = 0;
		run_world_set_leap(r);
	}
	if (r->engine)
		engine_set_leap(r->engine, t);
}

/* Another life of the machine: of all there was, the sources go on. */
static int reboot(struct run *r, const struct fault *x, int64_t raw_ns)
{
	if (r->engine)
		run_daemon_kill(r, raw_ns);
	oscillator_stop(&r->oscillator, x->value);
	oscillator_is_another(&r->oscillator);
	belief_clear(&r->optimum);
	r->has_rate = false;
	r->has_held = false;
	r->is_withdrawn = true;
	for (int i = 0; i < r->sc->feed_count; i++) {
		feed_forget(&r->feed[i]);
		r->has_pending[i] = false;
	}
	return run_daemon_open(r);
}

/* What an operator orders, by tt-ctl. */
static void rehearse(struct run *r, const struct fault *x, int64_t raw_ns)
{
	const double for_s = fmin(x->to_s - x->from_s, 86400);

	if (r->engine)
		engine_rehearse(r->engine, raw_ns, (int64_t)(for_s * 1e9));
}

static void order_sources(struct run *r, const struct fault *x, bool disables)
{
	for (int i = 0; i < r->sc->feed_count; i++) {
		struct source_info info;

		if (!r->engine || !is_of(x, i))
			continue;
		run_daemon_describe(r, i, &info);
		if (disables)
			engine_disable(r->engine, info.name);
		else
			engine_enable(r->engine, info.name);
	}
}

static void end_fault(struct run *r, const struct fault *x, int64_t raw_ns)
{
	if (x->kind == FAULT_REHEARSE && r->engine)
		engine_rehearse_end(r->engine, raw_ns, "told to");
	if (x->kind == FAULT_DISABLE)
		order_sources(r, x, false);
}

static int begin_fault(struct run *r, const struct fault *x, int64_t raw_ns)
{
	switch (x->kind) {
	case FAULT_RATE_JUMP:
		oscillator_jump(&r->oscillator, x->value);
		belief_clear(&r->optimum);
		break;
	case FAULT_STOP_SEEN:
	case FAULT_STOP_UNSEEN:
		stop_counter(r, x, raw_ns);
		break;
	case FAULT_REBOOT:
		return reboot(r, x, raw_ns);
	case FAULT_TABLE:
		give_table(r);
		break;
	case FAULT_PREEMPT:
		run_judge_preempt(r, (int64_t)(x->to_s * 1e9));
		break;
	case FAULT_KILL:
		if (r->engine)
			run_daemon_kill(r, raw_ns);
		break;
	case FAULT_REHEARSE:
		rehearse(r, x, raw_ns);
		break;
	case FAULT_DISABLE:
		order_sources(r, x, true);
		break;
	default:
		break;
	}
	return 0;
}

int run_world_faults(struct run *r, int64_t raw_ns)
{
	const double now_s = (double)raw_ns / 1e9;
	bool is_down = false;
	int err = 0;

	for (int k = 0; k < r->sc->fault_count; k++) {
		const struct fault *x = &r->sc->fault[k];
		const bool is_on = fault_is_on(x, now_s) ||
				   (x->to_s <= x->from_s &&
				    now_s >= x->from_s);

		if (is_on && !r->was_on[k])
			err = begin_fault(r, x, raw_ns);
		if (!is_on && r->was_on[k])
			end_fault(r, x, raw_ns);
		r->was_on[k] = is_on;
		is_down |= is_on && (x->kind == FAULT_PAUSE ||
				     x->kind == FAULT_KILL);
	}
	for (int i = 0; i < r->sc->feed_count; i++)
		set_feed(r, i, now_s);
	if (!is_down && !r->engine && err == 0)
		err = run_daemon_restart(r, raw_ns);
	r->is_down = is_down;
	return err;
}

/* Who tells the truth just now? */
static bool is_true(const struct feed *f)
{
	return !(f->lie_ns < 0) && !(f->lie_ns > 0) && !f->is_frozen &&
	       !f->is_astray && !(f->spurious > 0);
}

/* --- feeds -------------------------------------------------------------- */

/* The omniscient: no liars, no forgetting, ages and rulers known exactly. */
static void teach_optimum(struct run *r, const struct feed *f,
			  const struct sample *m,
			  const struct feed_measurement *from)
{
	const struct axioms *ax = &r->sc->axioms;
	struct belief_constraint c = {
		.raw_ns = m->raw_ns,
		.lo_ns = m->mid_ns - 1,
		.hi_ns = m->mid_ns + 1,
		.age_s_min = (double)(m->raw_ns - from->raw_ns) / 1e9,
		.ruler_ppb_min = f->law.ruler_ppb,
		.ruler_ppb_max = f->law.ruler_ppb};

	if (!is_true(f))
		return;
	c.age_s_max = c.age_s_min;
	if (f->law.class == SOURCE_NTP) {
		const int64_t offset_ns = run_world_offset_ns(
			r, oscillator_tai(&r->oscillator, from->raw_ns));

		c.lo_ns += offset_ns;
		c.hi_ns += offset_ns;
	}
	for (int t = 0; t < TERM_COUNT; t++) {
		c.lo_ns -= m->lo_ns[t];
		c.hi_ns += m->hi_ns[t];
	}
	if (r->optimum.samples == 0)
		belief_start(&r->optimum, ax, &c, -ax->drift_ppb,
			     ax->drift_ppb);
	else if (c.raw_ns >= r->optimum.raw_ns &&
		 belief_update(&r->optimum, ax, &c) != 0)
		belief_clear(&r->optimum);
}

static void deliver(struct run *r, int i)
{
	const struct sample *m = &r->pending[i];

	r->has_pending[i] = false;
	if (is_true(&r->feed[i]))
		oscillator_sampled(&r->oscillator, m->raw_ns);
	if (!m->repeat) {
		teach_optimum(r, &r->feed[i], m, &r->measured[i]);
		if (r->observer && r->observer->measurement)
			r->observer->measurement(r->observer->arg, i,
						 &r->measured[i], m->raw_ns);
	}
	if (!r->is_down && r->engine)
		engine_sample(r->engine, r->feed[i].number, m);
}

/* The leap second at the end of this UTC month, as those know it who hear of
 * it; a server of NTP tells it on the last day only. */
static int coming_leap_s(const struct run *r, const struct feed *f,
			 int64_t tai_ns)
{
	const struct scenario *sc = r->sc;
	const int64_t notice_ns = (f->law.class == SOURCE_NTP ? 1 : 28) *
				  INT64_C(86400) * SECOND_NS;
	const int64_t known_ns = r->leap_tai_ns - tai_ns;
	const int64_t unknown_ns = r->unknown_leap_tai_ns - tai_ns;

	if (sc->known_leap_s != 0 && known_ns > 0 && known_ns < notice_ns)
		return sc->known_leap_s;
	if (sc->unknown_leap_s != 0 && unknown_ns > 0 &&
	    unknown_ns < notice_ns)
		return sc->unknown_leap_s;
	return 0;
}

static void announce(struct run *r, int i, int64_t tai_ns)
{
	const struct feed *f = &r->feed[i];
	const struct utc_word word = {
		.has_leap = f->law.says_leap || f->is_announcing,
		.has_offset = f->law.says_offset,
		.leap_s = f->is_announcing ? f->announced_leap_s
					   : coming_leap_s(r, f, tai_ns),
		.offset_s = (int)(run_world_offset_ns(r, tai_ns) / SECOND_NS)};

	if ((word.has_leap || word.has_offset) && !f->is_silent)
		run_daemon_announce(r, i, &word);
}

static bool poll_feed(struct run *r, int i)
{
	struct feed *f = &r->feed[i];
	const int64_t tai_ns =
		oscillator_tai(&r->oscillator, feed_next_raw_ns(f));

	announce(r, i, tai_ns);
	return feed_poll(f, &r->oscillator, run_world_offset_ns(r, tai_ns),
			 &r->pending[i], &r->measured[i]);
}

void run_world_feeds(struct run *r, int64_t raw_ns)
{
	for (int i = 0; i < r->sc->feed_count; i++) {
		while (!r->has_pending[i] &&
		       feed_next_raw_ns(&r->feed[i]) <= raw_ns)
			r->has_pending[i] = poll_feed(r, i);
		if (r->has_pending[i] && r->pending[i].raw_ns <= raw_ns)
			deliver(r, i);
	}
}
