/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from what a grandmaster says of itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* before cmocka.h */
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "drivers/ptp_master.h"

#define S INT64_C(1000000000)

static struct ptp_options opt;
static struct ptp_standing standing;
static char why[SOURCE_NOTE_SIZE];

/* Locked, 100 ns, one step away, in TAI. */
static struct ptp_view a_view(void)
{
	struct ptp_view v = {.current.steps_removed = 1,
			     .properties.flags = PTP_TIMESCALE};

	opt = ptp_defaults;
	v.defaults.clock.bytes[0] = 1;
	v.parent.gm.bytes[0] = 2;
	v.parent.quality.class = PTP_CLASS_LOCKED;
	v.parent.quality.accuracy = 0x21;
	return v;
}

static int judge(const struct ptp_view *v, const struct ptp_lock *lock,
		 int64_t raw_ns)
{
	return ptp_master_judge(&opt, v, lock, raw_ns, &standing, why);
}

static void in_class_6_its_accuracy_counts_twice(void **state)
{
	const struct ptp_view v = a_view();
	const struct ptp_lock lock = {0};

	(void)state;
	assert_int_equal(judge(&v, &lock, S), 0);
	assert_int_equal(standing.error_ns, 200);
	assert_int_equal(standing.scale, SCALE_TAI);
	assert_false(standing.is_declared);
}

static void in_class_7_it_grows_from_its_last_good_moment(void **state)
{
	struct ptp_view v = a_view();
	struct ptp_lock lock = {0};

	(void)state;
	ptp_master_note(&lock, &opt, &v, 10 * S);
	v.parent.quality.class = PTP_CLASS_HOLDOVER;
	ptp_master_note(&lock, &opt, &v, 20 * S);
	assert_int_equal(judge(&v, &lock, 110 * S), 0);
	/* 103 s (three announce intervals before it was seen last) at 1 ppm */
	assert_in_range(standing.error_ns, 200 + 103000, 200 + 103001);
	/* what it admits itself, where that is more */
	v.parent.quality.accuracy = 0x29;
	assert_int_equal(judge(&v, &lock, 110 * S), 0);
	assert_int_equal(standing.error_ns, 2000000);
}

/* Announces that are lost are missed after announceReceiptTimeout intervals, and
 * one more that linuxptp draws: until then the last one's class stands. */
static void it_grows_from_the_last_announce_that_may_have_come(void **state)
{
	struct ptp_view v = a_view();
	struct ptp_lock lock = {0};

	(void)state;
	v.port.log_announce = 1;
	v.port.announce_timeout = 6;
	ptp_master_note(&lock, &opt, &v, 100 * S);
	assert_true(lock.raw_ns == (100 - 2 * 7) * S);
	/* and a boundary clock has an interval of its own to miss them */
	v.current.steps_removed = 3;
	ptp_master_note(&lock, &opt, &v, 100 * S);
	assert_true(lock.raw_ns == (100 - 3 * 2 * 7) * S);
}

static void class_7_of_unknown_past_is_refused(void **state)
{
	struct ptp_view v = a_view();
	const struct ptp_lock lock = {0};

	(void)state;
	v.parent.quality.class = PTP_CLASS_HOLDOVER;
	assert_int_equal(judge(&v, &lock, S), -EPERM);
	assert_non_null(strstr(why, "clockClass 7"));
}

static void other_classes_are_refused_unless_declared(void **state)
{
	struct ptp_view v = a_view();
	const struct ptp_lock lock = {0};
	static const uint8_t classes[] = {0,   13,  14,	 52, 58,
					  187, 193, 248, 255};

	(void)state;
	for (size_t i = 0; i < sizeof(classes); i++) {
		v.parent.quality.class = classes[i];
		opt.accuracy_ns = -1;
		assert_int_equal(judge(&v, &lock, S), -EPERM);
		assert_non_null(strstr(why, "not locked to a reference"));
		opt.accuracy_ns = 5000;
		assert_int_equal(judge(&v, &lock, S), 0);
		assert_int_equal(standing.error_ns, 5000);
		assert_true(standing.is_declared);
	}
}

static void class_6_without_an_accuracy_is_refused_unless_declared(void **state)
{
	struct ptp_view v = a_view();
	const struct ptp_lock lock = {0};

	(void)state;
	v.parent.quality.accuracy = PTP_ACCURACY_UNKNOWN;
	assert_int_equal(judge(&v, &lock, S), -EPERM);
	assert_non_null(strstr(why, "0xfe"));
	opt.accuracy_ns = 5000;
	assert_int_equal(judge(&v, &lock, S), 0);
}

static void a_stated_accuracy_is_not_replaced_by_a_declared_one(void **state)
{
	struct ptp_view v = a_view();
	const struct ptp_lock lock = {0};

	(void)state;
	opt.accuracy_ns = 10;
	assert_int_equal(judge(&v, &lock, S), 0);
	assert_int_equal(standing.error_ns, 200);
	assert_false(standing.is_declared);
	v.parent.quality.accuracy = 0x25;
	assert_int_equal(judge(&v, &lock, S), 0);
	assert_int_equal(standing.error_ns, 20000);
}

