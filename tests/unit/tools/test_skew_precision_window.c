/* SPDX-License-Identifier: Apache-2.0 */
/* From stamps to an interval and an estimate; over a simulated path the interval
 * holds at every load, always, and the estimate is as exact as is claimed. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/skew/precision_sim.h"

#define EPOCH_NS INT64_C(1700000000000000000)

static const struct precision_rules rules = {
	.axioms = {.rate_ppb_max = 500000,
		   .wander_ppb_max = 500000,
		   .stamp_err_ns = 1},
	.epsilon_ns = 100};

static struct precision_window w;

static int setup(void **state)
{
	(void)state;
	if (precision_window_open(&w, 4096))
		return -1;
	precision_window_begin(&w, &rules, PRECISION_KERNEL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	precision_window_close(&w);
	return 0;
}

/* A leg of `delay_ns` to a clock that is ahead by offset_ns. */
static struct precision_leg leg(enum precision_way way, int64_t at_ns,
				int64_t offset_ns, int64_t delay_ns)
{
	const int64_t tx_far = way == PRECISION_BACK ? offset_ns : 0,
		      rx_far = way == PRECISION_OUT ? offset_ns : 0;

	return (struct precision_leg){.tx_ns = EPOCH_NS + at_ns + tx_far,
				      .rx_ns = EPOCH_NS + at_ns + delay_ns +
					       rx_far,
				      .tx_kind = PRECISION_KERNEL,
				      .rx_kind = PRECISION_KERNEL};
}

static void pair(enum precision_way way, int64_t at_ns, int64_t offset_ns,
		 int64_t delay_ns, int64_t delay_2_ns)
{
	const struct precision_leg l[2] = {
		leg(way, at_ns, offset_ns, delay_ns),
		leg(way, at_ns + 5000, offset_ns, delay_2_ns)};

	precision_window_take(&w, way, l);
}

/* 20 pairs in 1 s, 3000 ns either way: 250 ahead. Certain is +-3000 and what
 * the stamps (2) and the drift from the nearest packet to the middle are. */
static void an_offset_by_hand(void **state)
{
	struct precision_verdict v;

	(void)state;
	for (int i = 0; i < 20; i++) {
		pair(PRECISION_OUT, i * 50000000, 250, 3000, 3000);
		pair(PRECISION_BACK, i * 50000000 + 20000, 250, 3000, 3000);
	}
	assert_int_equal(precision_window_judge(&w, &v), 0);
	assert_true(v.has_estimate);
	assert_int_equal(v.estimate_ns, 250);
	assert_int_equal(v.error_ns, 1);
	assert_int_equal(v.delay_ns, 6000);
	assert_int_equal(v.left_out, 0);
	/* The middle is 475 ms and 14 us; packets at 450 and 500 ms: 12.5 us
	 * away from 25 ms at 500 ppm. */
	assert_true(v.hi_ns >= 250 + 3000 && v.hi_ns < 250 + 3000 + 12600);
	assert_true(v.lo_ns <= 250 - 3000 && v.lo_ns > 250 - 3000 - 12600);
}

static void spacing_that_has_kept_is_pure(void **state)
{
	(void)state;
	pair(PRECISION_OUT, 0, 0, 3000, 3100);
	pair(PRECISION_OUT, 1000000, 0, 3000, 3101);
	pair(PRECISION_OUT, 2000000, 0, 3101, 3000);
	pair(PRECISION_OUT, 3000000, 0, 9000, 9000);
	assert_int_equal(w.count[PRECISION_OUT].pairs, 4);
	assert_int_equal(w.count[PRECISION_OUT].legs, 8);
	assert_int_equal(w.count[PRECISION_OUT].pure, 2);
}

static void a_lost_packet_leaves_the_other(void **state)
{
	struct precision_leg l[2] = {leg(PRECISION_OUT, 0, 0, 10),
				     leg(PRECISION_OUT, 5000, 0, 10)};

	(void)state;
	l[1].rx_kind = PRECISION_NONE;
	precision_window_take(&w, PRECISION_OUT, l);
	assert_int_equal(w.count[PRECISION_OUT].legs, 1);
	assert_int_equal(w.count[PRECISION_OUT].pure, 0);
	l[0].tx_kind = PRECISION_NONE;
	precision_window_take(&w, PRECISION_OUT, l);
	assert_int_equal(w.count[PRECISION_OUT].legs, 1);
	assert_int_equal(w.count[PRECISION_OUT].pairs, 1);
}

