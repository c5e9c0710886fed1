/* SPDX-License-Identifier: Apache-2.0 */
/* The table. Rows probe, columns are probed: a cell says how much the column's
 * clock is ahead of the row's. */
#include "tools/skew/matrix.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/human.h"

#define CELL 7

#define RED    "\033[31m"
#define YELLOW "\033[33m"
#define GREEN  "\033[32m"
#define DIM    "\033[2m"
#define OFF    "\033[0m"

static uint64_t magnitude(int64_t ns)
{
	return ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
}

const char *matrix_short(int64_t ns, char ret[MATRIX_SHORT_SIZE])
{
	static const char unit[] = "nums";
	const char sign = ns < 0 ? '-' : '+';
	double n = (double)magnitude(ns);
	int u = 0;

	while (u < 3 && n >= 999.5) {
		n /= 1000;
		u++;
	}
	if (n >= 999.5)
		snprintf(ret, MATRIX_SHORT_SIZE, "%c%.0es", sign, n);
	else if (u == 0)
		snprintf(ret, MATRIX_SHORT_SIZE, "%c%.0f%c", sign, n, unit[u]);
	else
		snprintf(ret, MATRIX_SHORT_SIZE, "%c%.*f%c", sign,
			 n >= 99.95   ? 0
			 : n >= 9.995 ? 1
				      : 2,
			 n, unit[u]);
	return ret;
}

bool matrix_is_beyond(const struct graph_edge *e, int64_t limit_ns)
{
	return e->kind == EDGE_HARD && e->error_ns < EDGE_NS_MAX &&
	       magnitude(e->offset_ns) >
		       (uint64_t)e->error_ns + (uint64_t)limit_ns;
}

static const char *colour_of(const struct graph_edge *e,
			     const struct matrix_options *o)
{
	if (!o->is_coloured)
		return "";
	if (matrix_is_beyond(e, o->limit_ns))
		return RED;
	return matrix_is_beyond(e, 0) ? YELLOW : GREEN;
}

/* `text` at the right of `width`, coloured without its blanks. */
static void put(FILE *out, const char *on, const char *text, int width)
{
	const int n = (int)strlen(text);

	fprintf(out, "%*s%s%s%s", n < width ? width - n : 1, "", on, text,
		*on ? OFF : "");
}

static void put_cell(FILE *out, const struct map *m, uint32_t from, uint32_t to,
		     const struct matrix_options *o)
{
	const struct graph_edge *e = graph_find(m->graph, from, to);
	char text[MATRIX_SHORT_SIZE + 2];

	if (from == to) {
		put(out, o->is_coloured ? DIM : "", "-", CELL);
	} else if (!e || e->error_ns >= EDGE_NS_MAX) {
		put(out, o->is_coloured ? DIM : "", ".", CELL);
	} else {
		matrix_short(e->offset_ns, text);
		/* Without colours what is proved shows as well. */
		if (matrix_is_beyond(e, o->limit_ns))
			strcat(text, "!");
		put(out, colour_of(e, o), text, CELL);
	}
}

static int name_width(const struct graph *g)
{
	size_t width = 4;

	for (uint32_t i = 0; i < g->nodes; i++)
		width = strlen(g->node[i].name) > width
				? strlen(g->node[i].name)
				: width;
	return (int)width;
}

static void put_row(FILE *out, const struct map *m, uint32_t i, int width,
		    const struct matrix_options *o)
{
	const struct solve_node *node = &m->solve->node[i];
	char text[MATRIX_SHORT_SIZE], error[HUMAN_SIZE];

	fprintf(out, "%3" PRIu32 " %-*s", i + 1, width, m->graph->node[i].name);
	if (m->solve->part[node->part].nodes > 1)
		put(out, "", matrix_short(node->offset_ns, text), CELL + 1);
	else
		put(out, "", "?", CELL + 1);
	fputs(" |", out);
	if (m->graph->node[i].why) {
		fprintf(out, " %s%s%s\n", o->is_coloured ? RED : "",
			m->graph->node[i].why, o->is_coloured ? OFF : "");
		return;
	}
	for (uint32_t j = 0; j < m->graph->nodes; j++)
		put_cell(out, m, i, j, o);
	if (m->solve->part[node->part].nodes > 1)
		fprintf(out, "   +-%s", human_bound(node->error_ns, error));
	fputc('\n', out);
}

static void put_legend(FILE *out, const struct map *m,
		       const struct matrix_options *o)
{
	char limit[HUMAN_SIZE];
	size_t beyond = 0, dead = 0;

	for (size_t e = 0; e < m->graph->edges; e++)
		beyond += matrix_is_beyond(&m->graph->edge[e], o->limit_ns);
	for (uint32_t i = 0; i < m->graph->nodes; i++)
		dead += m->graph->node[i].why != NULL;
	fprintf(out,
		"\nA cell: how much the column's clock is ahead of the row's; "
		"median: how far\nthe node is behind the fleet's. . not "
		"probed, ! proved to differ by more than %s.\n",
		human_ns(o->limit_ns, limit));
	if (o->is_coloured)
		fprintf(out,
			GREEN "within the probe's own error" OFF ", " YELLOW
			      "clocks differ for certain" OFF ", " RED
			      "by more than %s" OFF "\n",
			limit);
	fprintf(out, "%zu of %" PRIu32 " nodes dead, %zu of %zu edges beyond\n",
		dead, m->graph->nodes, beyond, m->graph->edges);
}

void matrix_print(FILE *out, const struct map *m,
		  const struct matrix_options *o)
{
	const int width = name_width(m->graph);

	fprintf(out, "    %-*s%*s |", width, "node", CELL + 1, "median");
	for (uint32_t j = 0; j < m->graph->nodes; j++)
		fprintf(out, "%*" PRIu32, CELL, j + 1);
	fputc('\n', out);
	for (uint32_t i = 0; i < m->graph->nodes; i++)
		put_row(out, m, i, width, o);
	put_legend(out, m, o);
}
