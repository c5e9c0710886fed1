/* SPDX-License-Identifier: Apache-2.0 */
/* The raw counter against true time. See oscillator.h. */
#include "sim/oscillator.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/*
 * Typical figures: quartz in servers and VMs as measured by NTP users (ADEV
 * 1e-9..1e-8 at 1 s, 1 ppm a day of temperature), TCXO and OCXO from their
 * makers' data sheets. The cooling failure is a crystal of 0.1 ppm/K warmed by
 * 50 K, steepest at 0.175 K/s.
 */
const struct oscillator_grade oscillator_grades[] = {
	{"vm", 20, 2, 3, 1000, 100, 900, 5000, 40},
	{"server", 5, 0.5, 3, 500, 50, 900, 5000, 17.5},
	{"steady", 5, 0.1, 3, 100, 20, 1800, 0, 0},
	{"tcxo", 1, 0.02, 1, 50, 5, 1800, 100, 0.15},
	{"ocxo", 0.01, 0.001, 0.5, 1, 0.1, 3600, 2, 0.005},
	{"plain", 0, 1, 0, 0, 0, 900, 0, 0}, /* as clock simulations have it */
};
const int oscillator_grade_count =
	sizeof(oscillator_grades) / sizeof(oscillator_grades[0]);

const struct oscillator_grade *oscillator_grade_find(const char *name)
{
	for (int i = 0; i < oscillator_grade_count; i++)
		if (!strcmp(oscillator_grades[i].name, name))
			return &oscillator_grades[i];
	return NULL;
}

void oscillator_init(struct oscillator *o, const struct oscillator_law *law,
		     int64_t tai_ns, uint64_t seed)
{
	memset(o, 0, sizeof(*o));
	o->law = *law;
	o->x0_ns = tai_ns;
	o->y_ppb = law->start_ppb;
	o->direction = 1;
	o->fast_sign = 1;
	o->fit_lo_ppb = -HUGE_VAL;
	o->fit_hi_ppb = HUGE_VAL;
	rng_seed(&o->rng, seed);
}

static double clamp(double v, double lo, double hi)
{
	return v < lo ? lo : v > hi ? hi : v;
}

/* A failure's warming: an S that is steepest in its middle. */
static double cooling_ppb(const struct oscillator *o, double now_s)
{
	const struct oscillator_grade *g = o->law.grade;
	double tau_s;

	if (o->law.cooling_raw_s <= 0 || g->cooling_ppb_s <= 0)
		return 0;
	tau_s = g->cooling_ppb / (4 * g->cooling_ppb_s);
	return g->cooling_ppb /
	       (1 + exp(-(now_s - o->law.cooling_raw_s - 4 * tau_s) / tau_s));
}

/* The slow part of a physical oscillator at the begin of second n. */
static double physical_ppb(struct oscillator *o, double now_s)
{
	const struct oscillator_grade *g = o->law.grade;

	return o->law.start_ppb + o->walk_ppb +
	       g->ageing_ppb_day * now_s / 86400 +
	       g->day_ppb * sin(2 * M_PI * now_s / 86400) +
	       g->hvac_ppb * sin(2 * M_PI * now_s / g->hvac_s) +
	       cooling_ppb(o, now_s);
}

/* How the slow part moves over the next second, ppb. */
static double slow_step(struct oscillator *o)
{
	const double w = o->law.axioms.wander_ppb_s;
	const double now_s = (double)o->seconds;

	switch (o->law.slow) {
	case SLOW_STILL:
		return 0;
	case SLOW_WALK:
		return clamp(rng_normal(&o->rng) * w / 10, -w, w);
	case SLOW_BANG:
		if (rng_uniform(&o->rng, 0, 1) < 1 / 60.0)
			o->direction = -o->direction;
		return w * o->direction;
	case SLOW_SINE:
		return w * cos(2 * M_PI / 86400 * now_s);
	case SLOW_PHYSICAL: {
		const double before = physical_ppb(o, now_s);

		o->walk_ppb += o->law.grade->walk_ppb_sqrt_s *
			       rng_normal(&o->rng);
		return physical_ppb(o, now_s + 1) - before;
	}
	}
	return 0;
}

static double fast_part(struct oscillator *o)
{
	const double j = o->law.axioms.jitter_ppb;

	if (o->law.slow == SLOW_PHYSICAL)
		return o->law.grade->white_ppb * rng_normal(&o->rng);
	switch (o->law.fast) {
	case FAST_NONE:
		return 0;
	case FAST_RANDOM:
		return rng_uniform(&o->rng, -j, j);
	case FAST_LONG:
		if (rng_uniform(&o->rng, 0, 1) < 1 / 300.0)
			o->fast_sign = -o->fast_sign;
		return j * o->fast_sign;
	}
	return 0;
}

/* An adversary is at its limits to the last bit, and past it by rounding. */
#define FIT_SLACK_PPB 1e-6

