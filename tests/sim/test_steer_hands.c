/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Others who steer CLOCK_REALTIME, steps, and leap seconds (steer_lab.h). Seeds
 * are fixed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "tests/sim/steer_lab.h"

/* As phc2sys does it. */
static void another_steers(int seconds)
{
	for (int i = 0; i < seconds; i++) {
		steer_lab.clock.rate_ppb += i % 2 ? 50 : -50;
		steer_lab_second();
	}
}

static void test_second_steerer(void **state)
{
	uint64_t orders;

	(void)state;
	steer_lab_open(INPUT_PTP, 0, NULL, 0);
	steer_lab_run(600);
	another_steers(2);
	assert_int_equal(steer_lab.steer.view.state, STEER_YIELDED);
	assert_string_equal(steer_lab.steer.view.reason,
			    "the frequency was changed");
	orders = steer_lab.steer.view.orders;
	another_steers(600);
	steer_lab_run(60);
	assert_true(steer_lab.steer.view.orders == orders);
	steer_lab_run(10);
	assert_int_equal(steer_lab.steer.view.state, STEER_STEERING);
	assert_true(steer_lab.steer.view.orders > orders);
	another_steers(2);
	steer_lab_run(100);
	assert_int_equal(steer_lab.steer.view.state, STEER_YIELDED);
	steer_lab_run(60);
	assert_int_equal(steer_lab.steer.view.state, STEER_STEERING);
	assert_int_equal(steer_lab.steer.view.yields, 2);
	steer_lab_close();
}

/* adjtimex(8), settimeofday(2), a PLL's user, adjtime(3) is not modelled. */
static void test_every_hand_is_noticed(void **state)
{
	(void)state;
	for (int hand = 0; hand < 4; hand++) {
		steer_lab_open(INPUT_PTP, 0, NULL, 0);
		steer_lab_run(300);
		if (hand == 0)
			steer_lab.clock.rate_ppb += 1;
		if (hand == 1)
			steer_lab.clock.real_ns += 1000000;
		if (hand == 2)
			steer_lab.clock.slew_ns += 50000;
		if (hand == 3)
			steer_lab.clock.status = 0;
		steer_lab_run(2);
		assert_int_equal(steer_lab.steer.view.state, STEER_YIELDED);
		steer_lab_close();
	}
}

/* Nobody is taken for another steerer in a day of all that can happen. */
static void test_nobody_is_suspected(void **state)
{
	const struct fault faults[] = {
		{.kind = FAULT_SILENCE,
		 .from_s = 900,
		 .to_s = 5000,
		 .feed = FAULT_ALL_FEEDS},
		{.kind = FAULT_RATE_JUMP, .from_s = 6000, .value = 20000},
		{.kind = FAULT_LIE,
		 .from_s = 8000,
		 .to_s = 9000,
		 .value = 300e3}};

	(void)state;
	for (enum steer_input i = 0; i < INPUTS; i++) {
		steer_lab_open(i, 50e6, faults, 3);
		for (int n = 0; n < 100; n++) {
			steer_lab.is_deaf = n % 7 == 0;
			steer_lab_run(100);
		}
		assert_int_equal(steer_lab.steer.view.yields, 0);
		steer_lab_close();
	}
}

/* "auto": the clock must have been left alone for 64 s before the first order,
 * and while somebody steers there is none. */
static void test_auto_looks_first(void **state)
{
	struct steer_options opt = steer_lab_usual;

	(void)state;
	opt.is_waiting = true;
	steer_lab_set_law(INPUT_PTP);
	steer_lab_begin(1e6, &opt);
	another_steers(300);
	steer_lab_run(60);
	assert_int_equal(steer_lab.steer.view.orders, 0);
	assert_int_equal(steer_lab.steer.view.yields, 0);
	steer_lab_run(10);
	assert_int_equal(steer_lab.steer.view.state, STEER_STEERING);
	steer_lab_run(60);
	assert_true(fabs(steer_lab.off_ns) < steer_lab_settled_ns[INPUT_PTP]);
	steer_lab_close();
}

