/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sources that are heard and not believed: to the bound a disabled source is a
 * silent one, word for word, and a rehearsal of holdover is one.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "timed/engine.h"

#define S INT64_C(1000000000)
/* 2026-11-22 00:00:00 UTC. */
#define UNIX_NS (INT64_C(1795305600) * S)
#define SOURCES 3

static struct engine_view view;
static char last_event[256];

static void note(void *arg, enum engine_event event, const char *text)
{
	(void)arg;
	if (event == EVENT_REHEARSAL)
		snprintf(last_event, sizeof(last_event), "%s", text);
}

static struct engine *new_engine(void)
{
	const struct leap_table leap = { .count = 1,
					 .entry = { { 1483228800, 37 } },
					 .expires_unix_s = 4102444800 };
	const struct engine_options opt = {
		.axioms = { 50000, 20, 200, -1, 1024 * S, -1 },
		.horizon_ns = S,
		.void_after_ns = 3600 * S };
	const struct engine_sink sink = { note, NULL };
	struct engine *e;

	assert_int_equal(engine_new(&opt, &leap, S, &sink, &e), 0);
	return e;
}

static int add(struct engine *e, const char *name)
{
	struct source_info info = { .class = SOURCE_NTP,
				    .scale = SCALE_UTC,
				    .reachable = true };

	snprintf(info.name, sizeof(info.name), "%s", name);
	return engine_source(e, &info);
}

/* The source's word at raw_ns: off by off_ns, to half_ns. */
static void tell(struct engine *e, int source, int64_t raw_ns, int64_t off_ns,
		 int64_t half_ns)
{
	struct sample m = { .raw_ns = raw_ns,
			    .mid_ns = UNIX_NS + off_ns,
			    .fresh_ns = 8 * S };

	m.lo_ns[TERM_DELAY] = m.hi_ns[TERM_DELAY] = half_ns;
	engine_sample(e, source, &m);
}

static const struct engine_view *publish(struct engine *e, int64_t raw_ns)
{
	struct segment_slot slot;

	engine_publish(e, raw_ns, &slot);
	engine_view(e, &view);
	return &view;
}

/* ---- disabled sources ---- */

/* Three sources; from 10 s on one says nothing, or is not listened to. The one
 * that is disabled says things that would be in the way, too. */
static void a_disabled_source_is_a_silent_one(void **state)
{
	struct engine *silent = new_engine(), *disabled = new_engine();

	(void)state;
	for (int i = 0; i < SOURCES; i++) {
		char name[8];

		snprintf(name, sizeof(name), "%c", 'a' + i);
		assert_int_equal(add(silent, name), i);
		assert_int_equal(add(disabled, name), i);
	}
	for (int64_t t = 2; t < 200; t++) {
		struct segment_slot expected, found;

		if (t == 10)
			assert_int_equal(engine_disable(disabled, "b"), 0);
		for (int i = 0; i < SOURCES; i++) {
			const int64_t off_ns = (t * 37 + i * 911) % 500;

			if (i != 1 || t < 10)
				tell(silent, i, t * S, off_ns, 1000 + 100 * i);
			tell(disabled, i, t * S,
			     i == 1 && t >= 10 ? 777 * t : off_ns,
			     1000 + 100 * i);
		}
		engine_publish(silent, t * S, &expected);
		engine_publish(disabled, t * S, &found);
		assert_memory_equal(&expected, &found, sizeof(found));
	}
	engine_view(disabled, &view);
	assert_true(view.source[1].disabled);
	assert_int_equal(view.source[1].ignored, 190);
	assert_int_equal(view.source[1].ignored_raw_ns, 199 * S);
	assert_int_equal(view.source[1].samples, 8);
	assert_int_equal(view.source[1].contradictions, 0);
	engine_free(silent);
	engine_free(disabled);
}

/* n stays 3 and f 1: with n = 2 nobody would be outvoted, and with the liar's
 * partner gone the interval would be the liar's and another's. */
