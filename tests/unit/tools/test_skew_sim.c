/* SPDX-License-Identifier: Apache-2.0 */
/* The fleet on paper: what is said of the check and of the map holds in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <string.h>

#include "tools/skew/sim.h"

#define S INT64_C(1000000000)

static const struct sim_options usual = {.nodes = 2000,
					 .k = 8,
					 .seed = 1,
					 .rack_nodes = 40,
					 .dead = 0.01,
					 .liars = 0.005,
					 .asymmetric = 0.02,
					 .rounds = 4,
					 .interval_ns = 16 * S,
					 .half_width_ns = 100000};

static void quiet(const char *what, double part, void *arg)
{
	(void)what, (void)part, (void)arg;
}

static void run(const struct sim_options *opt, struct sim_result *ret)
{
	assert_int_equal(sim_run(opt, quiet, NULL, ret), 0);
}

static void no_honest_node_and_no_good_path_is_blamed(void **state)
{
	struct sim_options o = usual;

	(void)state;
	for (o.seed = 1; o.seed <= 4; o.seed++) {
		struct sim_result r;

		run(&o, &r);
		assert_int_equal(r.accused, 0);
		assert_int_equal(r.paths_blamed, 0);
		assert_int_equal(r.uncovered, 0);
		assert_int_equal(r.checked, 4 * r.edges);
		assert_true(r.liars > 2 && r.dead > 5);
	}
}

/* Guards: with 6 % broken at once, two that agreed had honest nodes blamed, five
 * in the first of these fleets. They are suspected at most; the broken are found
 * as before. */
static void where_many_are_broken_no_honest_node_is_blamed(void **state)
{
	struct sim_options o = usual;

	(void)state;
	o.nodes = 10000;
	o.liars = 0.06;
	for (o.seed = 1; o.seed <= 2; o.seed++) {
		struct sim_result r;

		run(&o, &r);
		assert_int_equal(r.accused, 0);
		assert_true(r.suspicions > 10 * r.suspicions_false);
		assert_true(r.bin[4].liars > 20);
		assert_int_equal(r.bin[4].blamed[0] + r.bin[4].blamed[1],
				 r.bin[4].liars);
	}
}

/* Beyond twice a half-width and twice an edge's error nothing can hide. */
static void
a_bound_that_misses_by_enough_is_seen_and_blamed_in_two_rounds(void **state)
{
	struct sim_options o = usual;
	uint32_t liars = 0;

	(void)state;
	for (o.seed = 1; o.seed <= 4; o.seed++) {
		struct sim_result r;

		run(&o, &r);
		for (int i = 0; i < SIM_BINS; i++) {
			const struct sim_bin *b = &r.bin[i];

			if (b->miss_max <= 1)
				continue;
			liars += b->liars;
			assert_int_equal(b->seen[0], b->liars);
			assert_int_equal(b->blamed[0] + b->blamed[1], b->liars);
		}
	}
	assert_true(liars > 4);
}

static void stamps_that_lie_put_the_blame_on_the_path(void **state)
{
	struct sim_options o = usual;
	struct sim_result r;

	(void)state;
	o.liars = 0;
	o.bad_paths = 0.002;
	run(&o, &r);
	assert_int_equal(r.accused, 0);
	assert_true(r.bad_paths > 10);
	assert_int_equal(r.paths_blamed, r.bad_paths);
	assert_int_equal(r.paths_bad, r.bad_paths);
}

/* Each node has 8 edges of its own and 8 of others: 1 / sqrt(16), and a little
 * more as its neighbours are not exact. */
static void
a_node_is_known_to_a_quarter_of_an_edge_whatever_their_number(void **state)
{
	struct sim_options o = usual;

	(void)state;
	o.rack_nodes = 0;
	o.rounds = 0;
	o.dead = o.liars = o.asymmetric = 0;
	for (o.nodes = 1500; o.nodes <= 6000; o.nodes *= 4) {
		struct sim_result r;

		run(&o, &r);
		assert_int_equal(r.parts, 1);
		assert_int_equal(r.cut_off, 0);
		assert_true(fabs(r.said_ns_rms / r.error_ns_rms - 0.26) < 0.03);
		assert_true(r.odd <= 1 + r.edges / 10000); /* by chance */
	}
}

static void asymmetric_links_are_found(void **state)
{
	struct sim_result r;

	(void)state;
	run(&usual, &r);
	assert_true(r.visible > 100);
	assert_true(r.visible_odd > r.visible * 9 / 10);
	/* and others by chance, whose tails are long */
	assert_true(r.odd - r.odd_asymmetric < r.edges / 100);
}

static void the_same_seed_gives_the_same_fleet(void **state)
{
	struct sim_result a, b;

	(void)state;
	run(&usual, &a);
	run(&usual, &b);
	assert_memory_equal(&a.map_ns_rms, &b.map_ns_rms, sizeof(double));
	assert_memory_equal(a.bin, b.bin, sizeof(a.bin));
	assert_int_equal(a.odd, b.odd);
}

static void what_makes_no_fleet_is_refused(void **state)
{
	struct sim_options o = usual;
	struct sim_result r;

	(void)state;
	o.nodes = 2;
	assert_int_equal(sim_run(&o, quiet, NULL, &r), -EINVAL);
	o.nodes = 100;
	o.k = 1;
	assert_int_equal(sim_run(&o, quiet, NULL, &r), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_honest_node_and_no_good_path_is_blamed),
		cmocka_unit_test(where_many_are_broken_no_honest_node_is_blamed),
		cmocka_unit_test(
			a_bound_that_misses_by_enough_is_seen_and_blamed_in_two_rounds),
		cmocka_unit_test(stamps_that_lie_put_the_blame_on_the_path),
		cmocka_unit_test(
			a_node_is_known_to_a_quarter_of_an_edge_whatever_their_number),
		cmocka_unit_test(asymmetric_links_are_found),
		cmocka_unit_test(the_same_seed_gives_the_same_fleet),
		cmocka_unit_test(what_makes_no_fleet_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