/* A network card's clock and CLOCK_REALTIME may be 37 s apart. */
static void clocks_are_not_mixed(void **state)
{
	struct precision_leg l[2] = {leg(PRECISION_OUT, 0, 0, 10),
				     leg(PRECISION_OUT, 5000, 0, 10)};

	(void)state;
	l[0].rx_kind = PRECISION_HARDWARE;
	l[1].tx_kind = PRECISION_HARDWARE;
	precision_window_take(&w, PRECISION_OUT, l);
	assert_int_equal(w.count[PRECISION_OUT].legs, 0);
	assert_int_equal(w.count[PRECISION_OUT].dropped, 2);
	precision_window_begin(&w, &rules, PRECISION_HARDWARE);
	l[0].tx_kind = PRECISION_HARDWARE;
	precision_window_take(&w, PRECISION_OUT, l);
	assert_int_equal(w.count[PRECISION_OUT].legs, 1);
	assert_int_equal(w.count[PRECISION_OUT].dropped, 1);
}

/* Stamps of a far end that lies, or has no sense. */
static void absurd_stamps_are_dropped(void **state)
{
	static const int64_t far[] = {1, INT64_MAX,
				      EPOCH_NS + (INT64_C(1) << 42)};

	(void)state;
	pair(PRECISION_OUT, 0, 0, 10, 10);
	for (size_t i = 0; i < 3; i++) {
		struct precision_leg l[2] = {leg(PRECISION_OUT, 0, 0, 10),
					     leg(PRECISION_OUT, 5000, 0, 10)};

		l[0].rx_ns = l[1].rx_ns = far[i];
		precision_window_take(&w, PRECISION_OUT, l);
	}
	assert_int_equal(w.count[PRECISION_OUT].legs, 2);
	assert_int_equal(w.count[PRECISION_OUT].dropped, 6);
}

static void one_way_alone_says_nothing(void **state)
{
	struct precision_verdict v;

	(void)state;
	assert_int_equal(precision_window_judge(&w, &v), -ENODATA);
	pair(PRECISION_OUT, 0, 0, 10, 10);
	assert_int_equal(precision_window_judge(&w, &v), -ENODATA);
}

/* The far clock is stepped by 1 ms in the middle: no offset is possible. */
static void a_step_is_a_contradiction(void **state)
{
	struct precision_verdict v;

	(void)state;
	for (int i = 0; i < 20; i++) {
		const int64_t offset_ns = i < 10 ? 0 : 1000000;

		pair(PRECISION_OUT, i * 1000000, offset_ns, 3000, 3000);
		pair(PRECISION_BACK, i * 1000000 + 20000, offset_ns, 3000,
		     3000);
	}
	assert_int_equal(precision_window_judge(&w, &v), -EDOM);
}

/* One stamp that is 2 us off draws the envelope to itself: it has no support.
 * The interval knows no stamps that are off, and keeps it. */
static void a_lone_stamp_that_is_off_is_left_out_of_the_estimate(void **state)
{
	struct precision_verdict v;

	(void)state;
	for (int i = 0; i < 20; i++) {
		pair(PRECISION_OUT, i * 1000000, 250, 3000,
		     i == 7 ? 1000 : 3000);
		pair(PRECISION_BACK, i * 1000000 + 20000, 250, 3000, 3000);
	}
	assert_int_equal(precision_window_judge(&w, &v), 0);
	assert_true(v.has_estimate);
	assert_true(v.left_out >= 1);
	assert_int_equal(v.estimate_ns, 250);
	/* 1.5 ms and 500 ppm from the middle: 1250 + 2 + 1 + 1500 at most. */
	assert_true(v.hi_ns <= 2753);
}

static void too_few_legs_make_no_estimate(void **state)
{
	struct precision_verdict v;

	(void)state;
	for (int i = 0; i < 3; i++) {
		pair(PRECISION_OUT, i * 1000000, 250, 3000, 3000);
		pair(PRECISION_BACK, i * 1000000 + 20000, 250, 3000, 3000);
	}
	assert_int_equal(precision_window_judge(&w, &v), 0);
	assert_false(v.has_estimate);
	assert_true(v.lo_ns <= 250 && v.hi_ns >= 250);
}

/* ---- over the simulated path ---- */