/* Further off than the threshold: at the start, once; never later. */
static void test_step(void **state)
{
	(void)state;
	steer_lab_open(INPUT_PTP, -3e9, NULL, 0);
	steer_lab_run(60);
	assert_int_equal(steer_lab.steer.view.steps, 1);
	assert_true(fabs(steer_lab.off_ns) < 5000);
	steer_lab.clock.real_ns -= 2 * SECOND_NS;
	steer_lab_run(300);
	assert_int_equal(steer_lab.steer.view.steps, 1);
	steer_lab_close();
}

/* The kernel is told how little is known, and its frequency stays. */
/* By order: whatever the threshold, once, and nobody is suspected for it; the
 * clock then goes on as steered as before. */
static void test_step_by_order(void **state)
{
	static const struct steer_options never = {.step_ns = -1,
						   .slew_ppb_max = 500e3};

	(void)state;
	for (enum steer_input i = 0; i < INPUTS; i++) {
		steer_lab_set_law(i);
		steer_lab_begin(40e6, &never);
		steer_lab_run(60);
		assert_int_equal(steer_lab.steer.view.steps, 0);
		assert_true(fabs(steer_lab.off_ns) > 5e6);
		steer_want_step(&steer_lab.steer);
		steer_lab_run(1);
		assert_int_equal(steer_lab.steer.view.steps, 1);
		assert_true(steer_lab.order.has_step);
		steer_lab_run(60);
		assert_true(fabs(steer_lab.off_ns) < steer_lab_settled_ns[i]);
		steer_lab_run(300);
		assert_int_equal(steer_lab.steer.view.steps, 1);
		assert_int_equal(steer_lab.steer.view.yields, 0);
		assert_int_equal(steer_lab.steer.view.state, STEER_STEERING);
		steer_lab_close();
	}
}

/* An order that cannot be carried out at the next look is void: it does not
 * wait for the day that it can. */
static void test_step_is_not_put_off(void **state)
{
	const struct fault faults[] = {{.kind = FAULT_LIE,
					.from_s = 600,
					.to_s = 1200,
					.value = 300e6}};

	(void)state;
	steer_lab_open(INPUT_PTP, 0, faults, 1);
	steer_lab_run(603);
	assert_int_equal(steer_lab.slot.state, ENGINE_DISPUTED);
	steer_want_step(&steer_lab.steer);
	steer_lab_run(1);
	assert_false(steer_lab.steer.wants_step);
	steer_lab_run(600);
	assert_int_equal(steer_lab.steer.view.steps, 0);
	another_steers(2);
	assert_int_equal(steer_lab.steer.view.state, STEER_YIELDED);
	steer_want_step(&steer_lab.steer);
	steer_lab_run(200);
	assert_int_equal(steer_lab.steer.view.state, STEER_STEERING);
	assert_int_equal(steer_lab.steer.view.steps, 0);
	steer_lab_close();
}

static void test_without_a_bound(void **state)
{
	struct steer_look look = {.err_ns = STEER_LAB_LOOK_ERR_NS};
	struct steer_best best = {.slot = &steer_lab.slot};
	struct env_order o;
	double rate_ppb;

	(void)state;
	steer_lab_open(INPUT_PTP, 0, NULL, 0);
	steer_lab_run(300);
	rate_ppb = steer_lab.order.rate_ppb;
	steer_lab.slot.state = ENGINE_DISPUTED;
	steer_lab.slot.tai_hi_ns += SECOND_NS;
	kernel_clock_advance(&steer_lab.clock,
			     steer_lab.clock.raw_ns + SECOND_NS / 2);
	look.raw_ns = steer_lab.clock.raw_ns;
	look.real_ns = steer_lab.clock.real_ns;
	kernel_clock_look(&steer_lab.clock, &look.kernel);
	assert_true(steer_update(&steer_lab.steer, &best, &look, &o));
	assert_int_equal(steer_lab.steer.view.state, STEER_PAUSED);
	assert_true(o.rate_ppb >= rate_ppb && o.rate_ppb <= rate_ppb);
	assert_true(o.slew_ns >= 0 && o.slew_ns <= 0);
	assert_true(o.error_ns_max > SECOND_NS && o.is_synchronized);
	kernel_clock_obey(&steer_lab.clock, &o);
	steer_lab.slot.state = ENGINE_UNSYNCHRONIZED;
	kernel_clock_look(&steer_lab.clock, &look.kernel);
	assert_true(steer_update(&steer_lab.steer, &best, &look, &o));
	assert_true(!o.is_synchronized);
	assert_true(o.rate_ppb >= rate_ppb && o.rate_ppb <= rate_ppb);
	steer_lab_close();
}