/*
 * A slow part s with |s'| <= W and |y - s| <= J exists just as long as the
 * range of s that the past allows, opened by W and cut to y +- J, is not
 * empty. Seconds are its steps: within one the rate is nearly a constant.
 */
static void judge_fit(struct oscillator *o, double rate_ppb)
{
	const struct axioms *ax = &o->law.axioms;

	o->fit_lo_ppb = fmax(o->fit_lo_ppb - ax->wander_ppb_s,
			     rate_ppb - ax->jitter_ppb);
	o->fit_hi_ppb = fmin(o->fit_hi_ppb + ax->wander_ppb_s,
			     rate_ppb + ax->jitter_ppb);
	if (o->fit_lo_ppb <= o->fit_hi_ppb + FIT_SLACK_PPB &&
	    fabs(rate_ppb) <= ax->drift_ppb + FIT_SLACK_PPB)
		return;
	o->unfit_seconds++;
	o->fit_lo_ppb = rate_ppb - ax->jitter_ppb;
	o->fit_hi_ppb = rate_ppb + ax->jitter_ppb;
}

/* A2 where a swing is declared: judged as of now, so by the second. */
static bool is_beyond_swing(const struct oscillator *o, double rate_ppb)
{
	const double swing_ppb = o->law.axioms.swing_ppb;

	return swing_ppb >= 0 && o->was_sampled &&
	       fabs(rate_ppb - o->sampled_ppb) > swing_ppb + FIT_SLACK_PPB;
}

static void generate_second(struct oscillator *o)
{
	const int64_t n = o->seconds;
	struct oscillator_second *s = &o->ring[n % OSCILLATOR_RING];
	const double limit = o->law.axioms.drift_ppb -
			     o->law.axioms.jitter_ppb;
	double next_ppb;

	s->x_ns = 0;
	if (n > 0) {
		const struct oscillator_second *p =
			&o->ring[(n - 1) % OSCILLATOR_RING];

		s->x_ns = p->x_ns + p->y_ppb + p->j_ppb + p->w_ppb_s / 2;
	}
	next_ppb = clamp(o->y_ppb + slow_step(o), -limit, limit);
	s->y_ppb = o->y_ppb;
	s->w_ppb_s = next_ppb - o->y_ppb;
	s->j_ppb = fast_part(o);
	judge_fit(o, s->y_ppb + s->w_ppb_s / 2 + s->j_ppb);
	o->unfit_seconds +=
		is_beyond_swing(o, s->y_ppb + s->w_ppb_s / 2 + s->j_ppb);
	o->y_ppb = next_ppb;
	o->seconds++;
}

void oscillator_jump(struct oscillator *o, double ppb)
{
	o->y_ppb += ppb;
}

void oscillator_stop(struct oscillator *o, double for_s)
{
	const int64_t n = o->seconds;

	if (n > 0)
		o->ring[(n - 1) % OSCILLATOR_RING].x_ns += for_s * 1e9;
}

void oscillator_is_another(struct oscillator *o)
{
	o->fit_lo_ppb = -HUGE_VAL;
	o->fit_hi_ppb = HUGE_VAL;
	o->was_sampled = false;
}

void oscillator_sampled(struct oscillator *o, int64_t raw_ns)
{
	const struct oscillator_second *s;

	oscillator_tai(o, raw_ns);
	s = &o->ring[raw_ns / SECOND_NS % OSCILLATOR_RING];
	o->sampled_ppb = s->y_ppb + s->w_ppb_s / 2 + s->j_ppb;
	o->was_sampled = true;
}

int64_t oscillator_tai(struct oscillator *o, int64_t raw_ns)
{
	const int64_t n = raw_ns / SECOND_NS;
	const double d_s = (double)(raw_ns % SECOND_NS) / 1e9;
	const struct oscillator_second *s;

	assert(raw_ns >= 0);
	while (o->seconds <= n)
		generate_second(o);
	assert(n > o->seconds - OSCILLATOR_RING);
	s = &o->ring[n % OSCILLATOR_RING];
	return o->x0_ns + raw_ns +
	       (int64_t)llround(s->x_ns + (s->y_ppb + s->j_ppb) * d_s +
				s->w_ppb_s * d_s * d_s / 2);
}

int64_t oscillator_raw(struct oscillator *o, int64_t tai_ns)
{
	const int64_t n = o->seconds;
	/* By the newest second: none but those on the way may be generated, or
	 * a jump would come late. */
	const double x_ns = n > 0 ? o->ring[(n - 1) % OSCILLATOR_RING].x_ns : 0;
	int64_t raw_ns = tai_ns - o->x0_ns - llround(x_ns);
	int64_t off_ns;

	/* Each round divides the error by 1 / rate, 20,000 or more. */
	for (int i = 0; i < 8; i++) {
		if (raw_ns < 0)
			raw_ns = 0;
		off_ns = tai_ns - oscillator_tai(o, raw_ns);
		raw_ns += off_ns;
		if (off_ns == 0)
			break;
	}
	return raw_ns;
}
