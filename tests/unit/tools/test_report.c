/* SPDX-License-Identifier: Apache-2.0 */
/* The report of a history that is known: its figures are under their own heads,
 * what comes from elsewhere is text, and there is no script. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "tools/report.h"

#define MINUTE INT64_C(60000000000)

static char *page;

/* Minute i: the offset alternates between +1 and -1 ns; minute 4 had HOLDOVER
 * for 2.5 s, if it is there. */
static void add_minute(struct json_object *list, int i, const char *name)
{
	char text[700];

	snprintf(text, sizeof(text),
		 "{\"complete\":true,\"raw_ns\":%lld,\"unix_ns\":%lld,"
		 "\"half_width_ns\":{\"min\":1000,\"mean\":2000,\"max\":%d},"
		 "\"state_ns\":{\"SYNCHRONIZED\":57500000000%s},"
		 "\"epoch_changes\":0,\"bound_violations\":0,\"sources\":[{"
		 "\"name\":\"%s\",\"offset_ns\":{\"mean\":%d},"
		 "\"error_ns\":{\"mean\":500}}]}",
		 (long long)(i * MINUTE),
		 (long long)(INT64_C(1700000000000000000) + i * MINUTE),
		 3000 + i, i == 4 ? ",\"HOLDOVER\":2500000000" : "", name,
		 i % 2 ? -1 : 1);
	json_object_array_add(list, json_tokener_parse(text));
}

static void make(int from, int to, int gap, const char *name)
{
	struct json_object *history = json_object_new_object();
	struct json_object *list = json_object_new_array();
	struct json_object *status = json_tokener_parse(
		"{\"process\":{\"version\":\"1<b>\"},\"clock\":{\"state\":"
		"\"SYNCHRONIZED\"},\"axioms\":{\"drift_ppb\":50000},"
		"\"config\":{\"leap\":\"smear\"}}");
	size_t size;
	FILE *out;

	for (int i = from; i < to; i++)
		if (i != gap)
			add_minute(list, i, name);
	json_object_object_add(history, "records", list);
	free(page);
	out = open_memstream(&page, &size);
	report_write(out, "host<&\"", history, status);
	fclose(out);
	json_object_put(history);
	json_object_put(status);
}

static void has(const char *text)
{
	if (!strstr(page, text))
		fail_msg("not there: %s\n%s", text, page);
}

/* ADEV sqrt(8) / 60, TDEV sqrt(8 / 3), MTIE 2: test_stability.c. */
static void figures_are_under_their_heads(void **state)
{
	(void)state;
	make(0, 20, -1, "a");
	has("<th>ADEV</th><th>TDEV</th><th>MTIE</th>");
	has("of 20 minutes in a row");
	has("<td>60 s</td><td>0.04714 ppb</td><td>1.633 ns</td>"
	    "<td>2 ns</td>");
	has("100 % \xe2\x89\xa4 3.019 us");
	has("<td>2.5 s</td>");
}

static void a_gap_ends_a_run(void **state)
{
	(void)state;
	make(0, 20, 7, "a");
	has("of 12 minutes in a row");
}

static void what_comes_from_elsewhere_is_text(void **state)
{
	(void)state;
	make(0, 5, -1, "<script>x");
	assert_null(strstr(page, "<script"));
	has("&lt;script&gt;x");
	has("host&lt;&amp;&quot;");
	has("1&lt;b&gt;");
	assert_null(strstr(page, "http"));
	assert_null(strstr(page, "nan"));
}

static void nothing_and_one_minute_make_a_page(void **state)
{
	(void)state;
	make(0, 0, -1, "a");
	has("Nothing is remembered yet.");
	make(0, 1, -1, "a");
	has("</html>");
	assert_null(strstr(page, "nan"));
	assert_null(strstr(page, "inf"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(figures_are_under_their_heads),
		cmocka_unit_test(a_gap_ends_a_run),
		cmocka_unit_test(what_comes_from_elsewhere_is_text),
		cmocka_unit_test(nothing_and_one_minute_make_a_page),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(page);
	return failed;
}
