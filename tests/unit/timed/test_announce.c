/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a grandmaster announces: never better than is proven of the clock that it
 * serves, until the next word has come to everybody.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* before cmocka.h */
#include <cmocka.h>
#include <string.h>

#include "sim/rng.h"
#include "timed/announce.h"
#include "timed/engine.h"

#define S   INT64_C(1000000000)
#define MS  INT64_C(1000000)
#define UTC (INT64_C(1795305600) * S) /* 2026-11-22 */
#define TAI (UTC + 37 * S)
#define H   (3600 * S)

#define GNSS (1U << SOURCE_GNSS)
#define NTP  (1U << SOURCE_NTP)

static struct announce announce;
static struct segment_slot slot;
static struct leap_table leap;
static struct announce_look look;
static struct announce_word word;

static void begin_with(int64_t lead_ns, int64_t clock_error_ns)
{
	const struct announce_options opt = {.error_ns_max = 100000,
					     .lead_ns = lead_ns,
					     .clock_error_ns = clock_error_ns,
					     .wander_ppb_s = 20};

	announce_init(&announce, &opt);
	leap = (struct leap_table){.count = 1,
				   .entry = {{0, 37}},
				   .expires_unix_s = UTC / S + 30 * 86400};
	slot = (struct segment_slot){
		.anchor_raw_ns = 100 * S,
		.tai_lo_ns = TAI - 200,
		.tai_hi_ns = TAI + 300,
		.best_tai_ns = TAI,
		.horizon_ns = S,
		.void_raw_ns = 4000 * S,
		.state = ENGINE_SYNCHRONIZED,
		.leap_mode = SEGMENT_LEAP_STEP,
		.utc_offset_ns = 37 * S,
		.leap_tai_ns = INT64_MAX,
	};
	look = (struct announce_look){.slot = &slot,
				      .leap = &leap,
				      .fresh = GNSS,
				      .is_seen = true,
				      .unseen = "it is not there"};
}

/* No lead: of the moment alone. */
static int begin(void **state)
{
	(void)state;
	begin_with(0, -1);
	return 0;
}

/* At raw_ns the served clock shows TAI + off_ns (or UTC + off_ns), read to
 * +-read_ns; the slot is of that moment. */
static void at(int64_t raw_ns, int64_t off_ns, int64_t read_ns)
{
	const int64_t shift_ns = raw_ns - slot.anchor_raw_ns;
	int64_t x_ns;

	slot.anchor_raw_ns = raw_ns;
	slot.tai_lo_ns += shift_ns;
	slot.tai_hi_ns += shift_ns;
	slot.best_tai_ns += shift_ns;
	x_ns = slot.best_tai_ns - raw_ns + off_ns;
	if (look.served.is_utc)
		x_ns -= 37 * S;
	look.served.raw_ns = raw_ns;
	look.served.lo_ns = x_ns - read_ns;
	look.served.hi_ns = x_ns + read_ns;
	announce_update(&announce, &look, &word);
}

static int class(void)
{
	return word.settings.quality.class;
}

static int flags(void)
{
	return word.settings.properties.flags;
}

/* The clock is 400 ns ahead of best, which is 200 ns from the left edge; read to
 * 50 ns: 650 ns, and 5 of rounding. */
static void the_error_is_the_served_clocks(void **state)
{
	(void)state;
	at(100 * S, 400, 50);
	assert_null(word.reason);
	assert_in_range(word.error_ns, 650, 655);
	assert_int_equal(word.offset_ns, -400);
	assert_int_equal(word.settings.quality.accuracy, 0x23); /* 1 us */
	at(100 * S + 1, -400, 50);
	/* and now the right edge counts, and that it moved by 800 */
	assert_in_range(word.error_ns, 750, 1560);
	assert_int_equal(word.settings.quality.accuracy, 0x24);
	assert_int_equal(word.settings.quality.variance, 0xffff);
}

static void locked_it_is_of_class_6(void **state)
{
	(void)state;
	at(100 * S, 0, 0);
	assert_int_equal(class(), 6);
	assert_int_equal(flags(), PTP_TIMESCALE | PTP_UTC_OFFSET_VALID |
					  PTP_TIME_TRACEABLE |
					  PTP_FREQUENCY_TRACEABLE);
	assert_int_equal(word.settings.properties.utc_offset_s, 37);
	assert_int_equal(word.settings.properties.source, PTP_SOURCE_GNSS);
}

