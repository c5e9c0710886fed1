/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers for people: what is shown, and that a bound is never shown small. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tools/human.h"

static void four_digits_in_the_unit_that_fits(void **state)
{
	static const struct {
		int64_t ns;
		const char *text;
	} row[] = {
		{0, "0 ns"},
		{999, "999 ns"},
		{1000, "1.000 us"},
		{9999, "9.999 us"},
		{10000, "10.00 us"},
		{10004, "10.00 us"},
		{10005, "10.01 us"},
		{123456, "123.5 us"},
		{999949, "999.9 us"},
		{999950, "1.000 ms"},
		{-1500, "-1.500 us"},
		{56780000, "56.78 ms"},
		{1000000000, "1.000 s"},
		{INT64_C(999950000000), "1000 s"},
		{INT64_C(12345600000000), "12346 s"},
		{INT64_MAX, "9.2e+09 s"},
		{INT64_MIN, "-9.2e+09 s"},
	};
	char text[HUMAN_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++)
		assert_string_equal(human_ns(row[i].ns, text), row[i].text);
}

static void an_offset_shows_its_sign(void **state)
{
	char text[HUMAN_SIZE];

	(void)state;
	assert_string_equal(human_offset(0, text), "+0 ns");
	assert_string_equal(human_offset(-12, text), "-12 ns");
	assert_string_equal(human_offset(1234, text), "+1.234 us");
}

static double to_ns(const char *text)
{
	char unit[3];
	double n;

	assert_int_equal(sscanf(text, "%lf %2s", &n, unit), 2);
	if (unit[0] == 'u')
		return n * 1e3;
	if (unit[0] == 'm')
		return n * 1e6;
	return unit[0] == 's' ? n * 1e9 : n;
}

static void a_bound_is_never_shown_smaller_than_it_is(void **state)
{
	char text[HUMAN_SIZE];
	unsigned seed = 1;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		int64_t ns = rand_r(&seed) >> (rand_r(&seed) % 31);

		ns *= 1 + rand_r(&seed) % 1000;
		human_bound(ns, text);
		/* A relative 1e-12 for the decimal point in binary. */
		assert_true(to_ns(text) * (1 + 1e-12) >= (double)ns);
		assert_true(to_ns(text) <= (double)ns * 1.0011 + 1e-3);
	}
	assert_string_equal(human_bound(10001, text), "10.01 us");
	assert_string_equal(human_bound(999901, text), "1.000 ms");
}

static void ages_rates_and_instants(void **state)
{
	char text[HUMAN_SIZE];

	(void)state;
	assert_string_equal(human_age(0, text), "0.0 s");
	assert_string_equal(human_age(INT64_C(119999999999), text), "119 s");
	assert_string_equal(human_age(INT64_C(120000000000), text), "2 min");
	assert_string_equal(human_age(INT64_C(7200000000000), text), "2 h");
	assert_string_equal(human_age(INT64_C(172800000000000), text), "2 d");
	assert_string_equal(human_ppb(200, text), "200 ppb");
	assert_string_equal(human_ppb(50000, text), "50 ppm");
	assert_string_equal(human_ppb(0.01, text), "0.01 ppb");
	assert_string_equal(human_instant(0, text),
			    "1970-01-01 00:00:00.000000000");
	assert_string_equal(human_instant(-1, text),
			    "1969-12-31 23:59:59.999999999");
	assert_string_equal(human_instant(INT64_C(1700000000123456789), text),
			    "2023-11-14 22:13:20.123456789");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(four_digits_in_the_unit_that_fits),
		cmocka_unit_test(an_offset_shows_its_sign),
		cmocka_unit_test(a_bound_is_never_shown_smaller_than_it_is),
		cmocka_unit_test(ages_rates_and_instants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
