/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How well CLOCK_REALTIME is kept (steer_lab.h). Seeds are fixed; figures go to
 * the output, and what is asserted is stated with each claim.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "tests/sim/steer_lab.h"
#include "sim/scenarios.h"

static void test_quality(void **state)
{
	static const double rms_ns_most[] = {20e3, 250, 100};

	(void)state;
	for (enum steer_input i = 0; i < INPUTS; i++) {
		struct steer_figures f;

		steer_lab_open(i, 0, NULL, 0);
		steer_lab_run(3600);
		f = steer_lab_run(3 * 3600);
		steer_lab_tell("three hours", i, &f);
		assert_true(steer_figures_rms_ns(&f) < rms_ns_most[i]);
		/* no limit cycle: nothing but the estimate's own error */
		assert_true(steer_figures_rms_ns(&f) <
			    1.1 * steer_figures_best_rms_ns(&f));
		assert_true(f.max_ns < 5 * rms_ns_most[i]);
		assert_true(steer_figures_rate_rms_ppb(&f) < 40);
		assert_true(f.over_sigmas < 6);
		steer_lab_close();
	}
}

/* The rms that chrony 4.3 is published to keep a clock to, on like input. */
static void test_published_figures(void **state)
{
	static const struct {
		const char *scenario;
		double chrony_rms_ns;
	} of[] = {{"figure lan server", 10600},
		  {"figure hardware", 39},
		  {"figure phc", 36}};

	(void)state;
	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		double sum2_ns2 = 0, sum2_ppb2 = 0, max_ns = 0, rms_ns_all;

		for (uint64_t k = 0; k < 8; k++) {
			struct steer_figures f;

			memset(&steer_lab, 0, sizeof(steer_lab));
			steer_lab.law = *scenario_find(of[i].scenario);
			steer_lab_begin_seed(0, &steer_lab_usual,
					     STEER_LAB_SEED + k);
			steer_lab_run(3600);
			f = steer_lab_run(2 * 3600);
			sum2_ns2 += pow(steer_figures_rms_ns(&f), 2) / 8;
			sum2_ppb2 += pow(steer_figures_rate_rms_ppb(&f), 2) / 8;
			max_ns = fmax(max_ns, f.max_ns);
			steer_lab_close();
		}
		rms_ns_all = sqrt(sum2_ns2);
		print_message("%s: rms %.1f ns (chrony: %.0f), max %.0f ns, "
			      "rate changes by %.2f ppb a second\n",
			      of[i].scenario, rms_ns_all, of[i].chrony_rms_ns,
			      max_ns, sqrt(sum2_ppb2));
		assert_true(rms_ns_all <= of[i].chrony_rms_ns);
	}
}

static void test_offset(void **state)
{
	(void)state;
	for (enum steer_input i = 0; i < INPUTS; i++) {
		for (int sign = -1; sign <= 1; sign += 2) {
			struct steer_figures f;
			int took_s;

			steer_lab_open(i, sign * 100e6, NULL, 0);
			f = steer_lab_run(180);
			took_s =
				steer_lab_settles(steer_lab_settled_ns[i], 600);
			print_message("%s: 100 ms are gone after %d s\n",
				      steer_lab_input_name[i], 180 + took_s);
			assert_true(180 + took_s < 300);
			assert_true(f.max_ns < 100.2e6);
			f = steer_lab_run(600);
			steer_lab_tell("after 100 ms", i, &f);
			assert_true(f.over_sigmas < 4);
			assert_int_equal(steer_lab.steer.view.steps, 0);
			steer_lab_close();
		}
	}
}

/* The estimator has to notice it; the clock then follows, and no further. */
static void test_frequency_steps(void **state)
{
	const struct fault faults[] = {
		{.kind = FAULT_RATE_JUMP, .from_s = 3600, .value = 10000},
		{.kind = FAULT_RATE_JUMP, .from_s = 7200, .value = -10000}};

	(void)state;
	for (enum steer_input i = 0; i < INPUTS; i++) {
		steer_lab_open(i, 0, faults, 2);
		steer_lab_run(3600);
		for (int n = 0; n < 2; n++) {
			struct steer_figures f;
			int took_s = steer_lab_settles(steer_lab_settled_ns[i],
						       1800);

			f = steer_lab_run(3600 - took_s - 59);
			print_message("%s: a step of 10 ppm is settled after "
				      "%d s\n",
				      steer_lab_input_name[i], took_s);
			steer_lab_tell("after it", i, &f);
			assert_true(took_s < (i == INPUT_NTP ? 900 : 60));
			assert_true(f.over_sigmas < 6);
		}
		steer_lab_close();
	}
}

static void test_holdover(void **state)
{
	const struct fault faults[] = {{.kind = FAULT_SILENCE,
					.from_s = 3600,
					.to_s = 3600 + 86400,
					.feed = FAULT_ALL_FEEDS}};

	(void)state;
	for (enum steer_input i = 0; i < INPUTS; i++) {
		struct steer_figures f;
		double left_ns;
		int took_s;

		steer_lab_open(i, 0, faults, 1);
		steer_lab_run(3600 + 60);
		f = steer_lab_run(86400 - 60 - 1);
		steer_lab_tell("a day's holdover", i, &f);
		assert_int_equal(steer_lab.steer.view.state, STEER_HOLDING);
		assert_true(steer_figures_rate_rms_ppb(&f) < 1);
		left_ns = steer_lab.off_ns;
		steer_lab.start_sign = left_ns < 0 ? -1 : 1;
		took_s = steer_lab_settles(steer_lab_settled_ns[i], 1800);
		print_message("%s: %.0f us are gone after %d s\n",
			      steer_lab_input_name[i], left_ns / 1e3, took_s);
		assert_true(took_s < (i == INPUT_NTP ? 900 : 300));
		f = steer_lab_run(1800);
		steer_lab_tell("after it", i, &f);
		assert_true(f.over_sigmas < 6);
		steer_lab_close();
	}
}

/* In the middle of a slew the daemon stands still: the kernel ends what it was
 * given, and all else waits for the daemon. */
static void test_late_loop(void **state)
{
	(void)state;
	for (enum steer_input i = 0; i < INPUTS; i++) {
		struct steer_figures f;
		double before_ns;
		uint64_t orders;

		steer_lab_open(i, 20e6, NULL, 0);
		steer_lab_run(30);
		before_ns = steer_lab.off_ns;
		orders = steer_lab.steer.view.orders;
		steer_lab.is_deaf = true;
		f = steer_lab_run(45);
		assert_true(steer_lab.off_ns > before_ns - 2.6e6);
		steer_lab.is_deaf = false;
		steer_lab_second();
		assert_true(steer_lab.steer.view.orders == orders + 1);
		f = steer_lab_run(400);
		steer_lab_tell("after a late loop", i, &f);
		assert_true(fabs(steer_lab.off_ns) < steer_lab_settled_ns[i]);
		steer_lab.is_deaf = true;
		f = steer_lab_run(100);
		steer_lab_tell("a hundred seconds without it", i, &f);
		assert_true(f.max_ns < steer_lab_settled_ns[i] + 50 * 100);
		steer_lab_close();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quality),
		cmocka_unit_test(test_published_figures),
		cmocka_unit_test(test_offset),
		cmocka_unit_test(test_frequency_steps),
		cmocka_unit_test(test_holdover),
		cmocka_unit_test(test_late_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
