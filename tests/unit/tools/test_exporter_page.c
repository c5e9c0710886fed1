/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of half-widths, and the page and chart made of it. */
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

#include "tools/exporter/chart.h"
#include "tools/exporter/history.h"
#include "tools/exporter/page.h"

#define S INT64_C(1000000000)

static struct history history;

static void add(int64_t raw_s, int64_t width_ns, uint64_t epoch)
{
	struct status s = {.now = {.latest_ns = width_ns,
				   .epoch = epoch,
				   .state = TT_SYNCHRONIZED}};

	if (width_ns < 0)
		s.segment_err = -ESTALE;
	history_add(&history, &s, raw_s * S);
}

static void a_bucket_holds_what_is_up_to_its_edge(void **state)
{
	(void)state;
	for (int i = 0; i < HISTORY_BUCKETS - 1; i++) {
		/* Edges are whole numbers of nanoseconds. */
		int64_t edge_ns =
			(int64_t)(strtod(history_edge[i], NULL) * 1e9 + 0.5);

		history_init(&history);
		add(1, 2 * edge_ns, 1);
		assert_int_equal(history.bucket[i], 1);
		add(2, 2 * edge_ns + 1, 1); /* half of it is rounded up */
		assert_int_equal(history.bucket[i + 1], 1);
	}
	history_init(&history);
	add(1, 0, 1);
	assert_int_equal(history.bucket[0], 1);
}

static void the_ring_keeps_the_last_hour(void **state)
{
	(void)state;
	history_init(&history);
	for (int i = 0; i < HISTORY_POINTS + 7; i++)
		add(i, 2 * i, 1);
	assert_int_equal(history.count, HISTORY_POINTS);
	assert_int_equal(history_at(&history, 0)->half_ns, 7);
	assert_int_equal(history_at(&history, HISTORY_POINTS - 1)->raw_ns,
			 (HISTORY_POINTS + 6) * S);
}

static void an_epoch_counts_when_it_differs_from_the_one_before(void **state)
{
	(void)state;
	history_init(&history);
	add(1, 10, 7);
	add(2, 10, 7);
	add(3, -1, 0);
	add(4, 10, 7);
	assert_int_equal(history.epoch_changes, 0);
	add(5, 10, 8);
	add(6, -1, 0);
	add(7, 10, 9);
	assert_int_equal(history.epoch_changes, 2);
	assert_int_equal(history.errors[5], 2); /* ESTALE */
}

/* Text to free. Static: gcc 12 believes it to dangle. */
static char *chart(void)
{
	static char *text;
	static size_t size;
	FILE *out = open_memstream(&text, &size);

	chart_write(out, &history);
	fclose(out);
	return text;
}

static int count(const char *text, const char *what)
{
	int n = 0;

	for (; (text = strstr(text, what)); text++)
		n++;
	return n;
}

static void the_chart_has_a_gap_where_there_was_no_bound(void **state)
{
	char *text;

	(void)state;
	history_init(&history);
	text = chart();
	assert_int_equal(count(text, "<rect"), 0);
	free(text);
	for (int i = 0; i < 90; i++)
		add(i, i >= 30 && i < 60 ? -1 : 20000, 1);
	text = chart();
	/* Three runs in the strip, two strokes in the curve. */
	assert_int_equal(count(text, "<rect class=\"good\""), 2);
	assert_int_equal(count(text, "<rect class=\"bad\""), 1);
	assert_int_equal(count(strstr(text, "<path"), "M"), 2);
	assert_non_null(strstr(text, ">2 min ago<"));
	assert_non_null(strstr(text, ">10 us<"));
	free(text);
}

static void the_chart_shows_any_width(void **state)
{
	static const int64_t half_ns[] = {
		0, 1, 9, 10, 12345, 5 * S, 3600 * S, INT64_MAX / 4};

	(void)state;
	for (size_t i = 0; i < sizeof(half_ns) / sizeof(*half_ns); i++) {
		char *text;

		history_init(&history);
		for (int k = 0; k < HISTORY_POINTS; k++)
			add(k, 2 * half_ns[k % 2 ? i : 0], 1);
		text = chart();
		assert_null(strstr(text, "nan"));
		assert_null(strstr(text, "inf"));
		assert_null(strstr(text, " -")); /* above the plot */
		assert_non_null(strstr(text, ">60 min ago<"));
		free(text);
	}
}

