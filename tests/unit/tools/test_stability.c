/* SPDX-License-Identifier: Apache-2.0 */
/* ADEV, TDEV and MTIE of series whose answers are known. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/stability.h"

#define COUNT 20000

static double x[COUNT];

static void expect_near(double a, double b, double part)
{
	if (fabs(a - b) > fabs(b) * part + 1e-9)
		fail_msg("%.9g is not %.9g", a, b);
}

static void a_constant_rate_has_no_deviation_and_an_mtie(void **state)
{
	double v;

	(void)state;
	for (int i = 0; i < 100; i++)
		x[i] = 60.0 * 5 * i; /* 5 ppb */
	assert_true(stability_adev(x, 100, 3, 60, &v));
	expect_near(v, 0, 0);
	assert_true(stability_tdev(x, 100, 3, &v));
	expect_near(v, 0, 0);
	assert_true(stability_mtie(x, 100, 3, &v));
	expect_near(v, 900, 1e-12);
}

/* x = D t^2 / 2: ADEV = D tau / sqrt(2), at each tau. */
static void a_linear_drift_has_its_adev(void **state)
{
	double v;

	(void)state;
	for (int i = 0; i < 100; i++)
		x[i] = 0.5 * 0.01 * 3600.0 * i * i;
	for (size_t n = 1; n < 40; n *= 2) {
		assert_true(stability_adev(x, 100, n, 60, &v));
		expect_near(v, 0.01 * 60 * (double)n / sqrt(2), 1e-9);
	}
}

/* Second differences of +-1 are +-4: sqrt(16 / 2) / 60; TDEV: that x 60 /
 * sqrt(3). */
static void an_alternating_phase_is_worked_out_by_hand(void **state)
{
	double v;

	(void)state;
	for (int i = 0; i < 100; i++)
		x[i] = i % 2 ? 1 : -1;
	assert_true(stability_adev(x, 100, 1, 60, &v));
	expect_near(v, sqrt(8) / 60, 1e-12);
	assert_true(stability_tdev(x, 100, 1, &v));
	expect_near(v, sqrt(8.0 / 3), 1e-12);
	assert_true(stability_mtie(x, 100, 1, &v));
	expect_near(v, 2, 1e-12);
}

/* Uniform on [-1, 1) from a fixed seed, variance 1/3: white phase noise, whose
 * ADEV is sqrt(3) sigma / tau and whose TDEV is sigma / sqrt(n). */
static void white_phase_noise_falls_as_it_must(void **state)
{
	uint64_t seed = 1;
	const double sigma = sqrt(1.0 / 3);
	double v;

	(void)state;
	for (int i = 0; i < COUNT; i++) {
		seed = seed * UINT64_C(6364136223846793005) +
		       UINT64_C(1442695040888963407);
		x[i] = (double)(seed >> 11) / (double)(UINT64_C(1) << 52) - 1;
	}
	for (size_t n = 1; n <= 16; n *= 4) {
		assert_true(stability_adev(x, COUNT, n, 1, &v));
		expect_near(v, sqrt(3) * sigma / (double)n, 0.05);
		assert_true(stability_tdev(x, COUNT, n, &v));
		expect_near(v, sigma / sqrt((double)n), 0.08);
	}
}

static void too_few_phases_have_no_answer(void **state)
{
	double v;

	(void)state;
	assert_false(stability_adev(x, 8, 4, 1, &v));
	assert_true(stability_adev(x, 9, 4, 1, &v));
	assert_false(stability_tdev(x, 12, 4, &v));
	assert_true(stability_tdev(x, 13, 4, &v));
	assert_false(stability_mtie(x, 4, 4, &v));
	assert_false(stability_adev(x, 4, 0, 1, &v));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_constant_rate_has_no_deviation_and_an_mtie),
		cmocka_unit_test(a_linear_drift_has_its_adev),
		cmocka_unit_test(an_alternating_phase_is_worked_out_by_hand),
		cmocka_unit_test(white_phase_noise_falls_as_it_must),
		cmocka_unit_test(too_few_phases_have_no_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
