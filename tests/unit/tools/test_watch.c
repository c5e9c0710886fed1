/* SPDX-License-Identifier: Apache-2.0 */
/* What --watch draws, as numbers: columns, shares, scales, what was seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/watch_draw.h"

static void a_scale_is_1_2_or_5_times_a_power_of_ten(void **state)
{
	(void)state;
	assert_int_equal(watch_nice_scale(0), 1);
	assert_int_equal(watch_nice_scale(1), 1);
	assert_int_equal(watch_nice_scale(3), 5);
	assert_int_equal(watch_nice_scale(100000), 100000);
	assert_int_equal(watch_nice_scale(100001), 200000);
	assert_int_equal(watch_nice_scale(INT64_MAX), INT64_MAX);
}

static void columns_are_symmetric_and_tell_what_is_off_the_line(void **state)
{
	(void)state;
	assert_int_equal(watch_column_of(-100, 100, 41), 0);
	assert_int_equal(watch_column_of(0, 100, 41), 20);
	assert_int_equal(watch_column_of(100, 100, 41), 40);
	assert_int_equal(watch_column_of(50, 100, 41), 30);
	assert_int_equal(watch_column_of(101, 100, 41), 41);
	assert_int_equal(watch_column_of(-101, 100, 41), -1);
	assert_int_equal(watch_column_of(INT64_MAX, INT64_MAX, 41), 40);
	assert_int_equal(watch_column_of(INT64_MIN, 1, 41), -1);
}

/* 50, 30 and 40 of 120 on 67 columns: 27.9, 16.75 and 22.3 of them. */
static void shares_fill_the_bar_to_the_last_column(void **state)
{
	(void)state;
	assert_int_equal(watch_share(0, 50, 120, 67), 28);
	assert_int_equal(watch_share(50, 30, 120, 67), 17);
	assert_int_equal(watch_share(80, 40, 120, 67), 22);
	assert_int_equal(watch_share(0, 0, 0, 67), 0);
	for (int width = 1; width < 200; width++) {
		int sum = 0;

		for (int64_t i = 0; i < 7; i++)
			sum += watch_share(i * 11, 11, 77, width);
		assert_int_equal(sum, width);
	}
}

static void a_column_keeps_the_widest_and_the_gravest(void **state)
{
	struct watch_history h = {.count = 0};
	int64_t min_ns = -7, max_ns = -7;

	(void)state;
	assert_null(watch_history_at(&h, 0));
	assert_false(watch_history_range(&h, 10, &min_ns, &max_ns));
	assert_int_equal(min_ns, -7);
	watch_history_add(&h, '=', 300);
	watch_history_add(&h, 'D', 500);
	watch_history_add(&h, 'h', 400);
	assert_int_equal(h.count, 1);
	assert_int_equal(watch_history_at(&h, 0)->half_ns, 500);
	assert_int_equal(watch_history_at(&h, 0)->state, 'D');
	watch_history_next(&h);
	watch_history_add(&h, 'U', -1);
	assert_int_equal(watch_history_at(&h, 0)->half_ns, -1);
	assert_int_equal(watch_history_at(&h, 0)->state, 'U');
	assert_int_equal(watch_history_at(&h, 1)->state, 'D');
	assert_true(watch_history_range(&h, 10, &min_ns, &max_ns));
	assert_int_equal(min_ns, 500);
	assert_int_equal(max_ns, 500);
	assert_false(watch_history_range(&h, 1, &min_ns, &max_ns));
}

static void the_oldest_column_makes_room(void **state)
{
	struct watch_history h = {.count = 0};
	int64_t min_ns, max_ns;

	(void)state;
	for (int i = 0; i < WATCH_COLUMNS_MAX + 3; i++) {
		watch_history_next(&h);
		watch_history_add(&h, '=', 1000 + i);
	}
	assert_int_equal(h.count, WATCH_COLUMNS_MAX);
	assert_int_equal(watch_history_at(&h, 0)->half_ns,
			 1000 + WATCH_COLUMNS_MAX + 2);
	assert_int_equal(watch_history_at(&h, WATCH_COLUMNS_MAX - 1)->half_ns,
			 1003);
	assert_null(watch_history_at(&h, WATCH_COLUMNS_MAX));
	assert_true(watch_history_range(&h, 100000, &min_ns, &max_ns));
	assert_int_equal(min_ns, 1003);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_scale_is_1_2_or_5_times_a_power_of_ten),
		cmocka_unit_test(
			columns_are_symmetric_and_tell_what_is_off_the_line),
		cmocka_unit_test(shares_fill_the_bar_to_the_last_column),
		cmocka_unit_test(a_column_keeps_the_widest_and_the_gravest),
		cmocka_unit_test(the_oldest_column_makes_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
