/* SPDX-License-Identifier: Apache-2.0 */
/* A sensor's file: a number in thousandths, or a clear error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "timed/temperature.h"

static char path[] = "/tmp/test_temperature.XXXXXX";

static struct temperature of(const char *text)
{
	struct temperature t;
	FILE *out = fopen(path, "w");

	fputs(text, out);
	fclose(out);
	temperature_read(path, &t);
	return t;
}

static void thousandths_of_a_degree_are_read(void **state)
{
	(void)state;
	assert_true(of("42500\n").has);
	assert_true(of("42500\n").celsius == 42.5);
	assert_true(of("-1250").celsius == -1.25);
	assert_string_equal(of("0\n").error, "");
}

static void what_is_none_is_named(void **state)
{
	static const char *const texts[] = {"", "\n", "x", "42.5\n", "1 2\n",
					    "250001\n", "-100001\n",
					    "99999999999999999999\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_false(of(texts[i]).has);
		assert_non_null(strstr(of(texts[i]).error, path));
	}
}

static void a_missing_file_is_an_error_and_none_is_not(void **state)
{
	struct temperature t;

	(void)state;
	temperature_read("/nonexistent/temp1_input", &t);
	assert_false(t.has);
	assert_string_equal(t.error,
			    "/nonexistent/temp1_input: No such file or "
			    "directory; name another sensor's file or unset "
			    "temperature");
	temperature_read("/", &t);
	assert_false(t.has);
	assert_non_null(strstr(t.error, "Is a directory"));
	temperature_read("", &t);
	assert_false(t.has);
	assert_string_equal(t.error, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(thousandths_of_a_degree_are_read),
		cmocka_unit_test(what_is_none_is_named),
		cmocka_unit_test(a_missing_file_is_an_error_and_none_is_not),
	};
	int failed;

	close(mkstemp(path));
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return failed;
}
