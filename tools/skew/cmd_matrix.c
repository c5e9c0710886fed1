/* SPDX-License-Identifier: Apache-2.0 */
/* tt-skew matrix: a small fleet at a glance. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tools/colour.h"
#include "tools/duration.h"
#include "tools/skew/cmd.h"
#include "tools/skew/input.h"
#include "tools/skew/matrix.h"

static const char program[] = "tt-skew matrix";

static const char usage[] =
	"tt-skew matrix INPUT [--limit D] [--format text|csv]\n"
	"                  a small fleet as a table, straight from its "
	"agents; INPUT\n"
	"                  as for solve\n"
	"  --limit D       clocks that are proved to be further apart are red, "
	"and\n"
	"                  are exit code 1 (1ms)\n"
	"  --format FORM   text (the default), csv: the edges, for solve\n";

enum form { FORM_TEXT, FORM_CSV };
static const char *const forms[] = {"text", "csv", NULL};

struct options {
	struct input input;
	struct matrix_options matrix;
	int form;
};

static int take(int c, void *options)
{
	struct options *o = options;

	if (c == 'l')
		return cmd_take_duration(program, "--limit", 0, INT64_MAX,
					 &o->matrix.limit_ns);
	if (c == 'f')
		return cmd_take_form(program, "--format is text or csv, not ",
				     forms, &o->form);
	input_take(&o->input, c);
	return CMD_GO_ON;
}

static int parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		INPUT_LONGS,
		{"limit", required_argument, NULL, 'l'},
		{"format", required_argument, NULL, 'f'},
		{NULL, 0, NULL, 0}};
	const int code = cmd_parse(argc, argv, program, longs, take, o);

	if (code != CMD_GO_ON)
		return code;
	return input_is_good(&o->input) ? CMD_GO_ON : CMD_USAGE;
}

static void print_edges(const struct graph *g)
{
	edge_csv_write_header(stdout);
	for (size_t i = 0; i < g->edges; i++) {
		const struct graph_edge *from = &g->edge[i];
		struct edge e = {.offset_ns = from->offset_ns,
				 .error_ns = from->error_ns,
				 .delay_ns = from->delay_ns,
				 .real_ns = from->real_ns,
				 .raw_ns = from->raw_ns,
				 .stamping = (enum edge_stamping)from->stamping,
				 .is_interleaved = from->is_interleaved,
				 .kind = (enum edge_kind)from->kind};

		strcpy(e.from, g->node[from->from].name);
		strcpy(e.to, g->node[from->to].name);
		edge_csv_write(stdout, &e);
	}
}

/* Is anybody dead, or too far off? */
static bool is_amiss(const struct graph *g, int64_t limit_ns)
{
	for (uint32_t i = 0; i < g->nodes; i++)
		if (g->node[i].why)
			return true;
	for (size_t e = 0; e < g->edges; e++)
		if (matrix_is_beyond(&g->edge[e], limit_ns))
			return true;
	return false;
}

static int show(const struct options *o, struct graph *g)
{
	struct map m;

	if (o->form == FORM_CSV) {
		print_edges(g);
		return 0;
	}
	if (map_make(g, &m))
		return -ENOMEM;
	matrix_print(stdout, &m, &o->matrix);
	map_drop(&m);
	return 0;
}

static int run(int argc, char **argv)
{
	struct options o = {.input.program = program,
			    .matrix = {.limit_ns = 1000000,
				       .is_coloured = colour_is_wanted()}};
	int code = parse(argc, argv, &o), err;
	struct graph g;

	if (code != CMD_GO_ON)
		return code;
	if (input_read(&o.input, &g))
		return CMD_UNREADABLE;
	if (g.nodes > MATRIX_NODES_MAX && o.form == FORM_TEXT) {
		fprintf(stderr,
			"%s: %" PRIu32 " nodes are no table for "
			"people (%d at most): tt-skew solve or tt-skew "
			"report\n",
			program, g.nodes, MATRIX_NODES_MAX);
		graph_drop(&g);
		return CMD_UNREADABLE;
	}
	err = show(&o, &g);
	code = is_amiss(&g, o.matrix.limit_ns) ? CMD_FOUND : CMD_OK;
	graph_drop(&g);
	if (!err && (fflush(stdout) || ferror(stdout)))
		err = -errno;
	if (!err)
		return code;
	fprintf(stderr, "%s: %s\n", program, strerror(-err));
	return CMD_UNREADABLE;
}

const struct cmd cmd_matrix = {"matrix", run, usage};
