/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A group of simulated nodes that measure each other, and what the map of them
 * all (solve.h) makes of their estimates: the network effect. Each node probes
 * the next few, around the group; clocks that are kept together drift by no more
 * than GROUP_DRIFT_PPB against true time. The two ways of each link differ by
 * anything up to the world's asymmetry, either way.
 */
#ifndef PRECISION_GROUP_H
#define PRECISION_GROUP_H

#include "tools/skew/precision_sim.h"

#define PRECISION_GROUP_MAX	  64
#define PRECISION_GROUP_DRIFT_PPB 100
#define PRECISION_GROUP_PEERS	  8

struct precision_group_score {
	size_t windows, links, unmade, misses;
	/* Errors of the difference of two clocks, ns: as a link's estimate has
	 * it, and as the map has it, for all pairs of nodes. */
	double link_p50_ns, link_p99_ns, map_p50_ns, map_p99_ns;
};

/* `progress` as in precision_sim_run(). 0 or negative errno. */
int precision_group_run(const struct precision_world *world, uint32_t nodes,
			size_t windows,
			void (*progress)(size_t done, void *arg), void *arg,
			struct precision_group_score *ret);

#endif
