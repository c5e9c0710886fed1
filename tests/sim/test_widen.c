/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Axiom A2 widened by what was measured: an oscillator beyond its preset is
 * proved to be so, and from then on no read misses; one within its preset never
 * is, whatever its sources' noise, asymmetry and lies within the axioms.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "sim/scenario_laws.h"
#include "sim/scenarios.h"
#include "timed/widen.h"
#include "tt/tt.h"

#define SEEDS 20

static struct widening widening_of(const struct run *r)
{
	struct widening w;

	engine_widening(run_engine(r), &w);
	return w;
}

/* ---- beyond ---- */

#define BEYOND(w, j)                                                          \
	{                                                                     \
		.axioms = {50000, (w), (j), -1, MEMORY_NS, -1}, SLOW_BANG,    \
		FAST_LONG, .start_ppb = 5000                                  \
	}
#define BROKEN                                                                \
	COMMON, .axioms = SERVER, .breaks = "A2", .broken_from_s = 0,         \
		.broken_to_s = EVER

static const struct scenario beyond[] = {
	{.name = "W x 5, a near server", BROKEN, .oscillator = BEYOND(100, 200),
	 FEEDS({NTP, NEAR, CLOSE, RULED(5000), .poll_s = 16})},
	{.name = "W x 5, a cable", BROKEN, .oscillator = BEYOND(100, 200),
	 FEEDS({ON_CABLE})},
	{.name = "W x 10, a LAN", BROKEN, .oscillator = BEYOND(200, 200),
	 FEEDS({NTP, LAN, REAL, RULED(5000), .poll_s = 16})},
	{.name = "W x 10, three servers", BROKEN,
	 .oscillator = BEYOND(200, 200), FEEDS(LAN3)},
	{.name = "J x 10, a PHC", BROKEN, .oscillator = BEYOND(2, 2000),
	 FEEDS({.kind = FEED_DIRECT, .class = SOURCE_PHC, .poll_s = 1,
		.stamp = {100, PLACE_RANDOM}})},
	{.name = "J x 10, a near server", BROKEN,
	 .oscillator = BEYOND(2, 2000),
	 FEEDS({NTP, NEAR, CLOSE, RULED(5000), .poll_s = 16})},
};

/* What was missed since the first widening. */
static uint64_t missed_since(const struct scenario *sc, uint64_t seed)
{
	struct outcome at_first = {.reads = 0}, o;
	struct widening w = {.is_on = false}, first = w;
	struct run *r;

	assert_int_equal(run_new(sc, seed, 0, NULL, &r), 0);
	while (run_raw_ns(r) < 2 * 3600 * SECOND_NS) {
		assert_int_equal(run_tick(r), 0);
		w = widening_of(r);
		if (!w.is_on || first.is_on)
			continue;
		first = w;
		run_outcome(r, &at_first);
	}
	run_outcome(r, &o);
	print_message("%s, seed %d: after %.0f s to %.3g ppb/s, %.3g ppb; "
		      "%d in all, to %.3g, %.3g; %d missed before, %d since\n",
		      sc->name, (int)seed,
		      (double)first.since_raw_ns / 1e9, first.wander_ppb_s,
		      first.jitter_ppb, (int)o.counters.widenings,
		      w.wander_ppb_s, w.jitter_ppb, (int)at_first.excused,
		      (int)(o.excused - at_first.excused));
	assert_true(w.is_on);
	run_free(r);
	return o.excused - at_first.excused;
}

static void beyond_its_preset_it_is_proved_and_then_contained(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++)
		for (uint64_t seed = 1; seed <= SEEDS; seed++)
			assert_int_equal(missed_since(&beyond[i], seed), 0);
}

/* ---- within ---- */

/* Each with its hours a seed: oscillators in their presets and at their limits;
 * noise, asymmetry, lies that A3 allows, clocks of every kind. */
struct quiet {
	const char *name;
	double hours;
};

static const struct quiet oscillators[] = {
	{"vm", 6},   {"server", 6},    {"steady", 1},
	{"tcxo", 6}, {"ocxo", 6},      {"jumps within J", 4.5},
	{"age", 0.5}, {"adversary", 2}};

static const struct quiet sources[] = {
	{"incast", 1}, {"route", 5},	      {"asymmetry declared", 1},
	{"ptp", 1},    {"ptp window", 1},     {"phc", 1},
	{"servo", 1},  {"pps", 1},	      {"liars in turn", 3},
	{"storm", 3},  {"storm, all classes", 2}, {"a site lies", 2}};

