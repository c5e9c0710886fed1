/* SPDX-License-Identifier: Apache-2.0 */
/* The belief polygon: tables worked out by hand, an exact slow reference, and
 * seeded properties over random legal histories. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "libtt/eval.h"
#include "sim/oscillator.h"
#include "tests/unit/timed/exact_belief.h"
#include "timed/belief.h"
#include "timed/bound.h"

#define S INT64_C(1000000000)

static const struct axioms server = {50000, 20, 200, -1, 1024 * S, -1};

static struct belief_constraint at(int64_t raw_ns, int64_t lo, int64_t hi)
{
	return (struct belief_constraint){.raw_ns = raw_ns,
					  .lo_ns = lo,
					  .hi_ns = hi};
}

static void assert_range(const struct belief *b, const struct axioms *ax,
			 int64_t raw_ns, int64_t lo, int64_t hi)
{
	int64_t got_lo, got_hi;

	belief_range(b, ax, raw_ns, &got_lo, &got_hi);
	/* Outward by 1 ns, and by the slack of the cuts: 2 ns at most. */
	assert_in_range(lo - got_lo, 1, 3);
	assert_in_range(got_hi - hi, 1, 3);
}

static void a_first_sample_opens_by_A1(void **state)
{
	const struct belief_constraint c = at(0, 1000, 3000);
	struct belief b;

	(void)state;
	belief_start(&b, &server, &c, -1e9, 1e9);
	assert_range(&b, &server, 0, 1000, 3000);
	/* 50 ppm for 1 s is 50 us; A1 caps what A2 would add to it. */
	assert_range(&b, &server, S, 1000 - 50000, 3000 + 50000);
}

static void two_samples_learn_the_rate(void **state)
{
	const struct axioms still = {50000, 0, 0, -1, 1024 * S, -1};
	struct belief_constraint c = at(0, 0, 100);
	struct belief b;
	double lo, hi;

	(void)state;
	belief_start(&b, &still, &c, -1e9, 1e9);
	c = at(100 * S, 1000, 1100);
	assert_int_equal(belief_update(&b, &still, &c), 0);
	/* 1000 +- 100 ns in 100 s: 10 +- 1 ppb. */
	belief_rate(&b, &still, 100 * S, &lo, &hi);
	assert_true(lo <= 9 && lo > 8.99);
	assert_true(hi >= 11 && hi < 11.01);
	/* And 100 s later the corners of the parallelogram: from (1000, 9) ..
	 * (1100, 11): 1900 .. 2200. */
	assert_range(&b, &still, 200 * S, 1900, 2200);
}

static void a_constraint_of_one_side_cuts_that_side_only(void **state)
{
	struct belief_constraint c = at(0, -1000, 1000);
	struct belief b;

	(void)state;
	belief_start(&b, &server, &c, -1e9, 1e9);
	c = at(0, -300, BELIEF_NO_HI);
	assert_int_equal(belief_update(&b, &server, &c), 0);
	assert_range(&b, &server, 0, -300, 1000);
	c = at(0, BELIEF_NO_LO, 400);
	assert_int_equal(belief_update(&b, &server, &c), 0);
	assert_range(&b, &server, 0, -300, 400);
	c = at(0, BELIEF_NO_LO, -400);
	assert_int_equal(belief_update(&b, &server, &c), -EDOM);
	assert_range(&b, &server, 0, -300, 400);
}

static void wander_and_jitter_widen_as_A2_says(void **state)
{
	const struct belief_constraint c = at(0, 0, 0);
	struct belief b;

	(void)state;
	belief_start(&b, &server, &c, 0, 0);
	/* W d^2/2 + J d = 20 * 50 + 200 * 10 = 3000 ns after 10 s. */
	assert_range(&b, &server, 10 * S, -3000, 3000);
}

