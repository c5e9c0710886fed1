/* SPDX-License-Identifier: Apache-2.0 */
/* Intake and audit: what is refused, restarts, the table of sources. */
#include "libtt/eval.h"
#include "tests/unit/timed/engine_fixture.h"
#include "timed/bound.h"

static void it_starts_unsynchronized_and_bounds_at_a_sample(void **state)
{
	struct engine *e = new_engine();
	const struct sample m = sample_at(2 * S, 0);
	const struct engine_view *v = viewed(e, S);
	int s;

	(void)state;
	assert_int_equal(v->slot.state, ENGINE_UNSYNCHRONIZED);
	assert_false(engine_is_dirty(e));
	s = add_source(e, "a", SCALE_UTC);
	engine_sample(e, s, &m);
	assert_true(engine_is_dirty(e));
	v = viewed(e, 2 * S);
	assert_int_equal(v->slot.state, ENGINE_SYNCHRONIZED);
	/* raw 2 s, mid = UTC - raw, 37 s to TAI, +-1000 ns and rounding. */
	assert_in_range(UNIX_NS + 39 * S - 1000 - v->slot.tai_lo_ns, 1, 6);
	assert_in_range(v->slot.tai_hi_ns - UNIX_NS - 39 * S - 1000, 1, 6);
	assert_true(v->slot.utc_offset_ns == 37 * S);
	assert_int_equal(v->source[0].verdict, VERDICT_USED);
	assert_true(v->lo_source == 0 && v->hi_source == 0);
	engine_free(e);
}

static void impossible_samples_are_refused_and_counted(void **state)
{
	struct engine *e = new_engine();
	const int s = add_source(e, "a", SCALE_UTC);
	struct sample m[14];
	const int n = sizeof(m) / sizeof(m[0]);

	(void)state;
	for (int i = 0; i < n; i++)
		m[i] = sample_at(2 * S, 0);
	m[0].raw_ns = -1;
	m[1].mid_ns = INT64_MAX;
	m[2].lo_ns[TERM_STAMP] = -1;
	m[3].hi_ns[TERM_STAMP] = INT64_MAX;
	m[4].age_ns_min = -1;
	m[5].age_ns_max = -1;
	m[6].age_ns_max = INT64_MAX;
	m[7].ruler_ppb_min = NAN;
	m[8].ruler_ppb_max = INFINITY;
	m[9].ruler_ppb_min = 1;
	m[10].fresh_ns = -1;
	m[11].mid_ns = INT64_MIN;
	m[12].lo_ns[TERM_MAPPING] = SAMPLE_NO_BOUND;
	m[13].lo_ns[TERM_DELAY] = m[13].hi_ns[TERM_DELAY] = SAMPLE_NO_BOUND;
	for (int i = 0; i < n; i++)
		engine_sample(e, s, &m[i]);
	m[0] = sample_at(2 * S, 0);
	engine_sample(e, -1, &m[0]);
	engine_sample(e, 7, &m[0]);
	viewed(e, 2 * S);
	assert_int_equal(view.counters.samples_refused, n + 2);
	assert_int_equal(view.source[s].refused, n);
	assert_int_equal(view.counters.samples, 0);
	assert_int_equal(view.slot.state, ENGINE_UNSYNCHRONIZED);
	engine_free(e);
}

static void only_samples_of_two_sides_end_a_hull(void **state)
{
	struct engine *e = new_engine();
	const int s = add_source(e, "a", SCALE_TAI);
	struct sample m = sample_at(2 * S, 0);

	(void)state;
	engine_sample(e, s, &m);
	viewed(e, 2 * S);
	m = sample_at(3 * S, 10 * S);
	engine_sample(e, s, &m);
	viewed(e, 3 * S);
	assert_int_equal(view.slot.state, ENGINE_DISPUTED);
	m.hi_ns[TERM_DELAY] = SAMPLE_NO_BOUND;
	for (int i = 0; i < 8; i++)
		engine_sample(e, s, &m);
	viewed(e, 3 * S);
	assert_int_equal(view.slot.state, ENGINE_DISPUTED);
	m.hi_ns[TERM_DELAY] = 1000;
	for (int i = 0; i < 8; i++)
		engine_sample(e, s, &m);
	viewed(e, 3 * S);
	assert_int_equal(view.slot.state, ENGINE_SYNCHRONIZED);
	engine_free(e);
}

static void the_table_of_sources_is_bounded(void **state)
{
	struct engine *e = new_engine();
	char name[16];

	(void)state;
	for (int i = 0; i < ENGINE_SOURCES_MAX; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		assert_int_equal(add_source(e, name, SCALE_UTC), i);
	}
	assert_int_equal(add_source(e, "one more", SCALE_UTC), -ENOSPC);
	assert_int_equal(add_source(e, "s7", SCALE_UTC), 7);
	engine_gone(e, 7);
	assert_int_equal(add_source(e, "one more", SCALE_UTC), 7);
	engine_free(e);
}

