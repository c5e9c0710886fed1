/* SPDX-License-Identifier: Apache-2.0 */
/* What samples prove and show of the rate: nothing by their errors or by a step,
 * a ramp at once, a jump when it happens twice. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "sim/rng.h"
#include "timed/wander.h"

#define S INT64_C(1000000000)

static const struct axioms server = {50000, 20, 200, -1, 1024 * S, -1};
static struct wander_rate known = {0, -50000, 50000};
static struct wander_proof proof;

static enum wander_result add(struct wander *w, double at_s, double lo_ns,
			      double hi_ns)
{
	const struct belief_constraint c = {.raw_ns = (int64_t)(at_s * 1e9),
					    .lo_ns = (int64_t)floor(lo_ns),
					    .hi_ns = (int64_t)ceil(hi_ns)};

	return wander_add(w, &server, &server, &c, &known, &proof);
}

/* x when the rate ramps by `ppb_s` from 1000 s on. */
static double ramp_ns(double at_s, double ppb_s)
{
	return at_s < 1000 ? 0 : ppb_s * (at_s - 1000) * (at_s - 1000) / 2;
}

/* When it was proved, with samples of +-half_ns every second; 0: never. */
static double proved_s(double ppb_s, double half_ns, double until_s)
{
	struct wander w = {.has_origin = false};

	for (double t = 1; t < until_s; t++) {
		const double x = ramp_ns(t, ppb_s);

		if (add(&w, t, x - half_ns, x + half_ns) == WANDER_BEYOND)
			return t;
	}
	return 0;
}

static void a_ramp_beyond_A2_is_proved(void **state)
{
	double at_s;

	(void)state;
	/* 100 ppb/s, +-100 ns: within 3 x 30 s bins the mean rate rises by 3
	 * ppm from one to the next, of which 20 x 60 + 400 are allowed. */
	at_s = proved_s(100, 100, 2000);
	assert_true(at_s > 1000 && at_s < 1160);
	assert_true(proof.is_ramp);
	assert_true(proof.wander_ppb_s >= 100 && proof.wander_ppb_s < 300);
	assert_true(proof.jitter_ppb == 0);
	/* A2 itself, at its limit, and samples that are too wide to tell. */
	assert_true(proved_s(20, 100, 3400) == 0);
	assert_true(proved_s(40, 1e8, 2200) == 0);
}

/* Each sample wrong by anything within its width, and a path that becomes
 * asymmetric by all of it: no proof, whatever the seed. */
static void errors_within_the_widths_prove_nothing(void **state)
{
	struct rng rng;

	(void)state;
	for (uint64_t seed = 1; seed <= 50; seed++) {
		struct wander w = {.has_origin = false};

		rng_seed(&rng, seed);
		for (double t = 1; t < 6000; t += rng_uniform(&rng, 0.5, 2)) {
			const double half = rng_uniform(&rng, 1e3, 1e5);
			const double off = fmod(t, 1000) < 500
						   ? half
						   : rng_uniform(&rng, -half,
								 half);

			assert_int_equal(add(&w, t, off - half, off + half),
					 WANDER_WITHIN);
		}
	}
}

/* A source that steps, by little or much, up or down, at any moment of a bin,
 * and with its two sides told by turns. */
static void a_step_of_the_source_proves_nothing(void **state)
{
	static const double steps_ns[] = {-1e7, -1e4, -500, 500, 1e4, 1e7};

	(void)state;
	for (size_t i = 0; i < sizeof(steps_ns) / sizeof(steps_ns[0]); i++)
		for (int at_s = 2000; at_s < 2200; at_s += 7) {
			struct wander w = {.has_origin = false};

			for (int t = 1; t < 8000; t++) {
				const double x = t < at_s ? 0 : steps_ns[i];
				const bool is_lo = t % 2 == 0;
				const struct belief_constraint c = {
					.raw_ns = t * S,
					.lo_ns = is_lo ? (int64_t)x - 100
						       : BELIEF_NO_LO,
					.hi_ns = is_lo ? BELIEF_NO_HI
						       : (int64_t)x + 100};

				assert_int_equal(wander_add(&w, &server,
							    &server, &c,
							    &known, &proof),
						 WANDER_WITHIN);
			}
		}
}

