/* SPDX-License-Identifier: Apache-2.0 */
/* CLOCK_REALTIME against raw: rates over spans, and steps that no steering
 * explains. Numbers worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* before cmocka.h */
#include <cmocka.h>
#include <errno.h>
#include <math.h>

#include "drivers/realtime.h"
#include "sim/kernel_clock.h"

#define S  INT64_C(1000000000)
#define MS INT64_C(1000000)

static struct realtime rt;

/* A pair of 100 ns about raw_ns, S - raw = diff_ns at its middle. */
static bool add(int64_t raw_ns, int64_t diff_ns, double rate_ppb)
{
	const struct env_pair pair = {.raw_ns_before = raw_ns - 50,
				      .real_ns = raw_ns + diff_ns,
				      .raw_ns_after = raw_ns + 50};
	const struct env_steering steering = {.rate_ppb = rate_ppb};

	return realtime_add(&rt, &pair, &steering);
}

static void expect_rates(int64_t from_ns, int64_t to_ns, double min, double max)
{
	double lo, hi;

	assert_int_equal(realtime_rates(&rt, from_ns, to_ns, &lo, &hi), 0);
	assert_true(fabs(lo - min) < 1e-9);
	assert_true(fabs(hi - max) < 1e-9);
}

static void test_what_the_rate_explains_is_no_step(void **state)
{
	(void)state;
	realtime_init(&rt);
	/* 20 ppm is 5 us in 250 ms */
	assert_true(add(10 * S, 1000, 20000));
	assert_true(add(10 * S + 250 * MS, 6000, 20000));
	/* 100 ns of either bracket, 62 of slack, and a few of rounding */
	assert_true(add(10 * S + 500 * MS, 11000 + 150, 20000));
	assert_true(realtime_disturbed_raw_ns(&rt) == INT64_MIN);
}

static void test_what_it_does_not_explain_is_one(void **state)
{
	(void)state;
	realtime_init(&rt);
	assert_true(add(10 * S, 1000, 20000));
	assert_false(add(10 * S + 250 * MS, 6000 + 300, 20000));
	assert_true(realtime_disturbed_raw_ns(&rt) == 10 * S + 250 * MS + 50);
	/* and is over with that */
	assert_true(add(10 * S + 500 * MS, 11300, 20000));
	assert_false(add(10 * S + 750 * MS, 16300 - 300, 20000));
	assert_true(realtime_disturbed_raw_ns(&rt) == 10 * S + 750 * MS + 50);
}

static void test_a_change_of_rate_allows_for_both(void **state)
{
	(void)state;
	realtime_init(&rt);
	assert_true(add(10 * S, 0, 0));
	/* 0 to 10 ppm, looked for 10 ppm further out: -2.5 to 5 us */
	assert_true(add(10 * S + 250 * MS, 4900, 10000));
	assert_true(add(10 * S + 500 * MS, 4900 - 2400, 0));
	assert_false(add(10 * S + 750 * MS, 2500 + 400, 0));
}

static void test_an_allowed_rate_counts_once(void **state)
{
	(void)state;
	realtime_init(&rt);
	assert_true(add(10 * S, 0, 0));
	realtime_allow(&rt, 40000);
	assert_true(add(10 * S + 250 * MS, 10000, 0));
	expect_rates(10 * S, 10 * S + 250 * MS, 0, 0);
	assert_false(add(10 * S + 500 * MS, 20000, 0));
}

static void test_a_pll_may_add_to_the_rate(void **state)
{
	const struct env_steering steering = {.rate_ppb = 0,
					      .rate_err_ppb = 4000};
	struct env_pair pair = {10 * S, 10 * S + 50, 10 * S + 100};

	(void)state;
	realtime_init(&rt);
	assert_true(realtime_add(&rt, &pair, &steering));
	pair = (struct env_pair){11 * S, 11 * S + 50 + 3900, 11 * S + 100};
	assert_true(realtime_add(&rt, &pair, &steering));
	expect_rates(10 * S, 11 * S, -4000, 4000);
}

