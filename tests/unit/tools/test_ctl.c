/* SPDX-License-Identifier: Apache-2.0 */
/* tt-ctl's words: from the command line to a line, from an answer to people. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <json-c/json.h>

#include "tools/ctl.h"

static char line[CTL_LINE_SIZE], why[CTL_WHY_SIZE];

/* "holdover start" */
static int say(const char *text, const char *for_text)
{
	char copy[CTL_LINE_SIZE + 64], *words[8], *next = copy;
	int count = 0;

	snprintf(copy, sizeof(copy), "%s", text);
	while (*text && next && count < 8)
		words[count++] = strsep(&next, " ");
	line[0] = why[0] = '\0';
	return ctl_line(count, words, for_text, line, why);
}

static void each_command_is_a_line(void **state)
{
	static const struct {
		const char *words, *for_text, *line;
	} commands[] = {
		{"step", NULL, "\"action\":\"step\"}\n"},
		{"reload", NULL, "\"action\":\"reload\"}\n"},
		{"holdover start", NULL, "\"action\":\"holdover-start\"}\n"},
		{"holdover start", "90s",
		 "\"action\":\"holdover-start\",\"for_ns\":90000000000}\n"},
		{"holdover start", "30min",
		 "\"action\":\"holdover-start\",\"for_ns\":1800000000000}\n"},
		{"holdover start", "1d",
		 "\"action\":\"holdover-start\",\"for_ns\":86400000000000}\n"},
		{"holdover stop", NULL, "\"action\":\"holdover-stop\"}\n"},
		{"source disable a\"b", NULL,
		 "\"action\":\"source-disable\",\"source\":\"a\\\"b\"}\n"},
		{"source enable /dev/pps0", NULL,
		 "\"action\":\"source-enable\",\"source\":\"/dev/pps0\"}\n"},
		{"log-level debug", NULL,
		 "\"action\":\"log-level\",\"level\":\"debug\"}\n"},
		{"withdraw", NULL, "\"action\":\"withdraw\"}\n"},
		{"withdraw", "5s",
		 "\"action\":\"withdraw\",\"for_ns\":5000000000}\n"},
		{"restore", NULL, "\"action\":\"restore\"}\n"},
	};
	char expected[CTL_LINE_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (say(commands[i].words, commands[i].for_text))
			fail_msg("%s: %s", commands[i].words, why);
		snprintf(expected, sizeof(expected),
			 "{\"schema_version\":1,%s", commands[i].line);
		assert_string_equal(line, expected);
	}
}