static void test_leap_is_inserted(void **state)
{
	struct steer_figures f;

	(void)state;
	steer_lab_open_leap(EVE_TAI_NS, true, true);
	steer_lab_run(3595);
	assert_int_equal(steer_lab.order.leap_s, 1);
	assert_int_equal(steer_lab.clock.tai_offset_s, 37);
	steer_lab_run(10);
	f = steer_lab_run(600);
	steer_lab_tell("after an inserted second", INPUT_PTP, &f);
	assert_true(f.max_ns < steer_lab_settled_ns[INPUT_PTP]);
	assert_int_equal(steer_lab.order.leap_s, 0);
	assert_int_equal(steer_lab.clock.tai_offset_s, 38);
	assert_int_equal(steer_lab.steer.view.yields, 0);
	steer_lab_close();
}

/* The daemon does not come round from before it until after. */
static void test_late_over_a_leap(void **state)
{
	struct steer_figures f;

	(void)state;
	steer_lab_open_leap(EVE_TAI_NS, true, true);
	steer_lab_run(3590);
	steer_lab.is_deaf = true;
	steer_lab_run(20);
	steer_lab.is_deaf = false;
	f = steer_lab_run(600);
	assert_true(f.max_ns < steer_lab_settled_ns[INPUT_PTP]);
	assert_int_equal(steer_lab.steer.view.yields, 0);
	steer_lab_close();
}

static void test_leap_is_ignored(void **state)
{
	struct steer_figures f;

	(void)state;
	steer_lab_open_leap(EVE_TAI_NS, true, false);
	steer_lab_run(3605);
	assert_true(steer_lab.off_ns > 0.99e9);
	steer_lab_run(1000);
	assert_true(steer_lab.off_ns > 0.48e9 && steer_lab.off_ns < 0.52e9);
	steer_lab_run(1040);
	f = steer_lab_run(600);
	steer_lab_tell("after an ignored second", INPUT_PTP, &f);
	assert_true(f.max_ns < steer_lab_settled_ns[INPUT_PTP]);
	assert_int_equal(steer_lab.steer.view.yields, 0);
	assert_int_equal(steer_lab.steer.view.steps, 0);
	steer_lab_close();
}

/* From two hours before the smear begins: its kink is the worst of it. */
static void test_leap_is_smeared(void **state)
{
	struct steer_figures f;

	(void)state;
	steer_lab_open_leap(DAY_BEFORE_TAI_NS, false, true);
	steer_lab_run(3600);
	f = steer_lab_run(3 * 3600);
	steer_lab_tell("into a smear", INPUT_PTP, &f);
	assert_true(f.max_ns < 15000);
	f = steer_lab_run(3600);
	steer_lab_tell("in the smear", INPUT_PTP, &f);
	assert_true(f.max_ns < steer_lab_settled_ns[INPUT_PTP]);
	assert_int_equal(steer_lab.order.leap_s, 0);
	assert_int_equal(steer_lab.steer.view.yields, 0);
	steer_lab_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_second_steerer),
		cmocka_unit_test(test_every_hand_is_noticed),
		cmocka_unit_test(test_nobody_is_suspected),
		cmocka_unit_test(test_auto_looks_first),
		cmocka_unit_test(test_step),
		cmocka_unit_test(test_step_by_order),
		cmocka_unit_test(test_step_is_not_put_off),
		cmocka_unit_test(test_without_a_bound),
		cmocka_unit_test(test_leap_is_inserted),
		cmocka_unit_test(test_late_over_a_leap),
		cmocka_unit_test(test_leap_is_ignored),
		cmocka_unit_test(test_leap_is_smeared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
