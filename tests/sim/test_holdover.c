/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Holdover: what the engine foretells of it is what it then publishes; the
 * other class takes over without an epoch; the return narrows without a jump
 * back; a restart goes on from what was known.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "sim/scenario_laws.h"
#include "sim/scenarios.h"
#include "timed/forecast.h"
#include "tt/tt.h"

#define RUNS 4

/* One run, looked at after each publication. */
struct watch {
	struct run_observer observer;
	struct run *run;
	double half_ns;
	bool has_bound;
	uint64_t epoch, epochs;   /* changes seen since the watch began */
	uint64_t state;
	int64_t earliest_ns, went_back;
};

static void tick(void *arg, int64_t raw_ns, int64_t unix_ns,
		 const struct tt_interval *t)
{
	struct watch *w = arg;

	(void)raw_ns;
	(void)unix_ns;
	w->has_bound = t;
	if (!t)
		return;
	w->half_ns = (double)(t->latest_ns - t->earliest_ns) / 2;
	w->epochs += t->epoch != w->epoch;
	if (t->epoch == w->epoch && t->earliest_ns < w->earliest_ns)
		w->went_back++;
	w->epoch = t->epoch;
	w->earliest_ns = t->earliest_ns;
	w->state = t->state;
}

static void open_run(struct watch *w, const struct scenario *sc, uint64_t seed)
{
	*w = (struct watch){.observer = {.tick = tick, .arg = w}};
	assert_int_equal(run_new(sc, seed, 0, &w->observer, &w->run), 0);
}

static void run_until(struct watch *w, double s)
{
	while ((double)run_raw_ns(w->run) / 1e9 < s)
		assert_int_equal(run_tick(w->run), 0);
}

/* Ends the run: no read missed. */
static void close_run(struct watch *w, uint64_t violations)
{
	struct outcome o;

	run_outcome(w->run, &o);
	if (o.misses > 0)
		print_message("%s\n", o.first_miss);
	assert_int_equal(o.misses, 0);
	assert_int_equal(o.went_back, 0);
	assert_int_equal(w->went_back, 0);
	assert_int_equal(o.counters.bound_violations, violations);
	run_free(w->run);
}

/* --- the forecast --------------------------------------------------------- */

#define SILENT_S 3000.0

static const struct scenario lan = {
	.name = "lan", COMMON, .axioms = SERVER, .oscillator = BANG(SERVER, 5000),
	FEEDS({NTP, LAN, REAL, RULED(5000), .poll_s = 16}),
	FAULTS({FAULT_SILENCE, SILENT_S, EVER, FAULT_ALL_FEEDS, 0})};

static const struct scenario three = {
	.name = "three", COMMON, .axioms = STEADY,
	.oscillator = BANG(STEADY, -20000), FEEDS(LAN3),
	FAULTS({FAULT_SILENCE, SILENT_S, EVER, FAULT_ALL_FEEDS, 0})};

static const struct scenario cable = {
	.name = "cable", COMMON, .axioms = TCXO, .oscillator = BANG(TCXO, 500),
	FEEDS({ON_CABLE}, {NTP, LAN, REAL, RULED(500), .poll_s = 16}),
	FAULTS({FAULT_SILENCE, SILENT_S, EVER, FAULT_ALL_FEEDS, 0})};

static const struct scenario swing = {
	.name = "swing", COMMON,
	.axioms = {50000, 20, 200, 2000, MEMORY_NS, -1},
	.oscillator = {.axioms = TCXO, SLOW_SINE, FAST_RANDOM},
	FEEDS({NTP, NEAR, CLOSE, RULED(0), .poll_s = 16}),
	FAULTS({FAULT_SILENCE, SILENT_S, EVER, FAULT_ALL_FEEDS, 0})};

/* When each width was really passed, from now on. */
static void run_past(struct watch *w, const struct forecast *f,
		     double ret_s[FORECAST_WIDTHS])
{
	const double last_s =
		(double)(f->raw_ns + f->in_ns[FORECAST_WIDTHS - 1]) / 1e9;
	int k = 0;

	while (k < FORECAST_WIDTHS &&
	       (double)run_raw_ns(w->run) / 1e9 < 1.1 * last_s + 10) {
		for (; k < FORECAST_WIDTHS &&
		       w->half_ns > (double)forecast_half_ns[k]; k++)
			ret_s[k] = (double)(run_raw_ns(w->run) - f->raw_ns) /
				   1e9;
		assert_int_equal(run_tick(w->run), 0);
	}
	assert_int_equal(k, FORECAST_WIDTHS);
}

