/* SPDX-License-Identifier: Apache-2.0 */
/* A map as text, JSON and CSV. */
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <math.h>
#include <string.h>

#include "tools/human.h"
#include "tools/skew/map.h"

#define NAMES_SHOWN 5 /* of a part that is cut off */

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

/* ---- text ---- */

static void print_head(FILE *out, const struct map *m)
{
	const struct solve *s = m->solve;
	char p50[HUMAN_SIZE], p99[HUMAN_SIZE], most[HUMAN_SIZE];

	fprintf(out, "%" PRIu32 " node%s, %zu edge%s, %" PRIu32 " part%s\n",
		s->nodes, plural(s->nodes), s->links, plural(s->links),
		s->parts, plural(s->parts));
	fprintf(out, "off the median: p50 %s, p99 %s, at most %s\n",
		human_ns(m->abs_ns_p50, p50), human_ns(m->abs_ns_p99, p99),
		human_ns(m->abs_ns_max, most));
	if (!isnan(s->misfit))
		fprintf(out, "misfit: %.2g of an edge's error\n", s->misfit);
	if (s->links_unused)
		fprintf(out,
			"%zu edge%s left out: far too wide to tell "
			"anything\n",
			s->links_unused, plural(s->links_unused));
	if (m->unchecked)
		fprintf(out, "%zu edge%s that no loop checks\n", m->unchecked,
			plural(m->unchecked));
}

static void print_part(FILE *out, const struct map *m, uint32_t p,
		       const char *on, const char *off)
{
	const struct solve_part *part = &m->solve->part[p];
	const struct graph *g = m->graph;
	uint32_t shown = 0;

	fprintf(out, "%scut off from the rest%s: %" PRIu32 " node%s:", on, off,
		part->nodes, plural(part->nodes));
	for (uint32_t i = part->first; i < g->nodes && shown < NAMES_SHOWN;
	     i++) {
		if (m->solve->node[i].part != p)
			continue;
		fprintf(out, " %s", g->node[i].name);
		shown++;
	}
	fprintf(out, "%s\n", shown < part->nodes ? " ..." : "");
}

static void print_parts(FILE *out, const struct map *m, size_t worst,
			const char *on, const char *off)
{
	for (uint32_t p = 0; p < m->solve->parts; p++)
		if (!m->solve->part[p].has_converged)
			fprintf(out,
				"%spart %" PRIu32 " did not settle%s: "
				"its offsets are rough\n",
				on, p + 1, off);
	for (uint32_t p = 1; p < m->solve->parts && p <= worst; p++)
		print_part(out, m, p, on, off);
	if (m->solve->parts > worst + 1)
		fprintf(out, "and %zu more\n",
			(size_t)m->solve->parts - worst - 1);
}

static int name_width(const struct map *m, size_t worst)
{
	size_t width = strlen("node");

	for (size_t i = 0; i < worst && i < m->graph->nodes; i++) {
		const size_t n = strlen(m->graph->node[m->worst_node[i]].name);

		width = n > width ? n : width;
	}
	return (int)width;
}

static void print_nodes(FILE *out, const struct map *m, size_t worst)
{
	const int width = name_width(m, worst);
	char offset[HUMAN_SIZE], error[HUMAN_SIZE];

	fprintf(out, "\n%-*s %12s %12s  %s\n", width, "node", "offset", "+-",
		"part");
	for (size_t i = 0; i < worst && i < m->graph->nodes; i++) {
		const uint32_t at = m->worst_node[i];
		const struct solve_node *node = &m->solve->node[at];

		human_offset(node->offset_ns, offset);
		human_bound(node->error_ns, error);
		fprintf(out, "%-*s %12s %12s  %" PRIu32 "\n", width,
			m->graph->node[at].name, offset,
			m->solve->part[node->part].nodes > 1 ? error : "-",
			node->part + 1);
	}
}

static void print_links(FILE *out, const struct map *m, size_t worst,
			const char *on, const char *off)
{
	char excess[HUMAN_SIZE], error[HUMAN_SIZE];

	for (size_t i = 0; i < worst && i < m->odd_links; i++) {
		const uint32_t at = m->worst_link[i];
		const struct graph_edge *e = &m->graph->edge[at];
		const double ns = solve_excess_ns(&m->solve->fit[at]);

		if (i == 0)
			fputs("\nlinks that do not fit (asymmetric, if their "
			      "ends' bounds hold):\n",
			      out);
		fprintf(out, "%s%s -> %s%s  off by %s, of +-%s\n", on,
			m->graph->node[e->from].name,
			m->graph->node[e->to].name, off,
			human_offset((int64_t)ns, excess),
			human_bound(e->error_ns, error));
	}
	if (m->odd_links > worst)
		fprintf(out, "and %zu more\n", m->odd_links - worst);
}

void map_print_text(FILE *out, const struct map *m, size_t worst, bool colour)
{
	const char *on = colour ? "\033[33m" : "";
	const char *off = colour ? "\033[0m" : "";

	print_head(out, m);
	print_parts(out, m, worst, on, off);
	print_nodes(out, m, worst);
	print_links(out, m, worst, on, off);
}