static void in_holdover_it_is_of_7_and_then_of_52(void **state)
{
	(void)state;
	at(100 * S, 0, 0);
	slot.state = ENGINE_HOLDOVER;
	look.fresh = 0;
	at(101 * S, 0, 0);
	assert_int_equal(class(), 7);
	assert_true(flags() & PTP_TIME_TRACEABLE);
	assert_int_equal(word.settings.properties.source,
			 PTP_SOURCE_OSCILLATOR);
	slot.tai_hi_ns += 99000;
	at(102 * S, 0, 0);
	assert_int_equal(class(), 7);
	assert_int_equal(word.settings.quality.accuracy, 0x27); /* 100 us */
	slot.tai_hi_ns += 2000;
	at(103 * S, 0, 0);
	assert_int_equal(class(), 52);
	assert_int_equal(word.settings.quality.accuracy, 0x28);
	assert_false(flags() & PTP_TIME_TRACEABLE);
	assert_string_equal(word.reason, "the error is beyond error_max");
	/* a little better is not enough to be vouched for again */
	slot.tai_hi_ns -= 10000;
	at(104 * S, 0, 0);
	assert_int_equal(class(), 52);
	slot.tai_hi_ns -= 50000;
	at(105 * S, 0, 0);
	assert_int_equal(class(), 7);
}

/* NTP servers are no primary reference. */
static void ntp_alone_is_never_of_class_6(void **state)
{
	(void)state;
	look.fresh = NTP;
	at(100 * S, 0, 0);
	assert_int_equal(class(), 248);
	assert_int_equal(word.settings.quality.accuracy, 0xfe);
	assert_string_equal(word.reason,
			    "no reference (GNSS, PTP, PHC) is fresh");
	look.fresh = NTP | GNSS;
	at(101 * S, 0, 0);
	assert_int_equal(class(), 6);
	look.fresh = NTP; /* as good as class 7 says, by servers */
	at(102 * S, 0, 0);
	assert_int_equal(class(), 7);
	assert_int_equal(word.settings.properties.source, PTP_SOURCE_NTP);
}

static void without_a_bound_nobody_vouches(void **state)
{
	(void)state;
	at(100 * S, 0, 0);
	slot.state = ENGINE_UNSYNCHRONIZED;
	at(101 * S, 0, 0);
	assert_int_equal(class(), 248);
	assert_int_equal(word.settings.quality.accuracy, 0xfe);
	assert_int_equal(flags(), PTP_TIMESCALE);
	assert_string_equal(word.reason, "there is no bound");
	/* holdover of what? */
	slot.state = ENGINE_HOLDOVER;
	look.fresh = 0;
	at(102 * S, 0, 0);
	assert_int_equal(class(), 248);
}

static void in_a_dispute_nobody_vouches(void **state)
{
	(void)state;
	at(100 * S, 0, 0);
	slot.state = ENGINE_DISPUTED;
	at(101 * S, 0, 0);
	assert_int_equal(class(), 248);
	assert_int_equal(word.settings.quality.accuracy, 0xfe);
	assert_string_equal(word.reason, "the sources contradict each other");
}

static void a_clock_that_is_not_seen_is_of_no_class(void **state)
{
	(void)state;
	at(100 * S, 0, 0);
	look.is_seen = false;
	at(101 * S, 0, 0);
	assert_int_equal(class(), 248);
	assert_int_equal(word.settings.quality.accuracy, 0xfe);
	assert_string_equal(word.reason, "it is not there");
	assert_false(word.has_error);
}

static void what_is_declared_of_one_that_cannot_be_counts(void **state)
{
	(void)state;
	begin_with(0, 1000);
	look.is_seen = false;
	at(100 * S, 0, 0);
	assert_null(word.reason);
	assert_in_range(word.error_ns, 1300, 1305); /* 300 to the edge */
	assert_false(word.has_offset);
	assert_int_equal(class(), 6);
}

/* Nothing is announced of a clock before it was seen for as long as what is said
 * must hold. */
static void a_clock_is_watched_first(void **state)
{
	(void)state;
	begin_with(5 * S, -1);
	at(100 * S, 0, 0);
	assert_int_equal(class(), 248);
	assert_string_equal(word.reason,
			    "the clock that is served is watched first");
	at(104 * S, 0, 0);
	assert_int_equal(class(), 248);
	at(105 * S, 0, 0);
	assert_int_equal(class(), 6);
	announce_forget(&announce);
	at(106 * S, 0, 0);
	assert_int_equal(class(), 248);
}