static void disabling_does_not_change_how_many_may_lie(void **state)
{
	struct engine *e = new_engine();
	const int a = add(e, "a"), b = add(e, "b"), c = add(e, "c");
	int64_t width_ns;

	(void)state;
	for (int64_t t = 2; t < 20; t++) {
		tell(e, a, t * S, 0, 1000);
		tell(e, b, t * S, 0, 1000);
		tell(e, c, t * S, 0, 1000);
		publish(e, t * S);
	}
	width_ns = view.slot.tai_hi_ns - view.slot.tai_lo_ns;
	engine_disable(e, "c");
	engine_disable(e, "b");
	for (int64_t t = 20; t < 100; t++) {
		tell(e, a, t * S, 0, 10); /* narrow, and alone */
		publish(e, t * S);
	}
	/* A source's word alone does not narrow it: F needs a second one. */
	assert_true(view.slot.tai_hi_ns - view.slot.tai_lo_ns > width_ns);
	assert_int_equal(view.slot.state, ENGINE_SYNCHRONIZED);
	engine_free(e);
}

static void a_name_stays_disabled_when_its_source_goes_and_comes(void **state)
{
	struct engine *e = new_engine();
	int a = add(e, "a");

	(void)state;
	assert_int_equal(engine_disable(e, "x"), -ENOENT);
	assert_int_equal(engine_enable(e, "x"), -ENOENT);
	assert_int_equal(engine_enable(e, "a"), -EALREADY);
	assert_int_equal(engine_disable(e, "a"), 0);
	assert_int_equal(engine_disable(e, "a"), -EALREADY);
	engine_gone(e, a);
	add(e, "other");
	a = add(e, "a");
	tell(e, a, 2 * S, 0, 1000);
	assert_int_equal(publish(e, 2 * S)->slot.state, ENGINE_UNSYNCHRONIZED);
	engine_gone(e, a);
	assert_int_equal(engine_enable(e, "a"), 0); /* while it is away */
	a = add(e, "a");
	tell(e, a, 3 * S, 0, 1000);
	assert_false(publish(e, 3 * S)->source[0].disabled);
	assert_int_equal(view.source[a].samples, 1);
	engine_free(e);
}

static void the_list_of_names_is_bounded(void **state)
{
	struct engine *e = new_engine();
	char name[16];

	(void)state;
	for (int i = 0; i < ENGINE_SOURCES_MAX; i++) {
		int s;

		snprintf(name, sizeof(name), "s%d", i);
		s = add(e, name);
		assert_int_equal(engine_disable(e, name), 0);
		engine_gone(e, s);
	}
	add(e, "one more");
	assert_int_equal(engine_disable(e, "one more"), -ENOSPC);
	for (int i = ENGINE_SOURCES_MAX - 1; i >= 0; i -= 3) {
		snprintf(name, sizeof(name), "s%d", i);
		assert_int_equal(engine_enable(e, name), 0);
	}
	assert_int_equal(engine_disable(e, "one more"), 0);
	assert_int_equal(engine_enable(e, "s1"), 0); /* by name, not by place */
	engine_free(e);
}

/* ---- rehearsal ---- */

/* Samples of 1 us each second up to 20 s, then a rehearsal. */
static struct engine *engine_in_rehearsal(int *ret_source, int64_t for_ns)
{
	struct engine *e = new_engine();
	const int a = add(e, "a");

	for (int64_t t = 2; t < 20; t++) {
		tell(e, a, t * S, 0, 1000);
		publish(e, t * S);
	}
	assert_int_equal(engine_rehearse(e, 20 * S, for_ns), 0);
	assert_string_equal(last_event, "holdover is rehearsed for 60 s: "
			    "nothing that the sources say is used");
	*ret_source = a;
	return e;
}

static void a_rehearsal_is_a_holdover_and_its_end_is_none(void **state)
{
	struct engine *e, *silent;
	struct segment_slot slot;
	uint64_t epoch;
	int a, b;

	(void)state;
	e = engine_in_rehearsal(&a, 60 * S);
	silent = engine_in_rehearsal(&b, 60 * S); /* and nothing is said */
	epoch = publish(e, 20 * S)->slot.epoch;
	engine_publish(silent, 20 * S, &slot);
	for (int64_t t = 21; t < 50; t++) {
		tell(e, a, t * S, 100, 1000);
		engine_publish(silent, t * S, &slot);
		publish(e, t * S);
		assert_memory_equal(&view.slot, &slot, sizeof(slot));
		/* fresh for 8 s from 19 s on */
		assert_int_equal(view.slot.state, t < 27 ? ENGINE_SYNCHRONIZED
							 : ENGINE_HOLDOVER);
	}
	assert_true(view.rehearsal.is_on);
	assert_int_equal(view.source[a].samples, 18);
	assert_int_equal(view.source[a].ignored, 29);
	assert_int_equal(engine_rehearse_end(e, 50 * S, "enough"), 0);
	assert_int_equal(engine_rehearse_end(e, 50 * S, "enough"), -EALREADY);
	assert_int_equal(publish(e, 50 * S)->slot.state, ENGINE_HOLDOVER);
	tell(e, a, 51 * S, 100, 1000);
	assert_int_equal(publish(e, 51 * S)->slot.state, ENGINE_SYNCHRONIZED);
	assert_int_equal(view.slot.epoch, epoch);
	assert_int_equal(view.counters.bound_violations, 0);
	assert_string_equal(view.rehearsal.why, "enough");
	engine_free(e);
	engine_free(silent);
}

