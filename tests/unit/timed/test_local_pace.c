/* SPDX-License-Identifier: Apache-2.0 */
/* A share of the processor: what may be done at once, and what must wait. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "timed/local_pace.h"

#define MS    INT64_C(1000000)
#define SHARE 10

/* A second saved up is a tenth of it of work. */
static void what_was_saved_up_is_there_at_once(void **state)
{
	struct local_pace p = { .share = SHARE };

	(void)state;
	assert_int_equal(local_pace_wait_ns(&p, 5000 * MS), 0);
	local_pace_spend(&p, 5000 * MS, 100 * MS);
	assert_int_equal(local_pace_wait_ns(&p, 5000 * MS), 0);
	local_pace_spend(&p, 5000 * MS, 3 * MS);
	assert_int_equal(local_pace_wait_ns(&p, 5000 * MS), 30 * MS);
	assert_int_equal(local_pace_wait_ns(&p, 5029 * MS), 1 * MS);
	assert_int_equal(local_pace_wait_ns(&p, 5030 * MS), 0);
}

/* Whatever it is that is done whenever it may be: 100 s, in pieces of 0 to 5 ms. */
static void in_the_long_run_it_is_the_share(void **state)
{
	struct local_pace p = { .share = SHARE };
	int64_t now_ns = 0, done_ns = 0;

	(void)state;
	srand(1);
	while (now_ns < 100000 * MS) {
		const int64_t wait_ns = local_pace_wait_ns(&p, now_ns);
		const int64_t work_ns = rand() % (5 * MS);

		now_ns += wait_ns;
		local_pace_spend(&p, now_ns + work_ns, work_ns);
		now_ns += work_ns;
		done_ns += work_ns;
	}
	/* One piece may go beyond, and begin at the end. */
	assert_in_range(done_ns, now_ns / SHARE - 5 * MS,
			(now_ns + LOCAL_PACE_SAVED_NS) / SHARE + 2 * 5 * MS);
}

static void more_than_a_second_is_not_saved_up(void **state)
{
	struct local_pace p = { .share = SHARE };

	(void)state;
	local_pace_spend(&p, 1000 * MS, 200 * MS);
	local_pace_spend(&p, 900000 * MS, 101 * MS);
	assert_int_equal(local_pace_wait_ns(&p, 900000 * MS), 10 * MS);
}

static void without_a_share_nothing_waits(void **state)
{
	struct local_pace p = { .share = 0 };

	(void)state;
	local_pace_spend(&p, 1000 * MS, 100000 * MS);
	assert_int_equal(local_pace_wait_ns(&p, 1000 * MS), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_saved_up_is_there_at_once),
		cmocka_unit_test(in_the_long_run_it_is_the_share),
		cmocka_unit_test(more_than_a_second_is_not_saved_up),
		cmocka_unit_test(without_a_share_nothing_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
