/* SPDX-License-Identifier: Apache-2.0 */
/* The leap second table. Dates as Unix seconds are from `date -ud ... +%s`. */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "libtt/eval.h"
#include "timed/leap.h"

#define S INT64_C(1000000000)

#define Y2017 INT64_C(1483228800) /* 2017-01-01: the 37th second */
#define Y2030 INT64_C(1893456000) /* 2030-01-01 */
#define NTP(unix_s) ((unix_s) + INT64_C(2208988800))

/* 36 s, 37 s from 2017, and a second left out at the end of 2029. */
static void make_table(struct leap_table *t)
{
	*t = (struct leap_table){
		.count = 3,
		.entry = { { 1435708800, 36 }, { Y2017, 37 }, { Y2030, 36 } },
		.expires_unix_s = Y2030 + 86400,
	};
}

static int parse(const char *text, struct leap_table *ret, int *ret_line)
{
	return leap_parse(text, strlen(text), ret, ret_line);
}

static void a_file_of_the_iers_is_read(void **state)
{
	struct leap_table t;
	int line = -1;

	(void)state;
	assert_int_equal(parse("#\tATOMIC TIME\n"
			       "#$\t3676924800\n"
			       "#@\t3991593600\n"
			       "2272060800\t10\t# 1 Jan 1972\n"
			       "2287785600      11      # 1 Jul 1972\r\n"
			       "\n"
			       "2303683200 12\n"
			       "#h\t49db2447 571e5e1b\n",
			       &t, &line), 0);
	assert_int_equal(t.count, 3);
	assert_int_equal(t.entry[0].unix_s, 63072000); /* 1972-01-01 */
	assert_int_equal(t.entry[0].offset_s, 10);
	assert_int_equal(t.entry[2].unix_s, 94694400); /* 1973-01-01 */
	assert_int_equal(t.entry[2].offset_s, 12);
	assert_int_equal(t.expires_unix_s, 1782604800); /* 2026-06-28 */
}

static void what_contradicts_itself_is_refused(void **state)
{
	static const struct {
		const char *text;
		int line;
	} cases[] = {
		{ "", 0 },
		{ "#@ 3991593600\n", 0 },               /* no entry */
		{ "2272060800 10\n", 0 },               /* no expiry */
		{ "#@ 2272060800\n2272060800 10\n", 0 },/* expires at once */
		{ "#@ 3991593600\n#@ 3991593600\n2272060800 10\n", 2 },
		{ "#@ soon\n2272060800 10\n", 1 },
		{ "#@ 3991593600\n2272060800 ten\n", 2 },
		{ "#@ 3991593600\n2272060800\n", 2 },
		{ "#@ 3991593600\n2272060800 10 x\n", 2 },
		{ "#@ 3991593600\n-2272060800 10\n", 2 },
		{ "#@ 3991593600\n2272060801 10\n", 2 },/* not midnight */
		{ "#@ 3991593600\n2272060800 1001\n", 2 },
		{ "#@ 3991593600\n99999999999999999999 10\n", 2 },
		{ "#@ 3991593600\n2272060800 10\n2272060800 11\n", 3 },
		{ "#@ 3991593600\n2287785600 10\n2272060800 11\n", 3 },
		{ "#@ 3991593600\n2272060800 10\n2287785600 12\n", 3 },
		{ "#@ 3991593600\n2272060800 10\n2287785600 10\n", 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct leap_table t = { .count = -7 };
		int line = -1;

		print_message("case %zu\n", i);
		assert_int_equal(parse(cases[i].text, &t, &line), -EINVAL);
		assert_int_equal(line, cases[i].line);
		assert_int_equal(t.count, -7); /* not written */
	}
}

static void more_entries_than_fit_are_refused(void **state)
{
	static char text[16384];
	struct leap_table t;
	size_t n = 0;
	int line;

	(void)state;
	n += (size_t)snprintf(text, sizeof(text), "#@ 9000000000\n");
	for (int i = 0; i <= LEAP_ENTRIES_MAX; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
				      "%" PRId64 " %d\n",
				      INT64_C(2272060800) + i * 86400, 10 + i);
	assert_int_equal(leap_parse(text, n, &t, &line), -EINVAL);
	assert_int_equal(line, LEAP_ENTRIES_MAX + 2);
}

static void a_missing_file_is_an_error_and_a_real_one_is_read(void **state)
{
	char path[] = "/tmp/test_leap.XXXXXX";
	struct leap_table t;
	int line, fd;

	(void)state;
	assert_int_equal(leap_load("/nonexistent", &t, &line), -ENOENT);
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(dprintf(fd, "#@ 3991593600\n3692217600 37\n"), 28);
	close(fd);
	assert_int_equal(leap_load(path, &t, &line), 0);
	assert_int_equal(t.entry[0].unix_s, Y2017);
	unlink(path);
	assert_int_equal(leap_load("/tmp", &t, &line), -EISDIR);
	assert_int_equal(leap_load("/dev/zero", &t, &line), -EFBIG);
}

static void unix_time_crosses_to_tai_but_near_a_leap_second(void **state)
{
	static const struct {
		int64_t unix_ns, offset_s; /* 0: ambiguous */
	} cases[] = {
		{ 0, 36 }, /* before the table begins: its first offset */
		{ 1435708800 * S, 36 },
		{ (Y2017 - 2) * S - 1, 36 },
		{ (Y2017 - 2) * S, 0 },
		{ Y2017 * S - 1, 0 },
		{ Y2017 * S, 0 },
		{ (Y2017 + 2) * S, 0 },
		{ (Y2017 + 2) * S + 1, 37 },
		{ (Y2030 - 2) * S - 1, 37 },
		{ Y2030 * S, 0 },
		{ (Y2030 + 2) * S + 1, 36 },
	};
	struct leap_table t;

	(void)state;
	make_table(&t);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t tai_ns = -7;
		int rc = leap_tai_from_unix(&t, cases[i].unix_ns, &tai_ns);

		print_message("case %zu\n", i);
		if (cases[i].offset_s == 0) {
			assert_int_equal(rc, -EAGAIN);
			assert_int_equal(tai_ns, -7);
			continue;
		}
		assert_int_equal(rc, 0);
		assert_int_equal(tai_ns,
				 cases[i].unix_ns + cases[i].offset_s * S);
	}
}

