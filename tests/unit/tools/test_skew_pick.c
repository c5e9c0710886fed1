/* SPDX-License-Identifier: Apache-2.0 */
/* Who probes whom: what pick.h promises, as properties over fleets by seed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/skew/pick.h"

#define NODES_MAX 2000

static struct pick_node node[NODES_MAX + 1];

/* "n17" in rack 17 / per_rack of some datacenter. */
static void make_fleet(size_t n, size_t per_rack)
{
	for (size_t i = 0; i < n; i++) {
		char name[32], rack[32];

		snprintf(name, sizeof(name), "n%zu", i);
		snprintf(rack, sizeof(rack), "r%zu", i / per_rack);
		node[i].key = pick_key(name);
		node[i].rack = pick_rack("fra", NULL, rack);
	}
}

static const struct pick_options usual = {.seed = 7, .k = PICK_K_DEFAULT};

static bool has(const uint32_t *list, size_t n, uint32_t i)
{
	for (size_t j = 0; j < n; j++) {
		if (list[j] == i)
			return true;
	}
	return false;
}

static void up_to_17_nodes_everybody_probes_everybody(void **state)
{
	uint32_t peer[PICK_PEERS_MAX];

	(void)state;
	make_fleet(18, 6);
	for (size_t n = 1; n <= 17; n++) {
		assert_int_equal(pick_peers(node, n, n - 1, &usual, peer),
				 n - 1);
		for (uint32_t i = 0; i + 1 < n; i++)
			assert_true(has(peer, n - 1, i));
	}
	assert_int_equal(pick_peers(node, 18, 0, &usual, peer), 8);
}

static void nobody_probes_itself_or_a_node_twice(void **state)
{
	struct pick_options opt = usual;
	uint32_t peer[PICK_PEERS_MAX];

	(void)state;
	make_fleet(200, 10);
	for (opt.k = PICK_K_MIN; opt.k <= PICK_K_MAX; opt.k++) {
		for (size_t self = 0; self < 200; self++) {
			const size_t count =
				pick_peers(node, 200, self, &opt, peer);

			assert_int_equal(count, opt.k);
			assert_false(has(peer, count, (uint32_t)self));
			for (size_t i = 0; i < count; i++) {
				assert_true(peer[i] < 200);
				assert_false(has(peer, i, peer[i]));
			}
		}
	}
}

/* k = 32 of 18 nodes: all others, and no loop without end. */
static void k_beyond_the_fleet_is_the_fleet(void **state)
{
	const struct pick_options opt = {.k = 32};
	uint32_t peer[PICK_PEERS_MAX];

	(void)state;
	make_fleet(18, 1);
	assert_int_equal(pick_peers(node, 18, 3, &opt, peer), 17);
}

static void one_peer_is_in_the_rack_and_one_outside(void **state)
{
	struct pick_options opt = usual;
	uint32_t peer[PICK_PEERS_MAX];

	(void)state;
	make_fleet(1000, 20);
	for (opt.epoch = 0; opt.epoch < 20; opt.epoch++) {
		for (size_t self = 0; self < 1000; self += 7) {
			size_t inside = 0, outside = 0;
			const size_t count =
				pick_peers(node, 1000, self, &opt, peer);

			for (size_t i = 0; i < count; i++) {
				if (node[peer[i]].rack == node[self].rack)
					inside++;
				else
					outside++;
			}
			assert_true(inside >= 1);
			assert_true(outside >= 1);
		}
	}
}

/* Alone in its rack, or all in one: k peers all the same. */
static void racks_of_one_and_of_all_have_k_peers(void **state)
{
	uint32_t peer[PICK_PEERS_MAX];

	(void)state;
	make_fleet(100, 1);
	assert_int_equal(pick_peers(node, 100, 5, &usual, peer), 8);
	make_fleet(100, 100);
	assert_int_equal(pick_peers(node, 100, 5, &usual, peer), 8);
}

static void the_plan_gives_what_the_scan_gives(void **state)
{
	static const size_t per_rack[] = {1, 3, 16, 300, 299};
	struct pick_options opt = {.k = 8};

	(void)state;
	for (uint64_t seed = 1; seed <= 5; seed++) {
		struct pick_plan *plan;

		opt.seed = seed;
		opt.epoch = seed * 5;
		opt.k = (unsigned)(2 + seed * 3) % PICK_PEERS_MAX;
		make_fleet(300, per_rack[seed - 1]);
		assert_int_equal(pick_plan_new(node, 300, &opt, &plan), 0);
		for (size_t self = 0; self < 300; self++) {
			uint32_t a[PICK_PEERS_MAX], b[PICK_PEERS_MAX];
			const size_t count =
				pick_peers(node, 300, self, &opt, a);

			assert_int_equal(pick_plan_peers(plan, self, b), count);
			assert_memory_equal(a, b, count * sizeof(*a));
		}
		pick_plan_free(plan);
	}
	pick_plan_free(NULL);
}

