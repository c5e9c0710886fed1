/* SPDX-License-Identifier: Apache-2.0 */
/* What stands out in a map. */
#include "tools/skew/map.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

static int64_t magnitude(int64_t ns)
{
	if (ns >= 0)
		return ns;
	return ns == INT64_MIN ? INT64_MAX : -ns;
}

double map_oddness(const struct map *m, uint32_t link)
{
	return solve_oddness(&m->solve->fit[link],
			     m->graph->edge[link].error_ns);
}

/* ---- order ---- */

static int by_offset(const void *a, const void *b, void *arg)
{
	const struct map *m = arg;
	const uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	const int64_t x = magnitude(m->solve->node[i].offset_ns);
	const int64_t y = magnitude(m->solve->node[j].offset_ns);

	if (x != y)
		return x < y ? 1 : -1;
	return i < j ? -1 : i > j;
}

static int by_oddness(const void *a, const void *b, void *arg)
{
	const uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	const double x = map_oddness(arg, i), y = map_oddness(arg, j);

	if (x != y)
		return x < y ? 1 : -1;
	return i < j ? -1 : i > j;
}

static void describe_nodes(struct map *m)
{
	const uint32_t n = m->graph->nodes;

	for (uint32_t i = 0; i < n; i++)
		m->worst_node[i] = i;
	qsort_r(m->worst_node, n, sizeof(*m->worst_node), by_offset, m);
	m->abs_ns_max = magnitude(m->solve->node[m->worst_node[0]].offset_ns);
	m->abs_ns_p99 =
		magnitude(m->solve->node[m->worst_node[n / 100]].offset_ns);
	m->abs_ns_p50 =
		magnitude(m->solve->node[m->worst_node[n / 2]].offset_ns);
}

/* Those that nothing checks come last. */
static void describe_links(struct map *m)
{
	const uint32_t n = (uint32_t)m->graph->edges;
	uint32_t checked;

	for (uint32_t e = 0; e < n; e++) {
		m->worst_link[e] = e;
		if (isnan(solve_excess_ns(&m->solve->fit[e])))
			m->unchecked++;
	}
	qsort_r(m->worst_link, n, sizeof(*m->worst_link), by_oddness, m);
	checked = n - (uint32_t)m->unchecked;
	m->spread =
		checked ? 1.4826 * map_oddness(m, m->worst_link[checked / 2])
			: NAN;
	while (m->odd_links < checked &&
	       map_oddness(m, m->worst_link[m->odd_links]) >
		       MAP_ODD_SPREADS * m->spread)
		m->odd_links++;
}

/* ---- the whole ---- */

static int run(const struct graph *g, struct solve **ret)
{
	const struct solve_options opt = {.has_errors = true, .seed = 1};
	struct solve_link *link = calloc(g->edges + 1, sizeof(*link));
	int err;

	if (!link)
		return -ENOMEM;
	for (size_t e = 0; e < g->edges; e++)
		link[e] = (struct solve_link){.from = g->edge[e].from,
					      .to = g->edge[e].to,
					      .offset_ns = g->edge[e].offset_ns,
					      .error_ns = g->edge[e].error_ns};
	err = solve_run(link, g->edges, g->nodes, &opt, ret);
	free(link);
	return err;
}

int map_make(struct graph *g, struct map *ret)
{
	struct map m = {.graph = g};
	int err;

	m.worst_node = calloc((size_t)g->nodes + 1, sizeof(*m.worst_node));
	m.worst_link = calloc(g->edges + 1, sizeof(*m.worst_link));
	err = m.worst_node && m.worst_link ? run(g, &m.solve) : -ENOMEM;
	if (err) {
		map_drop(&m);
		return err;
	}
	describe_nodes(&m);
	describe_links(&m);
	*ret = m;
	return 0;
}

void map_drop(struct map *m)
{
	solve_free(m->solve);
	free(m->worst_node);
	free(m->worst_link);
}
