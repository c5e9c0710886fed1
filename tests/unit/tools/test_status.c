/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict that becomes the exit code, and the page's own promises. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json_tokener.h>

#include "tools/status.h"
#include "tools/status_json.h"
#include "tools/status_text.h"

/* Numbers a newcomer would see: 10.0 + 20.0 - 1.7 = 28.3 us. */
static const char document[] =
	"{ \"schema_version\": 1, \"raw_ns\": 100000000000,"
	" \"process\": { \"name\": \"timed\", \"version\": \"0.1.0\","
	"  \"pid\": 4711, \"started_raw_ns\": 40000000000 },"
	" \"clock\": { \"state\": \"SYNCHRONIZED\","
	"  \"since_raw_ns\": 68000000000,"
	"  \"since_unix_ns\": 1700000000000000000,"
	"  \"epoch_reason\": \"start\" },"
	" \"budget\": { \"half_width_ns\": 28300, \"lo_source\": \"10.77.1.1\","
	"  \"hi_source\": \"10.77.1.1\", \"terms\": ["
	"  { \"name\": \"server\", \"lo_ns\": 10000, \"hi_ns\": 10000 },"
	"  { \"name\": \"delay\", \"lo_ns\": 20000, \"hi_ns\": 20000 },"
	"  { \"name\": \"history\", \"lo_ns\": -1700, \"hi_ns\": -1700 } ] },"
	" \"sources\": [ { \"name\": \"10.77.1.1\", \"class\": \"ntp\","
	"  \"stratum\": 1, \"verdict\": \"used\", \"offset_ns\": -1234,"
	"  \"error_ns\": 30001, \"last_sample_age_ns\": 1200000000 },"
	"  { \"name\": \"2001:db8:1111:2222:3333:4444:5555:6666\","
	"  \"class\": \"ntp\", \"stratum\": 2, \"verdict\": \"falseticker\","
	"  \"offset_ns\": 5000000, \"error_ns\": 812,"
	"  \"last_sample_age_ns\": 64000000000, \"note\": null } ],"
	" \"drivers\": [ { \"name\": \"chrony\", \"healthy\": false,"
	"  \"health\": \"no answer\" } ],"
	" \"counters\": { \"bound_violations\": 3 },"
	" \"hlc\": { \"rejected\": 5, \"excess_ns_max\": 7000000,"
	"  \"last_excess_ns\": 5000000, \"last_pid\": 4242,"
	"  \"last_uid\": 1000 },"
	" \"system_clock\": { \"offset_ns\": -1500, \"within_bound\": true },"
	" \"holdover\": { \"forecast\": ["
	"  { \"half_width_ns\": 100000, \"in_ns\": 0 },"
	"  { \"half_width_ns\": 1000000, \"in_ns\": 754000000000 },"
	"  { \"half_width_ns\": 10000000, \"in_ns\": null } ] },"
	" \"axioms\": { \"oscillator\": \"server\", \"drift_ppb\": 50000,"
	"  \"wander_ppb_s\": 20, \"jitter_ppb\": 200, \"memory_ns\":"
	"  1024000000000, \"liars\": null, \"delay_min_ns\": 0,"
	"  \"asymmetry_ns\": null, \"server_scale\": 2.0 } }";

static struct status synchronized(void)
{
	return (struct status){
		.segment_path = "/run/timed/clock",
		.socket_path = "/run/timed/status.sock",
		.now = {.earliest_ns = INT64_C(1700000032000000000),
			.latest_ns = INT64_C(1700000032000056599),
			.epoch = 7,
			.state = TT_SYNCHRONIZED,
			.flags = TT_FLAG_NTP},
		.doc = json_tokener_parse(document)};
}

/* The page as a string to free. */
static char *page_of(const struct status *s)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	status_text_print(out, s, false);
	fclose(out);
	return text;
}

static void the_verdict_follows_segment_and_daemon(void **state)
{
	struct status s = synchronized();

	(void)state;
	assert_int_equal(status_judge(&s), STATUS_OK);
	s.now.state = TT_HOLDOVER;
	assert_int_equal(status_judge(&s), STATUS_DEGRADED);
	s.now.state = TT_DISPUTED;
	assert_int_equal(status_judge(&s), STATUS_DEGRADED);
	s.segment_err = -ENODATA;
	assert_int_equal(status_judge(&s), STATUS_UNSYNCHRONIZED);
	s.segment_err = -ESTALE;
	assert_int_equal(status_judge(&s), STATUS_UNSYNCHRONIZED);
	s.segment_err = -EPROTO;
	assert_int_equal(status_judge(&s), STATUS_UNREADABLE);
	s.segment_err = -ENOENT;
	assert_int_equal(status_judge(&s), STATUS_UNREADABLE);
	s.segment_err = 0;
	s.is_contradictory = true;
	assert_int_equal(status_judge(&s), STATUS_UNREADABLE);
	status_drop(&s);
}