/* Edges of `before` that are not in `after`; nodes are the same but the last. */
static size_t edges_lost(size_t n_before, size_t n_after,
			 const struct pick_options *opt, size_t *ret_edges)
{
	const size_t n = n_before < n_after ? n_before : n_after;
	size_t lost = 0;

	*ret_edges = 0;
	for (size_t self = 0; self < n; self++) {
		uint32_t a[PICK_PEERS_MAX], b[PICK_PEERS_MAX];
		const size_t na = pick_peers(node, n_before, self, opt, a);
		const size_t nb = pick_peers(node, n_after, self, opt, b);

		*ret_edges += na;
		for (size_t i = 0; i < na; i++)
			lost += !has(b, nb, a[i]);
	}
	return lost;
}

/*
 * k of the k n edges end at the node that goes: 1/n. What moves besides is what
 * made room for it among peers that were taken already: little.
 */
static void a_node_that_comes_or_goes_moves_one_nth(void **state)
{
	struct pick_options opt = usual;
	size_t gone = 0, came = 0, edges = 0, of;

	(void)state;
	make_fleet(501, 20);
	for (opt.seed = 1; opt.seed <= 20; opt.seed++) {
		gone += edges_lost(501, 500, &opt, &of);
		came += edges_lost(500, 501, &opt, &of);
		edges += of;
	}
	printf("of %zu edges %zu moved when a node went (1/n: %zu), %zu when "
	       "it came\n",
	       edges, gone, edges / 500, came);
	assert_true(gone >= edges / 500 / 2);
	assert_true(gone <= edges / 500 * 3 / 2);
	assert_true(came <= edges / 500 * 3 / 2);
}

/* Slots of all nodes are rings: k - 2 of them, exactly one prober each; the
 * other two depend on the racks. */
static void everybody_is_probed_and_nobody_by_many(void **state)
{
	size_t probers[NODES_MAX] = {0}, least = SIZE_MAX, most = 0;

	(void)state;
	make_fleet(NODES_MAX, 20);
	for (size_t self = 0; self < NODES_MAX; self++) {
		uint32_t peer[PICK_PEERS_MAX];
		const size_t count =
			pick_peers(node, NODES_MAX, self, &usual, peer);

		for (size_t i = 0; i < count; i++)
			probers[peer[i]]++;
	}
	for (size_t i = 0; i < NODES_MAX; i++) {
		least = probers[i] < least ? probers[i] : least;
		most = probers[i] > most ? probers[i] : most;
	}
	printf("probers of a node: %zu to %zu\n", least, most);
	assert_true(least >= 6);
	assert_true(most <= 12);
}

/* By a flood from node 0 along the edges, either way. */
static void the_fleet_is_never_in_two_parts(void **state)
{
	static bool seen[500];
	struct pick_options opt = {.k = PICK_K_MIN + 1};

	(void)state;
	make_fleet(500, 25);
	for (opt.epoch = 0; opt.epoch < 10; opt.epoch++) {
		bool is_growing = true;
		size_t count = 0;

		memset(seen, 0, sizeof(seen));
		seen[0] = true;
		while (is_growing) {
			is_growing = false;
			for (size_t i = 0; i < 500; i++) {
				uint32_t peer[PICK_PEERS_MAX];
				const size_t n =
					pick_peers(node, 500, i, &opt, peer);

				for (size_t j = 0; j < n; j++) {
					if (seen[i] == seen[peer[j]])
						continue;
					seen[i] = seen[peer[j]] = true;
					is_growing = true;
				}
			}
		}
		for (size_t i = 0; i < 500; i++)
			count += seen[i];
		assert_int_equal(count, 500);
	}
}

static void an_epoch_changes_one_slot(void **state)
{
	struct pick_options opt = usual;

	(void)state;
	make_fleet(1000, 20);
	for (size_t self = 0; self < 100; self++) {
		uint32_t a[PICK_PEERS_MAX], b[PICK_PEERS_MAX];
		size_t changed = 0;

		opt.epoch = self;
		pick_peers(node, 1000, self, &opt, a);
		opt.epoch++;
		pick_peers(node, 1000, self, &opt, b);
		for (size_t i = 0; i < 8; i++)
			changed += !has(b, 8, a[i]);
		/* and rarely one that this makes room for */
		assert_in_range(changed, 0, 2);
	}
}

/* As pick.h reckons: all pairs after (n / 2) ln(n^2 / 2) epochs, or some more
 * by chance and for the slots that racks bind. */
