/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several daemons in one true time: what commit wait promises between hosts,
 * each of which sees nothing but its own counter and its own interval.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/scenarios.h"
#include "tt/tt.h"

#define NODES 4
#define TICKS 150000 /* of all nodes together: an hour each */

struct commit {
	bool is_waiting;
	int64_t timestamp_ns;
};

static struct run *node[NODES];
static struct scenario law[NODES];

/* Four different hosts: grades, rates, paths, a liar, pauses and kills. */
static void open_fleet(uint64_t seed)
{
	static const char *const names[NODES] = {"server", "pauses", "ptp",
						 "drifting liar"};

	for (int i = 0; i < NODES; i++) {
		law[i] = *scenario_find(names[i]);
		law[i].oscillator.start_ppb += 3000 * i;
		assert_int_equal(run_new(&law[i], seed * 10 + (uint64_t)i, 0,
					 NULL, &node[i]),
				 0);
	}
}

/* The node whose next tick comes first in true time. */
static int first_node(void)
{
	int first = 0;

	for (int i = 1; i < NODES; i++)
		if (run_tai_ns(node[i]) < run_tai_ns(node[first]))
			first = i;
	return first;
}

static void close_fleet(void)
{
	for (int i = 0; i < NODES; i++) {
		struct outcome o;

		run_outcome(node[i], &o);
		assert_int_equal(o.misses, 0);
		assert_int_equal(o.went_back, 0);
		run_free(node[i]);
	}
}

static void commits_are_ordered_as_they_were_made(void **state)
{
	struct commit commit[NODES] = {{false, 0}};
	int64_t acknowledged_ns = 0; /* greatest whose wait is over */
	struct tt_interval before = {0, 0, 0, 0, 0, 0, {0, 0, 0}};
	uint64_t commits = 0, ordered = 0;

	(void)state;
	open_fleet(1);
	for (int k = 0; k < TICKS; k++) {
		const int i = first_node();
		struct commit *c = &commit[i];
		struct tt_interval now;

		assert_int_equal(run_tick(node[i]), 0);
		if (tt_at_raw(run_clock(node[i]), run_raw_ns(node[i]),
			      &now) != 0)
			continue;
		/* What happened after something is never told as before it. */
		assert_int_not_equal(tt_order(&now, &before), -1);
		ordered += tt_order(&before, &now) == -1;
		before = now;
		if (c->is_waiting && now.earliest_ns > c->timestamp_ns) {
			c->is_waiting = false;
			commits++;
			if (c->timestamp_ns > acknowledged_ns)
				acknowledged_ns = c->timestamp_ns;
		}
		/* A transaction that starts after another was acknowledged,
		 * on any host, gets the greater timestamp. */
		if (!c->is_waiting) {
			assert_true(now.latest_ns > acknowledged_ns);
			*c = (struct commit){true, now.latest_ns};
		}
	}
	print_message("%llu commits on %d hosts, %llu reads told apart\n",
		      (unsigned long long)commits, NODES,
		      (unsigned long long)ordered);
	assert_true(commits > TICKS / 4);
	close_fleet();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commits_are_ordered_as_they_were_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
