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

static const char usage[] =
	"tt-skew matrix INPUT [--limit D] [--format text|csv]\n"
	"                  a small fleet as a table, straight from its "
	"agents; INPUT\n"
	"                  as for solve\n"
	"  --limit D       clocks that are proved to be further apart are red, "
	"and\n"
	"                  are exit code 1 (1ms)\n"
	"  --format FORM   text (the default), csv: the edges, for solve\n";

struct options {
	struct input input;
	struct matrix_options matrix;
	bool is_csv;
};

static int complain(const char *what, const char *value)
{
	fprintf(stderr, "tt-skew matrix: %s'%.80s'\nTry 'tt-skew --help'.\n",
		what, value);
	return CMD_USAGE;
}

static int take_limit(int64_t *ret)
{
	int err = duration_parse(optarg, ret);

	if (!err)
		return -1;
	fprintf(stderr, "tt-skew matrix: --limit '%.60s' is no duration: %s\n",
		optarg, duration_error(err));
	return CMD_USAGE;
}

static int parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		INPUT_LONGS,
		{"limit", required_argument, NULL, 'l'},
		{"format", required_argument, NULL, 'f'},
		{NULL, 0, NULL, 0}};
	int c, code = -1;

	while (code < 0 &&
	       (c = getopt_long(argc, argv, ":", longs, NULL)) != -1) {
		if (c == 'l')
			code = take_limit(&o->matrix.limit_ns);
		else if (c == 'f' && !strcmp(optarg, "csv"))
			o->is_csv = true;
		else if (c == 'f' && strcmp(optarg, "text") != 0)
			code = complain("--format is text or csv, not ",
					optarg);
		else if (c == ':')
			code = complain("no value for ", argv[optind - 1]);
		else if (c != 'f' && !input_take(&o->input, c))
			code = complain("no option ", argv[optind - 1]);
	}
	if (code < 0 && optind < argc)
		code = complain("what is ", argv[optind]);
	if (code < 0 && !input_is_good(&o->input))
		code = CMD_USAGE;
	return code;
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

	if (o->is_csv) {
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
	struct options o = {.input.program = "tt-skew matrix",
			    .matrix = {.limit_ns = 1000000,
				       .is_coloured = colour_is_wanted()}};
	int code = parse(argc, argv, &o), err;
	struct graph g;

	if (code >= 0)
		return code;
	if (input_read(&o.input, &g))
		return CMD_UNREADABLE;
	if (g.nodes > MATRIX_NODES_MAX && !o.is_csv) {
		fprintf(stderr,
			"tt-skew matrix: %" PRIu32 " nodes are no table for "
			"people (%d at most): tt-skew solve or tt-skew "
			"report\n",
			g.nodes, MATRIX_NODES_MAX);
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
	fprintf(stderr, "tt-skew matrix: %s\n", strerror(-err));
	return CMD_UNREADABLE;
}

const struct cmd cmd_matrix = {"matrix", run, usage};