static void advancing_in_steps_never_narrows(void **state)
{
	const struct belief_constraint c = at(0, -50, 50);
	struct belief once, often;
	int64_t lo1, hi1, lo2, hi2;

	(void)state;
	belief_start(&once, &server, &c, -300, 300);
	often = once;
	belief_advance(&once, &server, 60 * S);
	for (int i = 1; i <= 60; i++)
		belief_advance(&often, &server, i * S);
	belief_range(&once, &server, 60 * S, &lo1, &hi1);
	belief_range(&often, &server, 60 * S, &lo2, &hi2);
	assert_true(lo2 <= lo1 + 1 && hi2 >= hi1 - 1);
	print_message("60 steps against one: %.4f\n",
		      (double)(hi2 - lo2) / (double)(hi1 - lo1));
	/* Only outward simplification is lost: 1.10 seen. */
	assert_true(hi2 - lo2 < (hi1 - lo1) * 125 / 100);
}

static void an_unknown_age_costs_the_rate_against_the_ruler(void **state)
{
	const struct axioms still = {50000, 0, 0, -1, 1024 * S, -1};
	struct belief_constraint c = at(0, 0, 0);
	struct belief b;

	(void)state;
	/* y is 1000 ppb for certain, the ruler 400 to 500: after up to 2 s the
	 * truth has gained 0 .. 2 * 600 ns on the ruler. */
	c.age_s_max = 2;
	c.ruler_ppb_min = 400;
	c.ruler_ppb_max = 500;
	belief_start(&b, &still, &c, 1000, 1000);
	assert_range(&b, &still, 0, 0, 1200);
}

/* Guards: without J (or W) some edges of the disturbance have no angle, and the
 * merge by angle took the others out of turn: 180 us instead of 461 us. */
static void without_jitter_wander_is_added_in_full(void **state)
{
	const struct axioms ax = {50000, 20, 0, -1, 1024 * S, -1};
	const struct belief_constraint c = at(0, 0, 1000);
	struct belief b;
	int64_t lo, hi;

	(void)state;
	belief_start(&b, &ax, &c, -100, 100);
	belief_advance(&b, &ax, 100 * S);
	belief_advance(&b, &ax, 200 * S);
	belief_range(&b, &ax, 200 * S, &lo, &hi);
	/* 1000 + 100 * 200 + 20 * 200^2 / 2 ns */
	assert_true(hi >= 421000 && lo <= -420000);
}

/* Guards: a belief that began at one exact rate lost an edge. */
static void a_rate_known_exactly_loses_no_edge(void **state)
{
	const struct belief_constraint c = at(0, 0, 1000000);
	struct belief b;

	(void)state;
	belief_start(&b, &server, &c, 5, 5);
	belief_advance(&b, &server, S);
	/* 5 ns, and W / 2 + J = 210 ns. */
	assert_range(&b, &server, S, 5 - 210, 1000005 + 210);
}

static void a_contradiction_is_told_and_cuts_nothing(void **state)
{
	struct belief_constraint c = at(0, 0, 100);
	struct belief b, before;
	int64_t lo1, hi1, lo2, hi2;

	(void)state;
	belief_start(&b, &server, &c, -1e9, 1e9);
	before = b;
	c = at(S, 1000000, 1000100);
	assert_int_equal(belief_update(&b, &server, &c), -EDOM);
	belief_advance(&before, &server, S);
	belief_range(&before, &server, 2 * S, &lo1, &hi1);
	belief_range(&b, &server, 2 * S, &lo2, &hi2);
	assert_true(lo1 == lo2 && hi1 == hi2);
}

static void a_swing_caps_what_silence_adds(void **state)
{
	const struct axioms swing = {50000, 20, 200, 1000, 1024 * S, -1};
	const struct belief_constraint c = at(0, 0, 0);
	struct belief b;

	(void)state;
	belief_start(&b, &swing, &c, 0, 0);
	/* Without: 20 * 1e6 / 2 + 200 * 1e3 = 10.2 ms after 1000 s; with a rate
	 * never more than 200 + 1000 ppb from 0: 1.2 ms. */
	assert_range(&b, &swing, 1000 * S, -1200000, 1200000);
	belief_advance(&b, &swing, 1000 * S);
	assert_range(&b, &swing, 1000 * S, -1200000, 1200000);
}

