/* SPDX-License-Identifier: Apache-2.0 */
/* Intake and audit: what is refused, scales, restarts, the table of sources. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "timed/engine.h"
#include "timed/widen.h"

#define S INT64_C(1000000000)
/* 2026-11-22 00:00:00 UTC. */
#define UNIX_NS (INT64_C(1795305600) * S)

static struct leap_table leap;
static struct engine_view view;
static char last_event[256];
static int events[8];

static void note(void *arg, enum engine_event event, const char *text)
{
	(void)arg;
	events[event]++;
	snprintf(last_event, sizeof(last_event), "%s", text);
}

static struct engine *new_engine(void)
{
	const struct engine_options opt = {
		.axioms = {50000, 20, 200, -1, 1024 * S, -1},
		.horizon_ns = S,
		.void_after_ns = 3600 * S,
		.smear = true};
	const struct engine_sink sink = {note, NULL};
	struct engine *e;

	/* 2015-07-01 and 2017-01-01. */
	leap.count = 2;
	leap.entry[0] = (struct leap_entry){INT64_C(1435708800), 36};
	leap.entry[1] = (struct leap_entry){INT64_C(1483228800), 37};
	leap.expires_unix_s = INT64_C(4102444800);
	memset(events, 0, sizeof(events));
	assert_int_equal(engine_new(&opt, &leap, S, &sink, &e), 0);
	return e;
}

static int add_source(struct engine *e, const char *name,
		      enum source_scale scale)
{
	struct source_info info = {.class = SOURCE_NTP,
				   .scale = scale,
				   .reachable = true};

	snprintf(info.name, sizeof(info.name), "%s", name);
	return engine_source(e, &info);
}

static struct sample sample_at(int64_t raw_ns, int64_t offset_ns)
{
	struct sample m = {.raw_ns = raw_ns,
			   .mid_ns = UNIX_NS + offset_ns,
			   .fresh_ns = 64 * S};

	m.lo_ns[TERM_DELAY] = m.hi_ns[TERM_DELAY] = 1000;
	return m;
}

static const struct engine_view *viewed(struct engine *e, int64_t raw_ns)
{
	struct segment_slot slot;

	engine_publish(e, raw_ns, &slot);
	engine_view(e, &view);
	assert_memory_equal(&slot, &view.slot, sizeof(slot));
	return &view;
}

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
	assert_int_equal(view.counters.samples, 0);
	assert_int_equal(view.slot.state, ENGINE_UNSYNCHRONIZED);
	engine_free(e);
}

