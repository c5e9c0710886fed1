/* SPDX-License-Identifier: Apache-2.0 */
/* What is made of what the history log's writer tells, each second: its status,
 * and when it was last seen to write. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "timed/log.h"
#include "timed/record_health.h"

#define S INT64_C(1000000000)

static struct record_health h;
static struct history_log_view v;
static struct status_history_log got;

static int begin(void **state)
{
	(void)state;
	log_open(LOG_PLAIN, LEVEL_ERROR);
	memset(&v, 0, sizeof(v));
	v.sequence = -1;
	record_health_init(&h, "/log");
	return 0;
}

/* From `from_s` to `to_s`, a second each. */
static void look(int from_s, int to_s)
{
	for (int s = from_s; s <= to_s; s++)
		record_health_look(&h, &v, s * S);
	record_health_status(&h, &v, to_s * S, &got);
}

static void the_age_is_that_of_the_last_look_that_saw_a_line(void **state)
{
	(void)state;
	look(1, 5);
	assert_true(got.is_on);
	assert_true(got.is_alive);
	assert_false(got.has_written);
	v.written = 1;
	look(6, 9);
	assert_true(got.has_written);
	assert_int_equal(got.written_raw_ns, 6 * S);
	v.written = 2; /* since the last look */
	record_health_status(&h, &v, 9 * S + 1, &got);
	assert_int_equal(got.written_raw_ns, 9 * S + 1);
	assert_int_equal(got.lines, 2);
}

static void a_writer_that_stands_still_is_told_after_half_a_minute(void **state)
{
	(void)state;
	v.written = 4;
	look(1, 10);
	v.waiting = 1; /* noticed at 11 s */
	look(11, 40);
	assert_string_equal(got.error, "");
	look(41, 41);
	assert_string_equal(got.error, "its writer stands still, as if the disk "
				       "did not answer");
	assert_true(got.is_alive);
	v.written = 5;
	v.waiting = 0;
	record_health_status(&h, &v, 41 * S + 1, &got); /* at once */
	assert_string_equal(got.error, "");
	look(42, 42);
	assert_string_equal(got.error, "");
}

/* However many wait: one that is slow goes on. */
static void a_writer_that_is_slow_does_not_stand_still(void **state)
{
	(void)state;
	v.waiting = 9;
	for (int i = 0; i < 10; i++) {
		look(1 + 20 * i, 20 + 20 * i);
		assert_string_equal(got.error, "");
		v.written++;
	}
}

static void nor_does_one_with_nothing_to_do(void **state)
{
	(void)state;
	v.written = 3;
	look(1, 3600);
	assert_string_equal(got.error, "");
	assert_int_equal(got.written_raw_ns, S);
	v.waiting = 1; /* since now */
	look(3601, 3630);
	assert_string_equal(got.error, "");
}

/* What the disk says is more than that it takes its time. */
static void what_the_writer_says_itself_goes_first(void **state)
{
	(void)state;
	v.waiting = 1;
	v.err = -ENOSPC;
	look(1, 100);
	assert_string_equal(got.error, "No space left on device");
	v.err = -EEXIST;
	look(101, 101);
	assert_string_equal(got.error, "something else is there");
	v.err = -EBUSY;
	look(102, 102);
	assert_string_equal(got.error, "another process writes there");
	v.err = 0;
	v.rotation_err = -EACCES;
	look(103, 103);
	assert_string_equal(got.error, "it cannot be rotated: Permission denied");
	v.has_ended = true;
	look(104, 104);
	assert_string_equal(got.error, "its writer has ended: restart timed");
	assert_false(got.is_alive);
}

static void one_that_could_not_be_started_is_told(void **state)
{
	(void)state;
	record_health_none("/log", -EAGAIN, &got);
	assert_true(got.is_on);
	assert_false(got.is_alive);
	assert_string_equal(got.error, "none is kept: Resource temporarily "
				       "unavailable");
	record_health_none("", 0, &got); /* none is configured */
	assert_false(got.is_on);
	assert_string_equal(got.error, "");
}

#define CASE(test) cmocka_unit_test_setup(test, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_age_is_that_of_the_last_look_that_saw_a_line),
		CASE(a_writer_that_stands_still_is_told_after_half_a_minute),
		CASE(a_writer_that_is_slow_does_not_stand_still),
		CASE(nor_does_one_with_nothing_to_do),
		CASE(what_the_writer_says_itself_goes_first),
		CASE(one_that_could_not_be_started_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
