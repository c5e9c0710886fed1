/* SPDX-License-Identifier: Apache-2.0 */
/* One source: its terms add up, contradictions begin anew, memory turns over,
 * an excursion re-opens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "timed/engine.h"
#include "timed/source.h"

#define S INT64_C(1000000000)

static const struct source_rules rules = {
	.axioms = {50000, 20, 200, -1, 1024 * S, -1},
	.seed_ppb_min = -50000,
	.seed_ppb_max = 50000};

static struct sample sample_at(int64_t raw_s, int64_t mid_ns, int64_t half_ns)
{
	struct sample m = {.raw_ns = raw_s * S,
			   .mid_ns = mid_ns,
			   .fresh_ns = 64 * S};

	m.lo_ns[TERM_DELAY] = m.hi_ns[TERM_DELAY] = half_ns;
	return m;
}

static struct source a_source(void)
{
	const struct source_info info = {.name = "s", .reachable = true};
	struct source s;

	source_init(&s, &info);
	return s;
}

static void it_is_unbounded_before_the_first_sample(void **state)
{
	const struct source s = a_source();
	const struct range r = source_range(&s, &rules.axioms, 0);

	(void)state;
	assert_false(range_is_bounded(&r));
	assert_false(source_is_fresh(&s, 0));
}

static void the_terms_add_up_each_side_for_itself(void **state)
{
	struct source s = a_source();
	struct sample m = {.raw_ns = S, .mid_ns = 1000, .fresh_ns = S};
	struct range r;

	(void)state;
	for (int t = 0; t < TERM_COUNT; t++) {
		m.lo_ns[t] = 100 * (t + 1);
		m.hi_ns[t] = 10 * (t + 1);
	}
	assert_int_equal(source_sample(&s, &rules, &m), SOURCE_AGREES);
	r = source_range(&s, &rules.axioms, S);
	/* 1000 - 1000 and 1000 + 100, 1 ns for the driver's rounding, 1 or 2
	 * outward. */
	assert_in_range(-r.lo_ns, 2, 4);
	assert_in_range(r.hi_ns - 1100, 2, 4);
}

static void a_contradiction_begins_anew_from_the_sample(void **state)
{
	struct source s = a_source();
	struct sample m = sample_at(1, 0, 1000);
	struct range r;

	(void)state;
	source_sample(&s, &rules, &m);
	m = sample_at(17, 5000000, 1000);
	assert_int_equal(source_sample(&s, &rules, &m), SOURCE_CONTRADICTS);
	r = source_range(&s, &rules.axioms, 17 * S);
	assert_true(r.lo_ns > 4990000 && r.hi_ns < 5010000);
	assert_int_equal(s.contradictions, 1);
	assert_true(s.contradicted_raw_ns == 17 * S);
}

static void a_false_sample_is_forgotten_after_one_memory(void **state)
{
	struct source s = a_source();
	const struct source_rules ocxo = {
		.axioms = {500, 0.001, 0.1, -1, 1024 * S, -1},
		.seed_ppb_min = -1,
		.seed_ppb_max = 1};
	struct range r;

	(void)state;
	/* The truth is 0; the third sample cuts it away. */
	for (int i = 0; i < 3; i++) {
		const struct sample m =
			sample_at(1 + 16 * i, i == 2 ? 15000 : 0, 10000);

		source_sample(&s, &ocxo, &m);
	}
	r = source_range(&s, &ocxo.axioms, 33 * S);
	assert_true(r.lo_ns > 0);
	for (int i = 3; i < 100; i++) {
		const struct sample m = sample_at(1 + 16 * i, 0, 10000);

		source_sample(&s, &ocxo, &m);
	}
	r = source_range(&s, &ocxo.axioms, (1 + 16 * 99) * S);
	assert_true(r.lo_ns < 0 && r.hi_ns > 0);
	assert_true(s.elder.start_raw_ns > 33 * S);
}

static void with_rare_polls_memory_waits_for_four_samples(void **state)
{
	struct source s = a_source();

	(void)state;
	for (int i = 0; i < 6; i++) {
		const struct sample m = sample_at(1 + 1024 * i, 0, 10000000);

		source_sample(&s, &rules, &m);
		assert_true(s.elder.samples >= (i < 4 ? i + 1 : 4));
	}
}

