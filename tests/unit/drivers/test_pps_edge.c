/* SPDX-License-Identifier: Apache-2.0 */
/* A train of pulses: which belong to it, and what a sample of it claims.
 * Numbers worked out by hand; seeded trains against the truth. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* before cmocka.h */
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "drivers/pps_edge.h"
#include "sim/rng.h"

#define S  INT64_C(1000000000)
#define MS INT64_C(1000000)
#define US INT64_C(1000)

static struct pps_edge train;
static uint32_t sequence;
static int64_t accuracy_ns; /* of those that have a fix */

static void new_train(int64_t latency_ns_max, int best_of)
{
	const struct pps_edge_options opt = {.latency_ns_max = latency_ns_max,
					     .best_of = best_of};

	pps_edge_init(&train, &opt);
	sequence = 7;
	accuracy_ns = 100;
}

static enum pps_verdict at_with(int64_t raw_ns, bool has_fix)
{
	const struct pps_stamp s = {.sequence = sequence++,
				    .raw_ns_min = raw_ns - 50,
				    .raw_ns_max = raw_ns + 50,
				    .stamp_ns = 10};

	const enum pps_verdict verdict = pps_edge_take(&train, &s);

	if (has_fix && (verdict == PPS_GOOD || verdict == PPS_WAITING))
		pps_edge_vouch(&train, accuracy_ns);
	return verdict;
}

static enum pps_verdict at(int64_t raw_ns)
{
	return at_with(raw_ns, true);
}

/* So many good pulses up to raw second `last`, without latency. */
static void run_up(int64_t last, int n)
{
	for (int i = n - 1; i >= 0; i--)
		at((last - i) * S);
}

static void three_pulses_a_second_apart_are_a_train(void **state)
{
	(void)state;
	new_train(-1, 16);
	assert_int_equal(at(10 * S), PPS_WAITING);
	assert_int_equal(at(11 * S), PPS_WAITING);
	assert_int_equal(at(12 * S), PPS_GOOD);
	assert_true(pps_edge_raw_ns(&train) == 12 * S);
}

static void the_same_pulse_again_is_old(void **state)
{
	(void)state;
	new_train(-1, 16);
	run_up(12, 3);
	sequence--;
	assert_int_equal(at(12 * S), PPS_OLD);
}

static void missing_pulses_are_counted_and_harm_nothing(void **state)
{
	(void)state;
	new_train(-1, 16);
	run_up(12, 3);
	assert_int_equal(at(15 * S), PPS_GOOD);
	assert_int_equal(train.counters.missing, 2);
	/* the device saw them, we did not look in time */
	sequence += 3;
	assert_int_equal(at(19 * S), PPS_GOOD);
}

static void of_two_pulses_in_a_second_none_is_believed(void **state)
{
	(void)state;
	new_train(-1, 16);
	run_up(12, 3);
	assert_int_equal(at(12 * S + MS), PPS_DOUBLED);
	assert_int_equal(at(13 * S), PPS_WAITING);
	assert_int_equal(at(14 * S), PPS_WAITING);
	assert_int_equal(at(15 * S), PPS_GOOD);
	/* the other one unseen but for its number */
	sequence++;
	assert_int_equal(at(16 * S), PPS_DOUBLED);
	assert_int_equal(train.counters.doubled, 2);
}

static void noise_between_seconds_is_stray(void **state)
{
	(void)state;
	new_train(-1, 16);
	run_up(12, 3);
	assert_int_equal(at(12 * S + 300 * MS), PPS_STRAY);
	assert_int_equal(at(12 * S + 700 * MS), PPS_STRAY);
	/* after noise, three anew */
	assert_int_equal(at(13 * S), PPS_WAITING);
	assert_int_equal(at(14 * S), PPS_WAITING);
	assert_int_equal(at(15 * S), PPS_GOOD);
	assert_int_equal(train.counters.stray, 2);
	assert_int_equal(train.counters.moved, 0);
}