static void each_boundary_clock_adds_its_error(void **state)
{
	struct ptp_view v = a_view();
	const struct ptp_lock lock = {0};

	(void)state;
	v.current.steps_removed = 4;
	assert_int_equal(judge(&v, &lock, S), 0);
	assert_int_equal(standing.error_ns, 200 + 3 * 200);
}

static void an_arbitrary_timescale_is_refused_unless_declared(void **state)
{
	struct ptp_view v = a_view();
	const struct ptp_lock lock = {0};

	(void)state;
	v.properties.flags = PTP_UTC_OFFSET_VALID;
	assert_int_equal(judge(&v, &lock, S), -EPERM);
	assert_non_null(strstr(why, "arbitrary"));
	opt.arbitrary = PTP_ARBITRARY_UTC;
	assert_int_equal(judge(&v, &lock, S), 0);
	assert_int_equal(standing.scale, SCALE_UTC);
	opt.arbitrary = PTP_ARBITRARY_TAI;
	assert_int_equal(judge(&v, &lock, S), 0);
	assert_int_equal(standing.scale, SCALE_TAI);
	/* what says that it is PTP's scale is believed */
	v.properties.flags = PTP_TIMESCALE;
	opt.arbitrary = PTP_ARBITRARY_UTC;
	assert_int_equal(judge(&v, &lock, S), 0);
	assert_int_equal(standing.scale, SCALE_TAI);
}

static void ptp4l_itself_is_no_source(void **state)
{
	struct ptp_view v = a_view();
	const struct ptp_lock lock = {0};

	(void)state;
	v.parent.gm = v.defaults.clock;
	assert_int_equal(judge(&v, &lock, S), -EPERM);
	assert_non_null(strstr(why, "itself the grandmaster"));
}

static void whatever_a_sample_rests_on_makes_another_master(void **state)
{
	const struct ptp_view v = a_view();
	struct ptp_view w[7] = {v, v, v, v, v, v, v};

	(void)state;
	assert_true(ptp_master_same(&v, &w[0]));
	w[0].parent.gm.bytes[7] = 1;
	w[1].parent.port.number = 2;
	w[2].parent.quality.class = 7;
	w[3].parent.quality.accuracy = 0x22;
	w[4].current.steps_removed = 2;
	w[5].properties.flags = 0;
	w[6].properties.utc_offset_s = 36;
	for (int i = 0; i < 7; i++)
		assert_false(ptp_master_same(&v, &w[i]));
	/* but not what changes with every Sync */
	w[0] = v;
	w[0].current.offset_ns = 5;
	w[0].status.ingress_ns = 5;
	assert_true(ptp_master_same(&v, &w[0]));
}

static void what_it_says_of_utc_counts_where_it_is_sure(void **state)
{
	struct ptp_view v = a_view();
	struct utc_word w;

	(void)state;
	ptp_master_utc(NULL, &w);
	assert_false(w.has_offset || w.has_leap);
	v.properties.utc_offset_s = 36;
	ptp_master_utc(&v, &w);
	assert_false(w.has_offset || w.has_leap);
	v.properties.flags |= PTP_UTC_OFFSET_VALID;
	ptp_master_utc(&v, &w);
	assert_true(w.has_offset && w.has_leap);
	assert_int_equal(w.offset_s, 36);
	assert_int_equal(w.leap_s, 0);
	v.properties.flags |= PTP_LEAP_61;
	ptp_master_utc(&v, &w);
	assert_int_equal(w.leap_s, 1);
	v.properties.flags ^= PTP_LEAP_61 | PTP_LEAP_59;
	ptp_master_utc(&v, &w);
	assert_int_equal(w.leap_s, -1);
	v.properties.flags ^= PTP_TIMESCALE; /* what it counts is not TAI */
	ptp_master_utc(&v, &w);
	assert_false(w.has_offset || w.has_leap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_class_6_its_accuracy_counts_twice),
		cmocka_unit_test(in_class_7_it_grows_from_its_last_good_moment),
		cmocka_unit_test(
			it_grows_from_the_last_announce_that_may_have_come),
		cmocka_unit_test(class_7_of_unknown_past_is_refused),
		cmocka_unit_test(other_classes_are_refused_unless_declared),
		cmocka_unit_test(
			class_6_without_an_accuracy_is_refused_unless_declared),
		cmocka_unit_test(
			a_stated_accuracy_is_not_replaced_by_a_declared_one),
		cmocka_unit_test(each_boundary_clock_adds_its_error),
		cmocka_unit_test(
			an_arbitrary_timescale_is_refused_unless_declared),
		cmocka_unit_test(ptp4l_itself_is_no_source),
		cmocka_unit_test(
			whatever_a_sample_rests_on_makes_another_master),
		cmocka_unit_test(what_it_says_of_utc_counts_where_it_is_sure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
