/* SPDX-License-Identifier: Apache-2.0 */
/* chronyd's cooked clock as a line: which of its two kinds it is, and what
 * breaks it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* before cmocka.h */
#include <cmocka.h>
#include <errno.h>
#include <math.h>

#include "drivers/cooked.h"

#define S  INT64_C(1000000000)
#define MS INT64_C(1000000)

static struct realtime rt;
static struct cooked c;
static struct cmdmon_tracking tracking;

static void begin(double freq_ppm)
{
	realtime_init(&rt);
	cooked_init(&c);
	tracking = (struct cmdmon_tracking){.ref_time = {1000, 1},
					    .freq_ppm = {freq_ppm, 1e-7},
					    .last_update_interval_s = {16, 0}};
}

/* S at s_ppb, C - raw at cooked_ns, both with 100 ns of bracket. */
static bool add(int64_t raw_ns, double s_ppb, double cooked_ns)
{
	const int64_t s_ns = (int64_t)(s_ppb * 1e-9 * (double)raw_ns);
	const struct env_pair pair = {raw_ns - 50, raw_ns + s_ns, raw_ns + 50};
	const struct env_steering steering = {.rate_ppb = s_ppb};
	const struct cooked_point point = {.raw_ns_min = raw_ns - 50,
					   .raw_ns_max = raw_ns + 50,
					   .lo_ns = (int64_t)cooked_ns - 50,
					   .hi_ns = (int64_t)cooked_ns + 50};

	realtime_add(&rt, &pair, &steering);
	return cooked_add(&c, &tracking, &point, &rt);
}

/* A line at rate_ppb, a point every 250 ms, with S at s_ppb. */
static bool run(int64_t from_ns, int64_t to_ns, double s_ppb, double rate_ppb)
{
	for (int64_t t = from_ns; t <= to_ns; t += 250 * MS)
		if (!add(t, s_ppb, rate_ppb * 1e-9 * (double)t))
			return false;
	return true;
}

static void expect_rate(int64_t raw_ns, int64_t age_ns, double min, double max,
			double within)
{
	double lo, hi;

	assert_int_equal(
		cooked_rate(&c, &rt, raw_ns - age_ns, raw_ns, &lo, &hi), 0);
	if (fabs(lo - min) > within || fabs(hi - max) > within)
		fail_msg("%f..%f is not %f..%f", lo, hi, min, max);
}

/* S at 30 ppm, freq 10 ppm: C at -10 ppm when steered, at 20 ppm when not. */
static void test_at_first_both_can_be(void **state)
{
	(void)state;
	begin(10);
	assert_true(add(10 * S, 30000, -100000));
	assert_true(c.may_steer && c.may_be_free);
	expect_rate(10 * S + 50, 0, -10000 - 250, 20000 + 250, 2);
}

static void test_a_steered_clock_shows_itself(void **state)
{
	(void)state;
	begin(10);
	assert_true(run(10 * S, 11 * S, 30000, -10000));
	assert_true(c.may_steer && !c.may_be_free);
	/* two halves of 100 ns over 1 s: +-100 ppb, less than the slack of
	 * 250; and over 10 s */
	expect_rate(11 * S + 50, S, -10000 - 100, -10000 + 100, 1);
	assert_true(run(11 * S + 250 * MS, 20 * S, 30000, -10000));
	expect_rate(20 * S + 50, S, -10000 - 10, -10000 + 10, 1);
}

static void test_a_free_clock_shows_itself(void **state)
{
	(void)state;
	begin(10);
	assert_true(run(10 * S, 11 * S, 30000, 20000));
	assert_true(!c.may_steer && c.may_be_free);
	expect_rate(11 * S + 50, S, 20000 - 100, 20000 + 100, 1);
}

/* What is known of the kind outlives a line: an update of chronyd. */
static void test_the_kind_is_known_to_the_next_line(void **state)
{
	(void)state;
	begin(10);
	assert_true(run(10 * S, 11 * S, 30000, -10000));
	tracking.ref_time.s++;
	tracking.freq_ppm.value = 12;
	assert_true(add(12 * S, 30000, 5));
	expect_rate(12 * S + 50, S, -12000 - 250, -12000 + 250, 2);
}

/* A free clock whose S somebody slews: its rate now is not its mean rate. */
static void test_a_slewed_free_clock_is_not_measured(void **state)
{
	(void)state;
	begin(10);
	assert_true(run(10 * S, 12 * S, 30000, 20000));
	for (int i = 1; i <= 4; i++)
		add(12 * S + i * 250 * MS, 50000, 240000 + 40000 * 0.25 * i);
	/* 50 ppm - 10 for a span after the change; S's ring takes the spread
	 * of 20 ppm on either side of a span that has the change in it */
	expect_rate(13 * S + 50, 500 * MS, 40000 - 250, 40000 + 250, 10);
	expect_rate(13 * S + 50, 900 * MS, 0, 60000, 260);
}