/* ---- the kernel's own slew ---- */

static struct kernel_clock clock_;

static void order_slew(int64_t slew_ns, int shift)
{
	const struct env_order o = {.slew_ns = (double)slew_ns,
				    .slew_shift = shift,
				    .is_synchronized = true};

	kernel_clock_obey(&clock_, &o);
}

/* To raw_ns, where it is looked at: what it has done must be explained, and all
 * that it did in the second before be within the rates that are told. */
static void look_at(int64_t raw_ns)
{
	static int64_t was_raw_ns, was_real_ns;
	struct env_steering steering;
	struct env_pair pair;
	double lo, hi, ppb;

	kernel_clock_advance(&clock_, raw_ns);
	kernel_clock_look(&clock_, &steering);
	pair.raw_ns_before = raw_ns - 10;
	pair.real_ns = clock_.real_ns;
	pair.raw_ns_after = raw_ns + 10;
	assert_true(realtime_add(&rt, &pair, &steering));
	if (rt.count > 1) {
		ppb = (double)(clock_.real_ns - was_real_ns -
			       (raw_ns - was_raw_ns)) *
		      1e9 / (double)(raw_ns - was_raw_ns);
		assert_int_equal(
			realtime_rates(&rt, was_raw_ns + 10, raw_ns, &lo, &hi),
			0);
		assert_true(ppb >= lo - 250 && ppb <= hi + 250);
	}
	was_raw_ns = raw_ns;
	was_real_ns = clock_.real_ns;
}

/* Guards: of what is left of the kernel's offset up to a third is under way, as a
 * quarter was taken off before it was spread over the second. */
static void test_a_slew_is_explained_to_its_end(void **state)
{
	(void)state;
	for (int shift = 2; shift <= 6; shift++) {
		realtime_init(&rt);
		kernel_clock_init(&clock_, 10 * S, 1000 * S + 400 * MS, 0);
		look_at(10 * S + MS);
		order_slew(shift % 2 ? -2000000 : 2000000, shift);
		for (int i = 1; i < 200; i++)
			look_at(10 * S + MS + i * 250 * MS);
		assert_true(fabs(clock_.slew_ns) <
			    2000000 * pow(1 - ldexp(1, -shift), 48));
	}
}

/* Guards: the second's part of an offset that is gone is worked off to the
 * second's end. */
static void test_what_is_left_of_a_slew_is_explained(void **state)
{
	(void)state;
	for (int after = 1; after < 12; after++) {
		realtime_init(&rt);
		kernel_clock_init(&clock_, 10 * S, 1000 * S + 400 * MS, 0);
		look_at(10 * S + MS);
		order_slew(500000, 2);
		for (int i = 1; i < 40; i++) {
			look_at(10 * S + MS + i * 250 * MS);
			if (i == 7 + after)
				order_slew(after % 3 == 0 ? -300 : 0, 6);
			if (i == 7 + after + after % 5)
				order_slew(20000, 4);
		}
	}
}

static void test_nobody_vouches_for_a_gap(void **state)
{
	(void)state;
	realtime_init(&rt);
	assert_true(add(10 * S, 0, 0));
	assert_true(add(14 * S, 0, 0));
	assert_false(add(18 * S + 200, 0, 0));
}