static void reopening_forgets_the_rate(void **state)
{
	const struct belief_constraint c = at(0, 0, 100);
	struct belief b;
	double lo, hi;

	(void)state;
	belief_start(&b, &server, &c, 5, 6);
	belief_reopen(&b, &server, 1000, true);
	assert_range(&b, &server, 0, -1000, 1100);
	belief_rate(&b, &server, 0, &lo, &hi);
	assert_true(lo == -50000 && hi == 50000);
}

/* A legal counter and a legal measurement of it. */
struct history {
	struct oscillator *o;
	struct rng rng;
	struct axioms axioms;
	int64_t raw_ns;
};

static void begin_history(struct history *h, uint64_t seed)
{
	struct oscillator_law law;

	rng_seed(&h->rng, seed);
	h->axioms = server;
	h->axioms.wander_ppb_s = exp(rng_uniform(&h->rng, log(0.01), log(50)));
	h->axioms.jitter_ppb = exp(rng_uniform(&h->rng, 0, log(1000)));
	law = (struct oscillator_law){
		.axioms = h->axioms,
		.slow = (enum slow_motion)(rng_next(&h->rng) % 4),
		.fast = (enum fast_motion)(rng_next(&h->rng) % 3),
		.start_ppb = rng_uniform(&h->rng, -48000, 48000)};
	oscillator_init(h->o, &law, 37 * S, seed);
	h->raw_ns = S;
}

/* true_x in [lo, hi] as seen through a ruler, an unknown age ago. */
static struct belief_constraint next_constraint(struct history *h)
{
	const int64_t age_ns = (int64_t)rng_uniform(&h->rng, 0, 2e9);
	const double f = rng_uniform(&h->rng, -40000, 40000);
	const double width = exp(rng_uniform(&h->rng, log(5), log(1e6)));
	const double at_part = rng_uniform(&h->rng, 0, 1);
	const int64_t step_ns =
		(int64_t)(exp(rng_uniform(&h->rng, 0, log(100))) * 1e9);
	struct belief_constraint c;
	int64_t event_ns, x_ns, mid_ns;

	h->raw_ns += step_ns + 2 * S;
	event_ns = h->raw_ns - age_ns;
	x_ns = oscillator_tai(h->o, event_ns) - event_ns;
	mid_ns = x_ns + (int64_t)llround(f * (double)age_ns / 1e9);
	c.raw_ns = h->raw_ns;
	c.lo_ns = mid_ns - (int64_t)(width * at_part) - 2;
	c.hi_ns = mid_ns + (int64_t)(width * (1 - at_part)) + 2;
	c.age_s_min = (double)age_ns / 1e9 * rng_uniform(&h->rng, 0, 1);
	c.age_s_max = (double)age_ns / 1e9 + rng_uniform(&h->rng, 0, 1);
	c.ruler_ppb_min = f - rng_uniform(&h->rng, 0, 300);
	c.ruler_ppb_max = f + rng_uniform(&h->rng, 0, 300);
	return c;
}

static void assert_contains_truth(struct history *h, const struct belief *b,
				  int64_t raw_ns)
{
	const int64_t x_ns = oscillator_tai(h->o, raw_ns) - raw_ns;
	int64_t lo, hi;

	belief_range(b, &h->axioms, raw_ns, &lo, &hi);
	if (lo > x_ns || hi < x_ns)
		fail_msg("at raw %.3f s: truth %lld after lo, %lld before hi",
			 (double)raw_ns / 1e9, (long long)(x_ns - lo),
			 (long long)(hi - x_ns));
}