static void what_was_said_meanwhile_is_held_against_the_line(void **state)
{
	const struct rehearsal_source *r;
	struct engine *e;
	int a, b, c;

	(void)state;
	e = engine_in_rehearsal(&a, 60 * S);
	b = add(e, "b"); /* was never heard before: cannot contradict itself */
	c = add(e, "c");
	assert_int_equal(engine_disable(e, "c"), 0); /* is no part of it */
	publish(e, 20 * S);
	tell(e, c, 21 * S, 70000, 1000);
	tell(e, a, 21 * S, 50, 1000);
	tell(e, a, 22 * S, -300, 1000);
	publish(e, 22900000000);
	tell(e, a, 23 * S, 100, 1000);
	tell(e, b, 23 * S, 70000, 1000); /* misses all that can be */
	publish(e, 23 * S);
	assert_int_equal(view.rehearsal.source_count, 2);
	r = view.rehearsal.source;
	assert_string_equal(r[0].name, "a");
	assert_int_equal(r[0].samples, 3);
	assert_int_equal(r[0].outside, 0);
	/* the best line runs within some ns of zero */
	assert_in_range(r[0].offset_ns, 90, 110);
	assert_in_range(-r[0].offset_ns_most, 290, 310);
	assert_string_equal(r[1].name, "b");
	assert_int_equal(r[1].outside, 1);
	assert_in_range(r[1].offset_ns, 69990, 70010);
	assert_int_equal(engine_rehearse_end(e, 24 * S, "enough"), 0);
	assert_non_null(strstr(last_event, "rehearsal over after 4 s: enough"));
	assert_non_null(strstr(last_event, "of 4 samples the furthest was "
					   "70"));
	assert_non_null(strstr(last_event, "1 missed the bound"));
	engine_free(e);
}

static void a_rehearsal_ends_by_itself(void **state)
{
	struct engine *e;
	int a;

	(void)state;
	e = engine_in_rehearsal(&a, 60 * S);
	publish(e, 79 * S);
	assert_true(view.rehearsal.is_on);
	publish(e, 80 * S);
	assert_false(view.rehearsal.is_on);
	assert_string_equal(view.rehearsal.why, "its time was over");
	assert_int_equal(view.rehearsal.ended_raw_ns, 80 * S);
	/* half-width: about 1 us before; A2 adds in 61 s 61 s x 200 ppb of
	 * jitter and 20 ppb/s of wander, 37 us, and what the rate was not known
	 * to, 2 x 1 us over 17 s */
	assert_in_range(view.rehearsal.half_ns_before, 1000, 5000);
	assert_in_range(view.rehearsal.half_ns, 49000, 80000);
	tell(e, a, 81 * S, 0, 1000);
	assert_int_equal(publish(e, 81 * S)->slot.state, ENGINE_SYNCHRONIZED);
	engine_free(e);
}

/* 100 us in 10 s: 10 ppm that A2 does not allow. The bound is not put at risk
 * for an exercise. */
static void a_contradiction_ends_it_and_is_heard(void **state)
{
	struct engine *e;
	int a;

	(void)state;
	e = engine_in_rehearsal(&a, 60 * S);
	publish(e, 29 * S);
	tell(e, a, 30 * S, 100000, 1000);
	publish(e, 30 * S);
	assert_false(view.rehearsal.is_on);
	assert_string_equal(view.rehearsal.why,
			    "a contradicts what it said before");
	assert_int_equal(view.source[a].contradictions, 1);
	assert_int_equal(view.slot.state, ENGINE_DISPUTED);
	assert_true(view.slot.tai_hi_ns - 30 * S - UNIX_NS - 37 * S > 100000);
	engine_free(e);
}

