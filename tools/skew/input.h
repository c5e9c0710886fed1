/* SPDX-License-Identifier: Apache-2.0 */
/* Where edges come from, as the commands that read them take it: one of a file,
 * the agents of a fleet, Prometheus. */
#ifndef INPUT_H
#define INPUT_H

#include <getopt.h>

#include "tools/skew/graph.h"

struct input {
	const char *program;	/* "tt-skew solve" */
	const char *csv;	/* a file, "-": standard input; NULL: none */
	const char *fleet;	/* a file_sd file, whose agents are asked */
	const char *prometheus; /* http://HOST[:PORT][/PREFIX] */
};

/* Their places in a table for getopt_long(3), and what --help says of them. */
enum { INPUT_CSV = 0x100, INPUT_FLEET, INPUT_PROMETHEUS };
#define INPUT_LONGS                                                            \
	{"csv", required_argument, NULL, INPUT_CSV},                           \
		{"fleet", required_argument, NULL, INPUT_FLEET},               \
	{                                                                      \
		"prometheus", required_argument, NULL, INPUT_PROMETHEUS        \
	}
#define INPUT_USAGE                                                            \
	"  --csv FILE      edges from a file (-: standard input)\n"            \
	"  --fleet FILE    ask the agent of each node of this file_sd file\n"  \
	"  --prometheus URL    ask Prometheus; with --fleet, for the racks\n"

/* Is `c` one of them? Then it is taken, with optarg. */
bool input_take(struct input *in, int c);

/* One is there, and no two that exclude each other; else what is wrong. */
bool input_is_good(const struct input *in);

/*
 * 0, or negative errno, and what is wrong has been said on standard error. A
 * node that does not answer is none of that: `why` says it (graph.h). Groups
 * are the racks of --fleet's labels.
 */
int input_read(const struct input *in, struct graph *ret);

#endif
