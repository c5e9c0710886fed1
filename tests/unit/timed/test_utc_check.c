/* SPDX-License-Identifier: Apache-2.0 */
/* What sources say of UTC, right and wrong, near leap seconds and far. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "timed/utc_check.h"

#define S   INT64_C(1000000000)
#define DAY (86400 * S)

#define Y2017 INT64_C(1483228800) /* 2017-01-01: the 37th second */
#define Y2030 INT64_C(1893456000) /* 2030-01-01: here one is left out */

static const struct leap_table table = {
	.count = 3,
	.entry = { { 1435708800, 36 }, { Y2017, 37 }, { Y2030, 36 } },
	.expires_unix_s = Y2030 + 86400,
};

#define CALM     ((Y2017 + 200 * INT64_C(86400) + 37) * S)
#define LEAP_TAI ((Y2030 + 36) * S)

static enum utc_verdict says(bool has_offset, int offset_s, bool has_leap,
			     int leap_s, int64_t tai_ns)
{
	const struct utc_word w = { has_offset, has_leap, offset_s, leap_s };

	return utc_check(&table, &w, tai_ns);
}

static void who_says_nothing_agrees(void **state)
{
	(void)state;
	for (int64_t tai_ns = LEAP_TAI - 40 * DAY; tai_ns < LEAP_TAI + DAY;
	     tai_ns += DAY / 48)
		assert_int_equal(says(false, 99, false, 1, tai_ns), UTC_AGREES);
}

static void an_offset_is_compared(void **state)
{
	(void)state;
	assert_int_equal(says(true, 37, false, 0, CALM), UTC_AGREES);
	assert_int_equal(says(true, 0, false, 0, CALM), UTC_OFFSET_DIFFERS);
	assert_int_equal(says(true, 36, true, 0, CALM), UTC_OFFSET_DIFFERS);
	/* It changes with the leap second, and about it nothing is said. */
	assert_int_equal(says(true, 37, false, 0, LEAP_TAI - DAY), UTC_AGREES);
	assert_int_equal(says(true, 36, false, 0, LEAP_TAI - DAY),
			 UTC_OFFSET_DIFFERS);
	assert_int_equal(says(true, 36, false, 0, LEAP_TAI - S), UTC_AGREES);
	assert_int_equal(says(true, 37, false, 0, LEAP_TAI + S), UTC_AGREES);
	assert_int_equal(says(true, 36, false, 0, LEAP_TAI + DAY), UTC_AGREES);
	assert_int_equal(says(true, 37, false, 0, LEAP_TAI + DAY),
			 UTC_OFFSET_DIFFERS);
	assert_int_equal(says(true, 36, false, 0, INT64_MIN), UTC_AGREES);
	assert_int_equal(says(true, 36, false, 0, INT64_MAX), UTC_AGREES);
}

static void an_announcement_is_compared(void **state)
{
	(void)state;
	assert_int_equal(says(false, 0, true, 0, CALM), UTC_AGREES);
	assert_int_equal(says(false, 0, true, 1, CALM), UTC_LEAP_UNKNOWN);
	assert_int_equal(says(false, 0, true, -1, CALM), UTC_LEAP_UNKNOWN);
	/* From a month before, and on the last day. */
	assert_int_equal(says(false, 0, true, -1, LEAP_TAI - 31 * DAY),
			 UTC_AGREES);
	assert_int_equal(says(false, 0, true, -1, LEAP_TAI - DAY), UTC_AGREES);
	assert_int_equal(says(false, 0, true, 1, LEAP_TAI - DAY),
			 UTC_LEAP_UNKNOWN);
	assert_int_equal(says(false, 0, true, -1, LEAP_TAI - 40 * DAY),
			 UTC_LEAP_UNKNOWN);
	/* It may come late, but not within hours. */
	assert_int_equal(says(false, 0, true, 0, LEAP_TAI - DAY), UTC_AGREES);
	assert_int_equal(says(false, 0, true, 0, LEAP_TAI - DAY / 6),
			 UTC_LEAP_MISSED);
	/* A flag that stays on for a little. */
	assert_int_equal(says(false, 0, true, -1, LEAP_TAI + 60 * S),
			 UTC_AGREES);
	assert_int_equal(says(false, 0, true, -1, LEAP_TAI + DAY),
			 UTC_LEAP_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_says_nothing_agrees),
		cmocka_unit_test(an_offset_is_compared),
		cmocka_unit_test(an_announcement_is_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
