/* SPDX-License-Identifier: Apache-2.0 */
/* What gpsd says: lines, reports (as gpsd 3.22 writes them), verdicts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* before cmocka.h */
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "drivers/gnss_lines.h"
#include "drivers/gnss_report.h"
#include "drivers/gnss_unpack.h"

#define S   INT64_C(1000000000)
#define MS  INT64_C(1000000)
#define ERA (INT64_C(1024) * 7 * 86400 * S)
#define UTC (INT64_C(1790000000) * S)

/* ---- lines ---- */

static struct gnss_lines lines;

static void put(const char *text)
{
	size_t size;
	char *room = gnss_lines_room(&lines, &size);

	assert_true(strlen(text) <= size);
	memcpy(room, text, strlen(text));
	gnss_lines_added(&lines, strlen(text));
}

static void lines_come_whole_however_they_are_cut(void **state)
{
	(void)state;
	gnss_lines_init(&lines);
	put("{\"a\"");
	assert_null(gnss_lines_next(&lines));
	put(":1}\r\n{\"b\":2}\n{");
	assert_string_equal(gnss_lines_next(&lines), "{\"a\":1}");
	assert_string_equal(gnss_lines_next(&lines), "{\"b\":2}");
	assert_null(gnss_lines_next(&lines));
	put("}\n");
	assert_string_equal(gnss_lines_next(&lines), "{}");
	assert_null(gnss_lines_next(&lines));
}

static void a_line_that_is_too_long_is_left_out(void **state)
{
	char *room;
	size_t size;

	(void)state;
	gnss_lines_init(&lines);
	put("{\"long\":\"");
	for (int i = 0; i < 3; i++) {
		room = gnss_lines_room(&lines, &size);
		assert_true(size > 0);
		memset(room, 'x', size);
		gnss_lines_added(&lines, size);
		assert_null(gnss_lines_next(&lines));
	}
	put("the end\"}\n{\"c\":3}\n");
	assert_string_equal(gnss_lines_next(&lines), "{\"c\":3}");
	assert_null(gnss_lines_next(&lines));
}

/* ---- reports ---- */

static struct gnss_report report;

static void a_fix_has_mode_time_accuracy_and_leap_seconds(void **state)
{
	(void)state;
	assert_int_equal(
		gnss_unpack("{\"class\":\"TPV\",\"device\":\"/dev/ttyACM0\","
			    "\"mode\":3,\"time\":\"2026-11-23T00:03:48.000Z\","
			    "\"leapseconds\":18,\"ept\":0.000000012,"
			    "\"lat\":50.0,\"lon\":14.0}",
			    &report),
		0);
	assert_string_equal(report.device, "/dev/ttyACM0");
	assert_true(report.has_mode && report.has_time);
	assert_int_equal(report.mode, 3);
	assert_true(report.utc_ns == INT64_C(1795392228) * S);
	assert_true(report.has_accuracy);
	assert_in_range(report.accuracy_ns, 12, 13);
	assert_true(report.has_leap);
	assert_int_equal(report.leap_s, 18);
	assert_false(report.has_toff || report.has_pps || report.has_sky);
}

/* gpsd's own guess where a receiver tells nothing is no estimate. */
/* gpsd 3.22 of a receiver in a tunnel (GGA quality 6), and of one on a bench. */
static void what_is_by_no_satellites_is_no_fix(void **state)
{
	static const struct {
		int status, mode;
	} cases[] = {{2, 3}, {5, 1}, {6, 3}, {7, 3}, {8, 1}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char line[256];

		snprintf(line, sizeof(line),
			 "{\"class\":\"TPV\",\"device\":\"/dev/pts/0\","
			 "\"status\":%d,\"mode\":3,"
			 "\"time\":\"2026-11-22T00:00:00.000Z\"}",
			 cases[i].status);
		assert_int_equal(gnss_unpack(line, &report), 0);
		assert_int_equal(report.mode, cases[i].mode);
		assert_true(report.has_time);
	}
}

