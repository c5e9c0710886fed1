/* SPDX-License-Identifier: Apache-2.0 */
/* The status document against docs/status.md and against numbers by hand. */
#include <ctype.h>

#include "tests/unit/timed/status_fixture.h"

static void the_interval_is_what_readers_see(void **state)
{
	(void)state;
	make();
	render();
	assert_int_equal(get_int("schema_version"), 1);
	assert_int_equal(get_int("raw_ns"), 100 * S);
	assert_string_equal(get_text("clock.state"), "SYNCHRONIZED");
	assert_int_equal(get_int("clock.earliest_unix_ns"),
			 TAI - 37 * S - 50000);
	assert_int_equal(get_int("clock.latest_unix_ns"),
			 TAI - 37 * S + 70001);
	assert_int_equal(get_int("clock.best_unix_ns"), TAI - 37 * S + 10000);
	/* 120001 / 2, upward */
	assert_int_equal(get_int("clock.half_width_ns"), 60001);
	/* the doubt is in TAI */
	assert_int_equal(get_int("clock.earliest_tai_ns"), TAI - S - 50000);
	assert_int_equal(get_int("clock.latest_tai_ns"), TAI + S + 70001);
	assert_int_equal(get_int("clock.tai_error_ns"), S);
	assert_int_equal(get_int("clock.utc_error_ns"), 0);
	assert_string_equal(get_text("clock.flags"),
			    "[ \"NTP\", \"SINGLE_SOURCE\", \"BIT_20\" ]");
	assert_true(fabs(json_object_get_double(get("clock.rate_ppb")) -
			 1000) < 0.001);
	/* 60 s on the raw counter; CLOCK_REALTIME - raw = TAI - 37 s - 5 us
	 * - 100 s */
	assert_int_equal(get_int("clock.since_unix_ns"),
			 TAI - 37 * S - 5000 - 40 * S);
}

/* A second later the edges have opened by 1000 ppb each: 1000 ns. */
static void the_interval_is_aged_to_the_documents_instant(void **state)
{
	(void)state;
	make();
	status.raw_ns += S;
	render();
	assert_in_range(get_int("clock.earliest_unix_ns"),
			TAI - 36 * S - 51002, TAI - 36 * S - 51000);
	assert_in_range(get_int("clock.latest_unix_ns"),
			TAI - 36 * S + 71001, TAI - 36 * S + 71003);
	assert_in_range(get_int("clock.best_unix_ns"), TAI - 36 * S + 10999,
			TAI - 36 * S + 11001);
	assert_int_equal(get_int("sources[].last_sample_age_ns"), 5 * S);
}

static void each_column_of_the_budget_adds_up(void **state)
{
	struct json_object *terms;
	int64_t lo = 0, hi = 0;

	(void)state;
	make();
	view.slot.utc_err_ns = 2 * S;
	view.slot.tsc_err_ns = 64;
	render();
	assert_int_equal(get_int("budget.half_width_ns"), 60001 + 2 * S);
	assert_string_equal(get_text("budget.lo_source"), "192.0.2.1");
	assert_string_equal(get_text("budget.hi_source"), "192.0.2.2");
	terms = get("budget.terms");
	assert_int_equal(json_object_array_length(terms), TERM_COUNT + 3);
	for (size_t i = 0; i < TERM_COUNT + 3; i++) {
		struct json_object *t = json_object_array_get_idx(terms, i);

		lo += json_object_get_int64(json_object_object_get(t, "lo_ns"));
		hi += json_object_get_int64(json_object_object_get(t, "hi_ns"));
	}
	assert_int_equal(lo, 60001 + 2 * S);
	assert_int_equal(hi, 60001 + 2 * S);
	/* history: 60001 - (1000 + 40000 + 300 + 20 + 64), 60001 - 90000 */
	assert_string_equal(
		json_object_to_json_string_ext(
			json_object_array_get_idx(terms, TERM_COUNT + 1),
			JSON_C_TO_STRING_PLAIN),
		"{\"name\":\"history\",\"lo_ns\":18617,\"hi_ns\":-29999}");
}

