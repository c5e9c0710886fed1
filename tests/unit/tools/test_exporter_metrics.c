/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every number against golden text, every field of docs/status.md against
 * docs/metrics.md, and every series against what Prometheus demands.
 */
#include <ctype.h>
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

#include "tools/exporter/metrics.h"

#define S	 INT64_C(1000000000)
#define TEXT_MAX (1024 * 1024)
#define FIELDS	 400

static struct history history;
static struct status status;
static struct metrics_own own;

static char *slurp(const char *path)
{
	FILE *in = fopen(path, "r");
	char *text = calloc(1, TEXT_MAX);

	if (!in)
		fail_msg("no %s", path);
	assert_non_null(text);
	assert_true(fread(text, 1, TEXT_MAX - 1, in) < TEXT_MAX - 1);
	fclose(in);
	return text;
}

static struct json_object *document(void)
{
	char *text = slurp(DATA_DIR "/exporter_status.json");
	struct json_object *doc = json_tokener_parse(text);

	free(text);
	assert_non_null(doc);
	return doc;
}

/* Half-widths of 10 ns, 14.151 us twice and 3 s, and one without a bound; an
 * epoch that changes once. */
static void make_history(void)
{
	struct status s = {.now = {.state = TT_SYNCHRONIZED, .epoch = 5}};

	history_init(&history);
	s.now.latest_ns = 20;
	history_add(&history, &s, S);
	s.now.latest_ns = 28301;
	history_add(&history, &s, 2 * S);
	history_add(&history, &s, 3 * S);
	s.segment_err = -ENODATA;
	history_add(&history, &s, 4 * S);
	s.segment_err = 0;
	s.now.latest_ns = 6 * S;
	s.now.epoch = 6;
	history_add(&history, &s, 5 * S);
}

static int setup(void **state)
{
	(void)state;
	make_history();
	own = (struct metrics_own){.version = "9.8.7",
				   .fetches = 201,
				   .fetch_errors = 202,
				   .code = {200, 404},
				   .answers = {203, 204},
				   .dropped = 205};
	/* 28405 / 2, rounded up */
	status = (struct status){.segment_path = "/run/timed/clock",
				 .socket_path = "/run/timed/status.sock",
				 .now = {.earliest_ns = 0,
					 .latest_ns = 28405,
					 .epoch = 77,
					 .state = TT_HOLDOVER},
				 .doc = document()};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	json_object_put(status.doc);
	return 0;
}

/* As a string to free. */
static char *render(enum expo_dialect dialect)
{
	static const struct instant instant = {
		.raw_ns = 100 * S + 500000001,
		.real_ns = 1785000000 * S + 123456789,
		.has_bound = true,
		.tai = {36999985849, 37000014254},
		.unix_time = {-14151, 14254},
		.tai_offset_ns = 37 * S};
	struct metrics_input in = {.s = &status,
				   .raw_ns = 100 * S + 500000001,
				   .history = &history,
				   .instant = &instant,
				   .own = &own};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	metrics_write(out, dialect, &in);
	fclose(out);
	return text;
}

/* What differs is left in the test's folder, to look at or to take over. */
static void compare(const char *text, const char *name)
{
	char path[256];
	char *golden;

	snprintf(path, sizeof(path), DATA_DIR "/%s", name);
	golden = slurp(path);
	if (strcmp(text, golden) != 0) {
		FILE *out = fopen(name, "w");

		assert_non_null(out);
		fputs(text, out);
		fclose(out);
		fail_msg("not as tests/unit/tools/data/%s: diff it with %s",
			 name, name);
	}
	free(golden);
}

static void the_classic_text_is_golden(void **state)
{
	char *text = render(EXPO_CLASSIC);

	(void)state;
	compare(text, "exporter_metrics.prom");
	free(text);
}

static void the_openmetrics_text_is_golden(void **state)
{
	char *text = render(EXPO_OPENMETRICS);

	(void)state;
	compare(text, "exporter_metrics.om");
	free(text);
}