/* It has moved by 2 us in 5 s, and may again. */
static void what_it_moved_by_it_may_move_by_again(void **state)
{
	int64_t still_ns;

	(void)state;
	begin_with(5 * S, -1);
	for (int i = 0; i <= 5; i++)
		at((100 + i) * S, 0, 0);
	still_ns = word.error_ns;
	at(106 * S, 2000, 0);
	at(107 * S, 0, 0);
	assert_in_range(word.error_ns - still_ns, 1999, 2001);
	/* forgotten after twice that time, and no sooner */
	at(110 * S, 0, 0);
	assert_in_range(word.error_ns - still_ns, 1999, 2001);
	for (int i = 111; i <= 125; i++)
		at(i * S, 0, 0);
	assert_int_equal(word.error_ns, still_ns);
}

/* 1 ppm on the right, for 5 s: 5 us; A2: 20 ppb/s, 0.5 us. */
static void the_bound_opens_until_all_have_heard(void **state)
{
	(void)state;
	begin_with(5 * S, -1);
	slot.hi_slope = 1099512; /* 1000 ppb */
	at(100 * S, 0, 0);
	at(105 * S, 0, 0);
	assert_in_range(word.error_ns, 300 + 5000 + 500, 300 + 5000 + 510);
}

/* Others choose by it: 0x21, 0x22, 0x21 ... would make them go to and fro. */
static void an_accuracy_gets_better_when_it_lasts(void **state)
{
	(void)state;
	at(100 * S, 0, 0);
	assert_int_equal(word.settings.quality.accuracy, 0x23); /* 304 ns */
	slot.tai_hi_ns -= 100;
	at(101 * S, 0, 0);
	assert_int_equal(word.settings.quality.accuracy, 0x23);
	at(129 * S, 0, 0);
	assert_int_equal(word.settings.quality.accuracy, 0x23);
	at(131 * S, 0, 0);
	assert_int_equal(word.settings.quality.accuracy, 0x22);
	slot.tai_hi_ns += 100;
	at(131 * S + MS, 0, 0); /* worse is worse at once */
	assert_int_equal(word.settings.quality.accuracy, 0x23);
}

/* Software stamps: UTC, which nothing of PTP's own scale is said of. */
static void the_systems_clock_is_utc(void **state)
{
	(void)state;
	look.served.is_utc = true;
	at(100 * S, 400, 50);
	assert_in_range(word.error_ns, 650, 655);
	assert_int_equal(class(), 6);
	assert_int_equal(flags(), PTP_TIME_TRACEABLE | PTP_FREQUENCY_TRACEABLE);
	/* as if it were TAI it would be 37 s off */
	look.served.is_utc = false;
	at(101 * S, 400 - 37 * S, 50);
	assert_int_equal(class(), 52);
	assert_int_equal(word.settings.quality.accuracy, 0x31);
}

/* In the middle of it the system's clock is half a second off UTC. */
static void a_smeared_clock_is_off_by_its_smear(void **state)
{
	(void)state;
	slot.leap_mode = SEGMENT_LEAP_SMEAR;
	slot.leap_tai_ns = TAI + 100 * S;
	slot.leap_delta_ns = S;
	look.served.is_utc = true;
	at(101 * S, -S / 2, 0);
	assert_true(word.error_ns >= S / 2);
}

static void the_leap_tables_doubt_is_in_it(void **state)
{
	(void)state;
	slot.utc_err_ns = S;
	look.served.is_utc = true;
	at(100 * S, 0, 0);
	assert_true(word.error_ns >= S + 300);
	begin_with(0, -1);
	slot.tai_err_ns = S;
	at(100 * S, 0, 0);
	assert_true(word.error_ns >= S + 300);
}

static void utc_is_valid_while_the_table_is(void **state)
{
	(void)state;
	leap.expires_unix_s = UTC / S + 1;
	at(100 * S, 0, 0);
	assert_true(flags() & PTP_UTC_OFFSET_VALID);
	at(102 * S, 0, 0);
	assert_false(flags() & PTP_UTC_OFFSET_VALID);
	assert_int_equal(word.settings.properties.utc_offset_s, 37);
	assert_int_equal(class(), 6); /* TAI is TAI */
}

