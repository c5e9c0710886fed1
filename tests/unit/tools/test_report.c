/* SPDX-License-Identifier: Apache-2.0 */
/* The report of a history that is known: its figures are under their own heads,
 * what comes from elsewhere is text, nothing is made of too little, and there is
 * no script. */
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

#include "tools/report/report.h"

#define MINUTE INT64_C(60000000000)
#define UNIX   INT64_C(1700000040000000000) /* at raw 0: 22:14 */

static char *page;
static struct series minutes, hours;
static struct status status;
static struct report_input in;

static int begin(void **state)
{
	(void)state;
	status = (struct status){
		.segment_path = "<seg>",
		.socket_path = "<sock>",
		.now = {.latest_ns = 2000, .state = TT_SYNCHRONIZED}};
	in = (struct report_input){.host = "host<&\"",
				   .program = "test 1",
				   .s = &status,
				   .minutes = &minutes,
				   .hours = &hours};
	return series_init(&minutes) || series_init(&hours);
}

static int end(void **state)
{
	(void)state;
	json_object_put(status.doc);
	series_free(&minutes);
	series_free(&hours);
	free(page);
	page = NULL;
	return 0;
}

/* Record i of spans: the offset alternates between +1 and -1 ns; number 4 had
 * HOLDOVER for 2.5 s. */
static struct json_object *record(int i, int64_t span_ns, int64_t slept_ns,
				  const char *name)
{
	char text[900];

	snprintf(text, sizeof(text),
		 "{\"number\":%d,\"complete\":true,\"raw_ns\":%lld,"
		 "\"unix_ns\":%lld,"
		 "\"half_width_ns\":{\"min\":1000,\"mean\":2000,\"max\":%d},"
		 "\"state_ns\":{\"SYNCHRONIZED\":57500000000%s},"
		 "\"epoch_changes\":0,\"bound_violations\":0,\"sources\":[{"
		 "\"name\":\"%s\",\"offset_ns\":{\"min\":%d,\"mean\":%d,"
		 "\"max\":%d},\"error_ns\":{\"min\":400,\"mean\":500,"
		 "\"max\":600},\"verdict_ns\":{\"used\":60000000000}}]}",
		 i, (long long)(i * span_ns),
		 (long long)(UNIX + i * span_ns + slept_ns), 3000 + i,
		 i == 4 ? ",\"HOLDOVER\":2500000000" : "", name,
		 i % 2 ? -1 : 1, i % 2 ? -1 : 1, i % 2 ? -1 : 1);
	return json_tokener_parse(text);
}

static struct json_object *new_page(const char *boot, int64_t span_ns, int end)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "boot_id", json_object_new_string(boot));
	json_object_object_add(o, "span_ns", json_object_new_int64(span_ns));
	json_object_object_add(o, "first", json_object_new_int64(0));
	json_object_object_add(o, "end", json_object_new_int64(end));
	json_object_object_add(o, "records", json_object_new_array());
	return o;
}

static void add(struct json_object *o, struct json_object *r)
{
	json_object_array_add(json_object_object_get(o, "records"), r);
}

/* Minutes from..to-1 but one, of boot b. */
static void remember(int from, int to, int gap, const char *name)
{
	struct json_object *o = new_page("b", MINUTE, to);

	for (int i = from; i < to; i++)
		if (i != gap)
			add(o, record(i, MINUTE, 0, name));
	series_add(&minutes, o);
	json_object_put(o);
}

static void write_page(void)
{
	size_t size;
	FILE *out;

	free(page);
	out = open_memstream(&page, &size);
	report_write(out, &in);
	fclose(out);
	assert_null(strstr(page, "nan"));
	assert_null(strstr(page, "=\"inf"));
	assert_null(strstr(page, "<script"));
	assert_null(strstr(page, "src="));
	assert_null(strstr(page, "url("));
	assert_null(strstr(page, "@import"));
}

static void has(const char *text)
{
	if (!strstr(page, text))
		fail_msg("not there: %s\n%s", text, page);
}