/* The samples, sorted as they come, without comments. */
static char *samples_of(const char *text)
{
	char *copy = calloc(1, strlen(text) + 1), *to = copy;

	for (const char *line = text; *line;) {
		size_t len = strcspn(line, "\n") + 1;

		if (*line != '#') {
			memcpy(to, line, len);
			to += len;
		}
		line += len;
	}
	return copy;
}

static void both_formats_have_the_same_series(void **state)
{
	char *classic = render(EXPO_CLASSIC);
	char *openmetrics = render(EXPO_OPENMETRICS);
	char *a = samples_of(classic), *b = samples_of(openmetrics);

	(void)state;
	assert_string_equal(a, b);
	free(a);
	free(b);
	free(classic);
	free(openmetrics);
}

/* ---- docs/status.md and docs/metrics.md ---- */

struct field {
	char name[96];
	bool is_documented, is_left_out;
};

static struct field field[FIELDS];
static int field_count;

static struct field *find_field(const char *name)
{
	for (int i = 0; i < field_count; i++) {
		if (!strcmp(field[i].name, name))
			return &field[i];
	}
	return NULL;
}

/* "| `clock.state` | string | ..." */
static void load_fields(void)
{
	char *text = slurp(DOCS_DIR "/status.md");

	field_count = 0;
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		struct field *f = &field[field_count];

		memset(f, 0, sizeof(*f));
		if (sscanf(line, "| `%95[^`]` |", f->name) == 1)
			field_count++;
		assert_true(field_count < FIELDS);
	}
	free(text);
	assert_true(field_count > 100);
}

/* The names between backticks that are fields. */
static void mark(char *cell, bool is_left_out)
{
	for (char *p = strchr(cell, '`'); p; p = strchr(p, '`')) {
		char name[96] = "";
		struct field *f;

		sscanf(p, "`%95[^`]`", name);
		p += strlen(name) + 2;
		f = find_field(name);
		if (!f)
			continue;
		if (f->is_documented)
			fail_msg("docs/metrics.md has %s twice", name);
		f->is_documented = true;
		f->is_left_out = is_left_out;
	}
}

static void load_sources_of_metrics(void)
{
	char *text = slurp(DOCS_DIR "/metrics.md");
	bool is_left_out = false;

	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		char *end = strrchr(line, '|');

		if (!strncmp(line, "## ", 3))
			is_left_out = !strcmp(line, "## Not exported");
		if (strncmp(line, "| `", 3) != 0 || !end || end == line)
			continue;
		*end = '\0';
		/* Fields are in the first column there, in the last here. */
		if (is_left_out)
			line[strcspn(line + 2, "|") + 2] = '\0';
		mark(is_left_out ? line : strrchr(line, '|'), is_left_out);
	}
	free(text);
}

static void every_field_is_exported_or_left_out_with_a_reason(void **state)
{
	(void)state;
	load_fields();
	load_sources_of_metrics();
	for (int i = 0; i < field_count; i++) {
		if (!field[i].is_documented)
			fail_msg(
				"%s of docs/status.md: not in docs/metrics.md, "
				"as what a metric is from or under \"Not "
				"exported\"",
				field[i].name);
	}
}

/* ---- what is exported is exported, and nothing else ---- */

static bool change(struct json_object *at, const char *path);

/* Another value of the same type; false: there is none to change. */
static bool change_value(struct json_object *parent, const char *key)
{
	struct json_object *o = NULL;

	json_object_object_get_ex(parent, key, &o);
	switch (json_object_get_type(o)) {
	case json_type_int:
		json_object_set_int64(o, json_object_get_int64(o) + 1000003);
		return true;
	case json_type_double:
		json_object_set_double(o, json_object_get_double(o) + 0.75);
		return true;
	case json_type_boolean:
		json_object_set_boolean(o, !json_object_get_boolean(o));
		return true;
	case json_type_string:
		/* A sentence about what is wrong counts as one. */
		json_object_object_add(parent, key, NULL);
		return true;
	case json_type_array:
		if (json_object_array_length(o) == 0)
			return false;
		json_object_array_del_idx(o, 0, 1);
		return true;
	case json_type_object:
		json_object_object_add(parent, key, json_object_new_object());
		return true;
	case json_type_null:
	default:
		return false;
	}
}