static void an_edge_that_nobody_holds_has_only_a_history(void **state)
{
	(void)state;
	make();
	view.lo_source = -1;
	view.hi_source = 99; /* gone meanwhile */
	render();
	assert_true(is_null("budget.lo_source"));
	assert_true(is_null("budget.hi_source"));
	assert_int_equal(get_int("budget.terms[].lo_ns"), 0);
}

static void a_source_is_told_against_the_best_estimate(void **state)
{
	(void)state;
	make();
	render();
	assert_string_equal(get_text("sources[].name"), "192.0.2.1");
	assert_string_equal(get_text("sources[].class"), "ntp");
	assert_string_equal(get_text("sources[].group"), "roof");
	assert_string_equal(get_text("sources[].verdict"), "used");
	/* best = TAI + 10000 */
	assert_int_equal(get_int("sources[].lo_ns"), -60000);
	assert_int_equal(get_int("sources[].hi_ns"), 60000);
	assert_int_equal(get_int("sources[].offset_ns"), 0);
	assert_int_equal(get_int("sources[].error_ns"), 60000);
	assert_int_equal(get_int("sources[].last_sample_age_ns"), 4 * S);
	assert_int_equal(get_int("sources[].stratum"), 1);
	assert_true(is_null("sources[].note"));
	assert_true(is_null("sources[].via"));
}

static void the_system_clock_is_told_against_the_bound(void **state)
{
	(void)state;
	make();
	render();
	/* positive: CLOCK_REALTIME is behind */
	assert_int_equal(get_int("system_clock.offset_ns"), 15000);
	assert_int_equal(get_int("system_clock.earliest_offset_ns"), -45000);
	assert_int_equal(get_int("system_clock.latest_offset_ns"), 75001);
	assert_int_equal(get_int("system_clock.read_error_ns"), 100);
	assert_true(json_object_get_boolean(get("system_clock.within_bound")));
	assert_false(json_object_get_boolean(
		get("system_clock.kernel_synchronized")));
	assert_true(is_null("system_clock.kernel_tai_offset_s"));
	status.pair.real_ns = TAI - 37 * S - 50050; /* 50 ns before, +-100 */
	render();
	assert_true(is_null("system_clock.within_bound"));
	status.pair.real_ns -= 100;
	render();
	assert_false(is_null("system_clock.within_bound"));
	assert_false(json_object_get_boolean(get("system_clock.within_bound")));
}

static void without_a_bound_there_are_no_numbers(void **state)
{
	static const char *const fields[] = {
		"clock.earliest_unix_ns", "clock.latest_unix_ns",
		"clock.best_unix_ns",	  "clock.half_width_ns",
		"clock.earliest_tai_ns",  "clock.utc_error_ns",
		"clock.rate_ppb",	  "budget.half_width_ns",
		"budget.lo_source",	  "sources[].lo_ns",
		"sources[].offset_ns",	  "system_clock.offset_ns",
		"system_clock.within_bound",
	};

	(void)state;
	for (int why = 0; why < 3; why++) {
		make();
		if (why == 0)
			view.slot.state = ENGINE_UNSYNCHRONIZED;
		if (why == 1)
			status.raw_ns = 3700 * S; /* void */
		if (why == 2)
			status.publications = 0;
		render();
		assert_string_equal(get_text("clock.state"), "UNSYNCHRONIZED");
		for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
			assert_true(is_null(fields[i]));
		assert_int_equal(get_int("sources[].error_ns"), 60000);
	}
}

static void an_unreadable_clock_is_null(void **state)
{
	(void)state;
	make();
	status.has_pair = false;
	status.has_steering = false;
	view.slot.state = ENGINE_UNSYNCHRONIZED;
	render();
	assert_true(is_null("system_clock.realtime_unix_ns"));
	assert_true(is_null("system_clock.kernel_rate_ppb"));
	assert_true(is_null("process.started_unix_ns"));
	assert_true(is_null("leap.expired"));
	assert_true(is_null("leap.tai_offset_ns"));
}

static void names_from_outside_cannot_break_it(void **state)
{
	(void)state;
	make();
	strcpy(view.source[0].info.name, "a\"\\\n\xff\xc3\xbc\xc3");
	strcpy(view.source[0].info.note, "</script>");
	render();
	assert_string_equal(get_text("sources[].name"), "a\"\\??\xc3\xbc?");
}