static void has_not(const char *text)
{
	if (strstr(page, text))
		fail_msg("there: %s\n%s", text, page);
}

static int count(const char *text)
{
	int n = 0;

	for (const char *at = page; (at = strstr(at, text)); at++)
		n++;
	return n;
}

/* ---- what was ---- */

/* ADEV sqrt(8) / 60, TDEV sqrt(8 / 3), MTIE 2: test_stability.c. */
static void figures_are_under_their_heads(void **state)
{
	(void)state;
	remember(0, 20, -1, "a");
	write_page();
	has("\">intervals</th><th scope=\"col\" class=\"n\">ADEV</th>"
	    "<th scope=\"col\" class=\"n\">TDEV</th>"
	    "<th scope=\"col\" class=\"n\">MTIE</th>");
	has("<td class=\"n\">60 s</td><td class=\"n\">19</td>"
	    "<td class=\"n\">0.04714 ppb</td><td class=\"n\">2 ns</td>"
	    "<td class=\"n\">2 ns</td>");
	has("<td>all</td><td class=\"n\">3.019 us</td>");
	has("<td>50 %</td><td class=\"n\">3.009 us</td>");
	has("HOLDOVER for 2.5 s");
	has(">22:20<");
}

static void too_little_is_said_to_be(void **state)
{
	(void)state;
	remember(0, 4, -1, "a");
	write_page();
	has("each of 4 whole minutes: too few");
	has("Of 4 whole minutes in a row: too few for ADEV");
	has("<td>50 %</td>");
	has_not("<td>90 %</td>");
	has_not("class=\"bar\"");
	has_not("ADEV</th>");
}

static void a_gap_ends_a_run_and_breaks_the_curve(void **state)
{
	char *curve;

	(void)state;
	remember(0, 20, 7, "a");
	write_page();
	has("<td class=\"n\">60 s</td><td class=\"n\">11</td>");
	curve = strstr(page, "<path class=\"curve\"");
	assert_non_null(curve);
	*strchr(curve, '>') = '\0';
	assert_non_null(strchr(strchr(curve, 'M') + 1, 'M'));
}

/* 20 minutes, an hour's sleep, 20 minutes: the axis knows of the hour, and no
 * phase spans it. */
static void sleep_is_a_gap(void **state)
{
	struct json_object *o = new_page("b", MINUTE, 40);

	(void)state;
	for (int i = 0; i < 40; i++)
		add(o, record(i, MINUTE, i < 20 ? 0 : 60 * MINUTE, "a"));
	series_add(&minutes, o);
	json_object_put(o);
	assert_int_equal(minutes.record[20].place_ns -
				 minutes.record[19].place_ns, 61 * MINUTE);
	assert_int_equal(minutes.record[39].place_ns, 39 * MINUTE);
	write_page();
	has("<td class=\"n\">60 s</td><td class=\"n\">19</td>");
	has(">22:30<");
	has(">23:45<");
}

static void the_last_record_goes_on_and_none_is_there_twice(void **state)
{
	(void)state;
	remember(0, 5, -1, "a");
	remember(4, 8, -1, "a");
	assert_int_equal(minutes.count, 8);
	assert_int_equal(series_next(&minutes), 7);
	remember(2, 4, -1, "a"); /* the daemon lost its memory */
	assert_int_equal(minutes.count, 2);
}

static void another_boot_is_another_history(void **state)
{
	struct json_object *o = new_page("c", MINUTE, 1);

	(void)state;
	remember(0, 5, -1, "a");
	add(o, record(0, MINUTE, 0, "b"));
	series_add(&minutes, o);
	json_object_put(o);
	assert_int_equal(minutes.count, 1);
	assert_int_equal(minutes.names, 1);
	assert_string_equal(minutes.name[0], "b");
}

static void the_ring_is_bounded(void **state)
{
	(void)state;
	remember(0, SERIES_RECORDS_MAX + 10, -1, "a");
	assert_int_equal(minutes.count, SERIES_RECORDS_MAX);
	assert_int_equal(minutes.record[0].number, 10);
	write_page();
}

