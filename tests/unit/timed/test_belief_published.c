/* SPDX-License-Identifier: Apache-2.0 */
/* What is published of a belief: slopes and edges, rounded outward. */
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
#include "tests/unit/timed/belief_world.h"
#include "timed/belief.h"
#include "timed/bound.h"

#define S INT64_C(1000000000)

static struct belief_constraint at(int64_t raw_ns, int64_t lo, int64_t hi)
{
	return (struct belief_constraint){.raw_ns = raw_ns,
					  .lo_ns = lo,
					  .hi_ns = hi};
}

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
		const struct axioms ax = {rng_log_uniform(&rng, 3000, 500000),
					  rng_log_uniform(&rng, 1e-3, 1000),
					  rng_next(&rng) % 8 ? rng_log_uniform(&rng, 0.1, 1000)
						   : 0,
			-1,
					  1024 * S, -1};
		const int64_t horizon_ns = (int64_t)rng_log_uniform(&rng, 2e7, 6e10);
		const int64_t raw_ns = (int64_t)rng_log_uniform(&rng, 1e9, 1e17);
		const double limit = ax.drift_ppb - ax.jitter_ppb;
		struct belief_witness w = {0, rng_uniform(&rng, -limit, limit), 0, 0,
				    0, 0};
		const double y = (double)w.y_ppb;
		struct belief_constraint c = at(raw_ns, 0, 0);
		struct belief b;
		struct segment_slot slot;
		int64_t lo, hi, after_ns;
		long double x;

		belief_start(&b, &ax, &c, y - rng_log_uniform(&rng, 1e-3, 100),
			     y + rng_log_uniform(&rng, 1e-3, 100));
		slot = publication(&b, &ax, horizon_ns, raw_ns);
		assert_int_equal(segment_check_slot(&slot), 0);
		after_ns = (int64_t)((double)horizon_ns *
				     rng_uniform(&rng, 0, 3));
		belief_witness_drive(&w, &ax, &rng, (double)after_ns / 1e9);
		belief_witness_arrive(&w);
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
				   rng_log_uniform(&rng, 1e-6, 1e8);
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
		const int64_t mid = (int64_t)rng_log_uniform(&rng, 1, 4e18) *
				    (rng_next(&rng) % 2 ? 1 : -1);
		const int64_t half = (int64_t)rng_log_uniform(&rng, 1, 1e12);
		const double y = rng_uniform(&rng, -400000, 400000);
		const int64_t d_ns = (int64_t)rng_log_uniform(&rng, 1, 1e16);
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
	struct belief_history h = {.o = *state};
	double most = 0;

	for (uint64_t seed = 1; seed <= 1000; seed++) {
		struct belief_constraint c;
		struct belief b, unsampled;
		double line_ns;

		belief_history_begin(&h, seed);
		line_ns = h.axioms.wander_ppb_s / 8 + 2;
		c = belief_history_next(&h);
		belief_start(&b, &h.axioms, &c, -1e9, 1e9);
		for (int i = 0; i < 40; i++) {
			struct segment_slot before, without, with;
			int64_t then;

			c = belief_history_next(&h);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			an_edge_never_crosses_a_counter_that_A2_allows),
		cmocka_unit_test(slopes_are_rounded_outward),
		cmocka_unit_test(ranges_are_rounded_outward_by_a_whole_ns),
		cmocka_unit_test_setup_teardown(
			a_true_sample_widens_what_is_published_by_a_percent_at_most,
			belief_history_new, belief_history_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