static void the_first_entry_is_no_leap_second(void **state)
{
	struct leap_table t;
	int64_t tai_ns;

	(void)state;
	make_table(&t);
	assert_int_equal(leap_tai_from_unix(&t, 1435708800 * S, &tai_ns), 0);
	leap_builtin(&t);
	assert_int_equal(leap_tai_from_unix(&t, Y2017 * S, &tai_ns), 0);
	assert_int_equal(tai_ns, (Y2017 + 37) * S);
}

static void absurd_times_neither_trap_nor_wrap(void **state)
{
	struct leap_table t;
	int64_t tai_ns, offset, at, delta;

	(void)state;
	make_table(&t);
	assert_int_equal(leap_tai_from_unix(&t, INT64_MAX, &tai_ns), 0);
	assert_int_equal(tai_ns, INT64_MAX);
	assert_int_equal(leap_tai_from_unix(&t, INT64_MIN, &tai_ns), 0);
	assert_int_equal(tai_ns, INT64_MIN + 36 * S);
	assert_int_equal(leap_tai_from_smeared(&t, INT64_MAX), INT64_MAX);
	leap_nearest(&t, INT64_MIN, &offset, &at, &delta);
	assert_int_equal(offset, 36 * S);
	leap_nearest(&t, INT64_MAX, &offset, &at, &delta);
	assert_int_equal(offset, 36 * S);
	assert_int_equal(leap_doubt_ns(&t, INT64_MIN), 0);
	assert_true(leap_doubt_ns(&t, INT64_MAX) > 400 * S);
}

/* Noon to noon: 86400 s of labels over 86401 s, or 86399 s. */
static void a_smear_is_linear_from_noon_to_noon(void **state)
{
	static const struct {
		int64_t label_ns, tai_less_label_ns;
	} cases[] = {
		{ (Y2017 - 43201) * S, 36 * S },
		{ (Y2017 - 43200) * S, 36 * S },
		/* a quarter: 21600 s of 86400 s */
		{ (Y2017 - 21600) * S, 36 * S + S / 4 },
		{ Y2017 * S, 36 * S + S / 2 },
		{ (Y2017 + 21600) * S, 36 * S + S * 3 / 4 },
		{ (Y2017 + 43200) * S, 37 * S },
		{ (Y2017 + 43201) * S, 37 * S },
		/* one second has gained 1/86400 s = 11574.07 ns */
		{ (Y2017 - 43199) * S, 36 * S + 11574 },
		{ (Y2030 - 43200) * S, 37 * S },
		{ Y2030 * S, 36 * S + S / 2 },
		{ (Y2030 + 43200) * S, 36 * S },
	};
	struct leap_table t;

	(void)state;
	make_table(&t);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t tai_ns = leap_tai_from_smeared(&t, cases[i].label_ns);

		print_message("case %zu\n", i);
		assert_int_equal(tai_ns - cases[i].label_ns,
				 cases[i].tai_less_label_ns);
	}
}

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* The readers' smear (libtt) and ours are one function and its inverse. */
static void a_smear_read_back_is_within_a_nanosecond(void **state)
{
	uint64_t seed = 0x9e3779b97f4a7c15u;
	struct leap_table t;

	(void)state;
	print_message("seed %#" PRIx64 "\n", seed);
	make_table(&t);
	for (int i = 0; i < 200000; i++) {
		int64_t base = (i & 1 ? Y2017 : Y2030) * S;
		int64_t tai_ns = base + (int64_t)(next_random(&seed) %
						  (uint64_t)(180000 * S)) -
				 90000 * S;
		struct segment_slot slot = { .leap_mode = SEGMENT_LEAP_SMEAR };
		int64_t lo, hi;

		leap_nearest(&t, tai_ns, &slot.utc_offset_ns,
			     &slot.leap_tai_ns, &slot.leap_delta_ns);
		lo = leap_tai_from_smeared(&t, eval_unix_min(&slot, tai_ns));
		hi = leap_tai_from_smeared(&t, eval_unix_max(&slot, tai_ns));
		/* a label is rounded by < 1 ns, and so is its TAI */
		assert_true(lo <= tai_ns + 1 && tai_ns - lo <= 2);
		assert_true(hi >= tai_ns - 1 && hi - tai_ns <= 2);
	}
}