static void hours_are_shown_when_they_tell_of_more(void **state)
{
	struct json_object *o = new_page("b", 60 * MINUTE, 40);

	(void)state;
	remember(2300, 2400, -1, "a");
	write_page();
	has_not("the last month");
	for (int i = 0; i < 40; i++)
		add(o, record(i, 60 * MINUTE, 0, "a"));
	series_add(&hours, o);
	json_object_put(o);
	write_page();
	has("the last month by the hour");
	has("<td class=\"n\">3600 s</td><td class=\"n\">39</td>");
}

/* Two minutes of a hundred are a hundred times as wide. */
static void what_goes_beyond_the_plot_is_told(void **state)
{
	(void)state;
	remember(0, 100, -1, "a");
	minutes.record[5].source[0].error_ns.max = 60000;
	minutes.record[6].source[0].error_ns.max = 60000;
	write_page();
	has("beyond the plot in 2 of 100 columns, 0 of them without fresh "
	    "samples, up to 60.01 us");
	has(">+500 ns<");
}

/* An hour of holdover among two: its range opens, which is no phase and not what
 * the plot is for. */
static void a_stale_source_has_no_phases(void **state)
{
	(void)state;
	remember(0, 120, -1, "a");
	for (int i = 30; i < 90; i++) {
		minutes.record[i].source[0].verdict_ns[SERIES_STALE] = MINUTE;
		minutes.record[i].source[0].error_ns.max = 600000;
	}
	write_page();
	has("beyond the plot in 60 of 120 columns, 60 of them without fresh");
	has(">+500 ns<");
	has("<td class=\"n\">60 s</td><td class=\"n\">29</td>");
}

/* ---- events ---- */

static void events_are_newest_first(void **state)
{
	struct json_object *o = json_tokener_parse(
		"{\"kept\":32,\"records\":["
		"{\"number\":1,\"unix_ns\":1700000000123456789,\"kind\":"
		"\"state\",\"text\":\"HOLDOVER (was <SYNC>)\"},"
		"{\"number\":2,\"kind\":\"violation\",\"text\":\"two\"}]}");

	(void)state;
	in.events = o;
	write_page();
	has("<td class=\"nowrap\">2023-11-14 22:13:20.123</td>"
	    "<td class=\"warn\">state</td>"
	    "<td class=\"name\">HOLDOVER (was &lt;SYNC&gt;)</td>");
	assert_true(strstr(page, ">two<") < strstr(page, "HOLDOVER (was"));
	has("The last 32 of each kind");
	in.events = NULL;
	json_object_put(o);
	write_page();
	has("the daemon did not tell them");
}

/* ---- what is now ---- */

static void what_others_say_is_escaped(void **state)
{
	(void)state;
	status.doc = json_tokener_parse(
		"{\"raw_ns\": 9, \"process\": {\"version\": \"<v>\","
		" \"started_raw_ns\": 1, \"reload_error\": \"<re>\"},"
		" \"steering\": {\"state\": \"<st>\", \"reason\": \"<sr>\"},"
		" \"sources\": [{\"name\": \"<n>\\\"&\", \"class\": \"<c>\","
		"  \"verdict\": \"<ve>\", \"note\": \"<no>\"}],"
		" \"drivers\": [{\"name\": \"<d>\", \"health\": \"<h>\"}],"
		" \"axioms\": {\"<a1>\": \"<a2>\"},"
		" \"config\": {\"<c1>\": \"<c2>\"},"
		" \"budget\": {\"lo_source\": \"<lo>\", \"hi_source\": "
		"\"<hi>\", \"terms\": [{\"name\": \"<t>\", \"lo_ns\": 1}]}}");
	assert_non_null(status.doc);
	remember(0, 5, -1, "<script>x");
	write_page();
	for (const char *name =
		     "v re st sr n c ve no d h lo hi t a1 a2 c1 c2 script";
	     *name;) {
		char tag[16], escaped[24];
		int len = (int)strcspn(name, " ");

		snprintf(tag, sizeof(tag), "<%.*s>", len, name);
		snprintf(escaped, sizeof(escaped), "&lt;%.*s&gt;", len, name);
		has_not(tag);
		has(escaped);
		name += len;
		name += strspn(name, " ");
	}
	has("n&gt;&quot;&amp;");
	has("host&lt;&amp;&quot;");
}

