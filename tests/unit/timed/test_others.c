/* SPDX-License-Identifier: Apache-2.0 */
/* What holds true without one of the sources. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* before cmocka.h */
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "timed/others.h"

#define S    INT64_C(1000000000)
#define UTC  (INT64_C(1795305600) * S)
#define LEAP (INT64_C(1798761600) * S) /* 2027-01-01, of this file's own */

static struct engine *engine;
static struct others others;

static int begin_with(const struct engine_group *groups, int n)
{
	const struct leap_table leap = {.count = 2,
					.entry = {{0, 37}, {LEAP / S, 38}},
					.expires_unix_s = INT64_C(1900000000)};
	const struct engine_options opt = {
		.axioms = {50000, 20, 200, -1, 1024 * S, -1},
		.horizon_ns = S,
		.void_after_ns = 86400 * S,
		.groups = groups,
		.group_count = n};
	const struct engine_sink sink = {.event = NULL};

	return engine_new(&opt, &leap, 0, &sink, &engine);
}

static int begin(void **state)
{
	(void)state;
	return begin_with(NULL, 0);
}

static int end(void **state)
{
	(void)state;
	engine_free(engine);
	return 0;
}

/* A source that says at raw 1 s that it is off_ns past `utc_ns`. */
static int add(const char *name, enum source_class class, int64_t utc_ns,
	       int64_t off_ns, int64_t half_ns)
{
	struct source_info info = {
		.class = class, .scale = SCALE_UTC, .reachable = true};
	struct sample m = {
		.raw_ns = S, .mid_ns = utc_ns + off_ns - S, .fresh_ns = 8 * S};
	int source;

	snprintf(info.name, sizeof(info.name), "%s", name);
	source = engine_source(engine, &info);
	m.lo_ns[TERM_DELAY] = m.hi_ns[TERM_DELAY] = half_ns;
	engine_sample(engine, source, &m);
	return source;
}

static void the_others_are_asked_without_the_one(void **state)
{
	const int gnss = add("gnss", SOURCE_GNSS, UTC, 5, 100);

	(void)state;
	assert_int_equal(engine_others(engine, gnss, S, &others), -ENODATA);
	add("a", SOURCE_NTP, UTC, 1000, 2000);
	assert_int_equal(engine_others(engine, gnss, S, &others), 0);
	assert_in_range(UTC - 1000 - others.lo_utc_ns, 0, 10);
	assert_in_range(others.hi_utc_ns - UTC - 3000, 0, 10);
	assert_int_equal(others.groups, 1);
	add("b", SOURCE_PTP, UTC, 0, 500);
	assert_int_equal(engine_others(engine, gnss, S, &others), 0);
	assert_in_range(others.hi_utc_ns - UTC - 500, 0, 10);
	assert_int_equal(others.groups, 2);
}

static void nothing_is_changed_by_asking(void **state)
{
	const int gnss = add("gnss", SOURCE_GNSS, UTC, 5, 100);
	struct segment_slot slot;

	(void)state;
	add("a", SOURCE_NTP, UTC, 1000, 2000);
	engine_others(engine, gnss, S, &others);
	engine_publish(engine, S, &slot);
	assert_in_range(slot.tai_hi_ns - slot.tai_lo_ns, 200, 220);
}

static void what_shares_its_fate_is_no_second_opinion(void **state)
{
	struct engine_group group = {.name = "antenna", .count = 2};
	int gnss;

	(void)state;
	end(NULL);
	strcpy(group.member[0], "gnss");
	strcpy(group.member[1], "twin");
	begin_with(&group, 1);
	gnss = add("gnss", SOURCE_GNSS, UTC, 5, 100);
	add("twin", SOURCE_GNSS, UTC, 7, 100);
	assert_int_equal(engine_others(engine, gnss, S, &others), -ENODATA);
	add("a", SOURCE_NTP, UTC, 0, 2000);
	assert_int_equal(engine_others(engine, gnss, S, &others), 0);
	assert_in_range(others.hi_utc_ns - UTC - 2000, 0, 10);
	assert_int_equal(others.groups, 1);
}

static void a_dispute_is_no_opinion(void **state)
{
	const int gnss = add("gnss", SOURCE_GNSS, UTC, 5, 100);

	(void)state;
	add("a", SOURCE_NTP, UTC, 0, 2000);
	add("b", SOURCE_NTP, UTC, S, 2000);
	assert_int_equal(engine_others(engine, gnss, S, &others), -ENODATA);
}

static void near_a_leap_second_nobody_is_asked(void **state)
{
	const int gnss = add("gnss", SOURCE_GNSS, LEAP - 10 * S, 5, 100);

	(void)state;
	add("a", SOURCE_NTP, LEAP - 10 * S, 0, 2000);
	assert_int_equal(engine_others(engine, gnss, 2 * S, &others), 0);
	assert_int_equal(engine_others(engine, gnss, 10 * S, &others), -EAGAIN);
	/* after it the label is one second less than the counter went on */
	assert_int_equal(engine_others(engine, gnss, 21 * S, &others), 0);
	assert_true(others.lo_utc_ns < LEAP + 9 * S);
	assert_true(others.hi_utc_ns > LEAP + 9 * S);
	assert_true(others.hi_utc_ns < LEAP + 9 * S + S / 2);
}

static void a_source_that_is_none_is_refused(void **state)
{
	(void)state;
	add("a", SOURCE_NTP, UTC, 0, 2000);
	assert_int_equal(engine_others(engine, -1, S, &others), -ENODATA);
	assert_int_equal(engine_others(engine, 9, S, &others), -ENODATA);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(the_others_are_asked_without_the_one),
		EACH(nothing_is_changed_by_asking),
		EACH(what_shares_its_fate_is_no_second_opinion),
		EACH(a_dispute_is_no_opinion),
		EACH(near_a_leap_second_nobody_is_asked),
		EACH(a_source_that_is_none_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