static void what_is_no_command_is_named(void **state)
{
	static const struct {
		const char *words, *for_text, *says;
	} wrong[] = {
		{"", NULL, "no command"},
		{"stop", NULL, "no command \"stop\""},
		{"holdover pause", NULL, "no command \"holdover pause\""},
		{"source disable", NULL, "source disable: which source?"},
		{"source", NULL, "source: enable or disable which?"},
		{"holdover", NULL, "holdover: start or stop?"},
		{"log-level", NULL, "log-level: which level?"},
		{"step now", NULL, "what is \"now\"?"},
		{"step", "1h", "--for goes with \"holdover start\" and"},
		{"restore", "1s", "\"withdraw\" alone"},
		{"holdover start", "", "write it as 90s"},
		{"holdover start", "1", "write it as 90s"},
		{"holdover start", "-1h", "write it as 90s"},
		{"holdover start", " 1h", "write it as 90s"},
		{"holdover start", "1.5h", "write it as 90s"},
		{"holdover start", "1w", "write it as 90s"},
		{"holdover start", "999999999999999999999h", "write it as"},
		{"holdover start", "999999999d", "write it as"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (say(wrong[i].words, wrong[i].for_text) != -EINVAL)
			fail_msg("taken: %s", wrong[i].words);
		if (!strstr(why, wrong[i].says))
			fail_msg("%s: \"%s\"", wrong[i].words, why);
	}
}

static void a_name_too_long_for_a_line_is_refused(void **state)
{
	char words[CTL_LINE_SIZE + 20] = "source enable ";

	(void)state;
	memset(words + 14, 'n', CTL_LINE_SIZE);
	assert_int_equal(say(words, NULL), -EINVAL);
	assert_non_null(strstr(why, "is too long"));
}

/* ---- answers ---- */

static enum ctl_exit verdict;
static char *out, *err;

static void hear(const char *answer)
{
	struct json_object *doc = json_tokener_parse(answer);
	size_t out_size, err_size;
	FILE *to_out, *to_err;

	assert_non_null(doc);
	free(out);
	free(err);
	to_out = open_memstream(&out, &out_size);
	to_err = open_memstream(&err, &err_size);
	verdict = ctl_judge(doc);
	ctl_print(doc, to_out, to_err);
	fclose(to_out);
	fclose(to_err);
	json_object_put(doc);
}

static void a_refusal_is_one_and_goes_to_standard_error(void **state)
{
	(void)state;
	hear("{\"action\":\"step\",\"done\":false,\"error\":\"no \\u001b[2J\"}");
	assert_int_equal(verdict, CTL_REFUSED);
	assert_string_equal(out, "");
	assert_string_equal(err, "tt-ctl: refused: no ?[2J\n");
	hear("{}");
	assert_int_equal(verdict, CTL_UNREADABLE);
	hear("{\"done\":\"yes\"}");
	assert_int_equal(verdict, CTL_UNREADABLE);
}

static void a_step_is_told_to_the_nanosecond(void **state)
{
	(void)state;
	hear("{\"action\":\"step\",\"done\":true,\"step_ns\":-1000000021}");
	assert_int_equal(verdict, CTL_DONE);
	assert_string_equal(out, "CLOCK_REALTIME was stepped by -1.000000021 "
			    "s\n");
}

static void a_reload_in_part_is_another_exit(void **state)
{
	(void)state;
	hear("{\"action\":\"reload\",\"done\":true,\"changed\":[],"
	     "\"unchanged\":[]}");
	assert_int_equal(verdict, CTL_DONE);
	assert_string_equal(out, "reloaded; nothing has changed\n");
	hear("{\"action\":\"reload\",\"done\":true,\"changed\":[\"a: 1, was "
	     "2\"],\"unchanged\":[\"b: needs a restart to change\", 5]}");
	assert_int_equal(verdict, CTL_IN_PART);
	assert_string_equal(out, "  a: 1, was 2\n"
			    "! b: needs a restart to change\n! -\nreloaded\n");
}

#define REPORT(sources)                                                \
	"{\"action\":\"holdover-stop\",\"done\":true,\"report\":{"     \
	"\"since_raw_ns\":5000000000,\"ended_raw_ns\":605000000000,"   \
	"\"half_width_before_ns\":12000,\"half_width_ns\":345001,"     \
	"\"sources\":[" sources "]}}"

static void a_rehearsal_is_reported_source_by_source(void **state)
{
	(void)state;
	hear(REPORT("{\"name\":\"192.0.2.1\",\"samples\":37,"
		    "\"offset_ns\":-2500,\"offset_most_ns\":4100,"
		    "\"outside\":0}"));
	assert_string_equal(
		out,
		"after 10 min of rehearsal the half-width had gone from "
		"12.00 us to 345.1 us\n"
		"  offsets from the best line  samples         last     "
		"furthest  outside\n"
		"  192.0.2.1                        37    -2.500 us    "
		"+4.100 us        0\n"
		"no sample contradicted the bound\n");
	hear(REPORT("{\"name\":\"a\",\"samples\":3,\"offset_ns\":null,"
		    "\"offset_most_ns\":null,\"outside\":2}"));
	assert_non_null(strstr(out, "! samples missed the bound"));
	hear(REPORT(""));
	assert_non_null(strstr(out, "no source said anything meanwhile"));
}

static int end(void **state)
{
	(void)state;
	free(out);
	free(err);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_command_is_a_line),
		cmocka_unit_test(what_is_no_command_is_named),
		cmocka_unit_test(a_name_too_long_for_a_line_is_refused),
		cmocka_unit_test(a_refusal_is_one_and_goes_to_standard_error),
		cmocka_unit_test(a_step_is_told_to_the_nanosecond),
		cmocka_unit_test(a_reload_in_part_is_another_exit),
		cmocka_unit_test(a_rehearsal_is_reported_source_by_source),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
