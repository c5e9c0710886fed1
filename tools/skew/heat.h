/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far apart the clocks of a fleet are, all against all: node by node up to
 * HEAT_NODES_MAX, beyond that rack by rack, the 99th percentile of the pairs.
 * By the map, so that pairs that never probed each other are there as well.
 * Parts that do not hang together have no difference.
 */
#ifndef HEAT_H
#define HEAT_H

#include <stdio.h>

#include "tools/skew/map.h"

#define HEAT_NODES_MAX 100  /* rows of nodes */
#define HEAT_ROWS_MAX  60   /* rows of racks; neighbours by name share one */
#define HEAT_PAIRS_MAX 2000 /* of a cell, evenly spread, when it has more */

struct heat_row {
	uint32_t first, nodes; /* in heat.order */
	char label[GRAPH_GROUP_SIZE];
};

struct heat {
	bool is_nodes;
	uint32_t rows;
	struct heat_row *row;
	uint32_t *order; /* nodes, by group and name */
	double *ns;	 /* [rows * rows]; NAN: no difference */
	double ns_max;	 /* 0: none */
};

/* 0 or -ENOMEM. */
int heat_make(const struct map *m, struct heat *ret);
void heat_drop(struct heat *h);

/* As SVG, with a legend. heat_style is its style sheet. 0 or -ENOMEM. */
extern const char heat_style[];
int heat_draw(FILE *out, const struct heat *h);

#endif