/* In every object of a list: "sources[].utc.verdict". */
static bool change_each(struct json_object *list, const char *path)
{
	bool has_changed = false;

	for (size_t i = 0; i < json_object_array_length(list); i++)
		has_changed |= change(json_object_array_get_idx(list, i), path);
	return has_changed;
}

/* Recursion of the depth of a path: three. */
static bool change(struct json_object *at, const char *path)
{
	char part[96];
	size_t len = strcspn(path, ".");
	struct json_object *next;

	snprintf(part, sizeof(part), "%.*s", (int)len, path);
	if (!path[len])
		return change_value(at, part);
	if (len > 2 && !strcmp(part + len - 2, "[]")) {
		part[len - 2] = '\0';
		return json_object_object_get_ex(at, part, &next) &&
		       change_each(next, path + len + 1);
	}
	return json_object_object_get_ex(at, part, &next) &&
	       change(next, path + len + 1);
}

static void
a_field_that_changes_shows_if_and_only_if_it_is_exported(void **state)
{
	char *before = render(EXPO_CLASSIC);

	(void)state;
	load_fields();
	load_sources_of_metrics();
	for (int i = 0; i < field_count; i++) {
		char *after;

		json_object_put(status.doc);
		status.doc = document();
		if (!change(status.doc, field[i].name))
			fail_msg("tests/unit/tools/data/exporter_status.json "
				 "has no value of %s",
				 field[i].name);
		after = render(EXPO_CLASSIC);
		if (!strcmp(before, after) != field[i].is_left_out)
			fail_msg("docs/metrics.md is wrong: %s is%s exported",
				 field[i].name,
				 field[i].is_left_out ? "" : " not");
		free(after);
	}
	free(before);
}

/* "| `timed_up` | | gauge |": is it announced so in the golden text? */
static void every_documented_metric_is_there_and_of_its_type(void **state)
{
	char *text = slurp(DOCS_DIR "/metrics.md"),
	     *made = render(EXPO_CLASSIC);
	int documented = 0, announced = 0;

	(void)state;
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		char name[96], labels[64], type[32], announcement[160];

		if (sscanf(line, "| `timed_%80[a-z_]` |%63[^|]| %31[a-z] |",
			   name, labels, type) != 3)
			continue;
		snprintf(announcement, sizeof(announcement),
			 "\n# TYPE timed_%s %s\n", name,
			 strcmp(type, "info") ? type : "gauge");
		if (!strstr(made, announcement))
			fail_msg("docs/metrics.md has timed_%s as a %s", name,
				 type);
		documented++;
	}
	for (char *p = made; (p = strstr(p, "# TYPE ")); p++)
		announced++;
	assert_int_equal(documented, announced);
	free(text);
	free(made);
}

/* ---- hostile documents ---- */