/* The honest side: never later than it happens, and early by no more than a
 * fiftieth and two seconds (a horizon in which a held left edge helps, and what
 * a page may open by until the next). */
static void foretold(const struct scenario *sc, uint64_t seed)
{
	double s[FORECAST_WIDTHS] = {0};
	struct forecast f;
	struct watch w;

	open_run(&w, sc, seed);
	run_until(&w, SILENT_S + 1);
	assert_true(forecast_make(run_engine(w.run), &f));
	run_past(&w, &f, s);
	for (int k = 0; k < FORECAST_WIDTHS; k++) {
		const double in_s = (double)f.in_ns[k] / 1e9;

		print_message("%s, seed %d: %.1f us in %.3f s, was %.1f s\n",
			      sc->name, (int)seed,
			      (double)forecast_half_ns[k] / 1e3, in_s, s[k]);
		if (f.in_ns[k] == 0)
			continue;
		assert_true(in_s <= s[k]);
		assert_true(in_s >= 0.98 * s[k] - 2);
	}
	close_run(&w, 0);
}

static void what_is_foretold_is_what_is_published(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= RUNS; seed++) {
		foretold(&lan, seed);
		foretold(&three, seed);
		foretold(&cable, seed);
		foretold(&swing, seed);
	}
}

/* A bound that a leap second may end is foretold to end there: an hour before
 * it, with a table that has expired. */
static void a_possible_leap_second_is_foretold(void **state)
{
	struct scenario sc = lan;
	struct forecast f;
	struct watch w;

	(void)state;
	sc.start_tai_ns = EVE_TAI_NS;
	sc.table_expires_unix_s = EXPIRES_2026;
	sc.axioms = (struct axioms)OCXO;
	sc.oscillator = (struct oscillator_law)BANG(OCXO, 5);
	open_run(&w, &sc, 1);
	run_until(&w, SILENT_S + 1);
	assert_true(forecast_make(run_engine(w.run), &f));
	/* The hour less 2 s, in which it may come early. */
	assert_in_range(f.raw_ns + f.in_ns[2], 3590 * SECOND_NS,
			3598 * SECOND_NS);
	run_until(&w, (double)(f.raw_ns + f.in_ns[2]) / 1e9 - 0.2);
	assert_true(w.has_bound && w.half_ns < 10e6);
	run_until(&w, 3600.5);
	assert_true(!w.has_bound || w.half_ns > 10e6);
	close_run(&w, 0);
}

static void nothing_is_foretold_without_a_bound(void **state)
{
	struct scenario sc = lan;
	struct forecast f;
	struct watch w;

	(void)state;
	sc.fault[0].from_s = 0;
	open_run(&w, &sc, 1);
	run_until(&w, 10);
	assert_false(forecast_make(run_engine(w.run), &f));
	close_run(&w, 0);
}

/* --- the other class ------------------------------------------------------ */

#define END_S 30000.0

static const struct scenario fallback = {
	.name = "fallback", COMMON, .axioms = SERVER,
	.oscillator = BANG(SERVER, 5000), FEEDS({ON_CABLE}, LAN3),
	FAULTS({FAULT_SILENCE, SILENT_S, EVER, 0, 0})};

/* Where the reference falls silent, the bound opens until NTP's is narrower, and
 * is then as narrow as if there had never been a reference: with no switch, no
 * epoch, no holdover. */
static void ntp_takes_over_where_it_is_narrower(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= RUNS; seed++) {
		struct scenario alone = fallback;
		double level_ns = 0, most_ns = 0;
		struct watch w, ntp;

		alone.fault[0].from_s = 0;
		open_run(&w, &fallback, seed);
		open_run(&ntp, &alone, seed);
		run_until(&w, SILENT_S);
		run_until(&ntp, SILENT_S);
		assert_true(w.half_ns < 5e3);
		w.epochs = 0;
		while ((double)run_raw_ns(w.run) / 1e9 < END_S) {
			run_until(&w, (double)run_raw_ns(w.run) / 1e9 + 0.05);
			run_until(&ntp,
				  (double)run_raw_ns(ntp.run) / 1e9 + 0.05);
			assert_true(w.has_bound);
			assert_int_equal(w.state, TT_SYNCHRONIZED);
			/* A held left edge is let go of within a second. */
			level_ns = fmax(level_ns, ntp.half_ns);
			most_ns = fmax(most_ns, w.half_ns);
		}
		print_message("seed %d: at most %.1f us, NTP alone %.1f us\n",
			      (int)seed, most_ns / 1e3, level_ns / 1e3);
		assert_true(most_ns <= level_ns + 100);
		assert_true(most_ns >= level_ns / 2);
		assert_int_equal(w.epochs, 0);
		close_run(&w, 0);
		close_run(&ntp, 0);
	}
}