static void test_a_jump_breaks_the_line(void **state)
{
	double lo, hi;

	(void)state;
	begin(10);
	assert_true(run(10 * S, 12 * S, 30000, -10000));
	assert_false(add(12 * S + 250 * MS, 30000, -122500 + 400));
	assert_true(c.disturbed_raw_ns == 12 * S + 250 * MS + 50);
	assert_true(c.may_steer && c.may_be_free);
	/* nothing is believed before a line has been confirmed again */
	assert_true(run(13 * S, 28 * S, 30000, -10000));
	assert_int_equal(cooked_rate(&c, &rt, 28 * S, 28 * S, &lo, &hi),
			 -EAGAIN);
	assert_true(run(28 * S + 250 * MS, 29 * S, 30000, -10000));
	assert_int_equal(cooked_rate(&c, &rt, 29 * S, 29 * S, &lo, &hi), 0);
}

/* tempcomp: C runs at neither rate. */
static void test_a_rate_of_neither_kind_is_never_believed(void **state)
{
	double lo, hi;
	int believed = 0;

	(void)state;
	begin(10);
	for (int64_t t = 10 * S; t <= 200 * S; t += 250 * MS) {
		/* an update every 16 s */
		tracking.ref_time.s = 1000 + t / (16 * S);
		add(t, 30000, -12000e-9 * (double)t);
		if (t > 12 * S && cooked_rate(&c, &rt, t, t, &lo, &hi) == 0)
			believed++;
	}
	assert_int_equal(believed, 0);
}

static void test_a_new_chronyd_begins_anew(void **state)
{
	(void)state;
	begin(10);
	assert_true(run(10 * S, 12 * S, 30000, -10000));
	assert_true(!c.may_be_free);
	tracking.leap = CMDMON_LEAP_UNSYNC;
	assert_false(add(12 * S + 250 * MS, 30000, -122500));
	assert_true(c.may_be_free);
	assert_true(c.disturbed_raw_ns == 12 * S + 250 * MS + 50);
	/* or its first update, whose interval is 0 */
	tracking.leap = 0;
	assert_true(run(13 * S, 15 * S, 30000, -10000));
	assert_true(!c.may_be_free);
	tracking.ref_time.s++;
	tracking.last_update_interval_s.value = 0;
	assert_false(add(16 * S, 30000, -160000));
	assert_true(c.may_be_free);
}

static void test_a_point_carries_outward(void **state)
{
	const struct cooked_point p = {.raw_ns_min = 10 * S,
				       .raw_ns_max = 10 * S + 1000,
				       .lo_ns = -5,
				       .hi_ns = 5};
	struct cooked_point q;

	(void)state;
	/* 1 s (and up to 1 us more, which counts 0.02 ns) at -10..20 ppm */
	q = cooked_carry(&p, 11 * S + 1000, -10000, 20000);
	assert_in_range(-q.lo_ns, 10005, 10007);
	assert_in_range(q.hi_ns, 20005, 20007);
	/* and back */
	q = cooked_carry(&p, 9 * S, -10000, 20000);
	assert_in_range(-q.lo_ns, 20005, 20007);
	assert_in_range(q.hi_ns, 10005, 10007);
}

static void test_a_point_is_the_pair_and_the_correction(void **state)
{
	const struct realtime_entry span = {
		.raw_ns_min = 1, .raw_ns_max = 2, .lo_ns = 100, .hi_ns = 200};
	const struct cmdmon_tracking t = {
		.current_correction_s = {-1e-6, 3e-9}};
	const struct cooked_point p = cooked_point_of(&span, &t);

	(void)state;
	/* -1000 ns, +-3 of number format, +-50 of the kernel's rounding */
	assert_in_range(-p.lo_ns, 953, 954);
	assert_in_range(-p.hi_ns, 746, 747);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_at_first_both_can_be),
		cmocka_unit_test(test_a_steered_clock_shows_itself),
		cmocka_unit_test(test_a_free_clock_shows_itself),
		cmocka_unit_test(test_the_kind_is_known_to_the_next_line),
		cmocka_unit_test(test_a_slewed_free_clock_is_not_measured),
		cmocka_unit_test(test_a_jump_breaks_the_line),
		cmocka_unit_test(test_a_rate_of_neither_kind_is_never_believed),
		cmocka_unit_test(test_a_new_chronyd_begins_anew),
		cmocka_unit_test(test_a_point_carries_outward),
		cmocka_unit_test(test_a_point_is_the_pair_and_the_correction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