#define HISTORIES 3000
#define SAMPLES   60

static void truth_stays_inside_and_samples_only_narrow(void **state)
{
	struct history h = {.o = *state};

	for (uint64_t seed = 1; seed <= HISTORIES; seed++) {
		struct belief_constraint c;
		struct belief b, unsampled;

		begin_history(&h, seed);
		c = next_constraint(&h);
		belief_start(&b, &h.axioms, &c, -1e9, 1e9);
		for (int i = 0; i < SAMPLES; i++) {
			int64_t lo1, hi1, lo2, hi2, later;

			c = next_constraint(&h);
			assert_contains_truth(&h, &b, c.raw_ns);
			unsampled = b;
			belief_advance(&unsampled, &h.axioms, c.raw_ns);
			assert_int_equal(belief_update(&b, &h.axioms, &c), 0);
			assert_true(b.count <= BELIEF_VERTICES_MAX);
			assert_contains_truth(&h, &b, c.raw_ns);
			later = c.raw_ns +
				(int64_t)rng_uniform(&h.rng, 0, 1e11);
			assert_contains_truth(&h, &b, later);
			belief_range(&unsampled, &h.axioms, later, &lo1, &hi1);
			belief_range(&b, &h.axioms, later, &lo2, &hi2);
			/* 1 ns: simplifying may round back out. */
			assert_true(lo2 >= lo1 - 1 && hi2 <= hi1 + 1);
		}
	}
}

/*
 * A counter that does the worst A2 allows, in long double: over each interval
 * of d seconds its slow part is driven by +W until s and by -W after it (or
 * the mirror image), its fast part is at a limit of J.
 */
struct witness {
	long double x_ns, y_ppb; /* at the interval's begin */
	long double w, s, d, j;  /* and how it goes on */
};

static void drive(struct witness *w, const struct axioms *ax, struct rng *rng,
		  double d_s)
{
	const long double limit = ax->drift_ppb - ax->jitter_ppb;
	long double turned, ended;

	w->d = d_s;
	w->s = rng_next(rng) % 3 ? rng_uniform(rng, 0, d_s) : d_s;
	w->w = rng_next(rng) % 2 ? ax->wander_ppb_s : -ax->wander_ppb_s;
	w->j = rng_next(rng) % 2 ? ax->jitter_ppb : -ax->jitter_ppb;
	turned = w->y_ppb + w->w * w->s;
	ended = w->y_ppb + w->w * (2 * w->s - w->d);
	if (fabsl(turned) > limit || fabsl(ended) > limit)
		w->w = 0;
}

static long double witness_x(const struct witness *w, long double at)
{
	const long double up = at < w->s ? at : w->s;
	const long double down = at - up;

	return w->x_ns + (w->y_ppb + w->j) * at + w->w * up * up / 2 +
	       w->w * up * down - w->w * down * down / 2;
}

static void arrive(struct witness *w)
{
	w->x_ns = witness_x(w, w->d);
	w->y_ppb += w->w * (2 * w->s - w->d);
}

/* What a sample of it at the interval's end may say at the utmost: one edge
 * touches the truth, the other is anywhere. Half of them are the mean over two
 * moments. */
