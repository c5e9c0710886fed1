/* SPDX-License-Identifier: Apache-2.0 */
/* The pairs of readings behind tt_at_realtime(), after more of them than a run of
 * the tests can make: test_at_realtime has the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libtt/realtime_pairs.h"

#define S_NS  INT64_C(1000000000)
#define MS_NS INT64_C(1000000)

static struct realtime_pairs pairs;

/* CLOCK_REALTIME is the raw clock, and both are read at once. */
static void add(int64_t ns)
{
	const struct realtime_pair pair = {ns, ns, ns, 0, 0};

	assert_true(realtime_pairs_add(&pairs, &pair));
}

/* Guards against 2^32 pairs, of 49 days a call a ms, being taken for none. */
static void a_count_of_49_days_goes_on(void **state)
{
	int64_t ns = 0, min_ns, max_ns;

	(void)state;
	realtime_pairs_forget(&pairs);
	for (; ns < 6 * S_NS; ns += MS_NS)
		add(ns);
	/* As many rounds of the ring later. */
	pairs.count[0] +=
		(UINT32_MAX - pairs.count[0]) / REALTIME_PAIRS * REALTIME_PAIRS;
	for (int i = 0; i < 2 * REALTIME_PAIRS; i++, ns += MS_NS) {
		add(ns);
		assert_int_equal(realtime_pairs_raw(&pairs, ns - MS_NS / 2,
						    &min_ns, &max_ns),
				 0);
		assert_true(min_ns <= ns - MS_NS / 2);
		assert_true(max_ns >= ns - MS_NS / 2);
		assert_true(max_ns - min_ns <= MS_NS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_count_of_49_days_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
