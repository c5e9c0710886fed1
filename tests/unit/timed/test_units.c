/* SPDX-License-Identifier: Apache-2.0 */
/* Quantities with units. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "timed/units.h"

static void durations_are_whole_nanoseconds(void **state)
{
	static const struct {
		const char *text;
		int64_t ns;
	} cases[] = {
		{ "0s", 0 },
		{ "1ns", 1 },
		{ "10us", 10000 },
		{ "250ms", 250000000 },
		{ "1.5ms", 1500000 },
		{ "0.1s", 100000000 },
		{ "0.000000001s", 1 },
		{ "1.500us", 1500 },
		{ "1024s", INT64_C(1024000000000) },
		{ "10 min", INT64_C(600000000000) },
		{ "1h", INT64_C(3600000000000) },
		{ "7d", INT64_C(604800000000000) },
		{ "9223372036854775807ns", INT64_MAX },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t ns = -1;

		print_message("%s\n", cases[i].text);
		assert_int_equal(units_parse_duration(cases[i].text, &ns), 0);
		assert_int_equal(ns, cases[i].ns);
	}
}

static void what_is_no_duration_is_told_apart(void **state)
{
	static const struct {
		const char *text;
		int err;
	} cases[] = {
		{ "", -EINVAL },	 { "s", -EINVAL },
		{ "-1s", -EINVAL },	 { "+1s", -EINVAL },
		{ " 1s", -EINVAL },	 { ".5s", -EINVAL },
		{ "1.s", -EINVAL },	 { "nan", -EINVAL },
		{ "1", -ENODATA },	 { "1 ", -ENODATA },
		{ "1.5", -ENODATA },	 { "1m", -ENOENT },
		{ "1S", -ENOENT },	 { "1s ", -ENOENT },
		{ "1e3s", -ENOENT },	 { "1ppm", -ENOENT },
		{ "0x10s", -ENOENT },	 { "0.5ns", -EDOM },
		{ "1.0001us", -EDOM },	 { "9223372036854775808ns", -ERANGE },
		{ "106752d", -ERANGE },	 { "99999999999999999999s", -ERANGE },
		{ "1.99999999999999999999s", -ERANGE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t ns = -7;

		print_message("\"%s\"\n", cases[i].text);
		assert_int_equal(units_parse_duration(cases[i].text, &ns),
				 cases[i].err);
		assert_int_equal(ns, -7);
	}
}

static void rates_are_in_ppb(void **state)
{
	double v = 0;

	(void)state;
	assert_int_equal(units_parse_rate(UNITS_RATE, "50ppm", &v), 0);
	assert_true(v == 50000);
	assert_int_equal(units_parse_rate(UNITS_RATE, "0.5ppm", &v), 0);
	assert_true(v == 500);
	assert_int_equal(units_parse_rate(UNITS_RATE, "200 ppb", &v), 0);
	assert_true(v == 200);
	assert_int_equal(units_parse_rate(UNITS_WANDER, "0.01ppb/s", &v), 0);
	assert_true(v == 0.01);
	assert_int_equal(units_parse_rate(UNITS_WANDER, "1ppm/s", &v), 0);
	assert_true(v == 1000);
}

static void a_rate_is_no_change_of_rate(void **state)
{
	double v = -7;

	(void)state;
	assert_int_equal(units_parse_rate(UNITS_RATE, "1ppb/s", &v), -ENOENT);
	assert_int_equal(units_parse_rate(UNITS_WANDER, "1ppb", &v), -ENOENT);
	assert_int_equal(units_parse_rate(UNITS_RATE, "1", &v), -ENODATA);
	assert_int_equal(units_parse_rate(UNITS_RATE, "-1ppb", &v), -EINVAL);
	assert_true(v == -7);
}

static void a_duration_is_written_in_its_largest_unit(void **state)
{
	static const struct {
		int64_t ns;
		const char *text;
	} cases[] = {
		{ 0, "0s" },
		{ 1, "1ns" },
		{ 1500, "1500ns" },
		{ 250000000, "250ms" },
		{ INT64_C(1024000000000), "1024s" },
		{ INT64_C(60000000000), "1min" },
		{ INT64_C(3600000000000), "1h" },
		{ INT64_MAX, "9223372036854775807ns" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[UNITS_TEXT_SIZE];
		int64_t back = -1;

		units_format_duration(cases[i].ns, text);
		assert_string_equal(text, cases[i].text);
		assert_int_equal(units_parse_duration(text, &back), 0);
		assert_int_equal(back, cases[i].ns);
	}
}

static void a_rate_reads_back_as_the_very_same(void **state)
{
	static const double rates[] = { 0,   0.01, 0.2,	 1,    20,
					200, 500,  1000, 5000, 50000,
					1e5, 1.0 / 3, 12345.678 };

	(void)state;
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		char text[UNITS_TEXT_SIZE];
		double back = -1;

		units_format_rate(UNITS_RATE, rates[i], text);
		print_message("%s\n", text);
		assert_int_equal(units_parse_rate(UNITS_RATE, text, &back), 0);
		if (i < 11)
			assert_true(back == rates[i]);
	}
	{
		char text[UNITS_TEXT_SIZE];

		units_format_rate(UNITS_RATE, 50000, text);
		assert_string_equal(text, "50ppm");
		units_format_rate(UNITS_WANDER, 0.01, text);
		assert_string_equal(text, "0.01ppb/s");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_are_whole_nanoseconds),
		cmocka_unit_test(what_is_no_duration_is_told_apart),
		cmocka_unit_test(rates_are_in_ppb),
		cmocka_unit_test(a_rate_is_no_change_of_rate),
		cmocka_unit_test(a_duration_is_written_in_its_largest_unit),
		cmocka_unit_test(a_rate_reads_back_as_the_very_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
