/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is blamed: small graphs in which it is known what is wrong, and all of
 * them. A node is wrong by a shift, a path by an error; every edge is measured
 * to +-1, so that what others see can be told from nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tools/skew/verdict.h"

#define NODES 5

/* What is wrong, and who can be asked. */
struct world {
	int64_t node[NODES];	    /* by how much its bound is moved */
	int64_t path[NODES][NODES]; /* prober, probed */
	bool silent[NODES];
	int64_t coarse[NODES]; /* half-width of what it measures; 0: 1 */
};

/*
 * The prober a's interval is off by node[a], b's by node[b]: to agree, b's has
 * to be moved by their difference, less what the path adds.
 */
static struct shift edge_of(const struct world *w, int a, int b)
{
	const int64_t half = w->coarse[a] ? w->coarse[a] : 1;
	const int64_t mid = w->node[a] - w->node[b] - w->path[a][b];

	return (struct shift){mid - half, mid + half};
}

/* What node a knows and is told of its edge to b. */
static void collect(const struct world *w, int a, int b, struct evidence *e)
{
	memset(e, 0, sizeof(*e));
	e->edge = edge_of(w, a, b);
	for (int i = 0; i < NODES; i++) {
		if (i == a || i == b)
			continue;
		if (!w->silent[i])
			e->of_suspect[e->of_suspects++] = edge_of(w, i, b);
		e->of_prober[e->of_probers++] = shift_turn(edge_of(w, a, i));
	}
}

/* Everybody's verdicts of all his edges that prove something. */
struct blame {
	size_t node[NODES], path[NODES][NODES], undecided, edges;
};

static void judge_all(const struct world *w, struct blame *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (int a = 0; a < NODES; a++) {
		for (int b = 0; b < NODES; b++) {
			struct evidence e;

			if (a == b)
				continue;
			collect(w, a, b, &e);
			if (shift_is_consistent(&e.edge))
				continue;
			ret->edges++;
			switch (verdict_decide(&e, NULL)) {
			case VERDICT_NODE:
				ret->node[b]++;
				break;
			case VERDICT_PROBER:
				ret->node[a]++;
				break;
			case VERDICT_PATH:
				ret->path[a][b]++;
				break;
			case VERDICT_UNDECIDED:
			default:
				ret->undecided++;
			}
		}
	}
}

/* Nobody is blamed who is right: the one claim that holds in every world here. */
static void expect_no_innocent(const struct world *w, const struct blame *b)
{
	for (int i = 0; i < NODES; i++) {
		if (!w->node[i])
			assert_int_equal(b->node[i], 0);
		for (int j = 0; j < NODES; j++) {
			if (!w->path[i][j])
				assert_int_equal(b->path[i][j], 0);
		}
	}
}

static void nothing_wrong_is_nothing_said(void **state)
{
	struct world w = {.node = {0}};
	struct blame b;

	(void)state;
	judge_all(&w, &b);
	assert_int_equal(b.edges, 0);
}

/* Each node, by each sign: all 8 edges at it are decided, and rightly. */
static void a_lying_node_is_found_by_everybody_and_by_itself(void **state)
{
	(void)state;
	for (int liar = 0; liar < NODES; liar++) {
		for (int64_t by = -10; by <= 10; by += 20) {
			struct world w = {.node = {0}};
			struct blame b;

			w.node[liar] = by;
			judge_all(&w, &b);
			expect_no_innocent(&w, &b);
			assert_int_equal(b.edges, 8);
			assert_int_equal(b.node[liar], 8);
		}
	}
}

static void a_bad_path_is_blamed_and_no_node(void **state)
{
	(void)state;
	for (int i = 0; i < NODES * NODES; i++) {
		struct world w = {.node = {0}};
		struct blame b;

		if (i / NODES == i % NODES)
			continue;
		w.path[i / NODES][i % NODES] = 10;
		judge_all(&w, &b);
		expect_no_innocent(&w, &b);
		assert_int_equal(b.edges, 1);
		assert_int_equal(b.path[i / NODES][i % NODES], 1);
	}
}