static void the_nearest_leap_second_is_told_for_a_month(void **state)
{
	static const struct {
		int64_t tai_s, offset_s, leap_tai_s, delta_s;
	} cases[] = {
		{ Y2017 - 31 * 86400, 36, 0, 0 },
		{ Y2017 - 29 * 86400, 36, Y2017 + 37, 1 },
		{ Y2017 + 36, 36, Y2017 + 37, 1 },
		{ Y2017 + 38, 36, Y2017 + 37, 1 },
		{ Y2017 + 29 * 86400, 36, Y2017 + 37, 1 },
		{ Y2017 + 31 * 86400, 37, 0, 0 },
		{ Y2030, 37, Y2030 + 36, -1 },
		{ Y2030 + 31 * 86400, 36, 0, 0 },
	};
	struct leap_table t;

	(void)state;
	make_table(&t);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t offset, at, delta;

		print_message("case %zu\n", i);
		leap_nearest(&t, cases[i].tai_s * S, &offset, &at, &delta);
		assert_int_equal(offset, cases[i].offset_s * S);
		assert_int_equal(at, cases[i].leap_tai_s
					     ? cases[i].leap_tai_s * S
					     : INT64_MAX);
		assert_int_equal(delta, cases[i].delta_s * S);
	}
}

static void doubt_grows_by_a_second_each_half_year_after_expiry(void **state)
{
	/* 2026-06-28; 2026-07-01, 2027-01-01, 2027-07-01, 2028-01-01 */
	struct leap_table t = { .count = 1, .entry = { { Y2017, 37 } },
				.expires_unix_s = 1782604800 };
	static const struct {
		int64_t unix_ns, doubt_s;
	} cases[] = {
		{ 0, 0 },
		{ 1782604800 * S, 0 },        /* expired, but no leap yet */
		{ 1782863998 * S, 0 },
		{ 1782863999 * S, 1 },        /* 23:59:59 may be left out */
		{ 1782864000 * S, 1 },
		{ 1795380000 * S, 1 },
		{ 1798761599 * S - 1, 1 },
		{ 1798761599 * S, 2 },
		{ 1814399999 * S, 3 },
		{ 1830297599 * S, 4 },
		{ 1830297598 * S, 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("case %zu\n", i);
		assert_int_equal(leap_doubt_ns(&t, cases[i].unix_ns),
				 cases[i].doubt_s * S);
	}
}

static void an_expiry_on_the_very_day_is_before_the_leap_second(void **state)
{
	struct leap_table t = { .count = 1, .entry = { { Y2017, 37 } },
				.expires_unix_s = 1782864000 };

	(void)state;
	assert_int_equal(leap_doubt_ns(&t, 1782864000 * S), 1 * S);
	t.expires_unix_s++;
	assert_int_equal(leap_doubt_ns(&t, 1782864000 * S), 0);
}

/* July 2017 to July 2026: 19 ends of a half-year. */
static void the_builtin_table_has_expired_long_ago(void **state)
{
	struct leap_table t;

	(void)state;
	leap_builtin(&t);
	assert_int_equal(t.count, 1);
	assert_int_equal(t.entry[0].offset_s, 37);
	assert_int_equal(t.expires_unix_s, 1483315200);
	assert_int_equal(leap_doubt_ns(&t, 1795380000 * S), 19 * S);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_of_the_iers_is_read),
		cmocka_unit_test(what_contradicts_itself_is_refused),
		cmocka_unit_test(more_entries_than_fit_are_refused),
		cmocka_unit_test(
			a_missing_file_is_an_error_and_a_real_one_is_read),
		cmocka_unit_test(
			unix_time_crosses_to_tai_but_near_a_leap_second),
		cmocka_unit_test(the_first_entry_is_no_leap_second),
		cmocka_unit_test(absurd_times_neither_trap_nor_wrap),
		cmocka_unit_test(a_smear_is_linear_from_noon_to_noon),
		cmocka_unit_test(a_smear_read_back_is_within_a_nanosecond),
		cmocka_unit_test(the_nearest_leap_second_is_told_for_a_month),
		cmocka_unit_test(
			doubt_grows_by_a_second_each_half_year_after_expiry),
		cmocka_unit_test(
			an_expiry_on_the_very_day_is_before_the_leap_second),
		cmocka_unit_test(the_builtin_table_has_expired_long_ago),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