static void legs_of_smeared_time_are_taken_side_by_side(void **state)
{
	struct engine *e = new_engine();
	const int s = add_source(e, "a", SCALE_UTC_SMEARED);
	struct sample m = sample_at(2 * S, 0);

	(void)state;
	engine_sample(e, s, &m);
	m.lo_ns[TERM_DELAY] = SAMPLE_NO_BOUND;
	m.hi_ns[TERM_DELAY] = 400;
	engine_sample(e, s, &m);
	m.lo_ns[TERM_DELAY] = 300;
	m.hi_ns[TERM_DELAY] = SAMPLE_NO_BOUND;
	engine_sample(e, s, &m);
	viewed(e, 2 * S);
	assert_int_equal(view.counters.samples_refused, 0);
	/* and what smearing and rounding take */
	assert_in_range(UNIX_NS + 39 * S - 300 - view.slot.tai_lo_ns, 1, 20);
	assert_in_range(view.slot.tai_hi_ns - UNIX_NS - 39 * S - 400, 1, 20);
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

static void a_smeared_upstream_is_unsmeared(void **state)
{
	struct engine *e = new_engine();
	/* 2016-12-31 18:00 UTC, a quarter into the smear of the leap second:
	 * TAI - smeared = 36.25 s there; 6 h of labels are 6 h and 250 ms
	 * less 250 ms / 86401 ... which is 250 ms to 1 part in 86400. */
	const int64_t label_ns = INT64_C(1483207200) * S;
	struct sample m = sample_at(2 * S, 0);
	const int s = add_source(e, "a", SCALE_UTC_SMEARED);

	(void)state;
	m.mid_ns = label_ns - 2 * S;
	engine_sample(e, s, &m);
	viewed(e, 2 * S);
	assert_in_range(view.slot.tai_hi_ns - label_ns - 36 * S - S / 4, 990,
			1010);
	engine_free(e);
}

static void near_a_leap_second_utc_samples_wait(void **state)
{
	struct engine *e = new_engine();
	const int s = add_source(e, "a", SCALE_UTC);
	struct sample m = sample_at(2 * S, 0);

	(void)state;
	m.mid_ns = INT64_C(1483228800) * S - 2 * S; /* 2017-01-01 00:00:00 */
	engine_sample(e, s, &m);
	viewed(e, 2 * S);
	assert_int_equal(view.counters.samples_refused, 1);
	/* And so do those whose event lay before it. */
	m = sample_at(20 * S, 0);
	m.mid_ns = INT64_C(1483228800) * S + 10 * S - 20 * S;
	m.age_ns_max = 15 * S;
	engine_sample(e, s, &m);
	viewed(e, 20 * S);
	assert_int_equal(view.counters.samples_refused, 2);
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

static void a_new_leap_table_that_disagrees_forgets_utc(void **state)
{
	struct engine *e = new_engine();
	const int s = add_source(e, "a", SCALE_UTC);
	const struct sample m = sample_at(2 * S, 0);
	struct leap_table newer;

	(void)state;
	engine_sample(e, s, &m);
	viewed(e, 2 * S);
	newer = leap;
	engine_set_leap(e, &newer);
	assert_int_equal(viewed(e, 3 * S)->slot.state, ENGINE_SYNCHRONIZED);
	newer.entry[newer.count].unix_s = INT64_C(1782864000); /* 2026-07-01 */
	newer.entry[newer.count].offset_s = 38;
	newer.count++;
	engine_set_leap(e, &newer);
	assert_int_equal(viewed(e, 4 * S)->slot.state, ENGINE_UNSYNCHRONIZED);
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

/* The word of one source does not move UTC by a second. */
static void a_leap_nobody_knows_of_is_told_and_changes_nothing(void **state)
{
	struct engine *e = new_engine();
	struct source_info info = {.name = "a", .class = SOURCE_NTP,
				   .scale = SCALE_UTC, .reachable = true};
	const struct sample m = sample_at(2 * S, 0);
	struct segment_slot before;

	(void)state;
	engine_sample(e, engine_source(e, &info), &m);
	before = viewed(e, 2 * S)->slot;
	info.utc = (struct utc_word){.has_leap = true, .leap_s = 1};
	engine_source(e, &info);
	viewed(e, 2 * S);
	assert_memory_equal(&before, &view.slot, sizeof(before));
	assert_int_equal(view.source[0].utc, UTC_LEAP_UNKNOWN);
	assert_int_equal(view.counters.utc_disagreements, 1);
	assert_int_equal(events[EVENT_UTC], 1);
	assert_non_null(strstr(last_event, "announces a leap second (+1 s)"));
	viewed(e, 3 * S); /* told once */
	assert_int_equal(events[EVENT_UTC], 1);
	info.utc.leap_s = 0;
	engine_source(e, &info);
	viewed(e, 4 * S);
	assert_int_equal(view.source[0].utc, UTC_AGREES);
	assert_int_equal(events[EVENT_UTC], 2);
	assert_int_equal(view.counters.utc_disagreements, 1);
	engine_free(e);
}

static void past_the_tables_expiry_tai_is_a_second_wide(void **state)
{
	struct engine *e = new_engine();
	const int s = add_source(e, "a", SCALE_UTC);
	const struct sample m = sample_at(2 * S, 0);

	(void)state;
	leap.expires_unix_s = INT64_C(1782604800); /* 2026-06-28 */
	engine_set_leap(e, &leap);
	engine_sample(e, s, &m);
	viewed(e, 2 * S);
	assert_true(view.slot.tai_err_ns == S && view.slot.utc_err_ns == 0);
	assert_true(view.slot.tai_hi_ns - view.slot.tai_lo_ns < 2100);
	engine_free(e);
}

/* An expired table, 20 s before a possible leap second at raw 120 s. */
static struct engine *engine_before_possible_leap(void)
{
	struct engine *e = new_engine();

	leap.expires_unix_s = INT64_C(1782604800);
	engine_set_leap(e, &leap);
	return e;
}

/* UTC - raw while 2027-01-01 00:00:00 is at raw 120 s. */
#define EVE_NS ((INT64_C(1798761600) - 120) * S)

static void tell_utc(struct engine *e, int source, int64_t raw_ns,
		     int64_t utc_minus_raw_ns)
{
	struct sample m = sample_at(raw_ns, 0);

	m.mid_ns = utc_minus_raw_ns;
	engine_sample(e, source, &m);
}

/* Guards: a page is not taken past a possible leap second that was not yet in
 * doubt when it was published, whoever has died since. */
static void a_page_is_void_before_a_possible_leap(void **state)
{
	struct engine *e = engine_before_possible_leap();
	const int s = add_source(e, "a", SCALE_UTC);

	(void)state;
	tell_utc(e, s, 100 * S, EVE_NS);
	viewed(e, 100 * S);
	assert_true(view.slot.void_raw_ns <= 119 * S);
	assert_true(view.slot.void_raw_ns > 118 * S);
	/* Nobody left: the memory ends there too. */
	engine_gone(e, s);
	viewed(e, 118 * S);
	assert_int_equal(view.slot.state, ENGINE_HOLDOVER);
	viewed(e, 121 * S);
	assert_int_equal(view.slot.state, ENGINE_UNSYNCHRONIZED);
	engine_free(e);
}

/* Guards: a source heard before the leap second while there was no bound is
 * re-opened all the same. n = 3, f = 1; a UTC second was inserted; c lies. */
static void a_possible_leap_is_minded_without_a_bound(void **state)
{
	struct engine *e = engine_before_possible_leap();
	const int a = add_source(e, "a", SCALE_UTC);
	const int b = add_source(e, "b", SCALE_UTC);
	const int c = add_source(e, "c", SCALE_UTC);
	int64_t truth_ns;

	(void)state;
	tell_utc(e, a, 100 * S, EVE_NS);
	for (int i = 0; i <= 250; i++)
		viewed(e, 100 * S + i * S / 10);
	assert_int_equal(view.slot.state, ENGINE_UNSYNCHRONIZED);
	tell_utc(e, b, 125 * S, EVE_NS - S);
	tell_utc(e, c, 125 * S, EVE_NS);
	viewed(e, 125 * S);
	/* By the table's 37 s. */
	truth_ns = 125 * S + EVE_NS - S + 37 * S;
	assert_true(view.slot.tai_lo_ns <= truth_ns);
	assert_true(view.slot.tai_hi_ns >= truth_ns);
	engine_free(e);
}

/* Guards: the smear is taken off as of the event, not of the statement. */
/* A page of after the second is off by it before; a reader may ask it of any
 * moment in its epoch. */
static void past_a_possible_leap_is_another_epoch(void **state)
{
	struct engine *e = engine_before_possible_leap();
	const int s = add_source(e, "a", SCALE_UTC);

	(void)state;
	for (int i = 0; i <= 300; i++) {
		if (i % 50 == 0 && i <= 150)
			tell_utc(e, s, 100 * S + i * S / 10, EVE_NS);
		if (i % 50 == 0 && i >= 250)
			tell_utc(e, s, 100 * S + i * S / 10, EVE_NS - S);
		viewed(e, 100 * S + i * S / 10);
	}
	assert_int_equal(view.slot.state, ENGINE_SYNCHRONIZED);
	assert_true(view.slot.epoch_raw_ns > 121 * S);
	engine_free(e);
}

static void a_smeared_event_is_unsmeared_at_its_age(void **state)
{
	struct engine *e = new_engine();
	const int s = add_source(e, "a", SCALE_UTC_SMEARED);
	const int64_t event_ns = INT64_C(1483207200) * S;
	struct sample m = sample_at(100 * S, 0);

	(void)state;
	/* The event lay exactly 80 s before, at raw 20 s; ruler 0. In 80 s the
	 * smear moves by 926 us; A1, A2 open by 4080 us. */
	m.mid_ns = event_ns - 20 * S;
	m.age_ns_min = m.age_ns_max = 80 * S;
	engine_sample(e, s, &m);
	viewed(e, 100 * S);
	/* TAI - smeared is 36.25 s at the event. */
	assert_in_range(view.slot.tai_hi_ns - event_ns - 80 * S - 36 * S -
				S / 4,
			4080000, 4082000);
	assert_in_range(event_ns + 80 * S + 36 * S + S / 4 -
				view.slot.tai_lo_ns,
			4080000, 4082000);
	engine_free(e);
}

/* Guards: with an expired table TAI rests on the reference class or on the
 * leap table; what was published on the one binds nothing on the other. */
static void a_change_of_what_tai_rests_on_is_an_epoch(void **state)
{
	struct engine *e = engine_before_possible_leap();
	struct source_info ptp = {.name = "ptp",
				  .class = SOURCE_PTP,
				  .scale = SCALE_TAI,
				  .reachable = true};
	const int n = add_source(e, "ntp", SCALE_UTC);
	const int p = engine_source(e, &ptp);
	uint64_t epoch;

	(void)state;
	tell_utc(e, n, 10 * S, EVE_NS);
	epoch = viewed(e, 10 * S)->slot.epoch;
	assert_int_equal(view.slot.tai_err_ns, S);
	tell_utc(e, p, 11 * S, EVE_NS + 37 * S);
	viewed(e, 11 * S);
	assert_int_equal(view.slot.tai_err_ns, 0);
	assert_int_equal(view.slot.utc_err_ns, S);
	assert_int_equal(view.slot.epoch, epoch + 1);
	engine_gone(e, p);
	viewed(e, 12 * S);
	assert_int_equal(view.slot.epoch, epoch + 2);
	engine_free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			it_starts_unsynchronized_and_bounds_at_a_sample),
		cmocka_unit_test(impossible_samples_are_refused_and_counted),
		cmocka_unit_test(legs_of_smeared_time_are_taken_side_by_side),
		cmocka_unit_test(only_samples_of_two_sides_end_a_hull),
		cmocka_unit_test(the_table_of_sources_is_bounded),
		cmocka_unit_test(a_smeared_upstream_is_unsmeared),
		cmocka_unit_test(near_a_leap_second_utc_samples_wait),
		cmocka_unit_test(a_restart_goes_on_from_the_segment),
		cmocka_unit_test(a_restart_with_a_seed_goes_on_by_a2),
		cmocka_unit_test(a_mapped_page_is_resumed_in_raw_time),
		cmocka_unit_test(a_source_that_is_gone_leaves_its_rate),
		cmocka_unit_test(a_seeded_rate_narrows_the_first_seconds),
		cmocka_unit_test(an_expected_rate_bounds_nothing),
		cmocka_unit_test(a_widening_is_taken_on_and_given_back),
		cmocka_unit_test(a_disruption_forgets_everything),
		cmocka_unit_test(
			what_was_measured_before_a_disruption_is_refused),
		cmocka_unit_test(a_new_leap_table_that_disagrees_forgets_utc),
		cmocka_unit_test(
			a_lone_source_that_contradicts_itself_is_told),
		cmocka_unit_test(
			a_leap_nobody_knows_of_is_told_and_changes_nothing),
		cmocka_unit_test(past_the_tables_expiry_tai_is_a_second_wide),
		cmocka_unit_test(a_page_is_void_before_a_possible_leap),
		cmocka_unit_test(a_possible_leap_is_minded_without_a_bound),
		cmocka_unit_test(past_a_possible_leap_is_another_epoch),
		cmocka_unit_test(a_smeared_event_is_unsmeared_at_its_age),
		cmocka_unit_test(a_change_of_what_tai_rests_on_is_an_epoch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
