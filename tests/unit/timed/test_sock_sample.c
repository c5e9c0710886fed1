/* SPDX-License-Identifier: Apache-2.0 */
/* What chronyd's SOCK refclock is given, and when it is given nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* before cmocka.h */
#include <cmocka.h>
#include <string.h>

#include "timed/engine.h"
#include "timed/sock_sample.h"

#define S   INT64_C(1000000000)
#define TAI (INT64_C(1795305637) * S) /* 2026-11-22 00:00:00 UTC + 37 s */
#define H   (3600 * S)

static struct segment_slot slot;
static struct look look;
static struct sock_aim aim;
static bool has_aim;

/* At raw 100 s: best, 3 us from the left edge and 7 us from the right one;
 * CLOCK_REALTIME, read to 40 ns, is 5 us behind best. */
static int begin(void **state)
{
	(void)state;
	slot = (struct segment_slot){
		.anchor_raw_ns = 100 * S,
		.tai_lo_ns = TAI - 3000,
		.tai_hi_ns = TAI + 7000,
		.best_tai_ns = TAI,
		.horizon_ns = S,
		.void_raw_ns = 200 * S,
		.state = ENGINE_SYNCHRONIZED,
		.leap_mode = SEGMENT_LEAP_STEP,
		.utc_offset_ns = 37 * S,
		.leap_tai_ns = INT64_MAX,
	};
	look = (struct look){.raw_ns = 100 * S,
			     .real_ns = TAI - 37 * S - 5000,
			     .err_ns = 40};
	return 0;
}

static const char *ask(int64_t error_ns_max)
{
	return sock_sample_aim(&slot, &look, error_ns_max, &aim, &has_aim);
}

static void the_offset_is_best_less_the_systems_clock(void **state)
{
	(void)state;
	assert_null(ask(S));
	assert_true(has_aim);
	assert_int_equal(aim.offset_ns, 5000);
	assert_int_equal(aim.leap_s, 0);
}

/* The farther edge, 7 us, and what the look itself errs by. */
static void the_error_is_to_the_farther_edge(void **state)
{
	(void)state;
	assert_null(ask(7040));
	assert_int_equal(aim.error_ns, 7040);
	slot.utc_err_ns = S;
	assert_null(ask(2 * S));
	assert_int_equal(aim.error_ns, S + 7040);
}

static void beyond_error_max_nothing_is_given(void **state)
{
	(void)state;
	assert_string_equal(ask(7039), "the error is beyond error_max");
	assert_true(has_aim); /* the status tells it all the same */
	assert_int_equal(aim.error_ns, 7040);
}

/* Bounded is bounded, by fresh sources or by memory. */
static void in_holdover_it_goes_on(void **state)
{
	(void)state;
	slot.state = ENGINE_HOLDOVER;
	assert_null(ask(S));
}

static void without_a_bound_nothing_is_given(void **state)
{
	(void)state;
	slot.state = ENGINE_UNSYNCHRONIZED;
	assert_string_equal(ask(S), "there is no bound");
	assert_false(has_aim);
	slot.state = ENGINE_SYNCHRONIZED;
	look.raw_ns = slot.void_raw_ns; /* nobody has renewed it */
	assert_string_equal(ask(S), "there is no bound");
}

static void in_a_dispute_nothing_is_given(void **state)
{
	(void)state;
	slot.state = ENGINE_DISPUTED;
	assert_string_equal(ask(S), "the sources contradict each other");
}

static void a_leap_second_is_announced_for_half_a_day(void **state)
{
	(void)state;
	slot.leap_tai_ns = TAI + 11 * H;
	slot.leap_delta_ns = S;
	assert_null(ask(S));
	assert_int_equal(aim.leap_s, 1);
	slot.leap_delta_ns = -S;
	assert_null(ask(S));
	assert_int_equal(aim.leap_s, -1);
	slot.leap_tai_ns = TAI + 13 * H;
	assert_null(ask(S));
	assert_int_equal(aim.leap_s, 0);
}

static void at_a_leap_second_nothing_is_given(void **state)
{
	(void)state;
	slot.leap_tai_ns = TAI + S;
	slot.leap_delta_ns = S;
	assert_string_equal(ask(10 * S), "a leap second is at hand");
	slot.leap_tai_ns = TAI - S;
	assert_string_equal(ask(10 * S), "a leap second is at hand");
	slot.leap_tai_ns = TAI - 3 * S;
	look.real_ns -= S; /* it is past: TAI - UTC is 38 s now */
	assert_null(ask(10 * S));
	assert_int_equal(aim.offset_ns, 5000);
}

/* What is served is the Unix view: half the smear, half a second. */
static void a_smear_is_served_and_not_announced(void **state)
{
	(void)state;
	slot.leap_mode = SEGMENT_LEAP_SMEAR;
	slot.leap_tai_ns = TAI;
	slot.leap_delta_ns = S;
	assert_null(ask(S));
	assert_int_equal(aim.leap_s, 0);
	assert_in_range(5000 - aim.offset_ns, S / 2 - 6000, S / 2 + 6000);
}

/* Byte for byte as chrony 4.3's struct sock_sample on 64 bits: 2^-12 s is a
 * double without a rest. */
static void the_bytes_are_chronys(void **state)
{
	/* clang-format off */
	static const uint8_t golden[40] = {
		/* 1795305600 s, 999999 us */
		0x80, 0x30, 0x02, 0x6b, 0, 0, 0, 0,
		0x3f, 0x42, 0x0f, 0, 0, 0, 0, 0,
		/* 2^-12 */
		0, 0, 0, 0, 0, 0, 0x30, 0x3f,
		/* no pulse; a second left out; padding; "SOCK" */
		0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 'K', 'C', 'O', 'S'};
	/* clang-format on */
	const struct sock_aim given = {.offset_ns = 244141, .leap_s = -1};
	struct sock_sample sample;
	double offset;

	(void)state;
	look.real_ns = INT64_C(1795305600) * S + 999999999;
	sock_sample_make(&look, &given, &sample);
	assert_int_equal(sizeof(sample), sizeof(golden));
	offset = sample.offset;
	assert_true(offset == 0.000244141);
	sample.offset = 1.0 / 4096;
	assert_memory_equal(&sample, golden, sizeof(golden));
}

static void a_leap_second_has_its_number(void **state)
{
	struct sock_aim given = {.leap_s = 1};
	struct sock_sample sample;

	(void)state;
	sock_sample_make(&look, &given, &sample);
	assert_int_equal(sample.leap, 1);
	given.leap_s = 0;
	sock_sample_make(&look, &given, &sample);
	assert_int_equal(sample.leap, 0);
	assert_int_equal(sample.pulse, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
			the_offset_is_best_less_the_systems_clock, begin),
		cmocka_unit_test_setup(the_error_is_to_the_farther_edge, begin),
		cmocka_unit_test_setup(beyond_error_max_nothing_is_given,
				       begin),
		cmocka_unit_test_setup(in_holdover_it_goes_on, begin),
		cmocka_unit_test_setup(without_a_bound_nothing_is_given, begin),
		cmocka_unit_test_setup(in_a_dispute_nothing_is_given, begin),
		cmocka_unit_test_setup(
			a_leap_second_is_announced_for_half_a_day, begin),
		cmocka_unit_test_setup(at_a_leap_second_nothing_is_given,
				       begin),
		cmocka_unit_test_setup(a_smear_is_served_and_not_announced,
				       begin),
		cmocka_unit_test_setup(the_bytes_are_chronys, begin),
		cmocka_unit_test_setup(a_leap_second_has_its_number, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