static void never_widened(const struct quiet *list, size_t n)
{
	struct outcome o;

	for (size_t i = 0; i < n; i++)
		for (uint64_t seed = 1; seed <= SEEDS; seed++) {
			assert_int_equal(
				run_scenario(scenario_find(list[i].name), seed,
					     list[i].hours, 0, NULL, &o),
				0);
			if (o.counters.widenings > 0)
				fail_msg("%s, seed %d", list[i].name,
					 (int)seed);
			assert_int_equal(o.misses, 0);
		}
}

static void within_its_preset_it_never_is(void **state)
{
	(void)state;
	never_widened(oscillators,
		      sizeof(oscillators) / sizeof(oscillators[0]));
}

static void errors_of_sources_widen_nothing(void **state)
{
	(void)state;
	never_widened(sources, sizeof(sources) / sizeof(sources[0]));
}

/* One jump is an accident, which the audit counts as one: only what happens
 * again is the oscillator's nature. */
static void one_jump_widens_nothing(void **state)
{
	struct scenario sc = *scenario_find("rate jump");
	struct outcome o;

	(void)state;
	sc.fault[0].value = 30000;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		assert_int_equal(run_scenario(&sc, seed, 4, 0, NULL, &o), 0);
		assert_true(o.counters.bound_violations > 0);
		assert_int_equal(o.counters.widenings, 0);
	}
	/* An hour later, and back. */
	sc.fault[1] = sc.fault[0];
	sc.fault[1].from_s += 3600;
	sc.fault[1].value = -sc.fault[1].value;
	sc.fault_count = 2;
	sc.broken_to_s = EVER;
	assert_int_equal(run_scenario(&sc, 1, 4, 0, NULL, &o), 0);
	assert_true(o.counters.widenings > 0);
}

/* A lone liar among three cannot make it so, however its rate runs; a lone
 * server can: nobody contradicts it. */
static void a_liar_widens_nothing(void **state)
{
	static const struct scenario liar = {
		.name = "liar", COMMON, .axioms = SERVER,
		.oscillator = WALK(SERVER), FEEDS(LAN3),
		FAULTS({FAULT_RAMP, 3600, 4600, 0, 20000},
		       {FAULT_RAMP, 6000, 7000, 0, -20000},
		       {FAULT_RAMP, 9000, 9900, 0, 40000})};
	struct scenario lone = liar;
	struct outcome o;

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		assert_int_equal(run_scenario(&liar, seed, 3, 0, NULL, &o), 0);
		assert_int_equal(o.counters.widenings, 0);
		assert_int_equal(o.misses, 0);
	}
	lone.feed_count = 1;
	lone.breaks = "A3";
	lone.broken_to_s = EVER;
	assert_int_equal(run_scenario(&lone, 1, 3, 0, NULL, &o), 0);
	assert_true(o.counters.widenings > 0);
}

/* ---- how long ---- */

/* A restless hour; then, within the preset, for more than a week. */
static void it_is_given_back_after_a_week(void **state)
{
	struct scenario sc = beyond[0];
	struct widening w;
	struct run *r;

	(void)state;
	sc.void_after_ns = 60 * SECOND_NS;
	sc.fault_count = 1;
	sc.fault[0] = (struct fault){FAULT_SILENCE, 3600, EVER, 0, 0};
	assert_int_equal(run_new(&sc, 1, 0, NULL, &r), 0);
	while (run_raw_ns(r) < 3600 * SECOND_NS)
		assert_int_equal(run_tick(r), 0);
	w = widening_of(r);
	assert_true(w.is_on);
	while (run_raw_ns(r) < w.last_raw_ns + WIDEN_HOLD_NS - SECOND_NS)
		assert_int_equal(run_tick(r), 0);
	assert_true(widening_of(r).is_on);
	assert_true(widening_of(r).wander_ppb_s >= w.wander_ppb_s);
	while (run_raw_ns(r) < w.last_raw_ns + WIDEN_HOLD_NS + SECOND_NS)
		assert_int_equal(run_tick(r), 0);
	assert_false(widening_of(r).is_on);
	run_free(r);
}

/* With a pattern, those of its tests alone. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			beyond_its_preset_it_is_proved_and_then_contained),
		cmocka_unit_test(within_its_preset_it_never_is),
		cmocka_unit_test(errors_of_sources_widen_nothing),
		cmocka_unit_test(one_jump_widens_nothing),
		cmocka_unit_test(a_liar_widens_nothing),
		cmocka_unit_test(it_is_given_back_after_a_week),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