static void pulses_that_moved_for_good_are_a_new_train(void **state)
{
	(void)state;
	new_train(-1, 16);
	run_up(12, 3);
	assert_int_equal(at(13 * S + 200 * MS), PPS_STRAY);
	assert_int_equal(at(14 * S + 200 * MS), PPS_STRAY);
	assert_int_equal(at(15 * S + 200 * MS), PPS_WAITING);
	assert_int_equal(at(16 * S + 200 * MS), PPS_WAITING);
	assert_int_equal(at(17 * S + 200 * MS), PPS_GOOD);
	assert_int_equal(train.counters.moved, 1);
	assert_int_equal(train.count, 3);
}

/* With 15 us of latency at most, 36 us before the line is before any: 1 s at
 * 20 ppm for the line's own rate, and the stamps' widths. */
static void a_pulse_before_any_latency_is_early(void **state)
{
	(void)state;
	new_train(15 * US, 8);
	run_up(20, 10);
	assert_int_equal(at(21 * S - 34 * US), PPS_GOOD);
	assert_int_equal(at(22 * S), PPS_GOOD);
	new_train(15 * US, 8);
	run_up(20, 10);
	assert_int_equal(at(21 * S - 37 * US), PPS_EARLY);
	assert_int_equal(train.counters.early, 1);
}

static void a_late_pulse_is_one_of_the_train(void **state)
{
	(void)state;
	new_train(15 * US, 8);
	run_up(20, 10);
	assert_int_equal(at(21 * S + 300 * US), PPS_GOOD);
	assert_int_equal(at(22 * S), PPS_GOOD);
}

static void a_number_that_goes_back_in_time_begins_anew(void **state)
{
	(void)state;
	new_train(-1, 16);
	run_up(12, 3);
	sequence = 1;
	assert_int_equal(at(5 * S), PPS_WAITING);
	assert_int_equal(at(6 * S), PPS_WAITING);
	assert_int_equal(at(7 * S), PPS_GOOD);
}

static void a_leg_bounds_from_below_only(void **state)
{
	struct sample m;

	(void)state;
	new_train(-1, 16);
	run_up(12, 3);
	assert_false(pps_edge_sample(&train, 112 * S, &m));
	pps_edge_leg(&train, 112 * S, &m);
	assert_true(m.hi_ns[TERM_DELAY] == SAMPLE_NO_BOUND);
	assert_true(m.raw_ns == 12 * S + 50);
	assert_true(m.mid_ns == 100 * S);
	assert_int_equal(m.lo_ns[TERM_SERVER], 100);
	assert_int_equal(m.lo_ns[TERM_STAMP], 10);
	assert_int_equal(m.lo_ns[TERM_MAPPING], 51);
	assert_int_equal(m.lo_ns[TERM_DELAY], 0);
}

static void a_declared_delay_moves_the_second(void **state)
{
	const struct pps_edge_options opt = {
		.delay_ns = 250, .latency_ns_max = 0, .best_of = 1};
	struct sample m;

	(void)state;
	new_train(0, 1);
	pps_edge_init(&train, &opt);
	run_up(12, 3);
	assert_true(pps_edge_raw_ns(&train) == 12 * S - 250);
	assert_true(pps_edge_sample(&train, 112 * S, &m));
	assert_true(m.raw_ns == 12 * S - 200);
	assert_true(m.mid_ns == 100 * S + 250);
}

static void what_hardware_stamped_has_two_sides_at_once(void **state)
{
	struct sample m;

	(void)state;
	new_train(0, 1);
	run_up(12, 3);
	assert_true(pps_edge_sample(&train, 112 * S, &m));
	assert_true(m.mid_ns == 100 * S);
	assert_true(m.age_ns_max <= 100);
	assert_false(m.declared);
	/* 1 ns of rounding each */
	assert_in_range(m.hi_ns[TERM_STAMP], 10, 11);
	assert_in_range(m.lo_ns[TERM_STAMP], 10, 11);
}

static void the_far_side_waits_for_as_many_as_were_declared(void **state)
{
	struct sample m;

	(void)state;
	new_train(15 * US, 8);
	run_up(15, 7);
	assert_false(pps_edge_sample(&train, 115 * S, &m));
	run_up(16, 1);
	assert_true(pps_edge_sample(&train, 116 * S, &m));
	assert_true(m.declared);
	assert_true(m.hi_ns[TERM_DELAY] == 0);
	assert_true(m.age_ns_min == 0 && m.age_ns_max == 100);
}

