/* SPDX-License-Identifier: Apache-2.0 */
/* Where edges come from, as the commands that read them take it. */
#ifndef INPUT_H
#define INPUT_H

#include <getopt.h>

#include "tools/skew/graph.h"

struct input {
	const char *program; /* "tt-skew solve" */
	const char *csv;     /* a file, "-": standard input; NULL: none */
};

/* Their places in a table for getopt_long(3), and what --help says of them. */
#define INPUT_LONGS                                                            \
	{                                                                      \
		"csv", required_argument, NULL, INPUT_CSV                      \
	}
#define INPUT_USAGE "  --csv FILE      edges from a file (-: standard input)\n"
enum { INPUT_CSV = 0x100 };

/* Is `c` one of them? Then it is taken, with optarg. */
bool input_take(struct input *in, int c);

/* 0, or negative errno, and what is wrong has been said on standard error. */
int input_read(const struct input *in, struct graph *ret);

#endif
