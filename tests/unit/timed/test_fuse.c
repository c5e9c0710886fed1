/* SPDX-License-Identifier: Apache-2.0 */
/* F and the ranges it works on: tables by hand, and its two promises as seeded
 * properties: truth is inside with up to f liars; it is 1-Lipschitz. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "sim/oscillator.h"
#include "timed/fuse.h"

static struct range of(int64_t lo, int64_t hi)
{
	return (struct range){lo, hi, -10, 10};
}

static void assert_fused(const struct range *r, int n, int f, int64_t lo,
			 int64_t hi)
{
	int at_lo, at_hi;
	const struct range got = fuse(r, n, f, &at_lo, &at_hi);

	assert_true(got.lo_ns == lo && got.hi_ns == hi);
	assert_true(r[at_lo].lo_ns == lo && r[at_hi].hi_ns == hi);
}

static void without_liars_it_is_the_intersection(void **state)
{
	const struct range r[] = {of(0, 10), of(3, 20), of(-5, 8)};

	(void)state;
	assert_fused(r, 3, 0, 3, 8);
	assert_fused(r, 1, 0, 0, 10);
}

static void one_liar_of_three_costs_the_second_end(void **state)
{
	const struct range r[] = {of(0, 10), of(3, 12), of(100, 110)};
	const struct range equal[] = {of(1, 2), of(1, 2), of(1, 2)};

	(void)state;
	/* lefts 100, 3, 0: the 2nd is 3; rights 10, 12, 110: the 2nd 12. */
	assert_fused(r, 3, 1, 3, 12);
	assert_fused(equal, 3, 1, 1, 2);
}

static void a_silent_one_is_infinite_and_counts(void **state)
{
	const struct range r[] = {of(0, 10), range_unbounded(50),
				  range_unbounded(50)};
	const struct range two[] = {of(0, 10), of(5, 20), range_unbounded(50)};
	int lo, hi;
	struct range f = fuse(r, 3, 1, &lo, &hi);

	(void)state;
	assert_false(range_is_bounded(&f));
	assert_fused(two, 3, 1, 0, 20);
}

static void two_far_apart_come_out_empty(void **state)
{
	const struct range r[] = {of(0, 10), of(50, 60)};
	int lo, hi;
	const struct range f = fuse(r, 2, 0, &lo, &hi);

	(void)state;
	assert_true(range_is_empty(&f));
}

static void rates_are_fused_for_themselves(void **state)
{
	/* The second lies about the offset, the third about the rate: two of
	 * three, but one each. */
	const struct range r[] = {{0, 10, -1, 1},
				  {90, 99, -2, 2},
				  {-3, 9, 70, 80}};
	int lo, hi;
	const struct range f = fuse(r, 3, 1, &lo, &hi);

	(void)state;
	assert_true(f.lo_ns == 0 && f.hi_ns == 10);
	assert_true(f.rate_ppb_min == -1 && f.rate_ppb_max == 2);
}

static void truth_is_inside_with_up_to_f_liars(void **state)
{
	struct rng rng;

	(void)state;
	rng_seed(&rng, 1);
	for (int round = 0; round < 200000; round++) {
		const int n = 1 + (int)(rng_next(&rng) % 12);
		const int f = (int)(rng_next(&rng) % (uint64_t)n);
		struct range r[12], got;
		int lo, hi;

		for (int i = 0; i < n; i++) {
			const int64_t a =
				(int64_t)rng_uniform(&rng, 0, 1000);
			const int64_t b =
				(int64_t)rng_uniform(&rng, 0, 1000);

			r[i] = i < f ? of(a - 500, a - 500 + b) /* a liar */
				     : of(-a, b);              /* has 0 */
		}
		got = fuse(r, n, f, &lo, &hi);
		assert_true(got.lo_ns <= 0 && got.hi_ns >= 0);
	}
}

static void no_end_moves_further_than_the_inputs(void **state)
{
	struct rng rng;

	(void)state;
	rng_seed(&rng, 2);
	for (int round = 0; round < 200000; round++) {
		const int n = 1 + (int)(rng_next(&rng) % 12);
		const int f = (int)(rng_next(&rng) % (uint64_t)n);
		struct range r[12], moved[12], a, b;
		int lo, hi;

		for (int i = 0; i < n; i++) {
			r[i] = of((int64_t)rng_uniform(&rng, -1000, 1000),
				  (int64_t)rng_uniform(&rng, -1000, 1000));
			moved[i] = r[i];
			moved[i].lo_ns +=
				(int64_t)rng_uniform(&rng, -10, 10);
			moved[i].hi_ns +=
				(int64_t)rng_uniform(&rng, -10, 10);
		}
		a = fuse(r, n, f, &lo, &hi);
		b = fuse(moved, n, f, &lo, &hi);
		assert_true(llabs(a.lo_ns - b.lo_ns) <= 10);
		assert_true(llabs(a.hi_ns - b.hi_ns) <= 10);
	}
}

static void hull_and_intersection_keep_infinity(void **state)
{
	const struct range a = of(0, 10), u = range_unbounded(50);
	const struct range hull = range_hull(&a, &u);
	const struct range both = range_intersection(&a, &u);

	(void)state;
	assert_false(range_is_bounded(&hull));
	assert_true(both.lo_ns == 0 && both.hi_ns == 10);
	assert_true(both.rate_ppb_min == -10 && hull.rate_ppb_max == 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_liars_it_is_the_intersection),
		cmocka_unit_test(one_liar_of_three_costs_the_second_end),
		cmocka_unit_test(a_silent_one_is_infinite_and_counts),
		cmocka_unit_test(two_far_apart_come_out_empty),
		cmocka_unit_test(rates_are_fused_for_themselves),
		cmocka_unit_test(truth_is_inside_with_up_to_f_liars),
		cmocka_unit_test(no_end_moves_further_than_the_inputs),
		cmocka_unit_test(hull_and_intersection_keep_infinity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