/* --- and back ------------------------------------------------------------- */

/* After a day: within two minutes as narrow as before, in the same epoch, and
 * earliest never goes back (close_run()). */
static void the_return_narrows_without_a_jump_back(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= RUNS; seed++) {
		struct scenario sc = three;
		double before_ns, open_ns;
		struct watch w;

		sc.fault[0].to_s = SILENT_S + 86400;
		open_run(&w, &sc, seed);
		run_until(&w, SILENT_S);
		before_ns = w.half_ns;
		w.epochs = 0;
		run_until(&w, sc.fault[0].to_s);
		open_ns = w.half_ns;
		assert_int_equal(w.state, TT_HOLDOVER);
		run_until(&w, sc.fault[0].to_s + 120);
		print_message("seed %d: %.1f us, %.1f ms after a day, %.1f us\n",
			      (int)seed, before_ns / 1e3, open_ns / 1e6,
			      w.half_ns / 1e3);
		assert_true(open_ns > 1e9);
		assert_true(w.half_ns < 3 * before_ns);
		assert_int_equal(w.state, TT_SYNCHRONIZED);
		assert_int_equal(w.epochs, 0);
		close_run(&w, 0);
	}
}

/* --- restarts ------------------------------------------------------------- */

/* A daemon that is restarted in holdover publishes what one would that was not,
 * but for what the page adds to the rate: never less, J and W H / 2 on either
 * side more (and 1 us, for the page's edges are lines), in the same epoch, and
 * past void_after. */
static void a_restart_in_holdover_goes_on(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= RUNS; seed++) {
		struct scenario sc = three;
		struct watch w, unbroken;

		open_run(&unbroken, &three, seed);
		sc.fault_count = 2;
		sc.fault[1] = (struct fault){FAULT_KILL, SILENT_S + 600,
					     SILENT_S + 620, 0, 0};
		open_run(&w, &sc, seed);
		run_until(&w, SILENT_S + 590);
		run_until(&unbroken, SILENT_S + 590);
		w.epochs = 0;
		while ((double)run_raw_ns(w.run) / 1e9 < SILENT_S + 9000) {
			const double s = (double)run_raw_ns(w.run) / 1e9;
			const double more_ns = 202 * fmax(s - SILENT_S - 600, 0);

			run_until(&w, s + 0.05);
			run_until(&unbroken, s + 0.05);
			assert_true(w.has_bound);
			/* The dead daemon's page opens by A1 past its horizon,
			 * as its readers know, and the new one's left edge is
			 * let go of. */
			if (s > SILENT_S + 599 && s < SILENT_S + 622)
				continue;
			assert_true(w.half_ns >= unbroken.half_ns - 10);
			assert_true(w.half_ns <=
				    unbroken.half_ns + more_ns + 1000);
		}
		assert_int_equal(w.epochs, 0);
		assert_int_equal(w.state, TT_HOLDOVER);
		close_run(&w, 0);
		close_run(&unbroken, 0);
	}
}

/* Another boot has another counter: nothing of before bounds anything. */
static void a_reboot_in_holdover_begins_anew(void **state)
{
	struct scenario sc = three;
	struct watch w;

	(void)state;
	sc.fault_count = 2;
	sc.fault[1] = (struct fault){FAULT_REBOOT, SILENT_S + 600, 0, 0, 60};
	open_run(&w, &sc, 1);
	run_until(&w, SILENT_S + 599);
	assert_true(w.has_bound);
	run_until(&w, SILENT_S + 601);
	assert_false(w.has_bound);
	close_run(&w, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_foretold_is_what_is_published),
		cmocka_unit_test(a_possible_leap_second_is_foretold),
		cmocka_unit_test(nothing_is_foretold_without_a_bound),
		cmocka_unit_test(ntp_takes_over_where_it_is_narrower),
		cmocka_unit_test(the_return_narrows_without_a_jump_back),
		cmocka_unit_test(a_restart_in_holdover_goes_on),
		cmocka_unit_test(a_reboot_in_holdover_begins_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
