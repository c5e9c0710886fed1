/* SPDX-License-Identifier: Apache-2.0 */
/* The regression: exact on a line, robust against outliers, honest errors. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "sim/oscillator.h"
#include "timed/estimate.h"

#define S INT64_C(1000000000)

static void add(struct estimate *e, int64_t raw_ns, int64_t x_ns,
		int64_t err_ns)
{
	const struct estimate_point p = {raw_ns, x_ns, err_ns};

	estimate_add(e, &p);
}

static void a_line_is_found_exactly(void **state)
{
	struct estimate e;

	(void)state;
	estimate_clear(&e);
	for (int i = 0; i < 10; i++)
		add(&e, i * 16 * S, INT64_C(1795305637000000000) + i * 16000,
		    100);
	/* 16,000 ns in 16 s: 1000 ppb. */
	assert_true(fabs(e.rate_ppb - 1000) < 0.01);
	assert_int_equal(estimate_x_ns(&e, 160 * S),
			 INT64_C(1795305637000000000) + 160000);
}

static void one_wild_point_hardly_moves_it(void **state)
{
	struct estimate e;
	struct rng rng;

	(void)state;
	rng_seed(&rng, 3);
	estimate_clear(&e);
	for (int i = 0; i < 30; i++)
		add(&e, i * 16 * S,
		    i == 20 ? 1000000
			    : (int64_t)(1000 * rng_normal(&rng)),
		    5000);
	assert_true(llabs(estimate_x_ns(&e, 29 * 16 * S)) < 2000);
}

static void wide_samples_weigh_little(void **state)
{
	struct estimate e;

	(void)state;
	estimate_clear(&e);
	for (int i = 0; i < 20; i++)
		add(&e, i * 16 * S, i % 2 ? 0 : 50000, i % 2 ? 1000 : 60000);
	assert_true(llabs(estimate_x_ns(&e, 19 * 16 * S)) < 100);
}

static void old_points_leave(void **state)
{
	struct estimate e;

	(void)state;
	estimate_clear(&e);
	for (int i = 0; i < 100; i++)
		add(&e, i * S, i < 60 ? 1000000 : 5, 100);
	assert_int_equal(e.count, ESTIMATE_POINTS_MAX);
	assert_int_equal(estimate_x_ns(&e, 99 * S), 5);
}

static void the_recent_rate_sees_a_bend(void **state)
{
	struct estimate e;
	double ppb, sigma, bias, span;
	struct rng rng;

	(void)state;
	rng_seed(&rng, 4);
	estimate_clear(&e);
	for (int i = 0; i < 32; i++)
		add(&e, i * 16 * S,
		    (int64_t)(1000 * rng_normal(&rng)) +
			    (i > 24 ? (i - 24) * 160000 : 0),
		    5000);
	assert_true(estimate_recent_rate(&e, 8, &ppb, &sigma, &bias, &span));
	assert_true(fabs(ppb - 10000) < 300);
	assert_true(span == 7 * 16);
	estimate_clear(&e);
	add(&e, 0, 0, 1);
	assert_false(estimate_recent_rate(&e, 8, &ppb, &sigma, &bias, &span));
}

static void its_sigma_is_about_its_error(void **state)
{
	double sum = 0;
	struct rng rng;

	(void)state;
	rng_seed(&rng, 5);
	for (int round = 0; round < 2000; round++) {
		struct estimate e;

		estimate_clear(&e);
		for (int i = 0; i < 32; i++)
			add(&e, i * 16 * S, (int64_t)(1000 * rng_normal(&rng)),
			    100000);
		sum += pow((double)estimate_x_ns(&e, 31 * 16 * S) /
				   e.x_sigma_ns, 2);
	}
	/* The normalised error; fixed seeds, so no chance. */
	assert_true(sqrt(sum / 2000) > 0.8 && sqrt(sum / 2000) < 1.25);
}

/* Both ways queue for 100 us on average, on a path of 100 us. */
static void queueing_is_never_beyond_chance(void **state)
{
	static const int windows[] = {6, 10, 16, 32};
	struct estimate e;
	struct rng rng;
	double ppb, sigma_ppb, bias_ppb, span_s;

	(void)state;
	rng_seed(&rng, 11);
	estimate_clear(&e);
	for (int i = 0; i < 20000; i++) {
		const double out = rng_exponential(&rng, 100000);
		const double back = rng_exponential(&rng, 100000);

		add(&e, i * S, (int64_t)((out - back) / 2),
		    (int64_t)(100000 + (out + back) / 2));
		for (int w = 0; w < 4; w++)
			if (estimate_recent_rate(&e, windows[w], &ppb,
						 &sigma_ppb,
						 &bias_ppb, &span_s))
				assert_true(fabs(ppb) < 5 * sigma_ppb);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_found_exactly),
		cmocka_unit_test(one_wild_point_hardly_moves_it),
		cmocka_unit_test(wide_samples_weigh_little),
		cmocka_unit_test(old_points_leave),
		cmocka_unit_test(the_recent_rate_sees_a_bend),
		cmocka_unit_test(its_sigma_is_about_its_error),
		cmocka_unit_test(queueing_is_never_beyond_chance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