/* Every field of the page's tables, "| `field` | type | ...". */
static void every_documented_field_is_there(void **state)
{
	FILE *in = fopen(TIMED_DOCS_DIR "/status.md", "r");
	char line[512], field[128], type[64];
	int count = 0;

	(void)state;
	assert_non_null(in);
	make();
	strcpy(cfg.group[0].name, "roof");
	strcpy(cfg.group[0].member[0], "192.0.2.1");
	cfg.group[0].count = 1;
	render();
	while (fgets(line, sizeof(line), in)) {
		struct json_object *o = NULL;

		if (sscanf(line, "| `%127[^`]` | %63[^|]", field, type) != 2)
			continue;
		count++;
		if (!find(field, &o))
			fail_msg("docs/status.md has %s, the document has not",
				 field);
		if (!o && !strstr(type, "null"))
			fail_msg("%s is null", field);
	}
	fclose(in);
	assert_true(count > 100);
}

static bool is_documented(const char *field)
{
	static char text[65536];
	char pattern[160];

	if (!text[0]) {
		FILE *in = fopen(TIMED_DOCS_DIR "/status.md", "r");

		assert_non_null(in);
		text[fread(text, 1, sizeof(text) - 1, in)] = '\0';
		fclose(in);
	}
	snprintf(pattern, sizeof(pattern), "| `%s` |", field);
	return strstr(text, pattern) != NULL;
}

static void check_documented(struct json_object *o, const char *prefix,
			     int depth)
{
	json_object_object_foreach(o, key, v)
	{
		char field[128];

		snprintf(field, sizeof(field), "%s%s%s", prefix,
			 *prefix ? "." : "", key);
		if (json_object_is_type(v, json_type_double))
			assert_true(isfinite(json_object_get_double(v)));
		if (strcmp(field, "config") == 0 ||
		    strcmp(field, "sources[].terms") == 0)
			continue;
		if (json_object_is_type(v, json_type_object)) {
			assert_true(depth > 0);
			check_documented(v, field, depth - 1);
			continue;
		}
		if (!is_documented(field))
			fail_msg("docs/status.md does not tell of %s", field);
		if (json_object_is_type(v, json_type_array) &&
		    json_object_is_type(json_object_array_get_idx(v, 0),
					json_type_object)) {
			strcat(field, "[]");
			check_documented(json_object_array_get_idx(v, 0), field,
					 depth - 1);
		}
	}
}

static void every_field_is_documented_and_finite(void **state)
{
	struct json_object *b;

	(void)state;
	make();
	render();
	check_documented(doc, "", 4);
	b = json_object_array_get_idx(get("sources"), 1);
	assert_null(json_object_object_get(b, "rate_ppb_min")); /* -inf */
	assert_null(json_object_object_get(b, "rate_ppb_max")); /* nan */
	assert_int_equal(json_object_get_int64(
				 json_object_object_get(b, "lo_ns")),
			 INT64_MIN);
}

static void the_configuration_is_told_setting_by_setting(void **state)
{
	struct json_object *o;

	(void)state;
	make();
	render();
	o = get("config");
	assert_string_equal(json_object_get_string(
				    json_object_object_get(o, "chrony.poll")),
			    "250ms");
	for (const struct config_key *k = config_keys; k->name; k++)
		assert_true(k->type == CONFIG_GROUPS || config_list_of(k) ||
			    json_object_object_get_ex(o, k->name, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_interval_is_what_readers_see),
		cmocka_unit_test(the_interval_is_aged_to_the_documents_instant),
		cmocka_unit_test(each_column_of_the_budget_adds_up),
		cmocka_unit_test(an_edge_that_nobody_holds_has_only_a_history),
		cmocka_unit_test(a_source_is_told_against_the_best_estimate),
		cmocka_unit_test(the_system_clock_is_told_against_the_bound),
		cmocka_unit_test(without_a_bound_there_are_no_numbers),
		cmocka_unit_test(an_unreadable_clock_is_null),
		cmocka_unit_test(names_from_outside_cannot_break_it),
		cmocka_unit_test(every_documented_field_is_there),
		cmocka_unit_test(every_field_is_documented_and_finite),
		cmocka_unit_test(the_configuration_is_told_setting_by_setting),
	};

	return cmocka_run_group_tests(tests, NULL, free_document);
}