/* With every set of witnesses, and with every set of them too coarse to see. */
static void with_some_witnesses_it_is_right_or_undecided(void **state)
{
	size_t decided = 0, undecided = 0;

	(void)state;
	for (unsigned set = 0; set < 1U << (2 * NODES); set++) {
		struct world node = {.node = {[1] = 10}}, path = {.node = {0}};
		struct blame b;

		path.path[0][1] = 10;
		for (int i = 0; i < NODES; i++) {
			node.silent[i] = path.silent[i] = set >> i & 1;
			node.coarse[i] = path.coarse[i] =
				set >> (NODES + i) & 1 ? 100 : 0;
		}
		judge_all(&node, &b);
		expect_no_innocent(&node, &b);
		decided += b.node[1];
		undecided += b.undecided;
		judge_all(&path, &b);
		expect_no_innocent(&path, &b);
		decided += b.path[0][1];
		undecided += b.undecided;
	}
	printf("%zu decided, %zu not\n", decided, undecided);
	assert_true(decided > undecided);
}

static void a_partition_is_undecided(void **state)
{
	struct world w = {.node = {[1] = 10},
			  .silent = {true, true, true, true, true}};
	struct evidence e;

	(void)state;
	collect(&w, 0, 1, &e);
	assert_int_equal(e.of_suspects, 0);
	/* Our other edges are well, so it is not us; node or path is open. */
	assert_int_equal(verdict_decide(&e, NULL), VERDICT_UNDECIDED);
	e.of_probers = 0;
	assert_int_equal(verdict_decide(&e, NULL), VERDICT_UNDECIDED);
}

static void a_tie_is_undecided(void **state)
{
	struct world w = {.node = {0}};
	struct evidence e;
	struct verdict_costs c;

	(void)state;
	/* Two of four see node 1 off by the same, two see nothing. */
	w.path[0][1] = w.path[2][1] = 10;
	collect(&w, 0, 1, &e);
	assert_int_equal(verdict_decide(&e, &c), VERDICT_UNDECIDED);
	assert_int_equal(c.suspect, 2);
	assert_int_equal(c.path, 1);
	w.silent[4] = true;
	collect(&w, 0, 1, &e);
	assert_int_equal(verdict_decide(&e, &c), VERDICT_UNDECIDED);
	assert_int_equal(c.suspect, c.path);
}

static void a_lying_node_behind_a_bad_path_is_undecided_there(void **state)
{
	struct world w = {.node = {[1] = 10}};
	struct blame b;
	struct evidence e;

	(void)state;
	w.path[0][1] = -50;
	collect(&w, 0, 1, &e);
	assert_int_equal(verdict_decide(&e, NULL), VERDICT_UNDECIDED);
	judge_all(&w, &b);
	expect_no_innocent(&w, &b);
	assert_true(b.node[1] > 0); /* by the others */
}

/* Two broken nodes whose misses agree probe an honest one: what they see is what
 * a broken one would show, unless somebody speaks for the one who asks, or more
 * than two see it. Guards: it was blamed. */
static void by_two_that_agree_nobody_is_blamed_unless_one_is_vouched_for(
	void **state)
{
	struct evidence e = {.edge = {90, 110},
			     .of_suspect = {{85, 120}, {-200, 200}},
			     .of_suspects = 2,
			     .of_prober = {{-200, 200}},
			     .of_probers = 1};
	struct verdict_costs c;

	(void)state;
	assert_int_equal(verdict_decide(&e, &c), VERDICT_NODE_LIKELY);
	assert_int_equal(c.suspect, 0);
	assert_int_equal(c.prober, 1);
	assert_int_equal(c.path, 1);
	/* Too fine to have missed that the prober is off by -90 to -110. */
	e.of_prober[0].lo_ns = -89;
	assert_int_equal(verdict_decide(&e, NULL), VERDICT_NODE);
	e.of_prober[0].lo_ns = -90;
	assert_int_equal(verdict_decide(&e, NULL), VERDICT_NODE_LIKELY);
	/* A third that sees the same. */
	e.of_suspect[1] = (struct shift){80, 115};
	assert_int_equal(verdict_decide(&e, NULL), VERDICT_NODE);
	/* The other way round. */
	e = (struct evidence){.edge = {90, 110},
			      .of_suspect = {{-200, 200}},
			      .of_suspects = 1,
			      .of_prober = {{-120, -85}},
			      .of_probers = 1};
	assert_int_equal(verdict_decide(&e, NULL), VERDICT_PROBER_LIKELY);
	e.of_suspect[0].hi_ns = 84;
	assert_int_equal(verdict_decide(&e, NULL), VERDICT_PROBER);
	assert_string_equal(verdict_name(VERDICT_NODE_LIKELY), "undecided");
	assert_string_equal(verdict_name(VERDICT_PROBER_LIKELY), "undecided");
}