/* The rate jumps by 5 ppm at 1000 s, and back where `back_s` says. */
static double jumped_s(double back_s)
{
	struct wander w = {.has_origin = false};

	for (double t = 1; t < 4000; t++) {
		const double x = 5000 * (fmax(t - 1000, 0) -
					 fmax(t - back_s, 0));

		if (add(&w, t, x - 100, x + 100) == WANDER_BEYOND)
			return t;
	}
	return 0;
}

static void a_jump_takes_two(void **state)
{
	double at_s;

	(void)state;
	assert_true(jumped_s(1e9) == 0);
	at_s = jumped_s(2500);
	assert_true(at_s > 2500 && at_s < 2520);
	assert_true(proof.jitter_ppb >= 2500 && proof.jitter_ppb < 8000);
}

/* Against what is configured alone: what was widened stands. */
static void what_is_within_the_widened_is_no_news(void **state)
{
	struct axioms now = server;
	struct wander w = {.has_origin = false};
	bool is_seen = false;

	(void)state;
	now.wander_ppb_s = 200;
	for (double t = 1; t < 1400; t++) {
		const double x = ramp_ns(t, 100);
		const struct belief_constraint c = {.raw_ns = (int64_t)(t * 1e9),
						    .lo_ns = (int64_t)x - 100,
						    .hi_ns = (int64_t)x + 100};
		const enum wander_result r =
			wander_add(&w, &now, &server, &c, &known, &proof);

		assert_int_not_equal(r, WANDER_BEYOND);
		is_seen |= r == WANDER_BEYOND_CONFIGURED;
	}
	assert_true(is_seen);
}

/* A sine of 100 ppb and 200 s: over windows of 100 s, half a turn, its means
 * are +-64 ppb by turns: 127 / sqrt(2) = 90 ppb. Of +-100 ns samples no more
 * than 4 x 100 / 100 / sqrt(2) = 2.8 ppb are the source's, and some where the rate
 * turns within the tenth of a window that its ends are from. */
static void a_deviation_is_told_with_its_floor(void **state)
{
	struct wander w = {.has_origin = false};
	double ppb, error_ppb;

	(void)state;
	for (double t = 0; t < 5000; t += 0.5) {
		const double x = -100 * 200 / (2 * M_PI) *
				 cos(2 * M_PI * t / 200);

		known.about_ppb = 100 * sin(2 * M_PI * t / 200);
		add(&w, t, x - 100, x + 100);
	}
	assert_true(wander_deviation(&w, 4, &ppb, &error_ppb));
	assert_true(fabs(ppb - 90) < 10);
	assert_true(error_ppb > 2 && error_ppb < 20);
	known.about_ppb = 0;
	/* Over a second it is the source's: 4 x 100 / sqrt(2). */
	assert_true(wander_deviation(&w, 0, &ppb, &error_ppb));
	assert_true(ppb < error_ppb && fabs(error_ppb - 283) < 30);
	/* Five windows of 1000 s are needed. */
	wander_clear(&w);
	assert_false(wander_deviation(&w, 6, &ppb, &error_ppb));
}

/* The newest of each side, opened by A1. */
static void a_range_by_a1_alone_remains(void **state)
{
	struct wander w = {.has_origin = false};
	int64_t lo, hi;

	(void)state;
	assert_false(wander_range(&w, &server, S, &lo, &hi));
	add(&w, 10, -1000, 1000);
	assert_true(wander_range(&w, &server, 12 * S, &lo, &hi));
	assert_in_range(-lo, 101000, 101010);
	assert_in_range(hi, 101000, 101010);
	/* A wider one that says less now does not count; one that says more. */
	add(&w, 11, -200000, 500);
	assert_true(wander_range(&w, &server, 12 * S, &lo, &hi));
	assert_in_range(-lo, 101000, 101010);
	assert_in_range(hi, 50500, 50510);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ramp_beyond_A2_is_proved),
		cmocka_unit_test(errors_within_the_widths_prove_nothing),
		cmocka_unit_test(a_step_of_the_source_proves_nothing),
		cmocka_unit_test(a_jump_takes_two),
		cmocka_unit_test(what_is_within_the_widened_is_no_news),
		cmocka_unit_test(a_deviation_is_told_with_its_floor),
		cmocka_unit_test(a_range_by_a1_alone_remains),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
