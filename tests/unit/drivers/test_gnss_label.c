/* SPDX-License-Identifier: Apache-2.0 */
/* Which second a pulse marks: two labels, or none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* before cmocka.h */
#include <cmocka.h>
#include <string.h>

#include "drivers/gnss_label.h"

#define S   INT64_C(1000000000)
#define MS  INT64_C(1000000)
#define UTC (INT64_C(1790000000) * S)

static struct gnss_label label;
static struct gnss_labels labels;
static int64_t second_ns;

static void begin(void)
{
	gnss_label_init(&label);
	memset(&labels, 0, sizeof(labels));
	second_ns = 0;
}

static struct gnss_window window(int64_t lo_ns, int64_t hi_ns)
{
	return (struct gnss_window){true, UTC + lo_ns, UTC + hi_ns};
}

/* gpsd and one group of others, who mean the second UTC. */
static void begin_with_two(void)
{
	begin();
	labels.gpsd = window(-200 * MS, 800 * MS);
	labels.others = window(-20 * MS, 30 * MS);
	labels.others_groups = 1;
}

static enum gnss_label_verdict judge(int64_t raw_ns)
{
	return gnss_label_judge(&label, raw_ns, &labels, &second_ns);
}

static void gpsd_alone_is_not_believed(void **state)
{
	(void)state;
	begin();
	assert_int_equal(judge(10 * S), GNSS_LABEL_NONE);
	labels.gpsd = window(-200 * MS, 800 * MS);
	assert_int_equal(judge(10 * S), GNSS_LABEL_ALONE);
	assert_int_equal(label.who, GNSS_LABEL_GPSD);
}

static void gpsd_and_others_agree(void **state)
{
	(void)state;
	begin_with_two();
	assert_int_equal(judge(10 * S), GNSS_LABEL_AGREED);
	assert_true(second_ns == UTC);
	assert_int_equal(label.who, GNSS_LABEL_GPSD | GNSS_LABEL_OTHERS);
}

static void a_message_off_by_one_second_is_shown(void **state)
{
	(void)state;
	begin();
	labels.gpsd = window(800 * MS, 1700 * MS);
	labels.others = window(-20 * MS, 30 * MS);
	labels.others_groups = 1;
	assert_int_equal(judge(10 * S), GNSS_LABEL_DIFFERENT);
	assert_true(second_ns == 0);
	assert_false(label.has_last);
}

static void others_that_know_too_little_are_no_label(void **state)
{
	(void)state;
	begin();
	labels.gpsd = window(-200 * MS, 800 * MS);
	labels.others = window(-200 * MS, 201 * MS);
	labels.others_groups = 3;
	assert_int_equal(judge(10 * S), GNSS_LABEL_ALONE);
	labels.others = window(-200 * MS, 200 * MS);
	assert_int_equal(judge(10 * S), GNSS_LABEL_AGREED);
}

static void a_pulse_between_seconds_is_none(void **state)
{
	(void)state;
	begin();
	labels.gpsd = window(-200 * MS, 800 * MS);
	labels.others = window(250 * MS, 350 * MS);
	labels.others_groups = 1;
	assert_int_equal(judge(10 * S), GNSS_LABEL_OFF);
}

static void a_window_of_two_seconds_tells_none(void **state)
{
	(void)state;
	begin();
	labels.gpsd = window(0, S);
	labels.others = window(-20 * MS, 30 * MS);
	labels.others_groups = 1;
	assert_int_equal(judge(10 * S), GNSS_LABEL_ALONE);
}

static void without_gpsd_it_takes_two_others(void **state)
{
	(void)state;
	begin();
	labels.others = window(-20 * MS, 30 * MS);
	labels.others_groups = 1;
	assert_int_equal(judge(10 * S), GNSS_LABEL_ALONE);
	labels.others_groups = 2;
	assert_int_equal(judge(10 * S), GNSS_LABEL_AGREED);
}

static void the_count_goes_on_where_others_fall_silent(void **state)
{
	(void)state;
	begin_with_two();
	assert_int_equal(judge(10 * S), GNSS_LABEL_AGREED);
	labels.others.is_known = false;
	labels.gpsd = window(899800 * MS, 900800 * MS);
	/* at 50 ppm the counter is off by 45 ms, of 90 that are allowed */
	assert_int_equal(judge(910 * S + 45 * MS), GNSS_LABEL_AGREED);
	assert_true(second_ns == UTC + 900 * S);
	assert_int_equal(label.who, GNSS_LABEL_GPSD | GNSS_LABEL_COUNT);
}

static void the_count_alone_is_no_label(void **state)
{
	(void)state;
	begin_with_two();
	judge(10 * S);
	memset(&labels, 0, sizeof(labels));
	assert_int_equal(judge(11 * S), GNSS_LABEL_NONE);
}

static void the_count_contradicts_a_gpsd_that_slips(void **state)
{
	(void)state;
	begin_with_two();
	judge(10 * S);
	labels.others.is_known = false;
	labels.gpsd = window(1800 * MS, 2800 * MS);
	assert_int_equal(judge(11 * S), GNSS_LABEL_DIFFERENT);
	/* and after too long a silence nothing is counted */
	assert_int_equal(judge(1011 * S), GNSS_LABEL_ALONE);
}

/* A leap second: the count knows of none, but the two that do agree. */
static void two_live_labels_stand_above_the_count(void **state)
{
	(void)state;
	begin_with_two();
	judge(10 * S);
	labels.gpsd = window(3800 * MS, 4800 * MS);
	labels.others = window(3980 * MS, 4030 * MS);
	assert_int_equal(judge(15 * S), GNSS_LABEL_AGREED);
	assert_true(second_ns == UTC + 4 * S);
	labels.others.is_known = false;
	labels.gpsd = window(4800 * MS, 5800 * MS);
	assert_int_equal(judge(16 * S), GNSS_LABEL_AGREED);
	assert_true(second_ns == UTC + 5 * S);
}

static void windows_that_cannot_be_name_nothing(void **state)
{
	(void)state;
	begin();
	labels.gpsd = (struct gnss_window){true, INT64_MIN, INT64_MAX};
	labels.others = (struct gnss_window){true, UTC + 5, UTC};
	labels.others_groups = 1;
	assert_int_equal(judge(10 * S), GNSS_LABEL_NONE);
}

static void names_of_those_who_agreed(void **state)
{
	char who[GNSS_LABEL_WHO_SIZE];

	(void)state;
	gnss_label_who(0, who);
	assert_string_equal(who, "");
	gnss_label_who(GNSS_LABEL_GPSD | GNSS_LABEL_COUNT, who);
	assert_string_equal(who, "gpsd, count");
	gnss_label_who(7, who);
	assert_string_equal(who, "gpsd, others, count");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gpsd_alone_is_not_believed),
		cmocka_unit_test(gpsd_and_others_agree),
		cmocka_unit_test(a_message_off_by_one_second_is_shown),
		cmocka_unit_test(others_that_know_too_little_are_no_label),
		cmocka_unit_test(a_pulse_between_seconds_is_none),
		cmocka_unit_test(a_window_of_two_seconds_tells_none),
		cmocka_unit_test(without_gpsd_it_takes_two_others),
		cmocka_unit_test(the_count_goes_on_where_others_fall_silent),
		cmocka_unit_test(the_count_alone_is_no_label),
		cmocka_unit_test(the_count_contradicts_a_gpsd_that_slips),
		cmocka_unit_test(two_live_labels_stand_above_the_count),
		cmocka_unit_test(windows_that_cannot_be_name_nothing),
		cmocka_unit_test(names_of_those_who_agreed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
