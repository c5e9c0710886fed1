/* SPDX-License-Identifier: Apache-2.0 */
/* The heat-map's cells against clocks that are known, and the page as XML. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/skew/heat.h"
#include "tools/skew/report.h"

/* A chain of n nodes; each is `step` ahead of the one before. */
static void make_chain(struct graph *g, int n, int64_t step_ns)
{
	*g = (struct graph){0};
	for (int i = 0; i + 1 < n; i++) {
		struct edge e = {.offset_ns = step_ns, .error_ns = 10};

		snprintf(e.from, sizeof(e.from), "n%d", i);
		snprintf(e.to, sizeof(e.to), "n%d", i + 1);
		assert_int_equal(graph_add(g, &e), 0);
	}
}

static double cell(const struct heat *h, uint32_t r, uint32_t c)
{
	return h->ns[r * h->rows + c];
}

static void nodes_stand_in_the_order_of_their_numbers(void **state)
{
	struct graph g;
	struct map m;
	struct heat h;

	(void)state;
	make_chain(&g, 12, 1000);
	assert_int_equal(map_make(&g, &m), 0);
	assert_int_equal(heat_make(&m, &h), 0);
	assert_true(h.is_nodes);
	assert_int_equal(h.rows, 12);
	assert_string_equal(h.row[2].label, "n2");
	assert_string_equal(h.row[10].label, "n10");
	for (uint32_t r = 0; r < 12; r++)
		for (uint32_t c = 0; c < 12; c++)
			assert_true(fabs(cell(&h, r, c) -
					 1000.0 * abs((int)r - (int)c)) < 2);
	assert_true(fabs(h.ns_max - 11000) < 2);
	heat_drop(&h);
	map_drop(&m);
	graph_drop(&g);
}

/* 160 nodes in 8 racks of 20: the greatest of the 400 pairs of two racks next
 * to each other is 39 steps, the 99th percentile 4 pairs below: 37. */
static void beyond_a_hundred_nodes_it_is_racks(void **state)
{
	struct graph g;
	struct map m;
	struct heat h;

	(void)state;
	make_chain(&g, 160, 1000);
	for (uint32_t i = 0; i < 160; i++) {
		char rack[8];

		snprintf(rack, sizeof(rack), "r%u", i / 20);
		assert_int_equal(graph_set_group(&g, i, rack), 0);
	}
	assert_int_equal(map_make(&g, &m), 0);
	assert_int_equal(heat_make(&m, &h), 0);
	assert_false(h.is_nodes);
	assert_int_equal(h.rows, 8);
	assert_string_equal(h.row[3].label, "r3");
	assert_int_equal(h.row[3].nodes, 20);
	assert_true(fabs(cell(&h, 3, 4) - 37000) < 2);
	assert_true(fabs(cell(&h, 0, 7) - (140 + 17) * 1000) < 2);
	assert_true(cell(&h, 3, 3) < 20000);
	heat_drop(&h);
	map_drop(&m);
	graph_drop(&g);
}

static void without_racks_neighbours_by_name_share_a_row(void **state)
{
	struct graph g;
	struct map m;
	struct heat h;

	(void)state;
	make_chain(&g, 601, 10);
	assert_int_equal(map_make(&g, &m), 0);
	assert_int_equal(heat_make(&m, &h), 0);
	assert_int_equal(h.rows, 55); /* 11 nodes each: 601 / 60, up */
	assert_string_equal(h.row[1].label, "n11");
	heat_drop(&h);
	map_drop(&m);
	graph_drop(&g);
}

static void what_is_cut_off_has_no_difference(void **state)
{
	const struct edge apart = {.from = "x", .to = "y<&>", .error_ns = 5};
	char *text = NULL;
	struct graph g;
	struct map m;
	struct heat h;
	size_t size;
	FILE *out;

	(void)state;
	make_chain(&g, 3, 1000);
	assert_int_equal(graph_add(&g, &apart), 0);
	assert_int_equal(graph_set_why(&g, 0, "it is <dead>"), 0);
	assert_int_equal(map_make(&g, &m), 0);
	assert_int_equal(heat_make(&m, &h), 0);
	assert_true(isnan(cell(&h, 0, 4)));
	assert_true(fabs(cell(&h, 3, 4)) < 2);
	heat_drop(&h);
	out = open_memstream(&text, &size);
	assert_int_equal(skew_report_write(out, &m, 10, 0), 0);
	fclose(out);
	assert_non_null(strstr(text, "Cut off from the rest: 2 nodes: x "
				     "y&lt;&amp;&gt;"));
	assert_non_null(strstr(text, "n0 does not answer: it is &lt;dead&gt;"));
	assert_null(strstr(text, "<dead>"));
	assert_null(strstr(text, "http://www.w3.org/2000/xlink"));
	assert_null(strstr(text, "src="));
	free(text);
	map_drop(&m);
	graph_drop(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_stand_in_the_order_of_their_numbers),
		cmocka_unit_test(beyond_a_hundred_nodes_it_is_racks),
		cmocka_unit_test(without_racks_neighbours_by_name_share_a_row),
		cmocka_unit_test(what_is_cut_off_has_no_difference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