static void the_page_tells_what_becomes_of_the_bound(void **state)
{
	(void)state;
	status.doc = json_tokener_parse(
		"{\"rehearsal\": {\"active\": true}, \"holdover\": {"
		"\"forecast\": [{\"half_width_ns\": 100000, \"in_ns\": 0},"
		" {\"half_width_ns\": 1000000, \"in_ns\": 240000000000},"
		" {\"half_width_ns\": 10000000, \"in_ns\": 900000000000},"
		" {\"half_width_ns\": 90000000, \"in_ns\": null}]}}");
	write_page();
	has(">1.000 ms after 4 min, 10.00 ms after 15 min<");
	has("Holdover is being rehearsed");
}

static void the_page_says_the_width_and_who_does_not_answer(void **state)
{
	(void)state;
	status.now.latest_ns = 56601;
	status.now.state = TT_HOLDOVER;
	write_page();
	has("\xc2\xb1 28.31 us");
	has("badge warn\">HOLDOVER<");
	status.socket_err = -ECONNREFUSED;
	strcpy(status.socket_why, "Connection refused");
	in.history_why = "it is not there";
	write_page();
	has("badge bad\">NO DAEMON<");
	has("&lt;sock&gt;: Connection refused. This is what");
	has("history is not here: it is not there");
	status.segment_err = -ESTALE;
	write_page();
	has_not("28.31");
	has(tt_strerror(-ESTALE));
}

static void axioms_have_their_units(void **state)
{
	(void)state;
	status.doc = json_tokener_parse(
		"{\"axioms\": {\"drift_ppb\": 50000.0, \"wander_ppb_s\": 20.5,"
		" \"memory_ns\": 1024000000000, \"liars\": null,"
		" \"overridden\": []}}");
	write_page();
	has("drift</th><td class=\"name\">50000 ppb<");
	has("wander</th><td class=\"name\">20.5 ppb/s<");
	has("memory</th><td class=\"name\">1024 s<");
	has_not("overridden");
	has_not("liars");
}

/* ---- readings, one a second ---- */

static void readings_have_a_gap_where_there_was_no_bound(void **state)
{
	static struct report_reading r[90];
	char *strip;

	(void)state;
	for (int i = 0; i < 90; i++)
		r[i] = (struct report_reading){
			.raw_ns = i * INT64_C(1000000000),
			.half_ns = i >= 30 && i < 60 ? -1 : 10000,
			.state = TT_SYNCHRONIZED};
	in.reading = r;
	in.readings = 90;
	write_page();
	strip = strstr(page, "<rect class=\"rail\"");
	assert_non_null(strip);
	*strstr(strip, "</svg>") = '\0';
	assert_non_null(strstr(strip, "class=\"none\""));
	assert_int_equal(count("<rect class=\"good\""), 2);
	assert_non_null(strstr(page, "by the second"));
}

/* Each a few milliseconds early or late, in charts of each length: one row
 * without a break. */
static void readings_that_are_not_quite_a_second_apart_leave_no_gap(void **state)
{
	static const size_t many[] = {20, 119, 599, 601, 1799, 3600};
	static struct report_reading r[3600];
	char *strip;

	(void)state;
	in.reading = r;
	for (size_t i = 0; i < sizeof(many) / sizeof(*many); i++) {
		for (size_t k = 0; k < many[i]; k++)
			r[k] = (struct report_reading){
				.raw_ns = (int64_t)k * 1000000000 +
					  (int64_t)(k * k % 7) * 3000000,
				.half_ns = 10000,
				.state = TT_SYNCHRONIZED};
		in.readings = many[i];
		write_page();
		strip = strstr(page, "<rect class=\"rail\"");
		assert_non_null(strip);
		*strstr(strip, "</svg>") = '\0';
		assert_int_equal(count("<rect class=\"good\""), 1);
	}
}