static void a_restart_goes_on_from_the_segment(void **state)
{
	struct engine *e = new_engine();
	const int s = add_source(e, "a", SCALE_UTC);
	const struct sample m = sample_at(2 * S, 0);
	struct segment_slot before, after;

	(void)state;
	engine_sample(e, s, &m);
	engine_publish(e, 2 * S, &before);
	engine_free(e);
	e = new_engine();
	engine_resume(e, &before, 12 * S);
	engine_publish(e, 12 * S, &after);
	assert_int_equal(after.state, ENGINE_HOLDOVER);
	assert_int_equal(after.epoch, before.epoch);
	/* 9 s of A1 past the horizon. */
	assert_true(after.tai_lo_ns < before.tai_lo_ns + 10 * S - 450000);
	assert_true(after.tai_lo_ns > before.tai_lo_ns + 10 * S - 510000);
	assert_int_equal(after.void_raw_ns, before.void_raw_ns);
	engine_free(e);
	/* Not from another leap table. */
	e = new_engine();
	before.utc_offset_ns -= S;
	engine_resume(e, &before, 12 * S);
	engine_publish(e, 12 * S, &after);
	assert_int_equal(after.state, ENGINE_UNSYNCHRONIZED);
	engine_free(e);
}

/* Where a seed proves that the counter is the same, the page's slopes bound the
 * rate: from its half-width of 1000 ns, the lower slope -310 ppb, both aged. */
static void a_restart_with_a_seed_goes_on_by_a2(void **state)
{
	struct segment_slot before = {.counter = 0}, after;
	struct engine *e = new_engine();
	const int s = add_source(e, "a", SCALE_UTC);
	struct sample m = sample_at(2 * S, 0);
	double lo, hi;

	(void)state;
	engine_seed_rate(e, S, -80, 80);
	engine_sample(e, s, &m);
	engine_publish(e, 2 * S, &before);
	engine_free(e);
	e = new_engine();
	engine_seed_rate(e, S, -80, 80);
	engine_resume(e, &before, 12 * S);
	engine_publish(e, 12 * S, &after);
	assert_int_equal(after.state, ENGINE_HOLDOVER);
	assert_int_equal(after.epoch, before.epoch);
	/* 100 + 200 + 10 by the slope, 200 of J, over 10 s; 20 x 100 / 2. */
	assert_in_range(before.tai_lo_ns + 10 * S - after.tai_lo_ns, 6100,
			6110);
	assert_in_range(after.tai_hi_ns - before.tai_hi_ns - 10 * S, 6100,
			6110);
	assert_int_equal(after.void_raw_ns, 3612 * S);
	assert_true(engine_rate(e, &lo, &hi));
	assert_true(fabs(lo + 510) < 0.1 && fabs(hi - 510) < 0.1);
	/* It lives on what is known, and may be restarted again. */
	engine_publish(e, 3000 * S, &after);
	engine_publish(e, 6000 * S, &after);
	assert_int_equal(after.state, ENGINE_HOLDOVER);
	engine_free(e);
}

/* A page that allows for a map's error is taken on without it: the next one is
 * not mapped. */
static void a_mapped_page_is_resumed_in_raw_time(void **state)
{
	struct segment_slot before, after;
	struct engine *e = new_engine();
	const int s = add_source(e, "a", SCALE_UTC);
	const struct sample m = sample_at(2 * S, 0);

	(void)state;
	engine_sample(e, s, &m);
	engine_publish(e, 2 * S, &before);
	engine_free(e);
	before.counter = SEGMENT_COUNTER_TSC;
	before.tsc_err_ns = 64;
	e = new_engine();
	engine_resume(e, &before, 2 * S + 1);
	engine_publish(e, 2 * S + 1, &after);
	assert_int_equal(after.counter, SEGMENT_COUNTER_RAW);
	assert_in_range(after.tai_lo_ns - before.tai_lo_ns, 64, 65);
	engine_free(e);
}

/* Guards against a restart after a long silence that goes back, within the epoch,
 * by what the map may have run off by since its horizon: 590 ns in a minute. */