/* Every pair of things wrong, of every pair of sizes that could be mistaken for
 * each other. */
static void of_two_things_wrong_no_third_is_blamed(void **state)
{
	static const int64_t size[] = {-20, -10, 10, 20};
	const int things = NODES + NODES * NODES;
	size_t worlds = 0, decided = 0, undecided = 0;

	(void)state;
	for (int i = 0; i < things * things * 16; i++) {
		const int pair[2] = {i / 16 % things, i / 16 / things};
		const int64_t by[2] = {size[i % 4], size[i / 4 % 4]};
		struct world w = {.node = {0}};
		struct blame b;
		bool is_one = pair[0] <= pair[1];

		for (int t = 0; t < 2; t++) {
			const int p = pair[t] - NODES;

			if (pair[t] < NODES)
				w.node[pair[t]] = by[t];
			else if (p / NODES != p % NODES)
				w.path[p / NODES][p % NODES] = by[t];
			else
				is_one = true; /* no path leads to oneself */
		}
		if (is_one)
			continue;
		judge_all(&w, &b);
		expect_no_innocent(&w, &b);
		worlds++;
		undecided += b.undecided;
		decided += b.edges - b.undecided;
	}
	printf("%zu worlds with two faults: %zu edges decided, %zu not\n",
	       worlds, decided, undecided);
	assert_true(worlds > 4000);
	assert_true(decided > 5 * undecided / 2);
}

/* Shifts that only just meet, and ends that only just do not. */
static void the_ends_of_shifts_belong_to_them(void **state)
{
	struct evidence e = {.edge = {5, 9},
			     .of_suspect = {{9, 20}, {-3, 4}},
			     .of_suspects = 1,
			     .of_prober = {{-1, 1}},
			     .of_probers = 1};
	struct verdict_costs c;

	(void)state;
	assert_int_equal(verdict_decide(&e, &c), VERDICT_NODE);
	assert_int_equal(c.suspect, 0);
	e.of_suspect[0].lo_ns = 10;
	assert_int_equal(verdict_decide(&e, &c), VERDICT_UNDECIDED);
	assert_int_equal(c.suspect, 1);
	assert_true(shift_is_consistent(&(struct shift){0, 3}));
	assert_true(shift_is_consistent(&(struct shift){-3, 0}));
	assert_false(shift_is_consistent(&(struct shift){1, 3}));
	assert_false(shift_is_consistent(&(struct shift){-3, -1}));
	assert_string_equal(verdict_name(VERDICT_PROBER), "node");
	assert_string_equal(verdict_name(VERDICT_PATH), "path");
	assert_string_equal(verdict_name(VERDICT_UNDECIDED), "undecided");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_wrong_is_nothing_said),
		cmocka_unit_test(
			a_lying_node_is_found_by_everybody_and_by_itself),
		cmocka_unit_test(a_bad_path_is_blamed_and_no_node),
		cmocka_unit_test(with_some_witnesses_it_is_right_or_undecided),
		cmocka_unit_test(a_partition_is_undecided),
		cmocka_unit_test(a_tie_is_undecided),
		cmocka_unit_test(
			by_two_that_agree_nobody_is_blamed_unless_one_is_vouched_for),
		cmocka_unit_test(
			a_lying_node_behind_a_bad_path_is_undecided_there),
		cmocka_unit_test(of_two_things_wrong_no_third_is_blamed),
		cmocka_unit_test(the_ends_of_shifts_belong_to_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
