/* SPDX-License-Identifier: Apache-2.0 */
/* What tt-status' page tells of the history log. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* before cmocka.h */
#include <cmocka.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "tools/text_page.h"

static char *text;

/* The page of a document whose history_log has these members. */
static const char *page(const char *members)
{
	char json[1024];
	struct page p = {.out = NULL};
	size_t size;

	snprintf(json, sizeof(json), "{\"history_log\": {%s}}", members);
	p.doc = json_tokener_parse(json);
	assert_non_null(p.doc);
	free(text);
	p.out = open_memstream(&text, &size);
	assert_non_null(p.out);
	text_history_log(&p);
	text_history_log_warn(&p);
	fclose(p.out);
	json_object_put(p.doc);
	return text;
}

static void without_one_nothing_is_told(void **state)
{
	(void)state;
	assert_string_equal(page("\"path\": null, \"writer_alive\": null,"
				 " \"lines\": 0, \"lines_lost\": 0,"
				 " \"error\": null"), "");
}

static void the_last_line_is_told_with_its_age(void **state)
{
	(void)state;
	assert_string_equal(
		page("\"path\": \"/log\", \"writer_alive\": true,"
		     " \"sequence\": 6789, \"last_written_age_ns\": 3000000000,"
		     " \"lines_waiting\": 1, \"lines_lost\": 0,"
		     " \"error\": null"),
		"History log   /log, line 6789, 3.0 s ago\n");
}

static void what_waits_and_what_is_lost_is_told(void **state)
{
	(void)state;
	assert_string_equal(
		page("\"path\": \"/log\", \"writer_alive\": true,"
		     " \"sequence\": 6789, \"lines_waiting\": 12,"
		     " \"lines_lost\": 1, \"error\": \"No space left\""),
		"History log   /log, line 6789; 12 lines wait\n"
		"! history log /log: No space left\n"
		"! history log: 1 line lost\n");
}

static void a_writer_that_has_ended_is_told(void **state)
{
	(void)state;
	assert_string_equal(
		page("\"path\": \"/log\", \"writer_alive\": false,"
		     " \"lines_waiting\": 0, \"lines_lost\": 2,"
		     " \"error\": \"its writer has ended: restart timed\""),
		"History log   /log; not written any more\n"
		"! history log /log: its writer has ended: restart timed\n"
		"! history log: 2 lines lost\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_one_nothing_is_told),
		cmocka_unit_test(the_last_line_is_told_with_its_age),
		cmocka_unit_test(what_waits_and_what_is_lost_is_told),
		cmocka_unit_test(a_writer_that_has_ended_is_told),
	};
	const int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(text);
	return failed;
}