/* All but one are 6 us late: that one is told, with its age, until it is too
 * long ago. */
static void the_least_late_of_the_last_is_told(void **state)
{
	struct sample m;

	(void)state;
	new_train(15 * US, 8);
	for (int i = 0; i < 16; i++)
		at((10 + i) * S + 6 * US);
	assert_int_equal(at(26 * S), PPS_GOOD);
	assert_true(pps_edge_sample(&train, 126 * S, &m));
	assert_true(m.mid_ns == 100 * S && m.age_ns_max == 100);
	assert_int_equal(m.hi_ns[TERM_STAMP], 15 * US + 10);
	assert_int_equal(m.lo_ns[TERM_STAMP], 10);
	assert_false(m.repeat);
	at(27 * S + 6 * US);
	assert_true(pps_edge_sample(&train, 127 * S, &m));
	assert_true(m.mid_ns == 100 * S && m.raw_ns == 27 * S + 6 * US + 50);
	assert_true(m.age_ns_min == S + 6 * US && m.repeat);
	for (int i = 28; i < 34; i++)
		at(i * S + 6 * US);
	assert_true(pps_edge_sample(&train, 133 * S, &m));
	assert_true(m.mid_ns == 100 * S && m.repeat);
	at(34 * S + 6 * US);
	assert_true(pps_edge_sample(&train, 134 * S, &m));
	assert_true(m.mid_ns == 100 * S - 6 * US && !m.repeat);
}

/* Without a fix they came 40 us before their seconds: none of them is ever the
 * least late one, and eight others are waited for. */
static void what_came_without_a_fix_is_not_told(void **state)
{
	struct sample m;

	(void)state;
	new_train(15 * US, 8);
	for (int i = 10; i < 26; i++)
		assert_int_equal(at_with(i * S - 40 * US, false),
				 i < 12 ? PPS_WAITING : PPS_GOOD);
	for (int i = 26; i < 33; i++) {
		assert_int_equal(at(i * S), PPS_GOOD);
		assert_false(pps_edge_sample(&train, (100 + i) * S, &m));
	}
	at(33 * S);
	assert_true(pps_edge_sample(&train, 133 * S, &m));
	assert_true(m.mid_ns == 100 * S);
}

/* The receiver was less sure of itself when it made the one that is told. */
static void each_pulse_has_the_accuracy_of_its_time(void **state)
{
	struct sample m;

	(void)state;
	new_train(15 * US, 8);
	accuracy_ns = 2000;
	at(10 * S);
	accuracy_ns = 50;
	for (int i = 11; i < 18; i++)
		at(i * S + 6 * US);
	assert_true(pps_edge_sample(&train, 117 * S, &m));
	assert_true(m.mid_ns == 100 * S);
	assert_int_equal(m.lo_ns[TERM_SERVER], 2000);
	pps_edge_leg(&train, 117 * S, &m);
	assert_int_equal(m.lo_ns[TERM_SERVER], 50);
}

static void jitter_is_told_without_the_rate(void **state)
{
	(void)state;
	new_train(-1, 16);
	assert_int_equal(pps_edge_jitter_ns(&train), -1);
	/* 30 ppm, and 1 us to and fro: sigma 1 us, the slope of it aside */
	for (int i = 0; i < 32; i++)
		at(10 * S + i * (S + 30 * US) + (i & 1 ? US : -US));
	assert_in_range(pps_edge_jitter_ns(&train), 990, 1000);
}

/* ---- trains of known latency ---- */

struct law {
	double rate_ppb;    /* of the time against raw */
	double latency_ns;  /* least */
	double jitter_ns;   /* and the mean of the rest */
	double latency_max; /* declared */
	double tail;	    /* probability of 50 to 200 us */
	int best_of;
};

static struct rng rng;