static void replace(const char *key, const char *json)
{
	struct json_object *o = json_tokener_parse(json);

	assert_non_null(o);
	json_object_object_add(status.doc, key, o);
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Samples are `name{labels} number`, and no name with labels comes twice. */
static int check_series(char *text)
{
	static char *line[8192];
	int count = 0;

	for (char *l = strtok(text, "\n"); l; l = strtok(NULL, "\n")) {
		char *space = strrchr(l, ' '), *end;

		if (*l == '#')
			continue;
		assert_non_null(space);
		strtod(space + 1, &end);
		assert_true(end > space + 1 && !*end);
		*space = '\0';
		assert_true(count < 8192);
		line[count++] = l;
	}
	qsort(line, (size_t)count, sizeof(*line), compare_lines);
	for (int i = 1; i < count; i++) {
		if (!strcmp(line[i - 1], line[i]))
			fail_msg("twice: %s", line[i]);
	}
	return count;
}

static void labels_are_escaped_and_cut(void **state)
{
	char *text;

	(void)state;
	replace("drivers",
		"[{\"name\": \"a\\\"b\\\\c\\nd\\u00e9\", \"healthy\": true},"
		" {\"name\": "
		"\"0123456789012345678901234567890123456789012345678901234567"
		"8901234567890123456789012345678901234567890123456789\","
		"  \"healthy\": false}]");
	text = render(EXPO_OPENMETRICS);
	assert_non_null(strstr(
		text, "timed_driver_healthy{driver=\"a\\\"b\\\\c?d??\"} 1\n"));
	assert_non_null(strstr(
		text,
		"timed_driver_healthy{driver=\"01234567890123456789012345678901"
		"23456789012345678901234567890123456789012345678901234567890123"
		"456789\"} 0\n"));
	free(text);
}

static void no_document_makes_a_series_twice(void **state)
{
	char *text;

	(void)state;
	replace("sources",
		"[{\"name\": \"a\", \"class\": \"ntp\", \"samples\": 1},"
		" {\"name\": \"a\", \"class\": \"ntp\", \"samples\": 2},"
		" {\"name\": \"a\", \"class\": \"ptp\", \"samples\": 3,"
		"  \"terms\": [{\"name\": \"x\", \"lo_ns\": 1},"
		"              {\"name\": \"x\", \"lo_ns\": 2}]},"
		" {\"name\": \"a\"}, {\"name\": \"a\", \"class\": \"\"},"
		" {\"class\": \"ntp\"}, {\"name\": 7},"
		" {\"name\": \"\"}, null, 7, [], \"x\"]");
	replace("drivers", "[{\"name\": \"d\", \"healthy\": true},"
			   " {\"name\": \"d\", \"healthy\": false}]");
	text = render(EXPO_CLASSIC);
	assert_non_null(strstr(text, "timed_sources 12\n"));
	assert_non_null(strstr(text, "timed_sources_omitted 9\n"));
	assert_non_null(strstr(text, "timed_driver_healthy{driver=\"d\"} 1\n"));
	check_series(text);
	free(text);
}

static void names_that_differ_after_the_cut_are_the_same(void **state)
{
	char *text;

	(void)state;
#define X100                                                                   \
	"0123456789012345678901234567890123456789012345678901234567890123456"  \
	"789012345678901234567890123456789"
	replace("sources", "[{\"name\": \"" X100 "a\", \"class\": \"ntp\"},"
			   " {\"name\": \"" X100 "b\", \"class\": \"ntp\"}]");
	text = render(EXPO_CLASSIC);
	assert_non_null(strstr(text, "timed_sources_omitted 1\n"));
	check_series(text);
	free(text);
}

static void the_number_of_series_is_bounded(void **state)
{
	struct json_object *full, *list, *terms;
	char name[16], *text;
	int series;

	(void)state;
	json_object_object_get_ex(status.doc, "sources", &list);
	full = json_object_get(json_object_array_get_idx(list, 0));
	terms = json_object_new_array();
	for (int i = 0; i < 1000; i++) {
		struct json_object *t = json_object_new_object();

		snprintf(name, sizeof(name), "t%d", i);
		json_object_object_add(t, "name", json_object_new_string(name));
		json_object_object_add(t, "lo_ns", json_object_new_int(1));
		json_object_object_add(t, "hi_ns", json_object_new_int(1));
		json_object_array_add(terms, t);
	}
	json_object_object_add(full, "terms", terms);
	list = json_object_new_array();
	for (int i = 0; i < 500; i++) {
		struct json_object *copy = NULL;

		json_object_deep_copy(full, &copy, NULL);
		snprintf(name, sizeof(name), "s%d", i);
		json_object_object_add(copy, "name",
				       json_object_new_string(name));
		json_object_array_add(list, copy);
	}
	json_object_object_add(status.doc, "sources", list);
	json_object_put(full);
	text = render(EXPO_CLASSIC);
	assert_non_null(strstr(text, "timed_sources_omitted 436\n"));
	series = check_series(text);
	printf("%d series\n", series);
	assert_true(series < 64 * (32 * 2 + 40) + 500);
	free(text);
}

static void nonsense_is_no_value(void **state)
{
	char *text;

	(void)state;
	replace("counters", "{\"samples\": -1, \"stalls\": \"7\","
			    " \"publications\": 1e3, \"disputes\": null}");
	replace("system_clock", "{\"offset_ns\": \"x\", \"within_bound\": 1,"
				" \"kernel_rate_ppb\": [1]}");
	replace("clock", "{\"state\": 5, \"flags\": {}, \"rate_ppb\": null}");
	replace("leap", "[]");
	text = render(EXPO_CLASSIC);
	assert_null(strstr(text, "timed_samples_total"));
	assert_null(strstr(text, "timed_stalls_total"));
	assert_null(strstr(text, "timed_publications_total"));
	assert_null(strstr(text, "timed_disputes_total"));
	assert_null(strstr(text, "timed_system_clock"));
	assert_null(strstr(text, "timed_state{"));
	assert_null(strstr(text, "timed_leap_"));
	check_series(text);
	free(text);
}

/* ---- a daemon that is not there ---- */

static void a_dead_daemon_leaves_nothing_of_its_document(void **state)
{
	char *text;

	(void)state;
	json_object_put(status.doc);
	status.doc = NULL;
	status.socket_err = -ECONNREFUSED;
	text = render(EXPO_CLASSIC);
	assert_non_null(strstr(text, "timed_up 0\n"));
	assert_null(strstr(text, "\ntimed_uncertainty_seconds"));
	assert_null(strstr(text, "\ntimed_state"));
	assert_null(strstr(text, "\ntimed_source"));
	assert_null(strstr(text, "\ntimed_bound_violations_total"));
	/* What programs are told is told. */
	assert_non_null(strstr(
		text, "\ntimed_segment_uncertainty_seconds 0.000014203\n"));
	assert_non_null(
		strstr(text, "\ntimed_segment_state{state=\"HOLDOVER\"} 1\n"));
	free(text);
}

static void a_void_segment_has_no_uncertainty(void **state)
{
	static const struct {
		int err;
		const char *series;
	} row[] = {
		{-ENODATA, "timed_segment_state{state=\"UNSYNCHRONIZED\"} 1\n"},
		{-ESTALE, "timed_segment_state{state=\"VOID\"} 1\n"},
		{-EPROTO, "timed_segment_state{state=\"UNREADABLE\"} 1\n"},
		{-ENOENT, "timed_segment_state{state=\"UNREADABLE\"} 1\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		char *text;

		status.segment_err = row[i].err;
		text = render(EXPO_CLASSIC);
		assert_non_null(strstr(text, "timed_up 1\n"));
		assert_null(strstr(text, "\ntimed_uncertainty_seconds"));
		assert_null(strstr(text, "\ntimed_segment_uncertainty"));
		assert_non_null(strstr(text, row[i].series));
		free(text);
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_classic_text_is_golden),
		TEST(the_openmetrics_text_is_golden),
		TEST(both_formats_have_the_same_series),
		TEST(every_field_is_exported_or_left_out_with_a_reason),
		TEST(a_field_that_changes_shows_if_and_only_if_it_is_exported),
		TEST(every_documented_metric_is_there_and_of_its_type),
		TEST(labels_are_escaped_and_cut),
		TEST(no_document_makes_a_series_twice),
		TEST(names_that_differ_after_the_cut_are_the_same),
		TEST(the_number_of_series_is_bounded),
		TEST(nonsense_is_no_value),
		TEST(a_dead_daemon_leaves_nothing_of_its_document),
		TEST(a_void_segment_has_no_uncertainty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
