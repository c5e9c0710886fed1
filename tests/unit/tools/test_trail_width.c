/* SPDX-License-Identifier: Apache-2.0 */
/* Widths in the audit of a history log: nothing is rounded down. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/trail.h"
#include "tools/trail_width.h"

/* 10 s at 50 ppm: 500 us, and 2 ns for what was rounded in the log. */
static void an_interval_opens_by_a1(void **state)
{
	(void)state;
	assert_int_equal(trail_opening_ns(10000000000, 50000), 500002);
	assert_int_equal(trail_opening_ns(-10000000000, 50000), 500002);
	assert_int_equal(trail_opening_ns(1, 50000), 3);
	assert_int_equal(trail_opening_ns(0, 50000), 2);
	assert_int_equal(trail_opening_ns(INT64_MAX, 1e9), INT64_C(1) << 62);
}

static void check_class(int64_t ns)
{
	const int class = trail_width_class(ns);
	const int64_t most_ns = trail_width_of_class(class);

	assert_in_range(class, 0, TRAIL_CLASSES - 1);
	assert_true(most_ns >= ns);
	assert_true(most_ns - ns <= ns / 64);
	if (class > 0)
		assert_true(trail_width_of_class(class - 1) < ns);
}

/* Every width up to 64 us, and about each power of two beyond. */
static void a_class_holds_widths_up_to_1_6_per_cent_more(void **state)
{
	(void)state;
	for (int64_t ns = 0; ns < 65536; ns++)
		check_class(ns);
	for (int bit = 16; bit < 62; bit++)
		for (int64_t d = -3; d <= 3; d++)
			check_class((INT64_C(1) << bit) + d);
	assert_int_equal(trail_width_class(-5), 0);
	assert_in_range(trail_width_class(INT64_MAX), 0, TRAIL_CLASSES - 1);
}

static void what_64_bits_cannot_hold_is_the_nearest(void **state)
{
	(void)state;
	assert_int_equal(trail_clamp_ns((__int128)INT64_MAX + 1), INT64_MAX);
	assert_int_equal(trail_clamp_ns((__int128)INT64_MIN - 1), INT64_MIN);
	assert_int_equal(trail_clamp_ns(-7), -7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_interval_opens_by_a1),
		cmocka_unit_test(a_class_holds_widths_up_to_1_6_per_cent_more),
		cmocka_unit_test(what_64_bits_cannot_hold_is_the_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
