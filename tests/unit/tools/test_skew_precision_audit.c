/* SPDX-License-Identifier: Apache-2.0 */
/* A clock that is steered by more than the axiom allows is found; one that is
 * not, never. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/skew/precision_audit.h"

#define PPB 500000 /* and 50,000 of A1 */
#define MS  INT64_C(1000000)

static struct precision_audit a;

static int setup(void **state)
{
	(void)state;
	memset(&a, 0, sizeof(a));
	return 0;
}

/* At so many ms: the phase, read to +-50 ns, within 10 us. */
static void take(int64_t at_ms, int64_t phase_ns)
{
	const struct precision_phase p = {(uint32_t)phase_ns, 100};

	precision_audit_take(&a, &p, at_ms * MS, at_ms * MS + 10000, PPB);
}

/* 550 ns a ms and 104 ns of reading are within: 549 and 50 either way. */
static void what_the_axiom_allows_is_never_found(void **state)
{
	(void)state;
	for (int64_t sign = -1; sign <= 1; sign++) {
		memset(&a, 0, sizeof(a));
		for (int64_t i = 0; i < 10000; i++)
			take(i,
			     4000000000 + sign * i * 549 + (i % 2 ? 50 : -50));
		assert_false(a.is_steered);
	}
}

static void a_step_is_found(void **state)
{
	(void)state;
	take(0, 0);
	take(1, 0);
	take(2, -700);
	assert_true(a.is_steered);
}

/* Between any two readings it is hidden by what they may be off by; over many
 * it is not: 600 ns a ms. */
static void a_slew_is_found_over_time(void **state)
{
	int64_t i = 0;

	(void)state;
	for (; i < 100 && !a.is_steered; i++)
		take(i, i * 600);
	/* 50 ns a ms beyond, and 104 + 5.5 to be overcome. */
	assert_in_range(i, 3, 5);
}

/* The phase is known modulo 2^32 ns: it may pass through it. */
static void the_phase_may_wrap(void **state)
{
	(void)state;
	take(0, UINT32_MAX - 100);
	take(1, 200);
	assert_false(a.is_steered);
}

static void a_stretch_begins_with_the_last_reading(void **state)
{
	(void)state;
	take(0, 0);
	take(1, 5000);
	assert_true(a.is_steered);
	precision_audit_restart(&a);
	assert_false(a.is_steered);
	take(2, 5000);
	assert_false(a.is_steered);
	take(3, 10000);
	assert_true(a.is_steered);
}

static void no_reading_is_none(void **state)
{
	const struct precision_phase p = {12345678, PRECISION_NO_PHASE};

	(void)state;
	take(0, 0);
	precision_audit_take(&a, &p, MS, MS, PPB);
	assert_false(a.is_steered);
	take(2, 0);
	assert_false(a.is_steered);
}

/* This machine's own. */
static void a_reading_is_one(void **state)
{
	struct precision_phase p = precision_phase_read();

	(void)state;
	assert_true(p.width_ns < PRECISION_NO_PHASE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_the_axiom_allows_is_never_found,
				       setup),
		cmocka_unit_test_setup(a_step_is_found, setup),
		cmocka_unit_test_setup(a_slew_is_found_over_time, setup),
		cmocka_unit_test_setup(the_phase_may_wrap, setup),
		cmocka_unit_test_setup(a_stretch_begins_with_the_last_reading,
				       setup),
		cmocka_unit_test_setup(no_reading_is_none, setup),
		cmocka_unit_test(a_reading_is_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
