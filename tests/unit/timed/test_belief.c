/* SPDX-License-Identifier: Apache-2.0 */
/* The belief polygon: tables worked out by hand, and an exact slow reference
 * beside it. */
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

#include "sim/rng.h"
#include "tests/unit/timed/exact_belief.h"
#include "timed/belief.h"

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
		cmocka_unit_test(it_holds_the_exact_set_and_little_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
