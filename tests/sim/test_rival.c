/* SPDX-License-Identifier: Apache-2.0 */
/* The others' formulas, against numbers worked out by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/rival.h"
#include "sim/rival_chronyd.h"
#include "sim/rival_regress.h"

#define START_NS (INT64_C(1795305600) * SECOND_NS)

static void assert_near(double a, double b, double by)
{
	if (!(fabs(a - b) <= by))
		fail_msg("%g is not %g +- %g", a, b, by);
}

static void few_runs_are_rare(void **state)
{
	(void)state;
	/* n = 5: one run is 2 of 32 cases, 6.25 %: never too few. */
	assert_int_equal(regress_runs_critical(5), 0);
	/* n = 6: 2 of 64, 3.1 %; two runs would be 18.75 %. */
	assert_int_equal(regress_runs_critical(6), 1);
	/* n = 10: 1 + 9 of 512 are 1.95 %; 1 + 9 + 36 are 9 %. */
	assert_int_equal(regress_runs_critical(10), 2);
}

static void student_s_t_is_that_of_the_tables(void **state)
{
	(void)state;
	assert_near(regress_t(1), 636.6, 0.1);
	assert_near(regress_t(10), 4.587, 0.01);
	assert_near(regress_t(40), 3.551, 0.01);
	assert_near(regress_t(1000), 3.3, 0.2);
}

static void a_line_is_found(void **state)
{
	double t_s[20], y_ns[20], weight[20];
	struct regress_line l;

	(void)state;
	/* 1000 ns - 50 ppb, and residuals +-10 that alternate. */
	for (int i = 0; i < 20; i++) {
		t_s[i] = 16.0 * (i - 19);
		y_ns[i] = 1000 - 50 * t_s[i] + (i % 2 ? 10 : -10);
		weight[i] = 1;
	}
	assert_true(regress_fit(t_s, y_ns, weight, 20, 0, 6, &l));
	assert_int_equal(l.used, 20);
	assert_near(l.rate_ppb, -50, 0.2);
	assert_near(l.offset_ns, 1000, 5);
	assert_near(l.sd_ns, 10 * sqrt(20.0 / 18), 0.2);
	assert_false(regress_fit(t_s, y_ns, weight, 2, 0, 6, &l));
}

/* A bend leaves long runs: the old half goes. */
static void old_samples_go_when_the_rate_has_changed(void **state)
{
	double t_s[40], y_ns[40], weight[40];
	struct regress_line l;

	(void)state;
	for (int i = 0; i < 40; i++) {
		t_s[i] = i - 39;
		y_ns[i] = (i < 20 ? 1000.0 * (20 - i) : 0) + (i % 2 ? 1 : -1);
		weight[i] = 1;
	}
	assert_true(regress_fit(t_s, y_ns, weight, 40, 0, 6, &l));
	assert_in_range(l.first, 15, 34);
	assert_near(l.rate_ppb, 0, 60);
}

/* An exact server over a symmetric path: the bound is what is published. */
static void chrony_claims_what_its_manual_says(void **state)
{
	static const struct scenario sc = {
		.feed_count = 1,
		.feed = {{.kind = FEED_EXCHANGE,
			  .class = SOURCE_NTP,
			  .poll_s = 16,
			  .stamp = {1000, PLACE_RANDOM}}}};
	static struct chronyd c;
	struct chronyd_tracking t;

	(void)state;
	chronyd_init(&c, &sc, 1000, 1);
	assert_false(chronyd_tracking(&c, SECOND_NS, &t));
	for (int i = 1; i <= 20; i++) {
		const struct feed_measurement m = {
			.raw_ns = i * 16 * SECOND_NS,
			.mid_ns = START_NS + i * 16 * 5000, /* 5 ppm */
			.delay_ns = 200000,
			.root_ns = 3000,
			.stamp_ns = 1000};

		chronyd_measurement(&c, 0, &m, m.raw_ns);
	}
	assert_true(chronyd_tracking(&c, 330 * SECOND_NS, &t));
	assert_near((double)(t.unix_ns - START_NS - 330 * SECOND_NS),
		    330 * 5000, 5);
	assert_near(t.root_delay_ns, 200000, 0.5);
	/* Of the sample 4000; then 10 s, up to 1 more by chronyd's blur, of
	 * 1 ppm and next to no skew. */
	assert_true(t.root_dispersion_ns >= 4000 + 10000);
	assert_true(t.root_dispersion_ns <= 4000 + 11000 + 300);
}

/* Constant offsets of a servo that has settled: the window is clockAccuracy
 * alone, and does not grow. */
static void fbclock_waits_for_100_samples(void **state)
{
	static const struct scenario sc = {
		.feed_count = 1,
		.feed = {{.kind = FEED_EXCHANGE,
			  .class = SOURCE_PTP,
			  .poll_s = 1,
			  .server = {100, PLACE_RANDOM}}}};
	struct rival_claim claim;
	struct rival *r;

	(void)state;
	assert_int_equal(rival_fbclock_open(&sc, 1, &r), 0);
	for (int i = 1; i <= 250; i++) {
		const struct feed_measurement m = {
			.raw_ns = i * SECOND_NS,
			.mid_ns = START_NS + i * 5000,
			.delay_ns = 4000,
			.root_ns = 100,
			.stamp_ns = 8};

		assert_int_equal(r->ops->claim(r, m.raw_ns, &claim), i > 102);
		r->ops->measurement(r, 0, &m, m.raw_ns);
	}
	assert_true(r->ops->claim(r, 250 * SECOND_NS, &claim));
	assert_near(claim.half_ns, 100, 0.5);
	assert_near((double)(claim.unix_ns + 37 * SECOND_NS - START_NS -
			     250 * SECOND_NS),
		    250 * 5000, 5);
	r->ops->close(r);
}

static void fbclock_needs_ptp(void **state)
{
	static const struct scenario sc = {
		.feed_count = 1,
		.feed = {{.kind = FEED_EXCHANGE, .class = SOURCE_NTP}}};
	struct rival *r;

	(void)state;
	assert_int_equal(rival_fbclock_open(&sc, 1, &r), -19 /* ENODEV */);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(few_runs_are_rare),
		cmocka_unit_test(student_s_t_is_that_of_the_tables),
		cmocka_unit_test(a_line_is_found),
		cmocka_unit_test(old_samples_go_when_the_rate_has_changed),
		cmocka_unit_test(chrony_claims_what_its_manual_says),
		cmocka_unit_test(fbclock_waits_for_100_samples),
		cmocka_unit_test(fbclock_needs_ptp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
