/* SPDX-License-Identifier: Apache-2.0 */
/* F and the ranges it works on: tables by hand; its two promises as seeded
 * properties: truth is inside with up to f liars, it is 1-Lipschitz; and what
 * it is, by enumeration of all there is on a small scale. */
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

/* --- by enumeration ------------------------------------------------------ */

#define SCALE 4 /* ends are 0 .. 3 */
#define KINDS 10 /* so many ranges lo <= hi of such ends there are */
#define MANY  5

static struct range kind(int k)
{
	int lo = 0;

	for (int left = SCALE; k >= left; left--, lo++)
		k -= left;
	return of(lo, lo + k);
}

static int64_t largest_left(const struct range *r, int n, unsigned int set)
{
	int64_t ret = INT64_MIN;

	for (int i = 0; i < n; i++)
		if (set & 1u << i && r[i].lo_ns > ret)
			ret = r[i].lo_ns;
	return ret;
}

static int64_t least_right(const struct range *r, int n, unsigned int set)
{
	int64_t ret = INT64_MAX;

	for (int i = 0; i < n; i++)
		if (set & 1u << i && r[i].hi_ns < ret)
			ret = r[i].hi_ns;
	return ret;
}

/*
 * Whoever the f liars are, the other n - f hold the truth in common: so it is
 * in one of the intersections of n - f ranges. F is the least left end and the
 * greatest right end of these, empty ones included, and so it holds their hull.
 */
static void assert_is_slow_F(const struct range *r, int n, int f)
{
	int64_t lo = INT64_MAX, hi = INT64_MIN;
	int at_lo, at_hi;
	const struct range got = fuse(r, n, f, &at_lo, &at_hi);

	for (unsigned int set = 0; set < 1u << n; set++) {
		const int64_t left = largest_left(r, n, set);
		const int64_t right = least_right(r, n, set);

		if (__builtin_popcount(set) != n - f)
			continue;
		lo = left < lo ? left : lo;
		hi = right > hi ? right : hi;
		if (left <= right) /* this intersection is not empty */
			assert_true(got.lo_ns <= left && got.hi_ns >= right);
	}
	assert_true(got.lo_ns == lo && got.hi_ns == hi);
}

static void assert_holds_what_most_hold(const struct range *r, int n, int f)
{
	int at_lo, at_hi;
	const struct range got = fuse(r, n, f, &at_lo, &at_hi);

	for (int64_t p = 0; p < SCALE; p++) {
		int in = 0;

		for (int i = 0; i < n; i++)
			in += r[i].lo_ns <= p && p <= r[i].hi_ns;
		if (in >= n - f)
			assert_true(got.lo_ns <= p && p <= got.hi_ns);
	}
}

static void it_is_what_enumerating_the_liars_gives(void **state)
{
	(void)state;
	for (int n = 1, all = KINDS; n <= MANY; n++, all *= KINDS)
		for (int code = 0; code < all; code++) {
			struct range r[MANY];

			for (int i = 0, c = code; i < n; i++, c /= KINDS)
				r[i] = kind(c % KINDS);
			for (int f = 0; f < n; f++) {
				assert_is_slow_F(r, n, f);
				assert_holds_what_most_hold(r, n, f);
			}
		}
}

static void a_range_that_narrows_never_widens_it(void **state)
{
	struct rng rng;

	(void)state;
	rng_seed(&rng, 3);
	for (int round = 0; round < 200000; round++) {
		const int n = 1 + (int)(rng_next(&rng) % 12);
		const int f = (int)(rng_next(&rng) % (uint64_t)n);
		struct range r[12], a, b;
		int lo, hi;

		for (int i = 0; i < n; i++)
			r[i] = of(-(int64_t)rng_uniform(&rng, 0, 1000),
				  (int64_t)rng_uniform(&rng, 0, 1000));
		a = fuse(r, n, f, &lo, &hi);
		lo = (int)(rng_next(&rng) % (uint64_t)n);
		r[lo].lo_ns += (int64_t)rng_uniform(&rng, 0, 500);
		r[lo].hi_ns -= (int64_t)rng_uniform(&rng, 0, 500);
		b = fuse(r, n, f, &lo, &hi);
		assert_true(b.lo_ns >= a.lo_ns && b.hi_ns <= a.hi_ns);
	}
}

static void equal_ends_are_counted_one_by_one(void **state)
{
	struct range r[FUSE_RANGES_MAX];

	(void)state;
	/* 32 at 5 and 32 at 0: the 32nd largest left is 5, the 33rd 0. */
	for (int i = 0; i < FUSE_RANGES_MAX; i++)
		r[i] = i % 2 ? of(0, 10) : of(5, 20);
	assert_fused(r, FUSE_RANGES_MAX, 31, 5, 10);
	assert_fused(r, FUSE_RANGES_MAX, 32, 0, 20);
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
		cmocka_unit_test(it_is_what_enumerating_the_liars_gives),
		cmocka_unit_test(a_range_that_narrows_never_widens_it),
		cmocka_unit_test(equal_ends_are_counted_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