static void a_silent_daemon_is_no_daemon(void **state)
{
	struct status s = synchronized();
	char *page;

	(void)state;
	status_drop(&s);
	s.socket_err = -ECONNREFUSED;
	strcpy(s.socket_why, "Connection refused");
	assert_int_equal(status_judge(&s), STATUS_UNREADABLE);
	page = page_of(&s);
	assert_non_null(strstr(page, "SYNCHRONIZED"));
	assert_non_null(strstr(page, "Connection refused"));
	assert_non_null(strstr(page, "gives alone"));
	assert_non_null(strstr(page, "nobody listens there"));
	free(page);
	s.socket_err = -ENOENT;
	page = page_of(&s);
	assert_non_null(strstr(page, "(--socket)"));
	free(page);
	/* Unless nobody was to be asked. */
	s.socket_err = 0;
	s.socket_path = "";
	assert_int_equal(status_judge(&s), STATUS_OK);
}

static void the_page_foretells_a_silence(void **state)
{
	struct status s = synchronized();
	char *page = page_of(&s);

	(void)state;
	assert_non_null(strstr(page, "If all silent +-100 us now, 1 ms in "
				     "12 min, 10 ms not in 100 d\n"));
	free(page);
	/* An older daemon tells of none. */
	json_object_object_del(s.doc, "holdover");
	page = page_of(&s);
	assert_null(strstr(page, "silent"));
	free(page);
	status_drop(&s);
}

static void the_page_tells_of_the_oscillator(void **state)
{
	static const char more[] =
		"{ \"widened\": true, \"configured_wander_ppb_s\": 12.0,"
		" \"configured_jitter_ppb\": 200.0,"
		" \"widened_since_raw_ns\": 40000000000,"
		" \"temperature_c\": 42.5, \"levels\": ["
		" { \"tau_s\": 1, \"deviation_ppb\": null,"
		"   \"deviation_ppb_max\": 310.2 },"
		" { \"tau_s\": 10, \"deviation_ppb\": 12.0,"
		"   \"deviation_ppb_max\": 15.0 },"
		" { \"tau_s\": 100, \"deviation_ppb\": null,"
		"   \"deviation_ppb_max\": null } ] }";
	struct status s = synchronized();
	char *page;

	(void)state;
	json_object_object_add(s.doc, "oscillator", json_tokener_parse(more));
	page = page_of(&s);
	assert_non_null(strstr(page, "WIDENED by what was measured, 60 s ago"));
	assert_non_null(strstr(page, "drift 12 ppb/s -> 20 ppb/s, jitter 200 "
				     "ppb -> 200 ppb"));
	assert_non_null(strstr(page, "seen: < 310.2 ppb in 1 s, 12 ppb in 10 "
				     "s\n"));
	assert_non_null(strstr(page, "at 42.5 degrees Celsius"));
	free(page);
	status_drop(&s);
}

static void every_line_fits_in_80_columns(void **state)
{
	struct status s = synchronized();
	char *page = page_of(&s);

	(void)state;
	for (char *line = strtok(page, "\n"); line; line = strtok(NULL, "\n")) {
		if (strlen(line) > 80)
			fail_msg("%zu columns: %s", strlen(line), line);
	}
	free(page);
	status_drop(&s);
}

static void the_page_says_all_that_was_promised(void **state)
{
	static const char *const words[] = {
		"SYNCHRONIZED since 2023-11-14 22:13:20 UTC, 32 s ago",
		"2023-11-14 22:13:52.000000000 UTC",
		"Half-width    28.30 us",
		"2023-11-14 22:13:52.000056599 UTC",
		"-1.234 us +- 30.01 us   1.2 s  used",
		"+5.000 ms +-   812 ns    64 s  falseticker",
		"1.500 us ahead of the best estimate, inside the interval",
		"timed 0.1.0, pid 4711, up 60 s",
		"! chrony: no answer",
		"axioms were found broken (bound_violations 3)",
		"! clients say that they rejected times beyond their latest: 5,",
		"both edges from 10.77.1.1",
		"A1 drift",
		"+-50 ppm",
		"20 ppb/s",
		"A6 reference",
	};
	struct status s = synchronized();
	char *page = page_of(&s);

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (!strstr(page, words[i]))
			fail_msg("no \"%s\" in:\n%s", words[i], page);
	}
	assert_null(strchr(page, '\033'));
	free(page);
	status_drop(&s);
}

/* The page when the document has this as well. */
static char *page_with(const char *key, const char *value)
{
	struct status s = synchronized();
	char *page;

	json_object_object_add(s.doc, key, json_tokener_parse(value));
	page = page_of(&s);
	json_object_put(s.doc);
	return page;
}

static void expect_page(const char *key, const char *value, const char *says)
{
	char *page = page_with(key, value);

	if (!strstr(page, says))
		fail_msg("no \"%s\" in\n%s", says, page);
	for (const char *line = page; *line; line += strcspn(line, "\n") + 1)
		assert_true(strcspn(line, "\n") <= 80);
	free(page);
}

#define SINCE                                 \
	"\"since_raw_ns\":68000000000,"       \
	"\"since_unix_ns\":1700000000000000000"