static char *page(struct status *s)
{
	struct page_options options = {
		.host = "<host>", .refresh_s = 10, .history = &history};
	static char *text;
	static size_t size;
	FILE *out = open_memstream(&text, &size);

	page_write(out, s, &options);
	fclose(out);
	return text;
}

static void what_others_say_is_escaped(void **state)
{
	struct status s = {
		.segment_path = "<seg>",
		.socket_path = "<sock>",
		.now = {.latest_ns = 2000, .state = TT_SYNCHRONIZED}};
	char *text;

	(void)state;
	s.doc = json_tokener_parse(
		"{\"raw_ns\": 9, \"process\": {\"version\": \"<v>\","
		" \"started_raw_ns\": 1, \"reload_error\": \"<re>\"},"
		" \"steering\": {\"state\": \"<st>\", \"reason\": \"<sr>\"},"
		" \"sources\": [{\"name\": \"<n>\\\"&\", \"class\": \"<c>\","
		"  \"verdict\": \"<ve>\", \"note\": \"<no>\"}],"
		" \"drivers\": [{\"name\": \"<d>\", \"health\": \"<h>\"}],"
		" \"budget\": {\"lo_source\": \"<lo>\", \"hi_source\": "
		"\"<hi>\", \"terms\": [{\"name\": \"<t>\", \"lo_ns\": 1}]}}");
	assert_non_null(s.doc);
	text = page(&s);
	for (const char *name = "v re st sr n c ve no d h lo hi t host";
	     *name;) {
		char tag[16], escaped[24];
		int len = (int)strcspn(name, " ");

		snprintf(tag, sizeof(tag), "<%.*s>", len, name);
		snprintf(escaped, sizeof(escaped), "&lt;%.*s&gt;", len, name);
		/* Of these two there are real ones. */
		if (strcmp(tag, "<h>") != 0 && strcmp(tag, "<t>") != 0)
			assert_null(strstr(text, tag));
		assert_non_null(strstr(text, escaped));
		name += len;
		name += strspn(name, " ");
	}
	assert_non_null(strstr(text, "&quot;&amp;"));
	assert_null(strstr(text, "<script"));
	free(text);
	json_object_put(s.doc);
}

static void the_page_tells_what_becomes_of_the_bound(void **state)
{
	struct status s = {.segment_path = "/c", .socket_path = "/s"};
	char *text;

	(void)state;
	s.doc = json_tokener_parse(
		"{\"rehearsal\": {\"active\": true}, \"holdover\": {"
		"\"forecast\": [{\"half_width_ns\": 100000, \"in_ns\": 0},"
		" {\"half_width_ns\": 1000000, \"in_ns\": 240000000000},"
		" {\"half_width_ns\": 10000000, \"in_ns\": 900000000000},"
		" {\"half_width_ns\": 90000000, \"in_ns\": null}]}}");
	text = page(&s);
	assert_non_null(strstr(
		text, ">1.000 ms after 4 min, 10.00 ms after 15 min<"));
	assert_non_null(strstr(text, "Holdover is being rehearsed"));
	free(text);
	json_object_put(s.doc);
}

static void the_page_says_the_width_and_who_does_not_answer(void **state)
{
	struct status s = {.segment_path = "/c",
			   .socket_path = "/s",
			   .now = {.latest_ns = 56601, .state = TT_HOLDOVER}};
	char *text;

	(void)state;
	text = page(&s);
	assert_non_null(strstr(text, "\xc2\xb1 28.31 us"));
	assert_non_null(strstr(text, "badge warn\">HOLDOVER<"));
	free(text);
	s.socket_err = -ECONNREFUSED;
	strcpy(s.socket_why, "Connection refused");
	text = page(&s);
	assert_non_null(strstr(text, "badge bad\">NO DAEMON<"));
	assert_non_null(strstr(text, "/s: Connection refused. This is what"));
	free(text);
	s.segment_err = -ESTALE;
	text = page(&s);
	assert_null(strstr(text, "28.31"));
	assert_non_null(strstr(text, tt_strerror(-ESTALE)));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bucket_holds_what_is_up_to_its_edge),
		cmocka_unit_test(the_ring_keeps_the_last_hour),
		cmocka_unit_test(
			an_epoch_counts_when_it_differs_from_the_one_before),
		cmocka_unit_test(the_chart_has_a_gap_where_there_was_no_bound),
		cmocka_unit_test(the_chart_shows_any_width),
		cmocka_unit_test(what_others_say_is_escaped),
		cmocka_unit_test(the_page_tells_what_becomes_of_the_bound),
		cmocka_unit_test(
			the_page_says_the_width_and_who_does_not_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
