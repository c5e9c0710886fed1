/* SPDX-License-Identifier: Apache-2.0 */
/* A graph and its solution, and what stands out in it. */
#ifndef MAP_H
#define MAP_H

#include "tools/skew/graph.h"
#include "tools/skew/solve.h"

/* Beyond this many times the fleet's robust spread (1.4826 x the median of the
 * oddness, solve.h) a link is told of. Of normally distributed ones none would
 * be; queues have longer tails. */
#define MAP_ODD_SPREADS 8

struct map {
	struct graph *graph;
	struct solve *solve;
	uint32_t *worst_node; /* [nodes]: the greatest |offset| first */
	uint32_t *worst_link; /* [edges]: the oddest first */
	double spread;	      /* the robust one of the oddness */
	size_t odd_links;     /* the first so many of worst_link */
	size_t unchecked;     /* links that nothing checks */
	int64_t abs_ns_p50, abs_ns_p99, abs_ns_max; /* of |offset| */
};

/* 0 or -ENOMEM. The graph must outlive it. */
int map_make(struct graph *g, struct map *ret);
void map_drop(struct map *m);

/* What worst_link is ordered by. */
double map_oddness(const struct map *m, uint32_t link);

/* Text for people, of the `worst` nodes and links; JSON, of all nodes and the
 * worst links; CSV, of all nodes. */
void map_print_text(FILE *out, const struct map *m, size_t worst, bool colour);
int map_print_json(FILE *out, const struct map *m, size_t worst);
void map_print_csv(FILE *out, const struct map *m);

#endif
