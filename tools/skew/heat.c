/* SPDX-License-Identifier: Apache-2.0 */
/* The heat-map: one hue on the page's ground, fainter to stronger, so that it
 * can be printed, and read by everybody. */
#include "tools/skew/heat.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "chart/xml.h"
#include "tools/human.h"

#define SHADES	   8
#define SIDE	   640 /* of the map, in its own units */
#define LEFT	   120 /* for labels */
#define TOP	   10
#define LABELS_MAX 34 /* rows with a label each */

const char heat_style[] =
	".heat{display:block;width:100%;max-width:50rem;height:auto;"
	"margin:.5rem 0}.heat text{font:11px system-ui,sans-serif;"
	"fill:var(--dim)}.heat .frame{fill:none;stroke:var(--line)}"
	".heat rect{shape-rendering:crispEdges}.heat .cell{fill:var(--curve)}"
	".heat .s0{fill-opacity:.04}.heat .s1{fill-opacity:.12}"
	".heat .s2{fill-opacity:.22}.heat .s3{fill-opacity:.34}"
	".heat .s4{fill-opacity:.48}.heat .s5{fill-opacity:.64}"
	".heat .s6{fill-opacity:.82}.heat .s7{fill-opacity:1}"
	".heat .no{fill:var(--warn);fill-opacity:.35}\n";

/* ---- rows ---- */

static const char *group_of(const struct map *m, uint32_t i)
{
	return m->graph->node[i].group ? m->graph->node[i].group : "";
}

/* "rack-2" before "rack-10". */
static int by_place(const void *a, const void *b, void *arg)
{
	const uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	const struct map *m = arg;
	int order = strverscmp(group_of(m, i), group_of(m, j));

	if (!order)
		order = strverscmp(m->graph->node[i].name,
				   m->graph->node[j].name);
	return order ? order : i < j ? -1 : i > j;
}

/* Rows of single nodes, of racks, or of so many nodes each. */
static bool starts_row(const struct heat *h, const struct map *m, uint32_t k,
		       uint32_t each)
{
	if (h->is_nodes)
		return true;
	if (each)
		return k - h->row[h->rows - 1].first >= each;
	return strcmp(group_of(m, h->order[k]), group_of(m, h->order[k - 1])) !=
	       0;
}

static void make_rows(struct heat *h, const struct map *m, uint32_t each)
{
	h->rows = 0;
	for (uint32_t k = 0; k < m->graph->nodes; k++) {
		const uint32_t node = h->order[k];

		if (h->rows == 0 || starts_row(h, m, k, each)) {
			struct heat_row *r = &h->row[h->rows++];
			const char *name = h->is_nodes || !*group_of(m, node)
						   ? m->graph->node[node].name
						   : group_of(m, node);

			*r = (struct heat_row){.first = k};
			snprintf(r->label, sizeof(r->label), "%s", name);
		}
		h->row[h->rows - 1].nodes++;
	}
}

/* ---- cells ---- */

static int by_size(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double difference_ns(const struct map *m, uint32_t i, uint32_t j)
{
	const struct solve_node *a = &m->solve->node[i];
	const struct solve_node *b = &m->solve->node[j];

	return a->part == b->part
		       ? fabs((double)a->offset_ns - (double)b->offset_ns)
		       : NAN;
}

static double cell_ns(const struct heat *h, const struct map *m,
		      const struct heat_row *a, const struct heat_row *b)
{
	const uint64_t pairs = (uint64_t)a->nodes * b->nodes;
	/* A step that shares no factor with the width visits all columns. */
	const uint64_t step =
		pairs > HEAT_PAIRS_MAX ? pairs / HEAT_PAIRS_MAX | 1 : 1;
	double ns[HEAT_PAIRS_MAX + 1];
	size_t n = 0;

	for (uint64_t p = 0; p < pairs && n < HEAT_PAIRS_MAX; p += step) {
		const uint32_t i = h->order[a->first + p / b->nodes];
		const uint32_t j = h->order[b->first + p % b->nodes];
		const double d = difference_ns(m, i, j);

		if (!isnan(d) && (i != j || pairs == 1))
			ns[n++] = d;
	}
	if (n == 0)
		return NAN;
	qsort(ns, n, sizeof(*ns), by_size);
	return ns[n - 1 - n / 100];
}

static int fill(struct heat *h, const struct map *m)
{
	h->ns = calloc((size_t)h->rows * h->rows, sizeof(*h->ns));
	if (!h->ns)
		return -ENOMEM;
	for (uint32_t r = 0; r < h->rows; r++) {
		for (uint32_t c = 0; c < h->rows; c++) {
			const double ns = cell_ns(h, m, &h->row[r], &h->row[c]);

			h->ns[(size_t)r * h->rows + c] = ns;
			h->ns_max = ns > h->ns_max ? ns : h->ns_max;
		}
	}
	return 0;
}

int heat_make(const struct map *m, struct heat *ret)
{
	const uint32_t n = m->graph->nodes;
	struct heat h = {.is_nodes = n <= HEAT_NODES_MAX};
	int err = -ENOMEM;

	h.order = calloc(n, sizeof(*h.order));
	h.row = calloc(n, sizeof(*h.row));
	if (h.order && h.row) {
		for (uint32_t i = 0; i < n; i++)
			h.order[i] = i;
		qsort_r(h.order, n, sizeof(*h.order), by_place,
			(void *)(uintptr_t)m);
		make_rows(&h, m, 0);
		if (!h.is_nodes && (h.rows > HEAT_ROWS_MAX || h.rows == 1))
			make_rows(&h, m,
				  (n + HEAT_ROWS_MAX - 1) / HEAT_ROWS_MAX);
		err = fill(&h, m);
	}
	if (err)
		heat_drop(&h);
	else
		*ret = h;
	return err;
}

void heat_drop(struct heat *h)
{
	free(h->order);
	free(h->row);
	free(h->ns);
	*h = (struct heat){0};
}

/* ---- drawing ---- */

/*
 * The upper edges of the shades: from what a tenth of the cells are below to
 * the greatest, by equal factors, so that a fleet that is as even as chance
 * makes it shows its grain, and the legend says how little that is.
 */
static int set_edges(const struct heat *h, double ret[SHADES])
{
	const size_t cells = (size_t)h->rows * h->rows;
	double *sorted = malloc(cells * sizeof(*sorted));
	double lo, hi = fmax(h->ns_max, 2);
	size_t n = 0;

	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < cells; i++)
		if (h->ns[i] > 0)
			sorted[n++] = h->ns[i];
	qsort(sorted, n, sizeof(*sorted), by_size);
	lo = n ? fmax(sorted[n / 10], 1) : 1;
	free(sorted);
	for (int s = 0; s < SHADES; s++)
		ret[s] = lo * pow(hi / lo, s / (SHADES - 1.0));
	ret[SHADES - 1] = hi;
	return 0;
}