static void a_mapped_page_that_ran_off_is_resumed_no_further_left(void **state)
{
	const int64_t raw_ns = 62 * S, horizon_end_ns = 3 * S;
	struct segment_slot before, after;
	struct engine *e = new_engine();
	const int s = add_source(e, "a", SCALE_UTC);
	const struct sample m = sample_at(2 * S, 0);
	int64_t lo_ns, hi_ns;

	(void)state;
	engine_sample(e, s, &m);
	engine_publish(e, 2 * S, &before);
	engine_free(e);
	before.counter = SEGMENT_COUNTER_TSC;
	before.tsc_err_ns = 64;
	before.drift += bound_slope_ceil(BOUND_MAP_PPB);
	assert_int_equal(before.anchor_raw_ns + before.horizon_ns,
			 horizon_end_ns);
	/* Its last reader, as late as can be. */
	assert_int_equal(eval_tai(&before,
				  raw_ns + 64 + (raw_ns - horizon_end_ns) /
							100000000,
				  &lo_ns, &hi_ns), 0);
	e = new_engine();
	engine_resume(e, &before, raw_ns);
	engine_publish(e, raw_ns, &after);
	assert_int_equal(after.epoch, before.epoch);
	assert_int_equal(after.counter, SEGMENT_COUNTER_RAW);
	assert_true(after.tai_lo_ns >= lo_ns);
	assert_true(after.tai_lo_ns <= lo_ns + 4);
	engine_free(e);
}

/* The last source is gone: what it proved of the rate is not. */
static void a_source_that_is_gone_leaves_its_rate(void **state)
{
	struct segment_slot before, after;
	struct engine *e = new_engine();
	const int s = add_source(e, "a", SCALE_UTC);
	const struct sample m = sample_at(2 * S, 0);

	(void)state;
	engine_seed_rate(e, S, -80, 80);
	engine_sample(e, s, &m);
	engine_publish(e, 2 * S, &before);
	engine_gone(e, s);
	engine_publish(e, 12 * S, &after);
	assert_int_equal(after.state, ENGINE_HOLDOVER);
	assert_in_range(before.tai_lo_ns + 10 * S - after.tai_lo_ns, 6100,
			6110);
	/* A disruption takes that as well. */
	engine_disrupted(e, 13 * S, "migrated");
	engine_publish(e, 13 * S, &after);
	assert_int_equal(after.state, ENGINE_UNSYNCHRONIZED);
	engine_free(e);
}

static void a_seeded_rate_narrows_the_first_seconds(void **state)
{
	struct engine *e = new_engine();
	const int s = add_source(e, "a", SCALE_UTC);
	const struct sample m = sample_at(2 * S, 0);
	double lo, hi;

	(void)state;
	engine_seed_rate(e, S, 900, 1100);
	engine_sample(e, s, &m);
	viewed(e, 3 * S);
	assert_true(engine_rate(e, &lo, &hi));
	/* Aged by 20 ppb/s for 1 s, then 1 s more. */
	assert_true(fabs(lo - 860) < 0.1 && fabs(hi - 1140) < 0.1);
	engine_free(e);
}

/* An earlier boot's rate is the best estimate's at the start; the edges are as
 * without. */
static void an_expected_rate_bounds_nothing(void **state)
{
	struct segment_slot plain, expecting;

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct engine *e = new_engine();
		const int s = add_source(e, "a", SCALE_UTC);
		const struct sample m = sample_at(2 * S, 0);

		if (i)
			engine_expect_rate(e, 4000, 5000);
		engine_sample(e, s, &m);
		engine_publish(e, 3 * S, i ? &expecting : &plain);
		engine_free(e);
	}
	assert_true(plain.best_slope < 2 && expecting.best_slope >
		    INT64_C(4390000)); /* 4000 ppb of 2^40, less one */
	assert_true(plain.tai_lo_ns == expecting.tai_lo_ns &&
		    plain.tai_hi_ns == expecting.tai_hi_ns &&
		    plain.lo_slope == expecting.lo_slope &&
		    plain.hi_slope == expecting.hi_slope);
}

