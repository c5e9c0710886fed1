/* SPDX-License-Identifier: Apache-2.0 */
/* The drift file: strict in, atomic out. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/timed/scratch.h"
#include "timed/driftfile.h"

static const char good[] = "timed-drift 1\n"
			   "boot_id 0123456789abcdeffedcba9876543210\n"
			   "clocksource tsc\n"
			   "raw_ns 5000000000\n"
			   "written_unix_ns 1795380000000000000\n"
			   "rate_ppb -12.5\n"
			   "rate_ppb_min -13.25\n"
			   "rate_ppb_max 1e3\n";

static char path[64];

static void a_good_file_is_read(void **state)
{
	struct driftfile d;

	(void)state;
	assert_int_equal(driftfile_parse(good, strlen(good), &d), 0);
	assert_true(d.boot_id[0] == 0x0123456789abcdefu);
	assert_true(d.boot_id[1] == 0xfedcba9876543210u);
	assert_string_equal(d.clocksource, "tsc");
	assert_int_equal(d.raw_ns, 5000000000);
	assert_int_equal(d.written_unix_ns, 1795380000000000000);
	assert_true(d.rate_ppb == -12.5);
	assert_true(d.rate_ppb_min == -13.25);
	assert_true(d.rate_ppb_max == 1000);
	/* Of version 1: of the rest nothing is known. */
	assert_true(d.has_rate && d.wander_ppb_s == 0 && d.jitter_ppb == 0);
	assert_true(isnan(d.temperature_c) && isnan(d.deviation_ppb[0]) &&
		    isnan(d.error_ppb[3]));
}

static const char learnt[] = "wander_ppb_s 35\n"
			     "jitter_ppb 200\n"
			     "widened_raw_ns 3000000000\n"
			     "beyond_raw_ns 4000000000\n"
			     "temperature_c 42.5\n"
			     "deviation_1s_ppb -\n"
			     "error_1s_ppb 12\n"
			     "deviation_10s_ppb 3.5\n"
			     "error_10s_ppb 1\n"
			     "deviation_100s_ppb 2\n"
			     "error_100s_ppb 1\n"
			     "deviation_1000s_ppb -\n"
			     "error_1000s_ppb -\n";

/* Version 2 of `good`, one thing in it replaced. */
static int parse_learnt(const char *from, const char *to, struct driftfile *ret)
{
	char whole[1400], text[1500];
	const char *at;

	snprintf(whole, sizeof(whole), "timed-drift 2\n%s%s",
		 strchr(good, '\n') + 1, learnt);
	at = strstr(whole, from);
	assert_non_null(at);
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - whole), whole, to,
		 at + strlen(from));
	return driftfile_parse(text, strlen(text), ret);
}