/* One that is missing is a gap of its own. */
static void a_second_without_a_reading_is_a_gap(void **state)
{
	static struct report_reading r[100];
	char *strip;

	(void)state;
	for (int i = 0; i < 100; i++)
		r[i] = (struct report_reading){
			.raw_ns = (i + (i >= 50)) * INT64_C(1000000000),
			.half_ns = 10000,
			.state = TT_SYNCHRONIZED};
	in.reading = r;
	in.readings = 100;
	write_page();
	strip = strstr(page, "<rect class=\"rail\"");
	assert_non_null(strip);
	*strstr(strip, "</svg>") = '\0';
	assert_int_equal(count("<rect class=\"good\""), 2);
}

static void what_is_wrong_besides_the_clock_is_told(void **state)
{
	struct json_object *doc = json_tokener_parse(
		"{\"history_log\": {\"path\": \"/log<\", \"error\": \"No space\","
		" \"lines_lost\": 1}, \"hlc\": {\"rejected\": 2},"
		" \"leap\": {\"error\": \"cannot be read\"},"
		" \"exports\": [{\"type\": \"chrony\", \"health\": null,"
		" \"reason\": \"there is no bound\"}]}");

	(void)state;
	assert_non_null(doc);
	status.doc = doc;
	write_page();
	status.doc = NULL;
	json_object_put(doc);
	has("The history log /log&lt;: No space");
	has("1 line of the history log lost since");
	has("rejected 2 times beyond their latest");
	has("Leap second table: cannot be read");
	has("not given to chrony: there is no bound");
}

static void readings_of_any_width_are_drawn(void **state)
{
	static const int64_t half_ns[] = {
		0, 1, 9, 10, 12345, INT64_C(5000000000), INT64_MAX / 4};
	static struct report_reading r[3600];

	(void)state;
	in.reading = r;
	for (size_t i = 0; i < sizeof(half_ns) / sizeof(*half_ns); i++)
		for (size_t n = 1; n <= 3600; n *= 60) {
			for (size_t k = 0; k < n; k++)
				r[k] = (struct report_reading){
					.raw_ns = (int64_t)k * 1000000000,
					.half_ns = half_ns[k % 2 ? i : 0],
					.state = TT_HOLDOVER};
			in.readings = n;
			write_page();
		}
}

static void nothing_and_one_minute_make_a_page(void **state)
{
	(void)state;
	write_page();
	has("remembers nothing yet");
	has("</html>");
	in.minutes = in.hours = NULL;
	write_page();
	has("remembers nothing yet");
	in.minutes = &minutes;
	remember(0, 1, -1, "a");
	write_page();
	has("<circle class=\"dot\"");
	has("</html>");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(figures_are_under_their_heads),
		CASE(too_little_is_said_to_be),
		CASE(a_gap_ends_a_run_and_breaks_the_curve),
		CASE(sleep_is_a_gap),
		CASE(the_last_record_goes_on_and_none_is_there_twice),
		CASE(another_boot_is_another_history),
		CASE(the_ring_is_bounded),
		CASE(hours_are_shown_when_they_tell_of_more),
		CASE(what_goes_beyond_the_plot_is_told),
		CASE(a_stale_source_has_no_phases),
		CASE(events_are_newest_first),
		CASE(what_others_say_is_escaped),
		CASE(the_page_tells_what_becomes_of_the_bound),
		CASE(the_page_says_the_width_and_who_does_not_answer),
		CASE(axioms_have_their_units),
		CASE(readings_have_a_gap_where_there_was_no_bound),
		CASE(readings_that_are_not_quite_a_second_apart_leave_no_gap),
		CASE(a_second_without_a_reading_is_a_gap),
		CASE(what_is_wrong_besides_the_clock_is_told),
		CASE(readings_of_any_width_are_drawn),
		CASE(nothing_and_one_minute_make_a_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
