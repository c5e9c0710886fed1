/* SPDX-License-Identifier: Apache-2.0 */
/* Edges from wherever the command line says. */
#include "tools/skew/input.h"

#include <errno.h>
#include <string.h>

bool input_take(struct input *in, int c)
{
	if (c != INPUT_CSV)
		return false;
	in->csv = optarg;
	return true;
}

static int take_edge(const struct edge *e, void *arg)
{
	return graph_add(arg, e);
}

static int read_csv(const struct input *in, struct graph *g)
{
	const bool is_stdin = !strcmp(in->csv, "-");
	FILE *file = is_stdin ? stdin : fopen(in->csv, "re");
	char why[EDGE_WHY_SIZE];
	int err;

	if (!file) {
		err = -errno;
		fprintf(stderr, "%s: %s: %s\n", in->program, in->csv,
			strerror(-err));
		return err;
	}
	err = edge_csv_read(file, is_stdin ? "standard input" : in->csv,
			    take_edge, g, why);
	if (err)
		fprintf(stderr, "%s: %s\n", in->program, why);
	if (!is_stdin)
		fclose(file);
	return err;
}

int input_read(const struct input *in, struct graph *ret)
{
	struct graph g = {0};
	int err = read_csv(in, &g);

	if (!err && g.nodes == 0) {
		fprintf(stderr, "%s: %s has a header and no edge\n",
			in->program, in->csv);
		err = -ENODATA;
	}
	if (err)
		graph_drop(&g);
	else
		*ret = g;
	return err;
}