static void what_was_learnt_is_read(void **state)
{
	static const char *const bad[][2] = {
		{"wander_ppb_s 35", "wander_ppb_s -1"},
		{"wander_ppb_s 35", "wander_ppb_s -"},
		{"jitter_ppb 200\n", ""},
		{"widened_raw_ns 3", "widened_raw_ns 9"},
		{"widened_raw_ns 3", "widened_raw_ns -3"},
		{"temperature_c 42.5", "temperature_c --"},
		{"deviation_1s_ppb -", "deviation_1s_ppb nan"},
		{"deviation_1s", "deviation_2s"},
		{"error_1000s_ppb -\n", "error_1000s_ppb -"},
		{"error_1000s_ppb -\n", "error_1000s_ppb -\nx 1\n"}};
	struct driftfile d;

	(void)state;
	assert_int_equal(parse_learnt("rate_ppb -12.5", "rate_ppb -", &d), 0);
	assert_false(d.has_rate);
	assert_true(d.wander_ppb_s == 35 && d.jitter_ppb == 200);
	assert_int_equal(d.widened_raw_ns, 3000000000);
	assert_int_equal(d.beyond_raw_ns, 4000000000);
	assert_true(d.temperature_c == 42.5);
	assert_true(isnan(d.deviation_ppb[0]) && d.error_ppb[0] == 12);
	assert_true(d.deviation_ppb[2] == 2 && isnan(d.error_ppb[3]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(parse_learnt(bad[i][0], bad[i][1], &d),
				 -EINVAL);
}

static const char proved_under[] = "axiom_drift_ppb 50000\n"
				   "axiom_wander_ppb_s 20\n"
				   "axiom_jitter_ppb 200\n"
				   "axiom_swing_ppb -\n";

/* Version 3, with these lines at its end. */
static int parse_axioms(const char *lines, struct driftfile *ret)
{
	char text[1600];

	snprintf(text, sizeof(text), "timed-drift 3\n%s%s%s",
		 strchr(good, '\n') + 1, learnt, lines);
	return driftfile_parse(text, strlen(text), ret);
}

static void the_axioms_it_was_proved_under_are_read(void **state)
{
	struct driftfile d;

	(void)state;
	assert_int_equal(parse_axioms(proved_under, &d), 0);
	assert_true(d.has_axioms && d.axioms.drift_ppb == 50000);
	assert_true(d.axioms.wander_ppb_s == 20 && d.axioms.jitter_ppb == 200);
	assert_true(d.axioms.swing_ppb < 0);
	assert_int_equal(parse_axioms("", &d), -EINVAL);
	assert_int_equal(parse_axioms("axiom_drift_ppb -\n", &d), -EINVAL);
	assert_int_equal(parse_axioms("axiom_drift_ppb 50000\n"
				      "axiom_wander_ppb_s -20\n"
				      "axiom_jitter_ppb 200\n"
				      "axiom_swing_ppb -\n", &d), -EINVAL);
	assert_int_equal(parse_learnt("jitter", "jitter", &d), 0);
	assert_false(d.has_axioms);
}

/* What was proved under narrower ones proves nothing under these. */
static void wider_axioms_leave_what_was_proved(void **state)
{
	const struct axioms same = {.drift_ppb = 50000, .wander_ppb_s = 20,
				    .jitter_ppb = 200, .swing_ppb = 300};
	struct driftfile d = {.has_axioms = true, .axioms = same};
	struct axioms now = same;

	(void)state;
	assert_null(driftfile_doubt(&d, &now));
	now.drift_ppb = 50001;
	assert_string_equal(driftfile_doubt(&d, &now),
			    "axioms.drift is wider now");
	now = same;
	now.wander_ppb_s = 20.5;
	assert_string_equal(driftfile_doubt(&d, &now),
			    "axioms.wander is wider now");
	now = same;
	now.jitter_ppb = 201;
	assert_string_equal(driftfile_doubt(&d, &now),
			    "axioms.jitter is wider now");
	now = same;
	now.swing_ppb = -1; /* not declared any more */
	assert_string_equal(driftfile_doubt(&d, &now),
			    "axioms.swing is wider now");
	now = (struct axioms){.drift_ppb = 1, .swing_ppb = 0};
	assert_null(driftfile_doubt(&d, &now));
	/* The least of both lives, for whoever comes next. */
	assert_true(driftfile_narrow(&d, &now));
	assert_true(d.axioms.drift_ppb == 1 && d.axioms.swing_ppb == 0);
	assert_false(driftfile_narrow(&d, &same));
	assert_non_null(driftfile_doubt(&d, &same));
	d.has_axioms = false;
	assert_non_null(driftfile_doubt(&d, &same));
}

/* Text by text, `from` replaced by `to`. */
static void one_change_makes_it_none(void **state)
{
	static const struct {
		const char *from, *to;
	} cases[] = {
		{ "drift 1", "drift 2" },
		{ "timed-", "" },
		{ "boot_id 0", "boot_id " },
		{ "boot_id 0", "boot_id 00" },
		{ "boot_id 0", "boot_id G" },
		{ "boot_id", "boot-id" },
		{ "tsc\n", "\n" },
		{ "clocksource tsc\n", "" },
		{ "raw_ns 5", "raw_ns -5" },
		{ "raw_ns 5", "raw_ns x" },
		{ "raw_ns 5000000000", "raw_ns 99999999999999999999" },
		{ "raw_ns 5000000000", "raw_ns 5 " },
		{ "raw_ns 5000000000", "raw_ns 5e9" },
		{ "rate_ppb -12.5", "rate_ppb nan" },
		{ "rate_ppb -12.5", "rate_ppb inf" },
		{ "rate_ppb -12.5", "rate_ppb 1e99" },
		{ "rate_ppb -12.5", "rate_ppb 0x1" },
		{ "rate_ppb -12.5", "rate_ppb -12.5\nrate_ppb -12.5" },
		{ "rate_ppb_min -13.25", "rate_ppb_min 1001" },
		{ "rate_ppb_max 1e3\n", "rate_ppb_max 1e3" },
		{ "rate_ppb_max 1e3\n", "rate_ppb_max 1e3\n\n" },
		{ "rate_ppb_max 1e3\n", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct driftfile d = { .raw_ns = -7 };
		const char *at = strstr(good, cases[i].from);
		char text[600];

		print_message("%s -> %s\n", cases[i].from, cases[i].to);
		assert_non_null(at);
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - good), good,
			 cases[i].to, at + strlen(cases[i].from));
		assert_int_equal(driftfile_parse(text, strlen(text), &d),
				 -EINVAL);
		assert_int_equal(d.raw_ns, -7);
	}
}

static void every_beginning_of_a_file_is_none(void **state)
{
	struct driftfile d;

	(void)state;
	for (size_t n = 0; n < strlen(good); n++)
		assert_int_equal(driftfile_parse(good, n, &d), -EINVAL);
}

static void what_is_written_reads_back_bit_for_bit(void **state)
{
	struct driftfile d = { .boot_id = { 1, UINT64_MAX },
			       .clocksource = "kvm-clock",
			       .raw_ns = INT64_MAX,
			       .written_unix_ns = -1,
			       .has_rate = true,
			       .rate_ppb = 1.0 / 3,
			       .wander_ppb_s = 1.0 / 7,
			       .temperature_c = NAN,
			       .deviation_ppb = { NAN, 1.0 / 3, 0, 1e6 },
			       .rate_ppb_min = -1e-17,
			       .rate_ppb_max = 49999.999999999993,
			       .has_axioms = true,
			       .axioms = { .drift_ppb = 1.0 / 3,
					   .swing_ppb = -1 } };
	struct driftfile back;
	char text[DRIFTFILE_SIZE_MAX];
	size_t n = driftfile_format(&d, text);

	(void)state;
	assert_int_equal(n, strlen(text));
	assert_int_equal(driftfile_parse(text, n, &back), 0);
	assert_true(back.boot_id[0] == 1 && back.boot_id[1] == UINT64_MAX);
	assert_string_equal(back.clocksource, "kvm-clock");
	assert_int_equal(back.raw_ns, INT64_MAX);
	assert_true(back.rate_ppb == d.rate_ppb);
	assert_true(back.rate_ppb_min == d.rate_ppb_min);
	assert_true(back.rate_ppb_max == d.rate_ppb_max);
	assert_true(back.has_rate && back.wander_ppb_s == d.wander_ppb_s);
	assert_true(isnan(back.temperature_c) && isnan(back.deviation_ppb[0]));
	assert_true(back.deviation_ppb[1] == d.deviation_ppb[1]);
	assert_true(back.has_axioms && back.axioms.swing_ppb == -1);
	assert_true(back.axioms.drift_ppb == d.axioms.drift_ppb);
}

static void saving_replaces_the_file_whole(void **state)
{
	struct driftfile d, back;
	struct stat before, after;
	char tmp[80];

	(void)state;
	assert_int_equal(driftfile_parse(good, strlen(good), &d), 0);
	assert_int_equal(driftfile_load(path, &back), -ENOENT);
	assert_int_equal(driftfile_save(path, &d), 0);
	assert_int_equal(stat(path, &before), 0);
	d.raw_ns++;
	assert_int_equal(driftfile_save(path, &d), 0);
	assert_int_equal(stat(path, &after), 0);
	assert_true(before.st_ino != after.st_ino); /* a new file, renamed */
	assert_int_equal(driftfile_load(path, &back), 0);
	assert_int_equal(back.raw_ns, 5000000001);
	snprintf(tmp, sizeof(tmp), "%s.tmp", path);
	assert_int_equal(access(tmp, F_OK), -1);
	assert_int_equal(driftfile_save("/nonexistent/drift", &d), -ENOENT);
}

static void a_bad_file_is_moved_aside_and_never_lost(void **state)
{
	char name[80], text[8];

	(void)state;
	for (int i = 0; i < 11; i++) {
		struct driftfile d;
		FILE *out = fopen(path, "w");

		fprintf(out, "bad %d", i);
		fclose(out);
		assert_int_equal(driftfile_load(path, &d), -EINVAL);
		assert_int_equal(driftfile_set_aside(path),
				 i < 10 ? 0 : -EEXIST);
	}
	assert_int_equal(access(path, F_OK), 0); /* the eleventh stays */
	for (int i = 0; i < 10; i++) {
		FILE *in;

		snprintf(name, sizeof(name), i ? "%s.bad%d" : "%s.bad", path,
			 i);
		in = fopen(name, "r");
		assert_non_null(in);
		assert_non_null(fgets(text, sizeof(text), in));
		fclose(in);
		assert_int_equal(atoi(text + 4), i);
	}
}

static void it_is_good_within_its_boot_and_clocksource_only(void **state)
{
	const uint64_t boot[2] = { 0x0123456789abcdefu, 0xfedcba9876543210u };
	const uint64_t other[2] = { 0x0123456789abcdefu, 0 };
	struct driftfile d;

	(void)state;
	assert_int_equal(driftfile_parse(good, strlen(good), &d), 0);
	assert_null(driftfile_refusal(&d, boot, "tsc", 5000000000));
	assert_string_equal(driftfile_refusal(&d, boot, "tsc", 4999999999),
			    "it is of the future");
	assert_string_equal(driftfile_refusal(&d, other, "tsc", 5000000000),
			    "it is of another boot");
	assert_string_equal(driftfile_refusal(&d, boot, "hpet", 5000000000),
			    "it is of another clocksource");
}

static void the_clocksource_is_read_without_its_newline(void **state)
{
	char name[DRIFTFILE_NAME_SIZE];
	FILE *out = fopen(path, "w");

	(void)state;
	fputs("acpi_pm\n", out);
	fclose(out);
	assert_int_equal(driftfile_clocksource(path, name), 0);
	assert_string_equal(name, "acpi_pm");
	assert_int_equal(truncate(path, 0), 0);
	assert_int_equal(driftfile_clocksource(path, name), -ENODATA);
	assert_int_equal(driftfile_clocksource("/nonexistent", name), -ENOENT);
}

static int make_directory(void **state)
{
	if (scratch_make(state))
		return -1;
	snprintf(path, sizeof(path), "%s/drift", scratch_dir);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_file_is_read),
		cmocka_unit_test(what_was_learnt_is_read),
		cmocka_unit_test(the_axioms_it_was_proved_under_are_read),
		cmocka_unit_test(wider_axioms_leave_what_was_proved),
		cmocka_unit_test(one_change_makes_it_none),
		cmocka_unit_test(every_beginning_of_a_file_is_none),
		cmocka_unit_test(what_is_written_reads_back_bit_for_bit),
		cmocka_unit_test(saving_replaces_the_file_whole),
		cmocka_unit_test(a_bad_file_is_moved_aside_and_never_lost),
		cmocka_unit_test(
			it_is_good_within_its_boot_and_clocksource_only),
		cmocka_unit_test(the_clocksource_is_read_without_its_newline),
	};

	return cmocka_run_group_tests(tests, make_directory, scratch_remove);
}