static struct belief_constraint touching(const struct witness *w,
					 struct rng *rng, int64_t raw_ns,
					 double width_ns)
{
	const double a_s = rng_next(rng) % 2
				   ? rng_uniform(rng, 0, (double)w->d)
				   : 0;
	const double b_s = rng_next(rng) % 2
				   ? rng_uniform(rng, 0, (double)w->d)
				   : a_s;
	const double f_ppb = rng_uniform(rng, -40000, 40000);
	const double mean_s = (a_s + b_s) / 2;
	const long double said =
		(witness_x(w, w->d - a_s) + witness_x(w, w->d - b_s)) / 2 +
		f_ppb * mean_s;
	struct belief_constraint c = {
		.raw_ns = raw_ns,
		.lo_ns = (int64_t)floorl(said),
		.hi_ns = (int64_t)ceill(said),
		.age_s_min = mean_s * rng_uniform(rng, 0.5, 1),
		.age_s_max = mean_s * rng_uniform(rng, 1, 1.5) + 1e-12,
		.age_s_oldest = fmax(a_s, b_s) * rng_uniform(rng, 1, 1.5),
		.ruler_ppb_min = f_ppb - rng_uniform(rng, 0, 300),
		.ruler_ppb_max = f_ppb + rng_uniform(rng, 0, 300)};

	if (rng_next(rng) % 2)
		c.lo_ns -= (int64_t)width_ns;
	else
		c.hi_ns += (int64_t)width_ns;
	return c;
}

static double between(struct rng *rng, double least, double most)
{
	return exp(rng_uniform(rng, log(least), log(most)));
}

static void assert_holds(const struct belief *b, const struct axioms *ax,
			 const struct witness *w, int64_t raw_ns)
{
	double y0, y1;
	int64_t lo, hi;

	belief_range(b, ax, raw_ns, &lo, &hi);
	if ((long double)lo > w->x_ns || (long double)hi < w->x_ns)
		fail_msg("at raw %.1f s: truth %.3Lf after lo, %.3Lf before hi",
			 (double)raw_ns / 1e9, w->x_ns - (long double)lo,
			 (long double)hi - w->x_ns);
	/* Rates are rounded outward where they become slopes, by 1 / 1100 of
	 * a ppb: here they may be a thousandth of that off. */
	belief_rate(b, ax, raw_ns, &y0, &y1);
	if (w->y_ppb < y0 - 1e-6 || w->y_ppb > y1 + 1e-6)
		fail_msg("at raw %.1f s: rate %.9Lf ppb after min, %.9Lf "
			 "before max",
			 (double)raw_ns / 1e9, w->y_ppb - y0, y1 - w->y_ppb);
}

#define WITNESSES 500
#define TOUCHES   200

/* Long thin polygons, nearly parallel edges, 100,000 updates in all. */
static void no_scale_and_no_corner_loses_the_truth(void **state)
{
	struct rng rng;
	int most = 0, full = 0;

	(void)state;
	rng_seed(&rng, 11);
	for (int history = 0; history < WITNESSES; history++) {
		const struct axioms ax = {
			between(&rng, 3000, 500000),
			rng_next(&rng) % 8 ? between(&rng, 1e-3, 100) : 0,
			rng_next(&rng) % 8 ? between(&rng, 0.1, 1000)
						   : 0,
			-1,
			1024 * S, -1};
		const double pace_s = between(&rng, 0.01, 1e4);
		const double width_ns = between(&rng, 1, 1e9);
		const double limit = ax.drift_ppb - ax.jitter_ppb;
		struct witness w = {0, rng_uniform(&rng, -limit, limit), 0, 0,
				    0, 0};
		int64_t raw_ns = 0;
		struct belief_constraint c = touching(&w, &rng, 0, width_ns);
		struct belief b;

		belief_start(&b, &ax, &c, -1e9, 1e9);
		for (int i = 0; i < TOUCHES; i++) {
			const int64_t d_ns = (int64_t)(
				1e9 * pace_s * between(&rng, 0.1, 10));

			drive(&w, &ax, &rng, (double)d_ns / 1e9);
			raw_ns += d_ns;
			c = touching(&w, &rng, raw_ns,
				     width_ns * between(&rng, 0.01, 1));
			arrive(&w);
			assert_holds(&b, &ax, &w, raw_ns);
			assert_int_equal(belief_update(&b, &ax, &c), 0);
			assert_holds(&b, &ax, &w, raw_ns);
			assert_true(b.count <= BELIEF_VERTICES_MAX);
			most = b.count > most ? b.count : most;
			full += b.count == BELIEF_VERTICES_MAX;
		}
	}
	print_message("vertices: %d at most, %d times\n", most, full);
}

