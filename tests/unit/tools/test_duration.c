/* SPDX-License-Identifier: Apache-2.0 */
/* Durations to the nanosecond, and the ranges of monitoring plugins. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/duration.h"

static void durations_are_exact(void **state)
{
	static const struct {
		const char *text;
		int64_t ns;
	} row[] = {
		{"0", 0},
		{"0s", 0},
		{"1ns", 1},
		{"10us", 10000},
		{"0.1s", 100000000},
		{"1.234567891 s", 1234567891},
		{"2.5min", INT64_C(150000000000)},
		{"1h", INT64_C(3600000000000)},
		{"0.5d", INT64_C(43200000000000)},
		{"9223372036854775807ns", INT64_MAX},
		{"1.000us", 1000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		int64_t ns = -1;

		assert_int_equal(duration_parse(row[i].text, &ns), 0);
		assert_int_equal(ns, row[i].ns);
	}
}

static void what_is_none_is_refused_and_nothing_written(void **state)
{
	static const struct {
		const char *text;
		int err;
	} row[] = {
		{"", -EINVAL},	      {"us", -EINVAL},	   {"-1us", -EINVAL},
		{"1.us", -EINVAL},    {".5us", -EINVAL},   {"10", -ENODATA},
		{"0.5", -ENODATA},    {"1e3us", -ENOENT},  {"10US", -ENOENT},
		{"10us ", -ENOENT},   {"1m", -ENOENT},	   {"0.1ns", -ERANGE},
		{"1.2345us", -ERANGE}, {"9223372036854775808ns", -ERANGE},
		{"106752d", -ERANGE}, {"99999999999999999999999s", -ERANGE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		int64_t ns = -7;

		assert_int_equal(duration_parse(row[i].text, &ns), row[i].err);
		assert_int_equal(ns, -7);
	}
}

/* The table of the Monitoring Plugins' guidelines, in microseconds. */
static void ranges_alert_as_the_guidelines_say(void **state)
{
	static const struct {
		const char *text;
		int alerts[6]; /* at 0, 9.999, 10, 15, 20, 20.001 us */
		const char *seconds;
	} row[] = {
		{"10us", {0, 0, 0, 1, 1, 1}, "0.000010000"},
		{"10us:", {1, 1, 0, 0, 0, 0}, "0.000010000:"},
		{"~:10us", {0, 0, 0, 1, 1, 1}, "~:0.000010000"},
		{"10us:20us", {1, 1, 0, 0, 0, 1}, "0.000010000:0.000020000"},
		{"@10us:20us", {0, 0, 1, 1, 1, 0}, "@0.000010000:0.000020000"},
		{"10:20us", {1, 1, 0, 0, 0, 1}, "0.000010000:0.000020000"},
		{"10us:20", {1, 1, 0, 0, 0, 1}, "0.000010000:0.000020000"},
		{":10us", {0, 0, 0, 1, 1, 1}, "0.000010000"},
		{"0", {0, 1, 1, 1, 1, 1}, "0.000000000"},
		{"@0:10us", {1, 1, 1, 0, 0, 0}, "@0.000010000"},
		{"@~:", {1, 1, 1, 1, 1, 1}, "@~:"},
		{"0:", {0, 0, 0, 0, 0, 0}, "0.000000000:"},
	};
	static const int64_t at_ns[6] = {0, 9999, 10000, 15000, 20000, 20001};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		struct duration_range r;
		char text[DURATION_RANGE_SIZE];

		assert_int_equal(duration_range_parse(row[i].text, &r), 0);
		for (int k = 0; k < 6; k++)
			assert_int_equal(duration_range_alerts(&r, at_ns[k]),
					 row[i].alerts[k]);
		assert_string_equal(duration_range_s(&r, text),
				    row[i].seconds);
	}
}

static void a_range_that_is_none_is_refused(void **state)
{
	static const char *const text[] = {
		"",	 "@",	"~",   ":",	     "10",     "10:20",
		"20us:10us", "10us:20us:30us", "x:10us", "10us:x", "-1us:10us",
		"10us:~", "@@10us",
		/* beyond what a number takes */
		("1000000000000000000000000000000000000000"
		 "000000000000:10us")};

	(void)state;
	for (size_t i = 0; i < sizeof(text) / sizeof(*text); i++) {
		struct duration_range r;
		int err = duration_range_parse(text[i], &r);

		assert_true(err < 0);
		assert_non_null(duration_error(err));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_are_exact),
		cmocka_unit_test(what_is_none_is_refused_and_nothing_written),
		cmocka_unit_test(ranges_alert_as_the_guidelines_say),
		cmocka_unit_test(a_range_that_is_none_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
