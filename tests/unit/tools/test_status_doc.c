/* SPDX-License-Identifier: Apache-2.0 */
/* Values by dotted path: whatever is not as promised is "no value". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <json-c/json_tokener.h>

#include "tools/status_doc.h"

static const char text[] =
	"{ \"a\": { \"b\": { \"i\": 7, \"d\": 2.5, \"t\": true,"
	" \"s\": \"word\", \"n\": null, \"l\": [ 1 ], \"o\": {},"
	" \"esc\": \"\\u001b[2J\\u00e9\\n\" } }, \"\": 1,"
	" \"nan\": NaN, \"inf\": Infinity }";

/* Longer than DOC_PATH_SIZE, as no name in the document is. */
#define LONG_NAME                                                              \
	"a.a_name_that_is_longer_than_any_that_this_program_would_ask_for_"    \
	"ever"

static int setup(void **state)
{
	*state = json_tokener_parse(text);
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	json_object_put(*state);
	return 0;
}

static void values_are_found_by_path_and_type(void **state)
{
	int64_t i = 0;
	double d = 0;
	bool t = false;

	assert_true(doc_int(*state, "a.b.i", &i));
	assert_int_equal(i, 7);
	assert_true(doc_number(*state, "a.b.d", &d));
	assert_true(d == 2.5);
	assert_true(doc_number(*state, "a.b.i", &d));
	assert_true(d == 7);
	assert_true(doc_bool(*state, "a.b.t", &t));
	assert_true(t);
	assert_string_equal(doc_string(*state, "a.b.s"), "word");
	assert_non_null(doc_array(*state, "a.b.l"));
	assert_non_null(doc_object(*state, "a.b.o"));
}

static void another_type_null_or_absence_is_no_value(void **state)
{
	static const char *const path[] = {"a.b.n",   "a.b.none", "a.x.i",
					   "a.b.s.x", "a",	  "a..b",
					   "zzz",     LONG_NAME};
	int64_t i = 42;
	double d = 42;
	bool t = true;

	for (size_t n = 0; n < sizeof(path) / sizeof(*path); n++) {
		assert_false(doc_int(*state, path[n], &i));
		assert_false(doc_number(*state, path[n], &d));
		assert_false(doc_bool(*state, path[n], &t));
		assert_null(doc_string(*state, path[n]));
		assert_null(doc_array(*state, path[n]));
	}
	assert_false(doc_int(*state, "a.b.d", &i));
	assert_false(doc_int(*state, "a.b.s", &i));
	assert_false(doc_number(*state, "nan", &d));
	assert_false(doc_number(*state, "inf", &d));
	assert_null(doc_string(NULL, "a.b.s"));
	assert_int_equal(i, 42);
	assert_true(d == 42);
}

static void text_for_a_terminal_has_no_control_characters(void **state)
{
	/* ESC [ 2 J, two bytes of UTF-8, newline */
	assert_string_equal(doc_string(*state, "a.b.esc"), "?[2J???");
	assert_string_equal(doc_string(*state, "a.b.esc"), "?[2J???");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_found_by_path_and_type),
		cmocka_unit_test(another_type_null_or_absence_is_no_value),
		cmocka_unit_test(text_for_a_terminal_has_no_control_characters),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
