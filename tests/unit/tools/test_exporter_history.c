/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of half-widths. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/exporter/history.h"

#define S INT64_C(1000000000)

static struct history history;

static void add(int64_t raw_s, int64_t width_ns, uint64_t epoch)
{
	struct status s = {.now = {.latest_ns = width_ns,
				   .epoch = epoch,
				   .state = TT_SYNCHRONIZED}};

	if (width_ns < 0)
		s.segment_err = -ESTALE;
	history_add(&history, &s, raw_s * S);
}

static void a_bucket_holds_what_is_up_to_its_edge(void **state)
{
	(void)state;
	for (int i = 0; i < HISTORY_BUCKETS - 1; i++) {
		/* Edges are whole numbers of nanoseconds. */
		int64_t edge_ns =
			(int64_t)(strtod(history_edge[i], NULL) * 1e9 + 0.5);

		history_init(&history);
		add(1, 2 * edge_ns, 1);
		assert_int_equal(history.bucket[i], 1);
		add(2, 2 * edge_ns + 1, 1); /* half of it is rounded up */
		assert_int_equal(history.bucket[i + 1], 1);
	}
	history_init(&history);
	add(1, 0, 1);
	assert_int_equal(history.bucket[0], 1);
}

static void the_ring_keeps_the_last_hour(void **state)
{
	(void)state;
	history_init(&history);
	for (int i = 0; i < HISTORY_POINTS + 7; i++)
		add(i, 2 * i, 1);
	assert_int_equal(history.count, HISTORY_POINTS);
	assert_int_equal(history_at(&history, 0)->half_ns, 7);
	assert_int_equal(history_at(&history, HISTORY_POINTS - 1)->raw_ns,
			 (HISTORY_POINTS + 6) * S);
}

static void an_epoch_counts_when_it_differs_from_the_one_before(void **state)
{
	(void)state;
	history_init(&history);
	add(1, 10, 7);
	add(2, 10, 7);
	add(3, -1, 0);
	add(4, 10, 7);
	assert_int_equal(history.epoch_changes, 0);
	add(5, 10, 8);
	add(6, -1, 0);
	add(7, 10, 9);
	assert_int_equal(history.epoch_changes, 2);
	assert_int_equal(history.errors[5], 2); /* ESTALE */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bucket_holds_what_is_up_to_its_edge),
		cmocka_unit_test(the_ring_keeps_the_last_hour),
		cmocka_unit_test(
			an_epoch_counts_when_it_differs_from_the_one_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
