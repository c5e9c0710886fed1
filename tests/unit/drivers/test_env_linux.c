/* SPDX-License-Identifier: Apache-2.0 */
/* The real machine: its clocks go forward, its pairs are pairs, and nobody
 * needs rights to see how it is steered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* before cmocka.h */
#include <cmocka.h>
#include <math.h>

#include "timed/env_linux.h"

static void test_raw_time_does_not_go_back(void **state)
{
	struct env *env = env_linux_open();
	int64_t last_ns = env_raw_ns(env);

	(void)state;
	for (int i = 0; i < 1000; i++) {
		const int64_t now_ns = env_raw_ns(env);

		assert_true(now_ns >= last_ns);
		last_ns = now_ns;
	}
}

static void test_a_pair_is_bracketed(void **state)
{
	struct env *env = env_linux_open();
	const int64_t before_ns = env_raw_ns(env);
	struct env_pair p;

	(void)state;
	assert_int_equal(env_pair(env, &p), 0);
	assert_true(p.raw_ns_before >= before_ns);
	assert_true(p.raw_ns_after >= p.raw_ns_before);
	assert_true(env_raw_ns(env) >= p.raw_ns_after);
	/* after 2020: it is CLOCK_REALTIME */
	assert_true(p.real_ns > INT64_C(1577836800000000000));
}

static void test_steering_is_told_to_everybody(void **state)
{
	struct env_steering s;

	(void)state;
	assert_int_equal(env_steering(env_linux_open(), &s), 0);
	/* the kernel's own limits: a tick of 9000 to 11000, 500 ppm */
	assert_true(fabs(s.rate_ppb) <= 100.5e6);
	assert_true(s.rate_err_ppb >= 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_raw_time_does_not_go_back),
		cmocka_unit_test(test_a_pair_is_bracketed),
		cmocka_unit_test(test_steering_is_told_to_everybody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