/* No tolerance: every window of every world. */
static void the_interval_holds_at_every_load(void **state)
{
	struct precision_score s;

	(void)state;
	for (int percent = 0; percent <= 95; percent += 5) {
		struct precision_world world;

		precision_world_default(&world);
		world.load = percent / 100.0;
		world.rate = 200;
		world.seed = (uint64_t)percent + 1;
		world.asymmetry_ns = percent % 2 ? 5000 : 0;
		assert_int_equal(precision_sim_run(&world, 20, NULL, NULL, &s),
				 0);
		assert_int_equal(s.misses, 0);
		assert_int_equal(s.contradictions, 0);
	}
}

/* Axioms that leave nothing over: the rate of the far clock is just within them,
 * it is steady, and the stamps are off by all of their quantum. */
static void it_holds_with_axioms_that_are_just_met(void **state)
{
	struct precision_world world;
	struct precision_score s;

	(void)state;
	precision_world_default(&world);
	world.load = 0;
	world.hops = 1;
	world.wander_ppb_s = world.white_ppb = 0;
	world.drift_ppb_max = 50000;
	world.rules.axioms.rate_ppb_max = 50000;
	world.rules.axioms.wander_ppb_max = 0;
	world.rate = 100;
	assert_int_equal(precision_sim_run(&world, 200, NULL, NULL, &s), 0);
	assert_int_equal(s.misses, 0);
	assert_int_equal(s.contradictions, 0);
}

/* A stated axiom that is false must show: or nothing above proves anything. */
static void a_broken_axiom_shows(void **state)
{
	struct precision_world world;
	struct precision_score s;

	(void)state;
	precision_world_default(&world);
	world.load = 0;
	world.hops = 1;
	world.drift_ppb_max = 50000;
	world.rules.axioms.rate_ppb_max = 1000;
	world.rules.axioms.wander_ppb_max = 1000;
	assert_int_equal(precision_sim_run(&world, 50, NULL, NULL, &s), 0);
	assert_true(s.misses + s.contradictions > 25);
}

/* The claim: at 40 % load and 8 ns a quantum, 99 of 100 within 10 ns. */
static void at_40_percent_load_the_estimate_is_within_10_ns(void **state)
{
	struct precision_world world;
	struct precision_score s;

	(void)state;
	precision_world_default(&world);
	assert_int_equal(precision_sim_run(&world, 200, NULL, NULL, &s), 0);
	printf("p50 %.1f ns, p99 %.1f ns, most %.1f ns, interval +-%.0f ns\n",
	       s.p50_ns, s.p99_ns, s.max_ns, s.half_width_ns);
	assert_int_equal(s.estimates, 200);
	assert_true(s.p99_ns <= 10);
}

/* What cannot be seen: a cable that is 1 us longer one way is 500 ns of error.
 * It is inside the interval, whatever it is. */
static void asymmetry_is_not_seen_and_is_inside_the_interval(void **state)
{
	struct precision_world world;
	struct precision_score s;

	(void)state;
	precision_world_default(&world);
	world.asymmetry_ns = 1000;
	assert_int_equal(precision_sim_run(&world, 50, NULL, NULL, &s), 0);
	assert_true(fabs(s.mean_ns - 500) < 10);
	assert_int_equal(s.misses, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_offset_by_hand, setup,
						teardown),
		cmocka_unit_test_setup_teardown(spacing_that_has_kept_is_pure,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_lost_packet_leaves_the_other,
						setup, teardown),
		cmocka_unit_test_setup_teardown(clocks_are_not_mixed, setup,
						teardown),
		cmocka_unit_test_setup_teardown(absurd_stamps_are_dropped,
						setup, teardown),
		cmocka_unit_test_setup_teardown(one_way_alone_says_nothing,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_step_is_a_contradiction,
						setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_lone_stamp_that_is_off_is_left_out_of_the_estimate,
			setup, teardown),
		cmocka_unit_test_setup_teardown(too_few_legs_make_no_estimate,
						setup, teardown),
		cmocka_unit_test(the_interval_holds_at_every_load),
		cmocka_unit_test(it_holds_with_axioms_that_are_just_met),
		cmocka_unit_test(a_broken_axiom_shows),
		cmocka_unit_test(
			at_40_percent_load_the_estimate_is_within_10_ns),
		cmocka_unit_test(
			asymmetry_is_not_seen_and_is_inside_the_interval),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
