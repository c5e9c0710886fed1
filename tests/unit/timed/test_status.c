/* SPDX-License-Identifier: Apache-2.0 */
/* The status document against docs/status.md and against numbers by hand. */
#include <ctype.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>

#include <cmocka.h>

#include "timed/status.h"
#include "tt/tt.h"

#define S   INT64_C(1000000000)
#define TAI (INT64_C(1795380037) * S) /* at the anchor; Unix ...000 */

static struct engine_view view;
static struct config cfg;
static struct config_files files;
static struct status status;
static struct json_object *doc;

/* Two servers: `a` holds the lower edge, `b` the upper one. */
static void make_sources(void)
{
	struct source_view *a = &view.source[0], *b = &view.source[1];

	view.source_count = 2;
	strcpy(a->info.name, "192.0.2.1");
	a->info.class = SOURCE_NTP;
	a->info.scale = SCALE_UTC;
	a->info.reachable = true;
	a->info.stratum = 1;
	a->info.poll_ns = 16 * S;
	strcpy(a->group, "roof");
	a->has_range = true;
	a->lo_ns = TAI - 100 * S - 50000; /* x = TAI - raw; raw = 100 s */
	a->hi_ns = TAI - 100 * S + 70000;
	a->rate_ppb_min = -100;
	a->rate_ppb_max = 200.5;
	a->last_raw_ns = 96 * S;
	a->lo_term_ns[TERM_SERVER] = 1000;
	a->lo_term_ns[TERM_DELAY] = 40000;
	a->lo_term_ns[TERM_STAMP] = 300;
	a->lo_term_ns[TERM_MAPPING] = 20;
	a->verdict = VERDICT_USED;
	a->samples = 5;
	*b = *a;
	strcpy(b->info.name, "192.0.2.2");
	b->group[0] = '\0';
	b->hi_term_ns[TERM_DELAY] = 90000;
	b->rate_ppb_min = -INFINITY; /* says nothing of the rate */
	b->rate_ppb_max = NAN;
	b->lo_ns = INT64_MIN;        /* nor where it begins */
	view.lo_source = 0;
	view.hi_source = 1;
}

static struct export_view export;

static void make_slot(void)
{
	view.slot = (struct segment_slot){
		.anchor_raw_ns = 100 * S,
		.tai_lo_ns = TAI - 50000,
		.tai_hi_ns = TAI + 70001,
		.lo_slope = -1099512,  /* -1000.0004 ppb */
		.hi_slope = 1099512,
		.horizon_ns = S,
		.drift = 54975581,
		.void_raw_ns = 3700 * S,
		.epoch = 77,
		.epoch_raw_ns = 50 * S,
		.state = ENGINE_SYNCHRONIZED,
		.flags = TT_FLAG_NTP | TT_FLAG_SINGLE_SOURCE | 1u << 20,
		.leap_mode = SEGMENT_LEAP_SMEAR,
		.utc_offset_ns = 37 * S,
		.leap_tai_ns = INT64_MAX,
		.tai_err_ns = S,
		.best_tai_ns = TAI + 10000,
		.best_slope = 1099512,
	};
}

static void make(void)
{
	memset(&view, 0, sizeof(view));
	memset(&status, 0, sizeof(status));
	memset(&files, 0, sizeof(files));
	config_defaults(&cfg);
	make_slot();
	make_sources();
	view.raw_ns = 100 * S;
	view.state_since_raw_ns = 60 * S;
	strcpy(view.epoch_reason, "start");
	view.counters.bound_violations = 3;
	view.rehearsal = (struct rehearsal){
		.is_on = true,
		.is_known = true,
		.since_raw_ns = 70 * S,
		.until_raw_ns = 3670 * S,
		.half_ns_before = 1000,
		.half_ns = 60001,
		.source_count = 1,
		.source = { { .name = "192.0.2.1",
			      .samples = 3,
			      .has_offset = true,
			      .offset_ns = -20,
			      .offset_ns_most = 400 } }
	};
	status.raw_ns = 100 * S;
	status.view = &view;
	status.cfg = &cfg;
	status.files = &files;
	status.process.version = "1.2.3";
	status.process.log_level = "notice";
	status.process.pid = 4711;
	status.process.started_raw_ns = 40 * S;
	leap_builtin(&status.leap.table);
	status.leap.is_builtin = true;
	status.driver_count = 1;
	strcpy(status.driver[0].name, "chrony");
	status.export_count = 1;
	status.export[0] = &export;
	export = (struct export_view){.type = "chrony",
				      .socket = "/run/chrony/timed.sock",
				      .is_serving = true,
				      .reason = "",
				      .sent = 7,
				      .has_sent = true,
				      .sent_raw_ns = 99 * S,
				      .has_error = true,
				      .error_ns = 8000,
				      .has_offset = true,
				      .offset_ns = -3872,
				      .has_leap = true};
	status.has_pair = true;
	/* CLOCK_REALTIME reads 5 us less than TAI - 37 s. */
	status.pair.raw_ns_before = 100 * S - 100;
	status.pair.raw_ns_after = 100 * S + 100;
	status.pair.real_ns = TAI - 37 * S - 5000;
	status.has_steering = true;
	status.steering.rate_ppb = -12.5;
	status.steering.status = STA_UNSYNC;
	status.has_forecast = true;
	status.forecast.raw_ns = 100 * S - 400000000;
	status.forecast.in_ns[1] = 30 * S;
	status.publications = 9;
	status.sequence = 12;
}