/* ---- JSON ---- */

static void add_int(struct json_object *o, const char *key, int64_t n)
{
	json_object_object_add(o, key, json_object_new_int64(n));
}

static void add_number(struct json_object *o, const char *key, double n)
{
	json_object_object_add(o, key,
			       isnan(n) ? NULL : json_object_new_double(n));
}

static struct json_object *part_json(const struct map *m, uint32_t p)
{
	static const char *const name[] = {"alone", "direct", "gradients"};
	const struct solve_part *part = &m->solve->part[p];
	struct json_object *o = json_object_new_object();

	add_int(o, "nodes", part->nodes);
	add_int(o, "edges", (int64_t)part->links);
	json_object_object_add(
		o, "first",
		json_object_new_string(m->graph->node[part->first].name));
	json_object_object_add(o, "method",
			       json_object_new_string(name[part->method]));
	add_int(o, "rounds", part->rounds);
	json_object_object_add(o, "errors_are_exact",
			       json_object_new_boolean(part->is_exact));
	json_object_object_add(o, "has_converged",
			       json_object_new_boolean(part->has_converged));
	return o;
}

static struct json_object *node_json(const struct map *m, uint32_t at)
{
	const struct solve_node *node = &m->solve->node[at];
	const bool is_alone = m->solve->part[node->part].nodes == 1;
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "name",
			       json_object_new_string(m->graph->node[at].name));
	add_int(o, "part", (int64_t)node->part + 1);
	add_int(o, "offset_ns", node->offset_ns);
	json_object_object_add(
		o, "error_ns",
		is_alone ? NULL : json_object_new_int64(node->error_ns));
	return o;
}

static struct json_object *link_json(const struct map *m, uint32_t at)
{
	const struct graph_edge *e = &m->graph->edge[at];
	const struct graph_node *node = m->graph->node;
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "from",
			       json_object_new_string(node[e->from].name));
	json_object_object_add(o, "to",
			       json_object_new_string(node[e->to].name));
	add_int(o, "offset_ns", e->offset_ns);
	add_int(o, "error_ns", e->error_ns);
	add_number(o, "residual_ns", (double)m->solve->fit[at].residual_ns);
	add_number(o, "excess_ns", solve_excess_ns(&m->solve->fit[at]));
	json_object_object_add(o, "kind",
			       json_object_new_string(edge_kind_name(e->kind)));
	return o;
}

static struct json_object *lists_json(const struct map *m, size_t worst)
{
	struct json_object *o = json_object_new_object();
	struct json_object *parts = json_object_new_array();
	struct json_object *nodes = json_object_new_array();
	struct json_object *links = json_object_new_array();

	for (uint32_t p = 0; p < m->solve->parts; p++)
		json_object_array_add(parts, part_json(m, p));
	for (uint32_t i = 0; i < m->graph->nodes; i++)
		json_object_array_add(nodes, node_json(m, i));
	for (size_t i = 0; i < m->graph->edges && i < worst; i++)
		json_object_array_add(links, link_json(m, m->worst_link[i]));
	json_object_object_add(o, "parts", parts);
	json_object_object_add(o, "nodes", nodes);
	json_object_object_add(o, "worst_edges", links);
	return o;
}

int map_print_json(FILE *out, const struct map *m, size_t worst)
{
	struct json_object *o = lists_json(m, worst);
	int err = 0;

	add_int(o, "edges", (int64_t)m->solve->links);
	add_int(o, "edges_unused", (int64_t)m->solve->links_unused);
	add_int(o, "edges_unchecked", (int64_t)m->unchecked);
	add_int(o, "edges_odd", (int64_t)m->odd_links);
	add_number(o, "misfit", m->solve->misfit);
	add_int(o, "abs_offset_ns_p50", m->abs_ns_p50);
	add_int(o, "abs_offset_ns_p99", m->abs_ns_p99);
	add_int(o, "abs_offset_ns_max", m->abs_ns_max);
	if (fputs(json_object_to_json_string_ext(
			  o, JSON_C_TO_STRING_PRETTY |
				     JSON_C_TO_STRING_NOSLASHESCAPE),
		  out) < 0 ||
	    fputc('\n', out) < 0)
		err = -EIO;
	json_object_put(o);
	return err;
}

/* ---- CSV ---- */

void map_print_csv(FILE *out, const struct map *m)
{
	fputs("node,part,offset_ns,error_ns\n", out);
	for (uint32_t i = 0; i < m->graph->nodes; i++) {
		const struct solve_node *node = &m->solve->node[i];

		fprintf(out, "%s,%" PRIu32 ",%" PRId64 ",",
			m->graph->node[i].name, node->part + 1,
			node->offset_ns);
		if (m->solve->part[node->part].nodes > 1)
			fprintf(out, "%" PRId64, node->error_ns);
		fputc('\n', out);
	}
}