static void a_placeholder_is_no_accuracy(void **state)
{
	(void)state;
	assert_int_equal(
		gnss_unpack("{\"class\":\"TPV\",\"device\":\"/dev/pts/0\","
			    "\"mode\":3,\"time\":\"2026-11-23T00:03:48.000Z\","
			    "\"ept\":0.005}",
			    &report),
		0);
	assert_false(report.has_accuracy);
	assert_false(report.has_leap);
}

/* Guards: a receiver that admits seconds (u-blox: 2^32 - 1 ns where it does not
 * know) has not left its accuracy to be declared. */
static void seconds_that_are_admitted_are_an_accuracy(void **state)
{
	static const struct {
		const char *ept;
		bool has_time;
		int64_t accuracy_ns; /* 0: none */
	} cases[] = {
		{"0.999", true, 999000000},
		{"1.0", true, S},
		{"4.294967295", true, INT64_C(4294967295)},
		{"99999.0", true, 99999 * S},
		{"100000.5", false, 0},
		{"1e300", false, 0},
		{"0", true, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char line[256];

		snprintf(line, sizeof(line),
			 "{\"class\":\"TPV\",\"device\":\"/dev/pts/0\","
			 "\"mode\":3,\"time\":\"2026-11-22T00:00:00.000Z\","
			 "\"ept\":%s}",
			 cases[i].ept);
		assert_int_equal(gnss_unpack(line, &report), 0);
		assert_int_equal(report.mode, 3);
		assert_int_equal(report.has_time, cases[i].has_time);
		assert_int_equal(report.has_accuracy, cases[i].accuracy_ns > 0);
		if (report.has_accuracy)
			assert_in_range(report.accuracy_ns,
					cases[i].accuracy_ns,
					cases[i].accuracy_ns + 100);
	}
}

static void message_arrivals_and_pulses(void **state)
{
	(void)state;
	assert_int_equal(
		gnss_unpack("{\"class\":\"TOFF\",\"device\":\"/dev/pts/0\","
			    "\"real_sec\":1795392228,\"real_nsec\":0,"
			    "\"clock_sec\":1795392228,"
			    "\"clock_nsec\":123456789}",
			    &report),
		0);
	assert_true(report.has_toff && !report.has_pps && !report.has_mode);
	assert_true(report.toff_utc_ns == INT64_C(1795392228) * S);
	assert_true(report.toff_real_ns == INT64_C(1795392228) * S + 123456789);
	assert_int_equal(
		gnss_unpack("{\"class\":\"PPS\",\"device\":\"/dev/ttyS0\","
			    "\"real_sec\":1795392228,\"real_nsec\":0,"
			    "\"clock_sec\":1795392227,"
			    "\"clock_nsec\":999999000,\"precision\":-20}",
			    &report),
		0);
	assert_true(report.has_pps && !report.has_toff);
	assert_true(report.pps_real_ns == INT64_C(1795392227) * S + 999999000);
}

static void satellites_are_counted(void **state)
{
	(void)state;
	assert_int_equal(
		gnss_unpack("{\"class\":\"SKY\",\"device\":\"/dev/pts/0\","
			    "\"satellites\":["
			    "{\"PRN\":1,\"el\":10,\"az\":20,\"ss\":30,"
			    "\"used\":true},"
			    "{\"PRN\":2,\"el\":10,\"az\":20,\"ss\":30,"
			    "\"used\":false}]}",
			    &report),
		0);
	assert_true(report.has_sky);
	assert_int_equal(report.used, 1);
	assert_int_equal(report.visible, 2);
}

static void what_cannot_be_is_not_there(void **state)
{
	(void)state;
	assert_int_equal(gnss_unpack("", &report), -EBADMSG);
	assert_int_equal(gnss_unpack("$GPRMC,1*2", &report), -EBADMSG);
	assert_int_equal(gnss_unpack("{\"class\":", &report), -EBADMSG);
	assert_int_equal(
		gnss_unpack("{\"class\":\"TPV\",\"device\":\"/dev/pts/0\","
			    "\"mode\":9,\"time\":\"9999-99-99T99:99:99Z\","
			    "\"leapseconds\":99999,\"ept\":-1.0}",
			    &report),
		0);
	assert_int_equal(report.mode, 0);
	assert_false(report.has_time || report.has_leap || report.has_accuracy);
	assert_int_equal(
		gnss_unpack("{\"class\":\"TOFF\",\"device\":\"/dev/pts/0\","
			    "\"real_sec\":-5,\"real_nsec\":-7,"
			    "\"clock_sec\":1795392228,"
			    "\"clock_nsec\":1999999999}",
			    &report),
		0);
	assert_false(report.has_toff);
}

/* ---- verdicts ---- */

static struct gnss_watch watch;

static enum gnss_verdict tpv(int mode, int64_t utc_ns, int64_t raw_ns)
{
	const struct gnss_report r = {.has_mode = true,
				      .mode = mode,
				      .has_time = utc_ns != 0,
				      .utc_ns = utc_ns};

	/* the clock is 1 h off: it is asked for the era only */
	return gnss_watch_take(&watch, &r, raw_ns, raw_ns, UTC + 3600 * S);
}

static void expect_note(const char *text)
{
	char note[SOURCE_NOTE_SIZE];

	gnss_watch_note(&watch, note);
	assert_string_equal(note, text);
}

static void run_up(int n)
{
	gnss_watch_init(&watch);
	for (int i = 0; i < n; i++)
		assert_int_equal(tpv(3, UTC + i * S, (100 + i) * S),
				 i == 0 ? GNSS_SETTLING : GNSS_GOOD);
}

static void a_3d_fix_whose_time_goes_on_is_good(void **state)
{
	(void)state;
	gnss_watch_init(&watch);
	expect_note("no report yet");
	run_up(20);
	expect_note("");
	/* two reports of one epoch, and a second left out */
	assert_int_equal(tpv(3, UTC + 19 * S, 119 * S + MS), GNSS_GOOD);
	assert_int_equal(tpv(3, UTC + 21 * S, 121 * S), GNSS_GOOD);
	assert_true(gnss_verdict_has_pulse(watch.verdict));
}

static void no_fix_and_2d_are_told_apart(void **state)
{
	(void)state;
	run_up(3);
	assert_int_equal(tpv(2, UTC + 3 * S, 103 * S), GNSS_FIX_2D);
	expect_note("2D fix only: pulses not believed");
	assert_true(gnss_verdict_has_time(watch.verdict));
	assert_false(gnss_verdict_has_pulse(watch.verdict));
	assert_int_equal(tpv(1, UTC + 4 * S, 104 * S), GNSS_NO_FIX);
	expect_note("no fix");
	assert_false(gnss_verdict_has_time(watch.verdict));
	assert_int_equal(tpv(3, 0, 105 * S), GNSS_NO_TIME);
	assert_int_equal(tpv(3, UTC + 6 * S, 106 * S), GNSS_SETTLING);
}

/* The first pulses with a fix again are made by what it went by without. */
static void a_fix_that_was_lost_must_settle(void **state)
{
	(void)state;
	run_up(5);
	for (int mode = 1; mode < 3; mode++) {
		const int64_t s = 10 * mode;

		tpv(mode, UTC + (s - 1) * S, (99 + s) * S);
		for (int i = 0; i < 4; i++) {
			assert_int_equal(
				tpv(3, UTC + (s + i) * S, (100 + s + i) * S),
				GNSS_SETTLING);
			/* the same second again is no other one */
			assert_int_equal(tpv(3, UTC + (s + i) * S,
					     (100 + s + i) * S + MS),
					 GNSS_SETTLING);
		}
		assert_int_equal(tpv(3, UTC + (s + 4) * S, (104 + s) * S),
				 GNSS_GOOD);
	}
}

static void a_time_that_stands_still_is_frozen(void **state)
{
	(void)state;
	run_up(5);
	assert_int_equal(tpv(3, UTC + 4 * S, 107 * S), GNSS_GOOD);
	assert_int_equal(tpv(3, UTC + 4 * S, 107 * S + MS), GNSS_FROZEN);
	expect_note("its time stands still");
	assert_int_equal(tpv(3, UTC + 10 * S, 110 * S), GNSS_GOOD);
}

static void a_time_that_goes_back_must_settle(void **state)
{
	(void)state;
	run_up(5);
	assert_int_equal(tpv(3, UTC - 55 * S, 105 * S), GNSS_BACK);
	expect_note("its time went back by 60.0 s");
	for (int i = 1; i < 5; i++)
		assert_int_equal(tpv(3, UTC + (i - 55) * S, (105 + i) * S),
				 GNSS_SETTLING);
	assert_int_equal(tpv(3, UTC - 50 * S, 110 * S), GNSS_GOOD);
	/* back by what went by in silence */
	assert_int_equal(tpv(3, UTC - 49 * S, 140 * S), GNSS_BACK);
}

/* We read late, or early in a batch: nobody's time leapt. */
static void what_we_read_late_has_not_gone_back(void **state)
{
	const struct gnss_report r = {.has_mode = true,
				      .mode = 3,
				      .has_time = true,
				      .utc_ns = UTC + 5 * S};

	(void)state;
	run_up(5);
	assert_int_equal(gnss_watch_take(&watch, &r, 104 * S, 130 * S, UTC),
			 GNSS_GOOD);
	assert_int_equal(tpv(3, UTC + 31 * S, 131 * S), GNSS_GOOD);
}

static void a_time_that_leaps_ahead_must_settle(void **state)
{
	(void)state;
	run_up(5);
	assert_int_equal(tpv(3, UTC + 15 * S, 105 * S), GNSS_AHEAD);
	expect_note("its time leapt ahead by 10.0 s");
	assert_int_equal(tpv(3, UTC + 16 * S, 106 * S), GNSS_SETTLING);
}

static void whole_eras_off_are_a_week_rollover(void **state)
{
	(void)state;
	gnss_watch_init(&watch);
	assert_int_equal(tpv(3, UTC - ERA, 100 * S), GNSS_ROLLOVER);
	expect_note("week rollover: its date is 1 x 1024 weeks behind");
	assert_int_equal(tpv(3, UTC - ERA + S, 101 * S), GNSS_ROLLOVER);
	gnss_watch_init(&watch);
	assert_int_equal(tpv(3, UTC - 2 * ERA, 100 * S), GNSS_ROLLOVER);
	/* a clock that is wrong in any other way is no veto */
	gnss_watch_init(&watch);
	assert_int_equal(tpv(3, UTC + 300 * 86400 * S, 100 * S),
			 GNSS_SETTLING);
}

static void silence_is_told(void **state)
{
	(void)state;
	run_up(5);
	assert_int_equal(gnss_watch_look(&watch, 109 * S), GNSS_GOOD);
	assert_int_equal(gnss_watch_look(&watch, 109 * S + 1), GNSS_SILENT);
	expect_note("gpsd reports nothing of it");
	assert_int_equal(tpv(3, UTC + 10 * S, 110 * S), GNSS_SETTLING);
	assert_int_equal(tpv(3, UTC + 11 * S, 111 * S), GNSS_GOOD);
	gnss_watch_init(&watch);
	assert_int_equal(gnss_watch_look(&watch, 1000 * S), GNSS_WAITING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_come_whole_however_they_are_cut),
		cmocka_unit_test(a_line_that_is_too_long_is_left_out),
		cmocka_unit_test(a_fix_has_mode_time_accuracy_and_leap_seconds),
		cmocka_unit_test(what_is_by_no_satellites_is_no_fix),
		cmocka_unit_test(a_placeholder_is_no_accuracy),
		cmocka_unit_test(seconds_that_are_admitted_are_an_accuracy),
		cmocka_unit_test(message_arrivals_and_pulses),
		cmocka_unit_test(satellites_are_counted),
		cmocka_unit_test(what_cannot_be_is_not_there),
		cmocka_unit_test(a_3d_fix_whose_time_goes_on_is_good),
		cmocka_unit_test(no_fix_and_2d_are_told_apart),
		cmocka_unit_test(a_fix_that_was_lost_must_settle),
		cmocka_unit_test(a_time_that_stands_still_is_frozen),
		cmocka_unit_test(a_time_that_goes_back_must_settle),
		cmocka_unit_test(what_we_read_late_has_not_gone_back),
		cmocka_unit_test(a_time_that_leaps_ahead_must_settle),
		cmocka_unit_test(whole_eras_off_are_a_week_rollover),
		cmocka_unit_test(silence_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