static void a_disruption_ends_it(void **state)
{
	struct engine *e;
	int a;

	(void)state;
	e = engine_in_rehearsal(&a, 60 * S);
	engine_disrupted(e, 30 * S, "suspended");
	assert_false(engine_rehearsal(e)->is_on);
	tell(e, a, 40 * S, 0, 1000);
	assert_int_equal(publish(e, 40 * S)->slot.state, ENGINE_SYNCHRONIZED);
	engine_free(e);
}

static void it_begins_only_where_there_is_something_to_hold(void **state)
{
	struct engine *e = new_engine();
	const int a = add(e, "a");

	(void)state;
	assert_int_equal(engine_rehearse(e, 2 * S, 60 * S), -ENODATA);
	tell(e, a, 2 * S, 0, 1000);
	publish(e, 2 * S);
	assert_int_equal(engine_rehearse(e, 2 * S, REHEARSAL_NS_MIN - 1),
			 -ERANGE);
	assert_int_equal(engine_rehearse(e, 2 * S, REHEARSAL_NS_MAX + 1),
			 -ERANGE);
	assert_int_equal(engine_rehearse(e, 2 * S, 60 * S), 0);
	assert_int_equal(engine_rehearse(e, 3 * S, 60 * S), -EALREADY);
	engine_rehearse_end(e, 3 * S, "enough");
	publish(e, 60 * S);
	assert_int_equal(engine_rehearse(e, 60 * S, 60 * S), -ENODATA);
	engine_free(e);
}

/* ---- withdrawn ---- */

/* Readers have no bound from then on, whatever the sources say; and afterwards
 * none that rests on what was said before or meanwhile. */
static void a_withdrawn_bound_is_none_and_what_was_known_is_void(void **state)
{
	struct engine *e = new_engine();
	uint64_t epoch;
	int64_t t;

	(void)state;
	assert_int_equal(add(e, "a"), 0);
	for (t = 2; t < 10; t++)
		tell(e, 0, t * S, 0, 1000);
	assert_int_equal(publish(e, t * S)->slot.state, ENGINE_SYNCHRONIZED);
	epoch = view.slot.epoch;

	engine_withdraw(e, t * S, "withdrawn");
	assert_int_equal(publish(e, t * S)->slot.state, ENGINE_UNSYNCHRONIZED);
	for (; t < 20; t++) {
		tell(e, 0, t * S, 0, 1000);
		assert_int_equal(publish(e, t * S)->slot.state,
				 ENGINE_UNSYNCHRONIZED);
	}
	assert_true(view.source[0].ignored > 5);

	engine_restore(e, t * S, "restored");
	/* Of before, and heard only now. */
	tell(e, 0, t * S - 1, 0, 1000);
	assert_int_equal(publish(e, t * S)->slot.state, ENGINE_UNSYNCHRONIZED);
	/* The counter stood still for a minute: what is said now is right. */
	for (t += 2; t < 30; t++)
		tell(e, 0, t * S, 60 * S, 1000);
	assert_int_equal(publish(e, t * S)->slot.state, ENGINE_SYNCHRONIZED);
	assert_true(view.slot.epoch != epoch);
	assert_int_equal(view.counters.contradictions, 0);
	assert_true(view.slot.tai_lo_ns <= UNIX_NS + 37 * S + (t + 60) * S &&
		    view.slot.tai_hi_ns >= UNIX_NS + 37 * S + (t + 60) * S);
	engine_free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_disabled_source_is_a_silent_one),
		cmocka_unit_test(disabling_does_not_change_how_many_may_lie),
		cmocka_unit_test(
			a_name_stays_disabled_when_its_source_goes_and_comes),
		cmocka_unit_test(the_list_of_names_is_bounded),
		cmocka_unit_test(a_rehearsal_is_a_holdover_and_its_end_is_none),
		cmocka_unit_test(
			what_was_said_meanwhile_is_held_against_the_line),
		cmocka_unit_test(a_rehearsal_ends_by_itself),
		cmocka_unit_test(a_contradiction_ends_it_and_is_heard),
		cmocka_unit_test(a_disruption_ends_it),
		cmocka_unit_test(
			it_begins_only_where_there_is_something_to_hold),
		cmocka_unit_test(
			a_withdrawn_bound_is_none_and_what_was_known_is_void),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