/* Through its text and back, as a client has it. */
static void render(void)
{
	struct json_object *made = status_new(&status);

	assert_non_null(made);
	json_object_put(doc);
	doc = json_tokener_parse(json_object_to_json_string_ext(
		made, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(made);
	assert_non_null(doc);
}

/* "clock.half_width_ns", "sources[].name" (of the first one). */
static bool find(const char *field, struct json_object **ret)
{
	struct json_object *at = doc;
	char copy[128], *next = copy, *part;

	snprintf(copy, sizeof(copy), "%s", field);
	while ((part = strsep(&next, ".")) != NULL) {
		char *list = strstr(part, "[]");

		if (list)
			*list = '\0';
		if (!json_object_object_get_ex(at, part, &at))
			return false;
		if (!list)
			continue;
		if (json_object_array_length(at) == 0)
			return false;
		at = json_object_array_get_idx(at, 0);
	}
	*ret = at;
	return true;
}

static struct json_object *get(const char *field)
{
	struct json_object *o = NULL;

	if (!find(field, &o))
		fail_msg("no %s", field);
	return o;
}

static int64_t get_int(const char *field)
{
	struct json_object *o = get(field);

	if (!json_object_is_type(o, json_type_int))
		fail_msg("%s is no integer", field);
	return json_object_get_int64(o);
}

static const char *get_text(const char *field)
{
	return json_object_get_string(get(field));
}

static bool is_null(const char *field)
{
	return get(field) == NULL;
}

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

static void a_rehearsal_is_told_and_what_it_has_shown(void **state)
{
	(void)state;
	make();
	render();
	assert_true(json_object_get_boolean(get("rehearsal.active")));
	assert_int_equal(get_int("rehearsal.since_raw_ns"), 70 * S);
	/* CLOCK_REALTIME - raw = TAI - 37 s - 5 us - 100 s */
	assert_int_equal(get_int("rehearsal.since_unix_ns"),
			 TAI - 37 * S - 5000 - 30 * S);
	assert_true(is_null("rehearsal.ended_raw_ns"));
	assert_true(is_null("rehearsal.end_reason"));
	assert_int_equal(get_int("rehearsal.half_width_ns"), 60001);
	assert_int_equal(get_int("rehearsal.sources[].offset_most_ns"), 400);
	rehearsal_end(&view.rehearsal, 90 * S, "enough");
	render();
	assert_false(json_object_get_boolean(get("rehearsal.active")));
	assert_int_equal(get_int("rehearsal.ended_raw_ns"), 90 * S);
	assert_string_equal(get_text("rehearsal.end_reason"), "enough");
	memset(&view.rehearsal, 0, sizeof(view.rehearsal));
	render();
	assert_true(is_null("rehearsal.since_raw_ns"));
	assert_true(is_null("rehearsal.since_unix_ns"));
}

static void what_is_not_used_is_told(void **state)
{
	(void)state;
	make();
	render();
	assert_false(json_object_get_boolean(get("sources[].disabled")));
	assert_true(is_null("sources[].last_ignored_age_ns"));
	view.source[0].disabled = true;
	view.source[0].ignored = 2;
	view.source[0].ignored_raw_ns = 99 * S;
	render();
	assert_true(json_object_get_boolean(get("sources[].disabled")));
	assert_int_equal(get_int("sources[].samples_ignored"), 2);
	assert_int_equal(get_int("sources[].last_ignored_age_ns"), S);
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

/* A forecast of 0.4 s ago; what is far away, and what has passed since. */
static void the_forecast_is_told_as_of_now(void **state)
{
	struct json_object *list;

	(void)state;
	make();
	status.has_forecast = false;
	render();
	assert_int_equal(json_object_array_length(get("holdover.forecast")), 0);
	make();
	status.forecast.in_ns[0] = 100000000;
	status.forecast.in_ns[2] = FORECAST_NS_MAX;
	render();
	list = get("holdover.forecast");
	assert_int_equal(json_object_array_length(list), FORECAST_WIDTHS);
	assert_int_equal(get_int("holdover.forecast[].half_width_ns"), 100000);
	assert_int_equal(get_int("holdover.forecast[].in_ns"), 0);
	list = json_object_array_get_idx(get("holdover.forecast"), 1);
	assert_int_equal(json_object_get_int64(
				 json_object_object_get(list, "in_ns")),
			 29600000000);
	list = json_object_array_get_idx(get("holdover.forecast"), 2);
	assert_null(json_object_object_get(list, "in_ns"));
	view.slot.state = ENGINE_UNSYNCHRONIZED;
	render();
	assert_int_equal(json_object_array_length(get("holdover.forecast")), 0);
}

/* What may all be the source's is told as a limit; what is in force as in
 * force. */
static void the_oscillator_is_told_with_its_doubts(void **state)
{
	struct json_object *o;

	(void)state;
	make();
	status.oscillator[0] = (struct oscillator_level){
		1, true, 30, 20, "192.0.2.1"};
	status.oscillator[1] = (struct oscillator_level){
		10, true, 30, 2, "192.0.2.1"};
	render();
	assert_true(is_null("oscillator.levels[].deviation_ppb"));
	assert_int_equal(get_int("oscillator.levels[].deviation_ppb_max"), 50);
	o = json_object_array_get_idx(get("oscillator.levels"), 1);
	assert_true(json_object_get_double(json_object_object_get(
			    o, "deviation_ppb")) == 30);
	assert_int_equal(get_int("axioms.wander_ppb_s"), 20);
	assert_true(is_null("oscillator.widened_since_raw_ns"));
	status.widening = (struct widening){true, 35, 200, 50 * S, 60 * S};
	strcpy(status.temperature.error, "gone");
	render();
	assert_int_equal(get_int("axioms.wander_ppb_s"), 35);
	assert_int_equal(get_int("oscillator.configured_wander_ppb_s"), 20);
	assert_int_equal(get_int("oscillator.widened_since_raw_ns"), 50 * S);
	assert_true(is_null("oscillator.temperature_c"));
	assert_string_equal(get_text("oscillator.temperature_error"), "gone");
}

static void the_leap_table_is_told_as_of_now(void **state)
{
	struct leap_table *t = &status.leap.table;

	(void)state;
	make();
	render();
	assert_true(is_null("leap.file"));
	assert_int_equal(get_int("leap.tai_offset_ns"), 37 * S);
	assert_true(json_object_get_boolean(get("leap.expired")));
	assert_int_equal(get_int("leap.doubt_ns"), 19 * S);
	assert_true(is_null("leap.next_unix_ns"));
	t->count = 2;
	t->entry[1] = (struct leap_entry){ 1798761600, 38 };
	t->expires_unix_s = 1800000000;
	status.leap.is_builtin = false;
	render();
	assert_int_equal(get_int("leap.tai_offset_ns"), 37 * S);
	assert_int_equal(get_int("leap.next_unix_ns"), 1798761600 * S);
	assert_int_equal(get_int("leap.next_delta_ns"), S);
	assert_int_equal(get_int("leap.doubt_ns"), 0);
	assert_string_equal(get_text("leap.file"),
			    "/usr/share/zoneinfo/leap-seconds.list");
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
		struct json_object *o;

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

static int free_document(void **state)
{
	(void)state;
	json_object_put(doc);
	return 0;
}

static void an_export_tells_what_it_gives(void **state)
{
	(void)state;
	make();
	render();
	assert_string_equal(get_text("exports[].type"), "chrony");
	assert_true(json_object_get_boolean(get("exports[].healthy")));
	assert_true(is_null("exports[].reason"));
	assert_int_equal(get_int("exports[].last_sent_age_ns"), S);
	assert_int_equal(get_int("exports[].error_ns"), 8000);
	assert_int_equal(get_int("exports[].offset_ns"), -3872);
	assert_int_equal(get_int("exports[].leap_s"), 0);
}

static void an_export_to_ptp4l_tells_what_it_announces(void **state)
{
	(void)state;
	make();
	render();
	assert_true(is_null("exports[].clock"));
	assert_true(is_null("exports[].clock_class"));
	export = (struct export_view){
		.type = "ptp4l",
		.socket = "/var/run/ptp4l",
		.is_serving = true,
		.clock = "/dev/ptp0",
		.has_settings = true,
		.settings = {{6, 0x21, 0xffff},
			     {37, PTP_UTC_OFFSET_VALID | PTP_LEAP_59 |
					  PTP_TIMESCALE,
			      PTP_SOURCE_GNSS}}};
	render();
	assert_string_equal(get_text("exports[].clock"), "/dev/ptp0");
	assert_int_equal(get_int("exports[].clock_class"), 6);
	assert_int_equal(get_int("exports[].clock_accuracy"), 0x21);
	assert_int_equal(get_int("exports[].clock_accuracy_ns"), 100);
	assert_int_equal(get_int("exports[].time_source"), 0x20);
	assert_int_equal(get_int("exports[].utc_offset_s"), 37);
	assert_int_equal(get_int("exports[].utc_leap_s"), -1);
	assert_true(json_object_get_boolean(get("exports[].ptp_timescale")));
	assert_false(json_object_get_boolean(get("exports[].time_traceable")));
	assert_true(is_null("exports[].leap_s"));
	export.settings.quality.accuracy = PTP_ACCURACY_UNKNOWN;
	export.settings.properties.flags = 0;
	render();
	assert_true(is_null("exports[].clock_accuracy_ns"));
	assert_true(is_null("exports[].utc_offset_s"));
	assert_true(is_null("exports[].utc_leap_s"));
}

static void an_export_that_gives_nothing_says_why(void **state)
{
	(void)state;
	make();
	export = (struct export_view){.type = "chrony",
				      .socket = "/s",
				      .health = "there is no such socket",
				      .reason = "there is no bound"};
	render();
	assert_false(json_object_get_boolean(get("exports[].healthy")));
	assert_string_equal(get_text("exports[].health"),
			    "there is no such socket");
	assert_false(json_object_get_boolean(get("exports[].serving")));
	assert_string_equal(get_text("exports[].reason"), "there is no bound");
	assert_true(is_null("exports[].error_ns"));
	assert_true(is_null("exports[].offset_ns"));
	assert_true(is_null("exports[].last_sent_age_ns"));
}

static void what_clients_tell_is_shown_with_its_sender(void **state)
{
	static const struct hearsay_view heard = {
		.reports = 2,
		.refused = 1,
		.rejected = 5,
		.excess_ns_max = 7000,
		.last = { .rejected = 3,
			  .excess_ns = 6000,
			  .excess_ns_max = 7000,
			  .wall_ns = 1006000,
			  .latest_ns = 1000000 },
		.pid = 4242,
		.uid = 1000,
		.raw_ns = 90 * S,
	};

	(void)state;
	make();
	status.hearsay = &heard;
	render();
	assert_int_equal(get_int("hlc.reports"), 2);
	assert_int_equal(get_int("hlc.reports_refused"), 1);
	assert_int_equal(get_int("hlc.rejected"), 5);
	assert_int_equal(get_int("hlc.excess_ns_max"), 7000);
	assert_int_equal(get_int("hlc.last_pid"), 4242);
	assert_int_equal(get_int("hlc.last_uid"), 1000);
	assert_int_equal(get_int("hlc.last_rejected"), 3);
	assert_int_equal(get_int("hlc.last_excess_ns"), 6000);
	assert_int_equal(get_int("hlc.last_wall_ns"), 1006000);
	assert_int_equal(get_int("hlc.last_latest_ns"), 1000000);
	assert_int_equal(get_int("hlc.last_raw_ns"), 90 * S);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_clients_tell_is_shown_with_its_sender),
		cmocka_unit_test(an_export_tells_what_it_gives),
		cmocka_unit_test(an_export_to_ptp4l_tells_what_it_announces),
		cmocka_unit_test(an_export_that_gives_nothing_says_why),
		cmocka_unit_test(the_interval_is_what_readers_see),
		cmocka_unit_test(the_interval_is_aged_to_the_documents_instant),
		cmocka_unit_test(each_column_of_the_budget_adds_up),
		cmocka_unit_test(an_edge_that_nobody_holds_has_only_a_history),
		cmocka_unit_test(a_source_is_told_against_the_best_estimate),
		cmocka_unit_test(the_system_clock_is_told_against_the_bound),
		cmocka_unit_test(a_rehearsal_is_told_and_what_it_has_shown),
		cmocka_unit_test(what_is_not_used_is_told),
		cmocka_unit_test(without_a_bound_there_are_no_numbers),
		cmocka_unit_test(an_unreadable_clock_is_null),
		cmocka_unit_test(the_forecast_is_told_as_of_now),
		cmocka_unit_test(the_oscillator_is_told_with_its_doubts),
		cmocka_unit_test(the_leap_table_is_told_as_of_now),
		cmocka_unit_test(names_from_outside_cannot_break_it),
		cmocka_unit_test(every_documented_field_is_there),
		cmocka_unit_test(every_field_is_documented_and_finite),
		cmocka_unit_test(the_configuration_is_told_setting_by_setting),
	};

	return cmocka_run_group_tests(tests, NULL, free_document);
}
