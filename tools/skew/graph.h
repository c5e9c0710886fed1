/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fleet's edges with their nodes numbered, as they come in from anywhere. Of
 * several edges from one node to another, the one with the least error stays:
 * a hard one and an estimate stay beside each other.
 */
#ifndef GRAPH_H
#define GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/skew/edge.h"

#define GRAPH_GROUP_SIZE 64

struct graph_edge {
	uint32_t from, to;
	int64_t offset_ns, error_ns, delay_ns, real_ns, raw_ns;
	uint8_t stamping, kind; /* enum edge_stamping, enum edge_kind */
	bool is_interleaved;
};

struct graph_node {
	char *name;
	char *group; /* its rack; NULL: not known */
	char *why;   /* what is wrong with it: it is dead; NULL: nothing */
	int64_t half_width_ns; /* of its own interval; -1: not known */
};

struct graph {
	struct graph_node *node;
	uint32_t nodes;
	struct graph_edge *edge;
	size_t edges;
	size_t edges_replaced; /* by better ones, or not taken for them */
	/* hash tables of the two, and the room that there is */
	uint32_t *by_name, *by_ends;
	size_t names_room, ends_room, node_room, edge_room;
};

/* All of these: 0 or -ENOMEM. */
int graph_node(struct graph *g, const char *name, uint32_t *ret);
int graph_add(struct graph *g, const struct edge *e);
int graph_set_group(struct graph *g, uint32_t node, const char *group);
int graph_set_why(struct graph *g, uint32_t node, const char *why);

/* The edge from one to the other, hard rather than estimate; NULL: none. */
const struct graph_edge *graph_find(const struct graph *g, uint32_t from,
				    uint32_t to);
/* The same, to be filled in further; it must not change its kind. */
struct graph_edge *graph_edit(struct graph *g, uint32_t from, uint32_t to);

void graph_drop(struct graph *g);

#endif