static void a_repeat_cuts_but_does_not_count(void **state)
{
	struct source s = a_source();
	struct sample m = sample_at(1, 0, 1000);
	struct range r;

	(void)state;
	source_sample(&s, &rules, &m);
	m = sample_at(2, 0, 500);
	m.repeat = true;
	source_sample(&s, &rules, &m);
	r = source_range(&s, &rules.axioms, 2 * S);
	assert_true(r.hi_ns - r.lo_ns < 1010);
	assert_int_equal(s.samples, 1);
}

static void freshness_ends(void **state)
{
	struct source s = a_source();
	const struct sample m = sample_at(1, 0, 1000);

	(void)state;
	source_sample(&s, &rules, &m);
	assert_true(source_is_fresh(&s, 64 * S));
	assert_false(source_is_fresh(&s, 65 * S));
	s.info.reachable = false;
	assert_false(source_is_fresh(&s, 2 * S));
}

static void a_rate_beyond_chance_reopens_to_A1(void **state)
{
	struct source s = a_source();
	enum source_result result = SOURCE_AGREES;
	double lo, hi;
	int i;

	(void)state;
	/* 40 quiet samples, then the rate jumps by 10 ppm: 160 us a poll, each
	 * sample 300 us wide. +-1 us of scatter keeps sigma honest. */
	for (i = 0; i < 60 && result == SOURCE_AGREES; i++) {
		const struct sample m = sample_at(
			1 + 16 * i,
			(i % 2 ? 1000 : -1000) +
				(i > 40 ? (i - 40) * 160000 : 0),
			300000);

		result = source_sample(&s, &rules, &m);
	}
	assert_int_equal(result, SOURCE_ASTRAY);
	assert_in_range(i, 42, 46);
	belief_rate(&s.elder, &rules.axioms, s.elder.raw_ns, &lo, &hi);
	assert_true(lo == -50000 && hi == 50000);
	assert_int_equal(s.excursions, 1);
}

/* 3 ms one way, then the other way, then none: each sample says so by its
 * width, and together they look like rates of 100 ppm and more. */
static void an_asymmetry_that_changes_is_no_excursion(void **state)
{
	static const int64_t way_ns[] = {0, 3000000, 0, -3000000, 3000000, 0};
	struct source s = a_source();

	(void)state;
	for (int i = 0; i < 240; i++) {
		const int64_t late_ns = way_ns[i / 40];
		const struct sample m = sample_at(
			1 + i, late_ns / 2 + (i % 2 ? 100 : -100),
			20000 + llabs(late_ns) / 2);

		assert_int_equal(source_sample(&s, &rules, &m), SOURCE_AGREES);
	}
	assert_int_equal(s.excursions, 0);
}

static struct sample leg_at(int64_t raw_s, int64_t mid_ns, bool forward)
{
	struct sample m = sample_at(raw_s, mid_ns, 0);

	*(forward ? &m.hi_ns[TERM_DELAY] : &m.lo_ns[TERM_DELAY]) =
		SAMPLE_NO_BOUND;
	return m;
}

static void nothing_begins_with_one_leg(void **state)
{
	struct source s = a_source();
	const struct sample m = leg_at(1, 0, true);
	struct range r;

	(void)state;
	assert_int_equal(source_sample(&s, &rules, &m), SOURCE_AGREES);
	r = source_range(&s, &rules.axioms, S);
	assert_false(range_is_bounded(&r));
	assert_false(source_is_fresh(&s, S));
	assert_int_equal(s.estimate.count, 0);
}