/* --- what is published ---------------------------------------------------- */

static struct engine_options published_by(const struct axioms *ax,
					  int64_t horizon_ns)
{
	return (struct engine_options){.axioms = *ax,
				       .horizon_ns = horizon_ns,
				       .void_after_ns = 100000 * S};
}

static struct segment_slot publication(const struct belief *b,
				       const struct axioms *ax,
				       int64_t horizon_ns, int64_t raw_ns)
{
	const struct engine_options opt = published_by(ax, horizon_ns);
	struct fusion f = {.is_bounded = true, .is_fresh = true};
	static struct bound bound;

	belief_range(b, ax, raw_ns, &f.range.lo_ns, &f.range.hi_ns);
	belief_rate(b, ax, raw_ns, &f.range.rate_ppb_min,
		    &f.range.rate_ppb_max);
	bound_init(&bound, raw_ns);
	bound_compose(&bound, &f, &opt, false, raw_ns);
	return bound.slot;
}

static void an_edge_never_crosses_a_counter_that_A2_allows(void **state)
{
	struct rng rng;

	(void)state;
	rng_seed(&rng, 12);
	for (int round = 0; round < 100000; round++) {
		const struct axioms ax = {between(&rng, 3000, 500000),
					  between(&rng, 1e-3, 1000),
					  rng_next(&rng) % 8 ? between(&rng, 0.1, 1000)
						   : 0,
			-1,
					  1024 * S, -1};
		const int64_t horizon_ns = (int64_t)between(&rng, 2e7, 6e10);
		const int64_t raw_ns = (int64_t)between(&rng, 1e9, 1e17);
		const double limit = ax.drift_ppb - ax.jitter_ppb;
		struct witness w = {0, rng_uniform(&rng, -limit, limit), 0, 0,
				    0, 0};
		const double y = (double)w.y_ppb;
		struct belief_constraint c = at(raw_ns, 0, 0);
		struct belief b;
		struct segment_slot slot;
		int64_t lo, hi, after_ns;
		long double x;

		belief_start(&b, &ax, &c, y - between(&rng, 1e-3, 100),
			     y + between(&rng, 1e-3, 100));
		slot = publication(&b, &ax, horizon_ns, raw_ns);
		assert_int_equal(segment_check_slot(&slot), 0);
		after_ns = (int64_t)((double)horizon_ns *
				     rng_uniform(&rng, 0, 3));
		drive(&w, &ax, &rng, (double)after_ns / 1e9);
		arrive(&w);
		assert_int_equal(eval_tai(&slot, raw_ns + after_ns, &lo, &hi),
				 0);
		/* TAI - raw is x: all of it in exact integers but x. */
		x = w.x_ns;
		assert_true((long double)(lo - raw_ns - after_ns) <= x);
		assert_true((long double)(hi - raw_ns - after_ns) >= x);
	}
}

static void slopes_are_rounded_outward(void **state)
{
	struct rng rng;

	(void)state;
	rng_seed(&rng, 13);
	for (int round = 0; round < 1000000; round++) {
		const double ppb = rng_uniform(&rng, -1, 1) *
				   between(&rng, 1e-6, 1e8);
		const long double exact =
			(long double)ppb * 0x1p40L / 1e9L;
		const int64_t down = bound_slope_floor(ppb);
		const int64_t up = bound_slope_ceil(ppb);

		/* By one quantum at least: rates themselves are not rounded. */
		assert_true((long double)down <= exact - 0.99L);
		assert_true((long double)up >= exact + 0.99L);
		assert_true((long double)down >= exact - 2.01L);
		assert_true((long double)up <= exact + 2.01L);
	}
}