static int shade_of(const double edge[SHADES], double ns)
{
	int s = 0;

	while (s < SHADES - 1 && ns > edge[s])
		s++;
	return s;
}

static void put_cells(FILE *out, const struct heat *h,
		      const double edge[SHADES])
{
	static const char *const class[SHADES] = {
		"cell s0", "cell s1", "cell s2", "cell s3",
		"cell s4", "cell s5", "cell s6", "cell s7"};
	const double side = (double)SIDE / h->rows;
	char text[HUMAN_SIZE];

	for (uint32_t r = 0; r < h->rows; r++) {
		for (uint32_t c = 0; c < h->rows; c++) {
			const double ns = h->ns[(size_t)r * h->rows + c];

			fprintf(out,
				"<rect class=\"%s\" x=\"%.2f\" y=\"%.2f\" "
				"width=\"%.2f\" height=\"%.2f\"><title>",
				isnan(ns) ? "no" : class[shade_of(edge, ns)],
				LEFT + c * side, TOP + r * side, side + 0.02,
				side + 0.02);
			xml_text(out, h->row[r].label);
			fputs(", ", out);
			xml_text(out, h->row[c].label);
			fprintf(out, ": %s</title></rect>\n",
				isnan(ns) ? "cut off from each other"
					  : human_ns((int64_t)ns, text));
		}
	}
}

static void put_labels(FILE *out, const struct heat *h)
{
	const uint32_t each = (h->rows + LABELS_MAX - 1) / LABELS_MAX;
	const double side = (double)SIDE / h->rows;

	for (uint32_t r = 0; r < h->rows; r += each) {
		char label[GRAPH_GROUP_SIZE + 1];
		const size_t n = strlen(h->row[r].label);

		/* the end tells more than the beginning */
		snprintf(label, sizeof(label), "%s%s", n > 18 ? "~" : "",
			 h->row[r].label + (n > 18 ? n - 17 : 0));
		fprintf(out, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">",
			LEFT - 6, TOP + (r + 0.5) * side + 4);
		xml_text(out, label);
		fputs("</text>\n", out);
	}
}

static void put_legend(FILE *out, const double edge[SHADES])
{
	const int y = TOP + SIDE + 14, wide = SIDE / SHADES;
	char text[HUMAN_SIZE];

	for (int s = 0; s < SHADES; s++) {
		fprintf(out,
			"<rect class=\"cell s%d\" x=\"%d\" y=\"%d\" "
			"width=\"%d\" height=\"12\"/>"
			"<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>"
			"\n",
			s, LEFT + s * wide, y, wide, LEFT + (s + 1) * wide,
			y + 26, human_ns((int64_t)edge[s], text));
	}
}

int heat_draw(FILE *out, const struct heat *h)
{
	double edge[SHADES];

	if (set_edges(h, edge))
		return -ENOMEM;
	fprintf(out,
		"<svg class=\"heat\" xmlns=\"http://www.w3.org/2000/svg\" "
		"viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"how far apart "
		"the clocks are, %s by %s\">\n",
		LEFT + SIDE + 10, TOP + SIDE + 46,
		h->is_nodes ? "node" : "rack", h->is_nodes ? "node" : "rack");
	put_cells(out, h, edge);
	put_labels(out, h);
	fprintf(out,
		"<rect class=\"frame\" x=\"%d\" y=\"%d\" width=\"%d\" "
		"height=\"%d\"/>\n",
		LEFT, TOP, SIDE, SIDE);
	put_legend(out, edge);
	fputs("</svg>\n", out);
	return 0;
}