static void a_leg_cuts_its_own_side_and_moves_no_estimate(void **state)
{
	struct source s = a_source();
	struct sample m = sample_at(1, 0, 1000);
	struct range r;

	(void)state;
	source_sample(&s, &rules, &m);
	m = leg_at(1, -200, true);
	assert_int_equal(source_sample(&s, &rules, &m), SOURCE_AGREES);
	m = leg_at(1, 300, false);
	assert_int_equal(source_sample(&s, &rules, &m), SOURCE_AGREES);
	r = source_range(&s, &rules.axioms, S);
	/* -200 and 300, 1 ns for the driver's rounding, 1 or 2 outward */
	assert_in_range(-r.lo_ns, 202, 204);
	assert_in_range(r.hi_ns, 302, 304);
	assert_int_equal(s.estimate.count, 1);
	assert_int_equal(s.samples, 3);
	/* what is shown of a side is what that side said last */
	assert_int_equal(s.last.lo_ns[TERM_DELAY], 0);
	assert_int_equal(s.last.hi_ns[TERM_DELAY], 0);
	assert_true(s.last.mid_ns == 0);
}

/* A pulse whose latency nobody declares, among messages that come late. */
static void a_leg_that_is_likely_is_the_estimate(void **state)
{
	struct source s = a_source();

	(void)state;
	for (int i = 1; i < 40; i++) {
		struct sample m = leg_at(10 * i, 0, true);

		m.likely_ns = 5000;
		if (i > 5)
			source_sample(&s, &rules, &m);
		m = sample_at(10 * i + 1, 400 * S / 1000, S / 2);
		source_sample(&s, &rules, &m);
	}
	assert_int_equal(s.contradictions, 0);
	assert_int_equal(s.excursions, 0);
	assert_true(llabs(estimate_x_ns(&s.estimate, 392 * S)) < 1000);
}

/* What is shown of a side is what made its edge. */
static void a_sample_that_says_less_than_was_known_leaves_the_terms(
	void **state)
{
	struct source s = a_source();
	struct sample m = sample_at(1, 0, 1000);

	(void)state;
	source_sample(&s, &rules, &m);
	m = sample_at(2, 400 * S / 1000, S / 2);
	source_sample(&s, &rules, &m);
	assert_int_equal(s.last.lo_ns[TERM_DELAY], 1000);
	assert_int_equal(s.last.hi_ns[TERM_DELAY], 1000);
	/* only its lower edge, -100, is inside of what was known */
	m = sample_at(2, S, S + 100);
	source_sample(&s, &rules, &m);
	assert_int_equal(s.last.lo_ns[TERM_DELAY], S + 100);
	assert_int_equal(s.last.hi_ns[TERM_DELAY], 1000);
}

static void after_a_leg_that_contradicts_a_whole_sample_begins(void **state)
{
	struct source s = a_source();
	struct sample m = sample_at(1, 0, 1000);
	struct range r;

	(void)state;
	source_sample(&s, &rules, &m);
	m = leg_at(2, 5000000, true);
	assert_int_equal(source_sample(&s, &rules, &m), SOURCE_CONTRADICTS);
	r = source_range(&s, &rules.axioms, 2 * S);
	assert_false(range_is_bounded(&r));
	m = sample_at(3, 5000000, 1000);
	assert_int_equal(source_sample(&s, &rules, &m), SOURCE_AGREES);
	r = source_range(&s, &rules.axioms, 3 * S);
	assert_true(r.lo_ns > 4990000 && r.hi_ns < 5010000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_unbounded_before_the_first_sample),
		cmocka_unit_test(the_terms_add_up_each_side_for_itself),
		cmocka_unit_test(a_contradiction_begins_anew_from_the_sample),
		cmocka_unit_test(a_false_sample_is_forgotten_after_one_memory),
		cmocka_unit_test(
			with_rare_polls_memory_waits_for_four_samples),
		cmocka_unit_test(a_repeat_cuts_but_does_not_count),
		cmocka_unit_test(freshness_ends),
		cmocka_unit_test(a_rate_beyond_chance_reopens_to_A1),
		cmocka_unit_test(an_asymmetry_that_changes_is_no_excursion),
		cmocka_unit_test(nothing_begins_with_one_leg),
		cmocka_unit_test(
			a_leg_cuts_its_own_side_and_moves_no_estimate),
		cmocka_unit_test(a_leg_that_is_likely_is_the_estimate),
		cmocka_unit_test(
			a_sample_that_says_less_than_was_known_leaves_the_terms),
		cmocka_unit_test(
			after_a_leg_that_contradicts_a_whole_sample_begins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