static void ranges_are_rounded_outward_by_a_whole_ns(void **state)
{
	const struct axioms still = {500000, 0, 0, -1, 1024 * S, -1};
	struct rng rng;

	(void)state;
	rng_seed(&rng, 14);
	for (int round = 0; round < 300000; round++) {
		const int64_t mid = (int64_t)between(&rng, 1, 4e18) *
				    (rng_next(&rng) % 2 ? 1 : -1);
		const int64_t half = (int64_t)between(&rng, 1, 1e12);
		const double y = rng_uniform(&rng, -400000, 400000);
		const int64_t d_ns = (int64_t)between(&rng, 1, 1e16);
		const struct belief_constraint c = at(0, mid - half,
						      mid + half);
		const long double moved = (long double)y * d_ns / 1e9L;
		/* A start leaves 1e-3 ppb besides. */
		const long double slack = 1e-3L * d_ns / 1e9L;
		struct belief b;
		int64_t lo, hi;

		belief_start(&b, &still, &c, y, y);
		belief_range(&b, &still, d_ns, &lo, &hi);
		assert_true((long double)(lo - mid) <= moved - half - 0.9L);
		assert_true((long double)(hi - mid) >= moved + half + 0.9L);
		assert_true((long double)(lo - mid) >= moved - half - 2.1L - slack);
		assert_true((long double)(hi - mid) <= moved + half + 2.1L + slack);
	}
}

/*
 * A true sample narrows what is published, at every later reading, or leaves
 * it; but for the vertices left out when the polygon is carried to it, which
 * may cost 1 % (0.43 % seen). Against the publication that was there before it
 * there are W H^2 / 8 more: a line over H has so much to spare in its middle.
 */
static void a_true_sample_widens_what_is_published_by_a_percent_at_most(void **state)
{
	struct history h = {.o = *state};
	double most = 0;

	for (uint64_t seed = 1; seed <= 1000; seed++) {
		struct belief_constraint c;
		struct belief b, unsampled;
		double line_ns;

		begin_history(&h, seed);
		line_ns = h.axioms.wander_ppb_s / 8 + 2;
		c = next_constraint(&h);
		belief_start(&b, &h.axioms, &c, -1e9, 1e9);
		for (int i = 0; i < 40; i++) {
			struct segment_slot before, without, with;
			int64_t then;

			c = next_constraint(&h);
			unsampled = b;
			then = c.raw_ns -
			       (int64_t)rng_uniform(&h.rng, 0, 1e9);
			belief_update(&b, &h.axioms, &c);
			before = publication(&unsampled, &h.axioms, S, then);
			without = publication(&unsampled, &h.axioms, S,
					      c.raw_ns);
			with = publication(&b, &h.axioms, S, c.raw_ns);
			for (int k = 0; k < 8; k++) {
				const int64_t later =
					c.raw_ns + (int64_t)rng_uniform(
							   &h.rng, 0, 3e9);
				int64_t lo[3], hi[3];
				double width_ns, more_ns;

				eval_tai(&before, later, &lo[0], &hi[0]);
				eval_tai(&without, later, &lo[1], &hi[1]);
				eval_tai(&with, later, &lo[2], &hi[2]);
				width_ns = (double)(hi[1] - lo[1]);
				more_ns = fmax((double)(lo[1] - lo[2]),
					       (double)(hi[2] - hi[1]));
				most = fmax(most, (more_ns - 2) / width_ns);
				assert_true(more_ns <= 2 + width_ns / 100);
				more_ns = fmax((double)(lo[0] - lo[2]),
					       (double)(hi[2] - hi[0]));
				assert_true(more_ns <=
					    line_ns + width_ns / 100);
			}
		}
	}
	print_message("a true sample widened it by %.2f %% at most\n",
		      100 * most);
}