/* As an earlier life in this boot had it, until the operator has it back. */
static void a_widening_is_taken_on_and_given_back(void **state)
{
	const struct widening kept = {.is_on = true,
				      .wander_ppb_s = 70,
				      .jitter_ppb = 150,
				      .last_raw_ns = S};
	const struct widening less = {.is_on = true, .wander_ppb_s = 10};
	struct engine *e = new_engine();
	const int s = add_source(e, "a", SCALE_UTC);
	const struct sample m = sample_at(2 * S, 0);
	struct widening w;
	double lo, hi;

	(void)state;
	/* What is configured is more already. */
	engine_widen(e, &less);
	engine_widening(e, &w);
	assert_false(w.is_on);
	assert_false(engine_give_back(e, "reload"));
	engine_widen(e, &kept);
	engine_widening(e, &w);
	assert_true(w.is_on && w.wander_ppb_s == 70 && w.jitter_ppb == 200);
	assert_true(engine_axioms(e)->wander_ppb_s == 70);
	engine_seed_rate(e, S, 900, 1100);
	engine_sample(e, s, &m);
	viewed(e, 3 * S);
	assert_true(engine_rate(e, &lo, &hi));
	/* Aged by 70 ppb/s for 2 s. */
	assert_true(fabs(lo - 760) < 0.1 && fabs(hi - 1240) < 0.1);
	assert_int_equal(events[EVENT_AXIOMS], 0);
	assert_true(engine_give_back(e, "reload"));
	assert_int_equal(events[EVENT_AXIOMS], 1);
	assert_non_null(strstr(last_event, "as configured again: wander 20"));
	assert_true(engine_axioms(e)->wander_ppb_s == 20);
	engine_widening(e, &w);
	assert_false(w.is_on);
	viewed(e, 4 * S);
	assert_true(engine_rate(e, &lo, &hi));
	assert_true(fabs(lo - 790) < 0.1 && fabs(hi - 1210) < 0.1);
	engine_free(e);
}

static void a_disruption_forgets_everything(void **state)
{
	struct engine *e = new_engine();
	const int s = add_source(e, "a", SCALE_UTC);
	const struct sample m = sample_at(2 * S, 0);
	uint64_t epoch;

	(void)state;
	engine_sample(e, s, &m);
	epoch = viewed(e, 2 * S)->slot.epoch;
	engine_disrupted(e, S, "migrated");
	viewed(e, S + 1);
	assert_int_equal(view.slot.state, ENGINE_UNSYNCHRONIZED);
	engine_sample(e, s, &m);
	viewed(e, 3 * S);
	assert_int_equal(view.slot.epoch, epoch + 1);
	assert_string_equal(view.epoch_reason, "migrated");
	engine_free(e);
}

/* Guards: what was measured before a disruption and is told after it (an
 * exchange under way, a measurement mapped better) is of another counter. */
static void what_was_measured_before_a_disruption_is_refused(void **state)
{
	struct engine *e = new_engine();
	const int s = add_source(e, "a", SCALE_UTC);
	struct sample m = sample_at(11 * S, 0);

	(void)state;
	engine_disrupted(e, 10 * S, "migrated");
	m.age_ns_max = 2 * S;
	engine_sample(e, s, &m);
	viewed(e, 11 * S);
	assert_int_equal(view.counters.samples_refused, 1);
	assert_int_equal(view.slot.state, ENGINE_UNSYNCHRONIZED);
	m = sample_at(12 * S, 0);
	engine_sample(e, s, &m);
	viewed(e, 12 * S);
	assert_int_equal(view.slot.state, ENGINE_SYNCHRONIZED);
	engine_free(e);
}

static void a_lone_source_that_contradicts_itself_is_told(void **state)
{
	struct engine *e = new_engine();
	const int s = add_source(e, "a", SCALE_UTC);
	struct sample m = sample_at(2 * S, 0);

	(void)state;
	engine_sample(e, s, &m);
	viewed(e, 2 * S);
	m = sample_at(18 * S, 5000000);
	engine_sample(e, s, &m);
	viewed(e, 18 * S);
	assert_int_equal(view.counters.contradictions, 1);
	assert_int_equal(view.counters.bound_violations, 1);
	assert_int_equal(view.slot.state, ENGINE_DISPUTED);
	assert_int_equal(events[EVENT_CONTRADICTION], 1);
	assert_int_equal(events[EVENT_VIOLATION], 1);
	engine_free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			it_starts_unsynchronized_and_bounds_at_a_sample),
		cmocka_unit_test(impossible_samples_are_refused_and_counted),
		cmocka_unit_test(only_samples_of_two_sides_end_a_hull),
		cmocka_unit_test(the_table_of_sources_is_bounded),
		cmocka_unit_test(a_restart_goes_on_from_the_segment),
		cmocka_unit_test(a_restart_with_a_seed_goes_on_by_a2),
		cmocka_unit_test(a_mapped_page_is_resumed_in_raw_time),
		cmocka_unit_test(
			a_mapped_page_that_ran_off_is_resumed_no_further_left),
		cmocka_unit_test(a_source_that_is_gone_leaves_its_rate),
		cmocka_unit_test(a_seeded_rate_narrows_the_first_seconds),
		cmocka_unit_test(an_expected_rate_bounds_nothing),
		cmocka_unit_test(a_widening_is_taken_on_and_given_back),
		cmocka_unit_test(a_disruption_forgets_everything),
		cmocka_unit_test(
			what_was_measured_before_a_disruption_is_refused),
		cmocka_unit_test(a_lone_source_that_contradicts_itself_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
