/* SPDX-License-Identifier: Apache-2.0 */
/* A fleet's edges. Two hash tables with open addressing; a place in them holds
 * an index + 1. */
#include "tools/skew/graph.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_MIN 64

/* FNV-1a, and splitmix64's last step for the lower bits' sake. */
static uint64_t mix(uint64_t z)
{
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static uint64_t hash_name(const char *name)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
	return mix(h);
}

static uint64_t hash_ends(uint32_t from, uint32_t to, unsigned kind)
{
	return mix(((uint64_t)from << 32 | to) +
		   kind * UINT64_C(0x9e3779b97f4a7c15));
}

/* ---- room ---- */

static int grow(void *array, size_t *room, size_t size)
{
	const size_t more = *room ? 2 * *room : ROOM_MIN;
	void *old, *new;

	memcpy(&old, array, sizeof(old));
	new = realloc(old, more * size);
	if (!new)
		return -ENOMEM;
	memcpy(array, &new, sizeof(new));
	*room = more;
	return 0;
}

static void put(uint32_t *table, size_t room, uint64_t hash, uint32_t index)
{
	size_t at = hash & (room - 1);

	while (table[at])
		at = (at + 1) & (room - 1);
	table[at] = index + 1;
}

/* Half of a table stays empty: a search ends. */
static int make_room_for_name(struct graph *g)
{
	const size_t room = g->names_room ? 2 * g->names_room : ROOM_MIN;
	uint32_t *table;

	if (2 * ((size_t)g->nodes + 1) <= g->names_room)
		return 0;
	table = calloc(room, sizeof(*table));
	if (!table)
		return -ENOMEM;
	for (uint32_t i = 0; i < g->nodes; i++)
		put(table, room, hash_name(g->node[i].name), i);
	free(g->by_name);
	g->by_name = table;
	g->names_room = room;
	return 0;
}

static int make_room_for_ends(struct graph *g)
{
	const size_t room = g->ends_room ? 2 * g->ends_room : ROOM_MIN;
	uint32_t *table;

	if (2 * (g->edges + 1) <= g->ends_room)
		return 0;
	table = calloc(room, sizeof(*table));
	if (!table)
		return -ENOMEM;
	for (size_t i = 0; i < g->edges; i++) {
		const struct graph_edge *e = &g->edge[i];

		put(table, room, hash_ends(e->from, e->to, e->kind),
		    (uint32_t)i);
	}
	free(g->by_ends);
	g->by_ends = table;
	g->ends_room = room;
	return 0;
}

/* ---- nodes ---- */

int graph_node(struct graph *g, const char *name, uint32_t *ret)
{
	const uint64_t hash = hash_name(name);
	char *copy;

	if (make_room_for_name(g))
		return -ENOMEM;
	for (size_t at = hash & (g->names_room - 1); g->by_name[at];
	     at = (at + 1) & (g->names_room - 1)) {
		if (!strcmp(g->node[g->by_name[at] - 1].name, name)) {
			*ret = g->by_name[at] - 1;
			return 0;
		}
	}
	if (g->nodes == g->node_room &&
	    grow(&g->node, &g->node_room, sizeof(*g->node)))
		return -ENOMEM;
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	g->node[g->nodes] =
		(struct graph_node){.name = copy, .half_width_ns = -1};
	put(g->by_name, g->names_room, hash, g->nodes);
	*ret = g->nodes++;
	return 0;
}

static int set_text(char **at, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		return -ENOMEM;
	free(*at);
	*at = copy;
	return 0;
}

int graph_set_group(struct graph *g, uint32_t node, const char *group)
{
	return set_text(&g->node[node].group, group);
}

int graph_set_why(struct graph *g, uint32_t node, const char *why)
{
	return set_text(&g->node[node].why, why);
}

/* ---- edges ---- */

static struct graph_edge *find(const struct graph *g, uint32_t from,
			       uint32_t to, unsigned kind)
{
	if (!g->ends_room)
		return NULL;
	for (size_t at = hash_ends(from, to, kind) & (g->ends_room - 1);
	     g->by_ends[at]; at = (at + 1) & (g->ends_room - 1)) {
		struct graph_edge *e = &g->edge[g->by_ends[at] - 1];

		if (e->from == from && e->to == to && e->kind == kind)
			return e;
	}
	return NULL;
}

struct graph_edge *graph_edit(struct graph *g, uint32_t from, uint32_t to)
{
	struct graph_edge *hard = find(g, from, to, EDGE_HARD);

	return hard ? hard : find(g, from, to, EDGE_ESTIMATE);
}

const struct graph_edge *graph_find(const struct graph *g, uint32_t from,
				    uint32_t to)
{
	const struct graph_edge *hard = find(g, from, to, EDGE_HARD);

	return hard ? hard : find(g, from, to, EDGE_ESTIMATE);
}

static int append(struct graph *g, const struct graph_edge *e)
{
	if (make_room_for_ends(g))
		return -ENOMEM;
	if (g->edges == g->edge_room &&
	    grow(&g->edge, &g->edge_room, sizeof(*g->edge)))
		return -ENOMEM;
	put(g->by_ends, g->ends_room, hash_ends(e->from, e->to, e->kind),
	    (uint32_t)g->edges);
	g->edge[g->edges++] = *e;
	return 0;
}

int graph_add(struct graph *g, const struct edge *e)
{
	struct graph_edge new = {.offset_ns = e->offset_ns,
				 .error_ns = e->error_ns,
				 .delay_ns = e->delay_ns,
				 .real_ns = e->real_ns,
				 .raw_ns = e->raw_ns,
				 .stamping = (uint8_t)e->stamping,
				 .kind = (uint8_t)e->kind,
				 .is_interleaved = e->is_interleaved};
	struct graph_edge *old;

	if (g->edges >= UINT32_MAX / 4)
		return -ENOMEM;
	if (graph_node(g, e->from, &new.from) || graph_node(g, e->to, &new.to))
		return -ENOMEM;
	old = find(g, new.from, new.to, new.kind);
	if (!old)
		return append(g, &new);
	g->edges_replaced++;
	if (new.error_ns < old->error_ns)
		*old = new;
	return 0;
}

void graph_drop(struct graph *g)
{
	for (uint32_t i = 0; i < g->nodes; i++) {
		free(g->node[i].name);
		free(g->node[i].group);
		free(g->node[i].why);
	}
	free(g->node);
	free(g->edge);
	free(g->by_name);
	free(g->by_ends);
	*g = (struct graph){0};
}