static void it_holds_the_exact_set_and_little_more(void **state)
{
	static struct ref r;
	struct rng rng;
	double most = 0, sum = 0;
	int compared = 0;

	(void)state;
	rng_seed(&rng, 7);
	for (int history = 0; history < 20; history++) {
		struct axioms ax = {50000, exp(rng_uniform(&rng, -3, 3)),
				    exp(rng_uniform(&rng, 0, 5)), -1,
				    1024 * S, -1};
		struct belief_constraint c = at(0, -1000, 1000);
		struct belief b;
		double truth = 0;
		int64_t raw = 0;

		belief_start(&b, &ax, &c, -3000, 3000);
		r.n = 4;
		memcpy(r.x, (long double[]){-1000, 1000, 1000, -1000},
		       4 * sizeof(r.x[0]));
		memcpy(r.y, (long double[]){-3000, -3000, 3000, 3000},
		       4 * sizeof(r.y[0]));
		for (int i = 0; i < 25; i++) {
			const double d = floor(rng_uniform(&rng, 4, 40));
			long double lo, hi;
			int64_t got_lo, got_hi;
			double part;

			raw += (int64_t)d * S;
			/* Truth stays at rate 0: always legal. */
			c = at(raw,
			       (int64_t)(truth - rng_uniform(&rng, 10, 2000)),
			       (int64_t)(truth + rng_uniform(&rng, 10, 2000)));
			ref_advance(&r, &ax, d);
			ref_cut(&r, -1, 0, -(long double)c.lo_ns);
			ref_cut(&r, 1, 0, (long double)c.hi_ns);
			assert_int_equal(belief_update(&b, &ax, &c), 0);
			ref_range(&r, 10, &lo, &hi);
			belief_range(&b, &ax, raw + 10 * S, &got_lo, &got_hi);
			lo -= ax.jitter_ppb * 10 + ax.wander_ppb_s * 50;
			hi += ax.jitter_ppb * 10 + ax.wander_ppb_s * 50;
			assert_true((long double)got_lo <= lo);
			assert_true((long double)got_hi >= hi);
			part = (double)(got_hi - got_lo) / (double)(hi - lo);
			most = fmax(most, part);
			sum += part;
			compared++;
		}
	}
	print_message("width against the exact set: mean %.4f, most %.4f\n",
		      sum / compared, most);
	/* A report, with a limit far above what is seen (1.01, 1.05). */
	assert_true(sum / compared < 1.1);
}

static int make_oscillator(void **state)
{
	*state = malloc(sizeof(struct oscillator));
	return *state ? 0 : -1;
}

static int free_oscillator(void **state)
{
	free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_first_sample_opens_by_A1),
		cmocka_unit_test(two_samples_learn_the_rate),
		cmocka_unit_test(a_constraint_of_one_side_cuts_that_side_only),
		cmocka_unit_test(wander_and_jitter_widen_as_A2_says),
		cmocka_unit_test(advancing_in_steps_never_narrows),
		cmocka_unit_test(
			an_unknown_age_costs_the_rate_against_the_ruler),
		cmocka_unit_test(without_jitter_wander_is_added_in_full),
		cmocka_unit_test(a_rate_known_exactly_loses_no_edge),
		cmocka_unit_test(a_contradiction_is_told_and_cuts_nothing),
		cmocka_unit_test(a_swing_caps_what_silence_adds),
		cmocka_unit_test(reopening_forgets_the_rate),
		cmocka_unit_test_setup_teardown(
			truth_stays_inside_and_samples_only_narrow,
			make_oscillator, free_oscillator),
		cmocka_unit_test(no_scale_and_no_corner_loses_the_truth),
		cmocka_unit_test(
			an_edge_never_crosses_a_counter_that_A2_allows),
		cmocka_unit_test(slopes_are_rounded_outward),
		cmocka_unit_test(ranges_are_rounded_outward_by_a_whole_ns),
		cmocka_unit_test_setup_teardown(
			a_true_sample_widens_what_is_published_by_a_percent_at_most,
			make_oscillator, free_oscillator),
		cmocka_unit_test(it_holds_the_exact_set_and_little_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