static void the_page_tells_who_keeps_the_system_clock(void **state)
{
	(void)state;
	expect_page("steering",
		    "{\"discipline\":\"observe\",\"state\":\"observe\"," SINCE
		    ",\"orders\":0}",
		    "Steering      not by timed (discipline observe)\n");
	expect_page("steering",
		    "{\"discipline\":\"steer\",\"state\":\"steering\"," SINCE
		    ",\"rate_ppb\":-12345.6,\"slew_ns\":120.5,"
		    "\"orders\":86400,\"steps\":1,\"yields\":2}",
		    "Steering      steering since 2023-11-14 22:13:20 UTC, 32 s "
		    "ago\n"
		    "              -12.3456 ppm, slew +120 ns; 86400 orders, 1 "
		    "step, 2 yields\n");
	expect_page("steering",
		    "{\"discipline\":\"auto\",\"state\":\"yielded\"," SINCE
		    ",\"reason\":\"the frequency was changed\","
		    "\"others\":\"chronyd (pid 812)\"}",
		    "! the system clock is left alone: the frequency was "
		    "changed; there is chronyd\n  (pid 812)\n");
	expect_page("steering",
		    "{\"discipline\":\"steer\",\"state\":\"refused\"," SINCE
		    "}",
		    "! the kernel does not let timed steer");
}

static void the_page_tells_of_a_rehearsal_while_it_lasts(void **state)
{
	char *page;

	(void)state;
	expect_page("rehearsal",
		    "{\"active\":true," SINCE
		    ",\"until_raw_ns\":3668000000000}",
		    "Rehearsal     of holdover since 2023-11-14 22:13:20 UTC, "
		    "32 s ago\n"
		    "              no sample is used; it ends by itself in 59 "
		    "min\n");
	page = page_with("rehearsal", "{\"active\":false," SINCE "}");
	assert_null(strstr(page, "Rehearsal"));
	free(page);
}

static void a_source_that_is_not_used_is_shown_as_such(void **state)
{
	(void)state;
	expect_page("sources",
		    "[{\"name\":\"a\",\"class\":\"ntp\",\"verdict\":\"stale\","
		    "\"disabled\":true,\"samples_ignored\":12,"
		    "\"last_ignored_age_ns\":3000000000}]",
		    "disabled\n    12 samples not used, the last one 3.0 s "
		    "ago\n");
}

/* Once at length, below; in short in its place. */
static void a_segment_that_is_none_is_told_with_what_to_do(void **state)
{
	struct status s = synchronized();
	char *page;

	(void)state;
	s.segment_path = "/tmp";
	s.segment_err = -EPROTO;
	page = page_of(&s);
	assert_non_null(strstr(page, "State         no bound: what is there is "
				     "no segment of this version\n"));
	assert_non_null(strstr(page, "this library can read: it is a"));
	assert_null(strstr(page, "publishes to"));
	free(page);
	s.segment_path = "/nonexistent/clock";
	s.segment_err = -ENOENT;
	json_object_object_add(s.doc, "segment",
			       json_tokener_parse("{\"path\": \"/run/c\"}"));
	page = page_of(&s);
	assert_non_null(strstr(page, "no bound: there is no segment\n"));
	assert_non_null(strstr(page, "the daemon that answers publishes to "
				     "/run/c: name that"));
	free(page);
	status_drop(&s);
}

static void json_has_every_field_even_without_a_clock(void **state)
{
	struct status s = {.segment_path = "/nonexistent",
			   .socket_path = "/nonexistent",
			   .segment_err = -ENOENT,
			   .socket_err = -ENOENT,
			   .socket_why = "No such file or directory"};
	static const char *const key[] = {"path",
					  "error",
					  "state",
					  "epoch",
					  "flags",
					  "raw_ns",
					  "earliest_unix_ns",
					  "latest_unix_ns",
					  "half_width_ns"};
	struct json_object *o, *seg, *v;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_int_equal(status_json_print(out, &s, NULL), 0);
	fclose(out);
	o = json_tokener_parse(text);
	assert_non_null(o);
	assert_true(json_object_object_get_ex(o, "exit_code", &v));
	assert_int_equal(json_object_get_int(v), 3);
	assert_true(json_object_object_get_ex(o, "segment", &seg));
	for (size_t i = 0; i < sizeof(key) / sizeof(*key); i++)
		assert_true(json_object_object_get_ex(seg, key[i], &v));
	json_object_put(o);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_verdict_follows_segment_and_daemon),
		cmocka_unit_test(a_silent_daemon_is_no_daemon),
		cmocka_unit_test(the_page_foretells_a_silence),
		cmocka_unit_test(the_page_tells_of_the_oscillator),
		cmocka_unit_test(every_line_fits_in_80_columns),
		cmocka_unit_test(the_page_says_all_that_was_promised),
		cmocka_unit_test(the_page_tells_who_keeps_the_system_clock),
		cmocka_unit_test(the_page_tells_of_a_rehearsal_while_it_lasts),
		cmocka_unit_test(a_source_that_is_not_used_is_shown_as_such),
		cmocka_unit_test(a_segment_that_is_none_is_told_with_what_to_do),
		cmocka_unit_test(json_has_every_field_even_without_a_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
