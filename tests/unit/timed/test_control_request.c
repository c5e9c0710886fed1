/* SPDX-License-Identifier: Apache-2.0 */
/* Orders as lines: those that can be given, and what is said to the others. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "timed/control_request.h"
#include "timed/rehearsal.h"

#define V "\"schema_version\":1,"

static struct control_request request;
static char error[CONTROL_ERROR_SIZE];

static int parse(const char *text)
{
	memset(&request, 0xee, sizeof(request));
	error[0] = '\0';
	return control_request_parse(text, strlen(text), &request, error);
}

static const char *printed(void)
{
	static char text[CONTROL_TEXT_SIZE];

	control_request_print(&request, text);
	return text;
}

static void every_order_is_taken_apart_and_named(void **state)
{
	static const struct {
		const char *line, *name;
		enum control_action action;
	} orders[] = {
		{ "{" V "\"action\":\"step\"}", "step", CONTROL_STEP },
		{ " {\"action\":\"reload\", \"schema_version\":1} \r",
		  "reload", CONTROL_RELOAD },
		{ "{" V "\"action\":\"holdover-start\"}",
		  "holdover-start for 1h", CONTROL_HOLDOVER_START },
		{ "{" V "\"action\":\"holdover-start\","
		  "\"for_ns\":90000000000}",
		  "holdover-start for 90s", CONTROL_HOLDOVER_START },
		{ "{" V "\"action\":\"holdover-stop\"}", "holdover-stop",
		  CONTROL_HOLDOVER_STOP },
		{ "{" V "\"action\":\"source-enable\",\"source\":\"a b\"}",
		  "source-enable a b", CONTROL_SOURCE_ENABLE },
		{ "{" V "\"action\":\"source-disable\",\"source\":\"::1\"}",
		  "source-disable ::1", CONTROL_SOURCE_DISABLE },
		{ "{" V "\"action\":\"log-level\",\"level\":\"debug\"}",
		  "log-level debug", CONTROL_LOG_LEVEL },
		{ "{" V "\"action\":\"withdraw\"}", "withdraw for 1min",
		  CONTROL_WITHDRAW },
		{ "{" V "\"action\":\"withdraw\",\"for_ns\":1000000000}",
		  "withdraw for 1s", CONTROL_WITHDRAW },
		{ "{" V "\"action\":\"restore\"}", "restore",
		  CONTROL_RESTORE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		if (parse(orders[i].line))
			fail_msg("%s: %s", orders[i].line, error);
		assert_int_equal(request.action, orders[i].action);
		assert_string_equal(printed(), orders[i].name);
	}
	assert_int_equal(parse("{" V "\"action\":\"log-level\","
			       "\"level\":\"debug\"}"), 0);
	assert_int_equal(request.level, LEVEL_DEBUG);
}

static void what_is_wrong_is_named_with_the_remedy(void **state)
{
	static const struct {
		const char *line, *says;
	} lines[] = {
		{ "", "no JSON object" },
		{ "junk", "no JSON object" },
		{ "{", "no JSON object" },
		{ "[]", "no JSON object" },
		{ "null", "no JSON object" },
		{ "{}", "schema_version is missing" },
		{ "{" V "\"action\":\"step\"}}", "no JSON object" },
		{ "{" V "\"action\":\"step\"} {}", "no JSON object" },
		{ "{" V "\"action\":{\"step\":{}}}", "no JSON object" },
		{ "{\"schema_version\":2,\"action\":\"step\"}",
		  "schema_version 2 is not known: this daemon knows 1" },
		{ "{" V "\"action\":\"stop\"}",
		  "action \"stop\" is not known: step, reload," },
		{ "{" V "\"action\":5}", "action \"\" is not known" },
		{ "{" V "\"action\":\"step\\u0000\"}", "is not known" },
		{ "{" V "\"action\":\"step\",\"for_ns\":5}",
		  "step has no \"for_ns\"" },
		{ "{" V "\"action\":\"source-enable\"}",
		  "source: the name of a source, as tt-status shows it" },
		{ "{" V "\"action\":\"source-enable\",\"source\":\"\"}",
		  "source: the name" },
		{ "{" V "\"action\":\"source-enable\",\"source\":\"a\\u0000b\"}",
		  "source: the name" },
		{ "{" V "\"action\":\"log-level\",\"level\":\"loud\"}",
		  "level \"loud\" is not known: error, warning" },
		{ "{" V "\"action\":\"holdover-start\",\"for_ns\":1}",
		  "for_ns: a rehearsal lasts 1 s to 24 h" },
		{ "{" V "\"action\":\"holdover-start\","
		  "\"for_ns\":86400000000001}", "for_ns:" },
		{ "{" V "\"action\":\"holdover-start\",\"for_ns\":\"1h\"}",
		  "for_ns:" },
		{ "{" V "\"action\":\"holdover-start\",\"for_ns\":1e11}",
		  "for_ns:" },
		{ "{" V "\"action\":\"holdover-start\",\"for_ns\":-5}",
		  "for_ns:" },
		{ "{" V "\"action\":\"\xff\"}", "no JSON object" },
		{ "{" V "\"action\":\"withdraw\",\"for_ns\":3600000000001}",
		  "for_ns: a bound is withdrawn for 1 s to 1 h" },
		{ "{" V "\"action\":\"restore\",\"for_ns\":5}",
		  "restore has no \"for_ns\"" },
	};
	struct control_request untouched;

	(void)state;
	memset(&untouched, 0xee, sizeof(untouched));
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (parse(lines[i].line) != -EINVAL)
			fail_msg("taken: %s", lines[i].line);
		if (!strstr(error, lines[i].says))
			fail_msg("%s: \"%s\"", lines[i].line, error);
		assert_memory_equal(&request, &untouched, sizeof(request));
	}
}

static void a_name_that_is_too_long_is_refused(void **state)
{
	char line[200 + SOURCE_NAME_SIZE], name[SOURCE_NAME_SIZE + 1];

	(void)state;
	memset(name, 'n', sizeof(name));
	name[SOURCE_NAME_SIZE - 1] = '\0';
	snprintf(line, sizeof(line),
		 "{" V "\"action\":\"source-enable\",\"source\":\"%s\"}", name);
	assert_int_equal(parse(line), 0);
	assert_string_equal(request.source, name);
	name[SOURCE_NAME_SIZE - 1] = 'n';
	name[SOURCE_NAME_SIZE] = '\0';
	snprintf(line, sizeof(line),
		 "{" V "\"action\":\"source-enable\",\"source\":\"%s\"}", name);
	assert_int_equal(parse(line), -EINVAL);
}

/* A NUL is no end. */
static void what_follows_a_nul_is_not_overlooked(void **state)
{
	static const char line[] = "{" V "\"action\":\"step\"}\0{}";

	(void)state;
	assert_int_equal(control_request_parse(line, sizeof(line) - 1,
					       &request, error), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_order_is_taken_apart_and_named),
		cmocka_unit_test(what_is_wrong_is_named_with_the_remedy),
		cmocka_unit_test(a_name_that_is_too_long_is_refused),
		cmocka_unit_test(what_follows_a_nul_is_not_overlooked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