static void test_rates_over_a_span(void **state)
{
	double lo, hi;

	(void)state;
	realtime_init(&rt);
	assert_int_equal(realtime_rates(&rt, 0, 1, &lo, &hi), -ENODATA);
	add(10 * S, 0, 1000);
	add(11 * S, 1000, 1000);
	add(12 * S, 2000, 1000);
	add(13 * S, 3000, 1000);
	expect_rates(10 * S, 13 * S, 1000, 1000);
	add(14 * S, 5000, 3000);
	/* from the last entry before the change on, and its spread besides */
	expect_rates(13 * S + 60, 14 * S, -1000, 5000);
	expect_rates(12 * S + 60, 13 * S, -1000, 5000);
	add(15 * S, 8000, 3000);
	expect_rates(14 * S + 60, 15 * S, 3000, 3000);
	/* not further back than the ring, not beyond its end */
	assert_int_equal(realtime_rates(&rt, 9 * S, 15 * S, &lo, &hi),
			 -ENODATA);
	assert_int_equal(realtime_rates(&rt, 14 * S, 16 * S, &lo, &hi),
			 -ENODATA);
}

static void test_a_thin_ring_reaches_back_further(void **state)
{
	(void)state;
	realtime_init(&rt);
	/* 16 entries a second in bursts of 4, for 200 s: kept are 2 or 3 */
	for (int i = 0; i < 3200; i++)
		assert_true(add(10 * S + i / 4 * 250 * MS + i % 4 * MS, 0, 0));
	expect_rates(12 * S, 209 * S, 0, 0);
}

static void test_the_oldest_entries_go(void **state)
{
	double lo, hi;

	(void)state;
	realtime_init(&rt);
	for (int i = 0; i < 3000; i++)
		assert_true(add((10 + i) * S, 0, 0));
	expect_rates((10 + 3000 - REALTIME_ENTRIES) * S, 3009 * S, 0, 0);
	assert_int_equal(realtime_rates(&rt, (9 + 3000 - REALTIME_ENTRIES) * S,
					3009 * S, &lo, &hi),
			 -ENODATA);
}

static void test_the_span_between_two_pairs(void **state)
{
	struct realtime_entry e;

	(void)state;
	realtime_init(&rt);
	assert_int_equal(realtime_span(&rt, &e), -ENODATA);
	add(10 * S, 7000, 0);
	assert_int_equal(realtime_span(&rt, &e), -ENODATA);
	add(10 * S + MS, 7010, 0);
	assert_int_equal(realtime_span(&rt, &e), 0);
	assert_true(e.raw_ns_min == 10 * S - 50);
	assert_true(e.raw_ns_max == 10 * S + MS + 50);
	/* the brackets' common part, and under 3 ns of slack and rounding */
	assert_in_range(e.lo_ns, 7010 - 51 - 3, 7010 - 51);
	assert_in_range(e.hi_ns, 7000 + 51, 7000 + 51 + 3);
}

/* S is slewed by 500 ppm through the middle of the span: 500 ns in 1 ms. */
static void test_the_span_allows_for_a_slew(void **state)
{
	struct realtime_entry e;

	(void)state;
	realtime_init(&rt);
	add(10 * S, 0, 0);
	add(10 * S + MS, 250, 500000);
	assert_int_equal(realtime_span(&rt, &e), 0);
	assert_true(e.lo_ns <= -50 && e.hi_ns >= 250 + 50);
	assert_true(e.lo_ns >= -1500 && e.hi_ns <= 1500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_the_rate_explains_is_no_step),
		cmocka_unit_test(test_what_it_does_not_explain_is_one),
		cmocka_unit_test(test_a_change_of_rate_allows_for_both),
		cmocka_unit_test(test_an_allowed_rate_counts_once),
		cmocka_unit_test(test_a_pll_may_add_to_the_rate),
		cmocka_unit_test(test_a_slew_is_explained_to_its_end),
		cmocka_unit_test(test_what_is_left_of_a_slew_is_explained),
		cmocka_unit_test(test_nobody_vouches_for_a_gap),
		cmocka_unit_test(test_rates_over_a_span),
		cmocka_unit_test(test_a_thin_ring_reaches_back_further),
		cmocka_unit_test(test_the_oldest_entries_go),
		cmocka_unit_test(test_the_span_between_two_pairs),
		cmocka_unit_test(test_the_span_allows_for_a_slew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