static double latency_of(const struct law *law)
{
	if (rng_uniform(&rng, 0, 1) < law->tail)
		return rng_uniform(&rng, 50e3, 200e3);
	return fmin(law->latency_ns + rng_exponential(&rng, law->jitter_ns),
		    law->latency_max);
}

/* x grows by a constant rate here: at either age of the sample's event it is
 * within the bounds. */
static bool holds(const struct sample *m, double x_ns, double rate_ppb)
{
	const bool open_hi = m->hi_ns[TERM_DELAY] == SAMPLE_NO_BOUND;
	double lo = (double)m->mid_ns, hi = lo, least, most, end;

	for (int t = 0; t < TERM_COUNT; t++) {
		lo -= (double)m->lo_ns[t];
		hi += open_hi ? 0 : (double)m->hi_ns[t];
	}
	least = x_ns - rate_ppb * (double)m->age_ns_max / 1e9;
	most = x_ns - rate_ppb * (double)m->age_ns_min / 1e9;
	if (least > most) {
		end = least;
		least = most;
		most = end;
	}
	return most >= lo && (open_hi || least <= hi);
}

static void run_law(const struct law *law, uint64_t seed)
{
	int given = 0;

	rng_seed(&rng, seed);
	new_train((int64_t)law->latency_max, law->best_of);
	accuracy_ns = 0;
	for (int64_t k = 1; k <= 400; k++) {
		/* TAI k s is at this raw instant */
		const double raw = (double)(k * S) / (1 + law->rate_ppb * 1e-9);
		const double stamp = raw + latency_of(law);
		struct sample m;

		if (rng_uniform(&rng, 0, 1) < 0.05)
			continue;
		if (at((int64_t)stamp) != PPS_GOOD)
			continue;
		pps_edge_leg(&train, k * S, &m);
		assert_true(holds(&m, ((double)m.raw_ns) * law->rate_ppb * 1e-9,
				  law->rate_ppb));
		if (!pps_edge_sample(&train, k * S, &m))
			continue;
		assert_true(holds(&m, ((double)m.raw_ns) * law->rate_ppb * 1e-9,
				  law->rate_ppb));
		given++;
	}
	assert_true(given > 100);
}

static void samples_hold_the_truth_whatever_the_latencies(void **state)
{
	static const struct law laws[] = {
		{12345, 3000, 1500, 15000, 0, 16},
		{-48000, 3000, 1500, 15000, 0, 16},
		{200, 100, 0, 100, 0, 1},
		{15000, 3000, 1500, 15000, 0.1, 16},
		{-15000, 15000, 0, 15000, 0.1, 32},
		{0, 0, 5000, 30000, 0.3, 16},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(laws) / sizeof(laws[0]); i++)
		for (uint64_t seed = 1; seed <= 20; seed++)
			run_law(&laws[i], seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_pulses_a_second_apart_are_a_train),
		cmocka_unit_test(the_same_pulse_again_is_old),
		cmocka_unit_test(missing_pulses_are_counted_and_harm_nothing),
		cmocka_unit_test(of_two_pulses_in_a_second_none_is_believed),
		cmocka_unit_test(noise_between_seconds_is_stray),
		cmocka_unit_test(pulses_that_moved_for_good_are_a_new_train),
		cmocka_unit_test(a_pulse_before_any_latency_is_early),
		cmocka_unit_test(a_late_pulse_is_one_of_the_train),
		cmocka_unit_test(a_number_that_goes_back_in_time_begins_anew),
		cmocka_unit_test(a_leg_bounds_from_below_only),
		cmocka_unit_test(a_declared_delay_moves_the_second),
		cmocka_unit_test(what_hardware_stamped_has_two_sides_at_once),
		cmocka_unit_test(
			the_far_side_waits_for_as_many_as_were_declared),
		cmocka_unit_test(the_least_late_of_the_last_is_told),
		cmocka_unit_test(what_came_without_a_fix_is_not_told),
		cmocka_unit_test(each_pulse_has_the_accuracy_of_its_time),
		cmocka_unit_test(jitter_is_told_without_the_rate),
		cmocka_unit_test(samples_hold_the_truth_whatever_the_latencies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
