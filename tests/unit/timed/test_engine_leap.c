/* SPDX-License-Identifier: Apache-2.0 */
/* The engine and leap seconds: smears, the table and its end, possible ones. */
#include "tests/unit/timed/engine_fixture.h"

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

/* How far the bound reaches below and above a source's time, which counts TAI -
 * UTC so. */
static void bound_of_count(int offset_s, int64_t *ret_lo_ns, int64_t *ret_hi_ns)
{
	struct engine *e = new_engine();
	struct source_info info = {.name = "a",
				   .class = SOURCE_GNSS,
				   .scale = SCALE_UTC,
				   .reachable = true,
				   .utc = {.has_offset = true,
					   .offset_s = offset_s}};
	const struct sample m = sample_at(2 * S, 0);

	engine_sample(e, engine_source(e, &info), &m);
	viewed(e, 2 * S);
	/* TAI of UNIX_NS and 2 s, by the table */
	*ret_lo_ns = UNIX_NS + 39 * S - view.slot.tai_lo_ns;
	*ret_hi_ns = view.slot.tai_hi_ns - UNIX_NS - 39 * S;
	engine_free(e);
}

/* A receiver that has made UTC by another count than the table's is off by what
 * they differ in: 35 instead of 37 is TAI - 35 s, 2 s ahead. */
static void a_source_that_counts_otherwise_is_believed_to_that(void **state)
{
	int64_t lo_ns, hi_ns;

	(void)state;
	bound_of_count(37, &lo_ns, &hi_ns);
	assert_in_range(lo_ns, 1000, 1010);
	assert_in_range(hi_ns, 1000, 1010);
	bound_of_count(35, &lo_ns, &hi_ns);
	assert_in_range(lo_ns, 2 * S + 1000, 2 * S + 1010);
	assert_in_range(hi_ns, 1000, 1010);
	bound_of_count(38, &lo_ns, &hi_ns);
	assert_in_range(lo_ns, 1000, 1010);
	assert_in_range(hi_ns, S + 1000, S + 1010);
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

/* Guards: the smear is taken off as of the event, not of the statement. */
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

/*
 * Guards: an event's label lies before that of the statement by its age along
 * the ruler, and not on the raw counter: chronyd's clock may gain a tenth of a
 * second on that within a poll, in which the smear moves by 1.2 us.
 */
static void a_smeared_event_is_unsmeared_along_its_ruler(void **state)
{
	const struct engine_options opt = {
		.axioms = {0.01, 0, 0, -1, 1024 * S, -1},
		.horizon_ns = S,
		.void_after_ns = 3600 * S};
	const struct engine_sink sink = {note, NULL};
	const int64_t event_ns = INT64_C(1483207200) * S;
	const int64_t tai_ns = event_ns + 36 * S + S / 4 + 1000 * S;

	(void)state;
	engine_free(new_engine()); /* the table */
	for (int sign = -1; sign <= 1; sign += 2) {
		struct sample m = sample_at(2000 * S, 0);
		struct engine *e;
		int s;

		assert_int_equal(engine_new(&opt, &leap, S, &sink, &e), 0);
		s = add_source(e, "a", SCALE_UTC_SMEARED);
		m.age_ns_min = m.age_ns_max = 1000 * S;
		m.ruler_ppb_min = m.ruler_ppb_max = sign * 100e3;
		m.mid_ns = event_ns - 1000 * S + sign * S / 10;
		m.lo_ns[TERM_DELAY] = m.hi_ns[TERM_DELAY] = 0;
		engine_sample(e, s, &m);
		viewed(e, 2000 * S);
		assert_true(view.slot.tai_lo_ns <= tai_ns);
		assert_true(view.slot.tai_hi_ns >= tai_ns);
		/* and no wider for it than by rounding, and A1 */
		assert_in_range(view.slot.tai_hi_ns - view.slot.tai_lo_ns, 1,
				60);
		engine_free(e);
	}
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
		cmocka_unit_test(legs_of_smeared_time_are_taken_side_by_side),
		cmocka_unit_test(a_smeared_upstream_is_unsmeared),
		cmocka_unit_test(near_a_leap_second_utc_samples_wait),
		cmocka_unit_test(a_new_leap_table_that_disagrees_forgets_utc),
		cmocka_unit_test(
			a_leap_nobody_knows_of_is_told_and_changes_nothing),
		cmocka_unit_test(
			a_source_that_counts_otherwise_is_believed_to_that),
		cmocka_unit_test(past_the_tables_expiry_tai_is_a_second_wide),
		cmocka_unit_test(a_page_is_void_before_a_possible_leap),
		cmocka_unit_test(a_possible_leap_is_minded_without_a_bound),
		cmocka_unit_test(past_a_possible_leap_is_another_epoch),
		cmocka_unit_test(a_smeared_event_is_unsmeared_at_its_age),
		cmocka_unit_test(a_smeared_event_is_unsmeared_along_its_ruler),
		cmocka_unit_test(a_change_of_what_tai_rests_on_is_an_epoch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