static void a_leap_second_is_announced_on_its_day(void **state)
{
	(void)state;
	slot.void_raw_ns = 1000 * H;
	slot.leap_tai_ns = TAI + 25 * H;
	slot.leap_delta_ns = S;
	at(100 * S, 0, 0);
	assert_int_equal(flags() & (PTP_LEAP_61 | PTP_LEAP_59), 0);
	at(100 * S + 2 * H, 0, 0);
	assert_int_equal(flags() & (PTP_LEAP_61 | PTP_LEAP_59), PTP_LEAP_61);
	slot.leap_delta_ns = -S;
	at(101 * S + 2 * H, 0, 0);
	assert_int_equal(flags() & (PTP_LEAP_61 | PTP_LEAP_59), PTP_LEAP_59);
	slot.leap_delta_ns = S;
	at(101 * S + 25 * H, 0, 0);
	assert_int_equal(flags() & (PTP_LEAP_61 | PTP_LEAP_59), 0);
	assert_int_equal(word.settings.properties.utc_offset_s, 38);
}

static void past_its_leap_table_the_doubt_is_a_second(void **state)
{
	(void)state;
	leap.expires_unix_s = 0;
	at(100 * S, 0, 0);
	assert_false(flags() & PTP_UTC_OFFSET_VALID);
	assert_int_equal(flags() & (PTP_LEAP_61 | PTP_LEAP_59), 0);
}

/*
 * A world in which truth is known, and at its worst: at an edge of the bound. The
 * served clock is steered to and fro, by no more in any `lead` than in the one
 * before. Whatever was said, it holds until it is `lead` old.
 */
static void steer_to_and_fro(struct rng *rng)
{
	const int64_t half_ns = (int64_t)rng_uniform(rng, 100, 2e4);
	const double swing_ns = rng_uniform(rng, 0, 2e4);
	const double phase = rng_uniform(rng, 0, 6.28);
	const double truth_ns =
		(double)(rng_uniform(rng, -1, 1) < 0 ? -half_ns : half_ns);
	int64_t error_ns[8] = {0}, accuracy_ns;

	begin_with(2 * S, -1);
	slot.tai_lo_ns = TAI - half_ns;
	slot.tai_hi_ns = TAI + half_ns;
	for (int i = 0; i < 60; i++) {
		const double off_ns = swing_ns * sin(phase + i * 0.8);

		for (int k = 0; k < 8; k++)
			if (error_ns[k])
				assert_true(fabs(off_ns - truth_ns) <=
					    (double)error_ns[k]);
		at(100 * S + i * 250 * MS, (int64_t)off_ns, 1);
		error_ns[i % 8] = word.has_error ? word.error_ns : 0;
		if (class() != 6)
			continue;
		assert_int_equal(
			ptpmsg_accuracy_ns(word.settings.quality.accuracy,
					   &accuracy_ns),
			0);
		assert_true(accuracy_ns >= word.error_ns);
	}
}

static void what_is_announced_holds_until_all_have_heard(void **state)
{
	struct rng rng;

	(void)state;
	rng_seed(&rng, 20261123);
	for (int run = 0; run < 200; run++)
		steer_to_and_fro(&rng);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_error_is_the_served_clocks),
		TEST(locked_it_is_of_class_6),
		TEST(in_holdover_it_is_of_7_and_then_of_52),
		TEST(ntp_alone_is_never_of_class_6),
		TEST(without_a_bound_nobody_vouches),
		TEST(in_a_dispute_nobody_vouches),
		TEST(a_clock_that_is_not_seen_is_of_no_class),
		TEST(what_is_declared_of_one_that_cannot_be_counts),
		TEST(a_clock_is_watched_first),
		TEST(what_it_moved_by_it_may_move_by_again),
		TEST(the_bound_opens_until_all_have_heard),
		TEST(an_accuracy_gets_better_when_it_lasts),
		TEST(the_systems_clock_is_utc),
		TEST(a_smeared_clock_is_off_by_its_smear),
		TEST(the_leap_tables_doubt_is_in_it),
		TEST(utc_is_valid_while_the_table_is),
		TEST(a_leap_second_is_announced_on_its_day),
		TEST(past_its_leap_table_the_doubt_is_a_second),
		TEST(what_is_announced_holds_until_all_have_heard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
