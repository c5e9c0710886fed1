/* SPDX-License-Identifier: Apache-2.0 */
/* Scales: round edges that hold what is to be seen, labels that are not too many,
 * and finite numbers whatever comes. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "chart/scale.h"

static void near(double a, double b)
{
	assert_true(fabs(a - b) <= 1e-9 * fabs(b));
}

static void logarithmic_edges_are_round_and_a_decade_apart(void **state)
{
	struct scale s = scale_log(214e3, 893e3);

	(void)state;
	near(s.lo, 200e3);
	near(s.hi, 2e6);
	s = scale_log(1000, 1000);
	near(s.lo, 1000);
	near(s.hi, 10000);
	s = scale_log(0.3, 70e9);
	near(s.lo, 0.2);
	near(s.hi, 100e9);
}

static void linear_edges_are_round(void **state)
{
	struct scale s = scale_linear(-3.1e6, 0.4e6, 4);

	(void)state;
	near(s.lo, -4e6);
	near(s.hi, 1e6);
	s = scale_linear(0, 48, 4);
	assert_true(s.lo == 0);
	near(s.hi, 60);
}

/* Hair's breadths beside the whole are none. */
static void check(const struct scale *s, double min, double max)
{
	const double hair = s->is_log ? 0 : 1e-8 * (s->hi - s->lo);

	assert_true(isfinite(s->lo) && isfinite(s->hi) && s->lo < s->hi);
	if (!isfinite(min) || !isfinite(max) || min > max ||
	    fabs(max) >= 1e24 || fabs(min) >= 1e24)
		return;
	assert_true(s->lo <= min * (min > 0 ? 1 + 1e-9 : 1) + hair);
	assert_true(s->hi >= max * (max > 0 ? 1 - 1e-9 : 1) - hair);
}

/* One point, nothing, junk: all finite, all in order. */
static void whatever_comes_makes_a_scale(void **state)
{
	static const double v[] = {0,	  1,	   -1,	 1e-300, 1e300, 5e-324,
				   NAN,	  INFINITY, -INFINITY,	 -1e300, 9e18,
				   -9e18, 123456.789, 1e-6,  0.3};
	const int n = sizeof(v) / sizeof(*v);

	(void)state;
	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++) {
			const struct scale log = scale_log(v[i], v[j]);
			const struct scale linear = scale_linear(v[i], v[j], 4);
			struct scale_ticks t;

			assert_true(log.lo > 0);
			check(&log, v[i] > 1e-18 ? v[i] : NAN, v[j]);
			check(&linear, v[i], v[j]);
			for (int k = 0; k < n; k++) {
				const double part = scale_part(&log, v[k]);

				assert_true(part >= 0 && part <= 1);
			}
			scale_ticks(&log, 6, &t);
			assert_in_range(t.count, 1, 6);
			scale_ticks(&linear, 6, &t);
			assert_in_range(t.count, 1, 6);
			scale_time_ticks(v[i], v[j], 8, &t);
			assert_in_range(t.count, 0, SCALE_TICKS_MAX);
		}
}

static void values_lie_where_they_belong(void **state)
{
	const struct scale log = {1, 1000, true}, linear = {-5, 5, false};

	(void)state;
	near(scale_part(&log, 10), 1.0 / 3);
	near(scale_part(&linear, 0), 0.5);
	assert_true(scale_part(&linear, -6) == 0);
	assert_true(scale_part(&linear, 6) == 1);
	assert_true(scale_part(&log, 0) == 0);
	assert_true(scale_part(&log, NAN) == 0);
}

static void a_decade_has_labels_at_1_2_and_5(void **state)
{
	static const double at[] = {200, 500, 1000, 2000};
	const struct scale s = {200, 2000, true};
	struct scale_ticks t;

	(void)state;
	scale_ticks(&s, 8, &t);
	assert_int_equal(t.count, 4);
	for (int i = 0; i < 4; i++)
		near(t.at[i], at[i]);
}

static void many_decades_have_labels_at_some_powers_of_ten(void **state)
{
	const struct scale s = {1, 1e12, true};
	struct scale_ticks t;

	(void)state;
	scale_ticks(&s, 8, &t);
	assert_int_equal(t.count, 7);
	near(t.at[1], 100);
	near(t.at[6], 1e12);
}

/* 2026-11-23 is day 20780 since 1970. */
static void times_are_labelled_at_round_hours(void **state)
{
	const double midnight_s = 20780 * 86400.0;
	struct scale_ticks t;

	(void)state;
	scale_time_ticks(midnight_s - 3 * 3600 - 17, midnight_s + 21 * 3600, 8,
			 &t);
	assert_true(t.step == 4 * 3600 || t.step == 3600 * 6);
	for (int i = 0; i < t.count; i++)
		assert_true(fmod(t.at[i], t.step) == 0);
	assert_true(t.at[0] == midnight_s);
	scale_time_ticks(-120, 0, 8, &t);
	assert_true(t.step == 30 && t.count == 5);
	assert_true(t.at[4] == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			logarithmic_edges_are_round_and_a_decade_apart),
		cmocka_unit_test(linear_edges_are_round),
		cmocka_unit_test(whatever_comes_makes_a_scale),
		cmocka_unit_test(values_lie_where_they_belong),
		cmocka_unit_test(a_decade_has_labels_at_1_2_and_5),
		cmocka_unit_test(
			many_decades_have_labels_at_some_powers_of_ten),
		cmocka_unit_test(times_are_labelled_at_round_hours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