static void in_time_every_pair_is_seen(void **state)
{
	enum { N = 60 };
	static bool met[N][N];
	struct pick_options opt = usual;
	size_t left = N * (N - 1) / 2, half = 0;

	(void)state;
	make_fleet(N, 10);
	for (opt.epoch = 0; left && opt.epoch < 1000; opt.epoch++) {
		for (size_t i = 0; i < N; i++) {
			uint32_t peer[PICK_PEERS_MAX];
			const size_t n = pick_peers(node, N, i, &opt, peer);

			for (size_t j = 0; j < n; j++) {
				left -= !met[i][peer[j]];
				met[i][peer[j]] = met[peer[j]][i] = true;
			}
		}
		if (!half && left < N * (N - 1) / 4)
			half = (size_t)opt.epoch;
	}
	printf("60 nodes: half of all pairs after %zu epochs, all after %zu\n",
	       half, (size_t)opt.epoch);
	assert_int_equal(left, 0);
	/* 30 ln(1800) = 225 */
	assert_in_range(opt.epoch, 60, 500);
}

static void probers_are_those_that_probe(void **state)
{
	enum { N = 400 };
	static size_t told[N], true_probers[N];
	struct pick_options opt = usual;
	size_t found = 0, all = 0;

	(void)state;
	make_fleet(N, 16);
	memset(told, 0, sizeof(told));
	for (size_t i = 0; i < N; i++) {
		uint32_t peer[PICK_PEERS_MAX];
		const size_t n = pick_peers(node, N, i, &opt, peer);

		for (size_t j = 0; j < n; j++)
			true_probers[peer[j]]++;
	}
	for (size_t target = 0; target < N; target += 5) {
		uint32_t who[PICK_PROBERS_MAX], peer[PICK_PEERS_MAX];
		const size_t n = pick_probers(node, N, target, &opt, who);

		for (size_t i = 0; i < n; i++) {
			const size_t k =
				pick_peers(node, N, who[i], &opt, peer);

			assert_true(has(peer, k, (uint32_t)target));
			assert_false(has(who, i, who[i]));
		}
		assert_true(n <= true_probers[target]);
		found += n;
		all += true_probers[target];
	}
	printf("%zu of %zu probers found from the probed side\n", found, all);
	assert_true(found * 100 >= all * 98);
}

static void all_agree_whatever_the_order_of_the_file(void **state)
{
	uint32_t a[PICK_PEERS_MAX], b[PICK_PEERS_MAX];
	static struct pick_node turned[100];

	(void)state;
	make_fleet(100, 10);
	for (size_t i = 0; i < 100; i++)
		turned[99 - i] = node[i];
	for (size_t self = 0; self < 100; self++) {
		pick_peers(node, 100, self, &usual, a);
		pick_peers(turned, 100, 99 - self, &usual, b);
		for (size_t i = 0; i < 8; i++)
			assert_int_equal(a[i], 99 - b[i]);
	}
}

static void seeds_and_labels_tell_fleets_and_racks_apart(void **state)
{
	struct pick_options other = usual;
	uint32_t a[PICK_PEERS_MAX], b[PICK_PEERS_MAX];

	(void)state;
	make_fleet(500, 20);
	other.seed++;
	pick_peers(node, 500, 0, &usual, a);
	pick_peers(node, 500, 0, &other, b);
	assert_memory_not_equal(a, b, 8 * sizeof(*a));
	assert_int_equal(pick_rack(NULL, NULL, NULL), 0);
	assert_int_equal(pick_rack("", "", ""), 0);
	assert_true(pick_rack("a", NULL, NULL) != pick_rack(NULL, "a", NULL));
	assert_true(pick_rack("a", "b", "c") == pick_rack("a", "b", "c"));
	assert_true(pick_key("a") != pick_key("b"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(up_to_17_nodes_everybody_probes_everybody),
		cmocka_unit_test(nobody_probes_itself_or_a_node_twice),
		cmocka_unit_test(k_beyond_the_fleet_is_the_fleet),
		cmocka_unit_test(one_peer_is_in_the_rack_and_one_outside),
		cmocka_unit_test(racks_of_one_and_of_all_have_k_peers),
		cmocka_unit_test(the_plan_gives_what_the_scan_gives),
		cmocka_unit_test(a_node_that_comes_or_goes_moves_one_nth),
		cmocka_unit_test(everybody_is_probed_and_nobody_by_many),
		cmocka_unit_test(the_fleet_is_never_in_two_parts),
		cmocka_unit_test(an_epoch_changes_one_slot),
		cmocka_unit_test(in_time_every_pair_is_seen),
		cmocka_unit_test(probers_are_those_that_probe),
		cmocka_unit_test(all_agree_whatever_the_order_of_the_file),
		cmocka_unit_test(seeds_and_labels_tell_fleets_and_racks_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
