/* SPDX-License-Identifier: Apache-2.0 */
/* The belief polygon: seeded properties over random legal histories. */
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

#include "tests/unit/timed/belief_world.h"
#include "timed/belief.h"

#define S INT64_C(1000000000)

static void assert_contains_truth(struct belief_history *h, const struct belief *b,
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
	struct belief_history h = {.o = *state};

	for (uint64_t seed = 1; seed <= HISTORIES; seed++) {
		struct belief_constraint c;
		struct belief b, unsampled;

		belief_history_begin(&h, seed);
		c = belief_history_next(&h);
		belief_start(&b, &h.axioms, &c, -1e9, 1e9);
		for (int i = 0; i < SAMPLES; i++) {
			int64_t lo1, hi1, lo2, hi2, later;

			c = belief_history_next(&h);
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

/* What a sample of it at the interval's end may say at the utmost: one edge
 * touches the truth, the other is anywhere. Half of them are the mean over two
 * moments. */
static struct belief_constraint touching(const struct belief_witness *w,
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
		(belief_witness_x(w, w->d - a_s) + belief_witness_x(w, w->d - b_s)) / 2 +
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

static void assert_holds(const struct belief *b, const struct axioms *ax,
			 const struct belief_witness *w, int64_t raw_ns)
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
			rng_log_uniform(&rng, 3000, 500000),
			rng_next(&rng) % 8 ? rng_log_uniform(&rng, 1e-3, 100) : 0,
			rng_next(&rng) % 8 ? rng_log_uniform(&rng, 0.1, 1000)
						   : 0,
			-1,
			1024 * S, -1};
		const double pace_s = rng_log_uniform(&rng, 0.01, 1e4);
		const double width_ns = rng_log_uniform(&rng, 1, 1e9);
		const double limit = ax.drift_ppb - ax.jitter_ppb;
		struct belief_witness w = {0, rng_uniform(&rng, -limit, limit), 0, 0,
				    0, 0};
		int64_t raw_ns = 0;
		struct belief_constraint c = touching(&w, &rng, 0, width_ns);
		struct belief b;

		belief_start(&b, &ax, &c, -1e9, 1e9);
		for (int i = 0; i < TOUCHES; i++) {
			const int64_t d_ns = (int64_t)(
				1e9 * pace_s * rng_log_uniform(&rng, 0.1, 10));

			belief_witness_drive(&w, &ax, &rng, (double)d_ns / 1e9);
			raw_ns += d_ns;
			c = touching(&w, &rng, raw_ns,
				     width_ns * rng_log_uniform(&rng, 0.01, 1));
			belief_witness_arrive(&w);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			truth_stays_inside_and_samples_only_narrow,
			belief_history_new, belief_history_free),
		cmocka_unit_test(no_scale_and_no_corner_loses_the_truth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
