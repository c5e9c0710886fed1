/* SPDX-License-Identifier: Apache-2.0 */
/* What tt-status's page tells of exports. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* before cmocka.h */
#include <cmocka.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "tools/text_exports.h"

static char *text;

static void on_heading(void *arg, const char *heading)
{
	fprintf(arg, "[%s]\n", heading);
}

static void print(const char *json)
{
	struct json_object *doc = json_tokener_parse(json);
	size_t size;
	FILE *out;

	assert_non_null(doc);
	free(text);
	out = open_memstream(&text, &size);
	assert_non_null(out);
	text_exports_print(out, doc, on_heading, out);
	fclose(out);
	json_object_put(doc);
}

static void what_is_served_is_told_with_its_error(void **state)
{
	(void)state;
	print("{\"exports\": [{\"type\": \"chrony\", \"socket\": \"/s\","
	      " \"healthy\": true, \"health\": null, \"serving\": true,"
	      " \"reason\": null, \"sent\": 25, \"error_ns\": 8025,"
	      " \"last_sent_age_ns\": 163007039, \"clock_class\": null}]}");
	assert_string_equal(text, "[Served to others by]\n"
				  "  chrony at /s\n"
				  "    serves, good to 8.025 us; told 25 times,"
				  " last 163.0 ms ago\n");
}

static void a_grandmaster_is_told_with_its_class(void **state)
{
	(void)state;
	print("{\"exports\": [{\"type\": \"ptp4l\", \"socket\": \"/p\","
	      " \"serving\": true, \"sent\": 1, \"error_ns\": 240,"
	      " \"clock\": \"/dev/ptp0\", \"clock_class\": 6,"
	      " \"clock_accuracy_ns\": 250, \"ptp_timescale\": true}]}");
	assert_non_null(strstr(text, "told 1 time\n"));
	assert_non_null(strstr(text, "    announces clockClass 6, 250 ns, of "
				     "/dev/ptp0 in TAI\n"));
	print("{\"exports\": [{\"type\": \"ptp4l\", \"socket\": \"/p\","
	      " \"serving\": false, \"reason\": \"there is no bound\","
	      " \"clock\": null, \"clock_class\": 248,"
	      " \"clock_accuracy_ns\": null, \"ptp_timescale\": false}]}");
	assert_non_null(strstr(text, "    does not serve: there is no bound\n"
				     "    announces clockClass 248, of an "
				     "unknown clock in UTC\n"));
}

static void trouble_is_told(void **state)
{
	(void)state;
	print("{\"exports\": [{\"type\": \"chrony\", \"socket\": \"/s\","
	      " \"serving\": true, \"sent\": 0, \"error_ns\": 8025,"
	      " \"health\": \"there is no such socket\"}]}");
	assert_non_null(strstr(text, "told 0 times\n"
				     "    there is no such socket\n"));
}

/* Nor of a daemon that knows of none. */
static void without_exports_nothing_is_told(void **state)
{
	(void)state;
	print("{\"exports\": []}");
	assert_string_equal(text, "");
	print("{}");
	assert_string_equal(text, "");
	print("{\"exports\": [{}]}");
	assert_non_null(strstr(text, "  - at -\n    does not serve: -\n"));
}

static int forget(void **state)
{
	(void)state;
	free(text);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_served_is_told_with_its_error),
		cmocka_unit_test(a_grandmaster_is_told_with_its_class),
		cmocka_unit_test(trouble_is_told),
		cmocka_unit_test(without_exports_nothing_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, forget);
}
