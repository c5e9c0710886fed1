/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simulated fleet. Chance is a hash of what it is drawn for (a node, a pair
 * of nodes, a probe), so that nothing has to be kept of it.
 *
 * x = true time - CLOCK_REALTIME, as in check.h.
 */
#ifndef SIM_PRIVATE_H
#define SIM_PRIVATE_H

#include "tools/skew/check.h"
#include "tools/skew/sim.h"

#define SIM_NS_PER_S INT64_C(1000000000)
#define SIM_BEST_OF  4 /* probes: the one with the least delay makes the map */

struct sim_node {
	int64_t x_ns;	  /* when the first round begins */
	int32_t rate_ppb; /* how x changes */
	bool is_dead, is_liar;
	int64_t half_ns;  /* of its interval, of which x stands lo_ns above */
	int64_t lo_ns;	  /* the lower end */
	int64_t break_ns; /* after the beginning, a liar's interval moves */
	int64_t lie_ns;	  /* by this */
	int64_t miss_ns;  /* which leaves truth outside by so much */
	/* what came of it: */
	int64_t seen_ns, blamed_ns; /* -1: never */
};

struct sim_fleet {
	const struct sim_options *opt;
	struct sim_node *node;
	size_t *first;	  /* [nodes + 1]: of each node's edges */
	uint32_t *to;	  /* [edges] */
	size_t *in_first; /* [nodes + 1]: of the edges to each node */
	uint32_t *in;	  /* [edges]: their numbers */
	uint32_t *from;	  /* [edges] */
	size_t edges;
};

struct sim_probe {
	int64_t at_ns; /* after the beginning */
	int64_t offset_ns, error_ns, delay_ns;
	int64_t off_ns; /* by which the offset is off */
};

enum sim_salt { /* what chance is drawn for */
		SALT_SKEW,
		SALT_RATE,
		SALT_DEAD,
		SALT_LIAR,
		SALT_HALF,
		SALT_LO,
		SALT_BREAK,
		SALT_MISS,
		SALT_SIGN,
		SALT_SECOND,
		SALT_DELAY,
		SALT_ASYMMETRIC,
		SALT_EXTRA,
		SALT_BAD,
		SALT_PHASE,
		SALT_THERE,
		SALT_BACK
};

/* Evenly in [0, 1). */
double sim_chance(const struct sim_fleet *f, enum sim_salt salt, uint64_t a,
		  uint64_t b);

int sim_fleet_new(const struct sim_options *opt, struct sim_fleet *ret);
void sim_fleet_drop(struct sim_fleet *f);

int64_t sim_x_ns(const struct sim_node *n, int64_t at_ns);
int64_t sim_real_ns(const struct sim_fleet *f, uint32_t node, int64_t at_ns);
bool sim_is_asymmetric(const struct sim_fleet *f, uint32_t a, uint32_t b);
/* Half of what its directions differ in by themselves; a's to b's view. */
double sim_asymmetry_ns(const struct sim_fleet *f, uint32_t a, uint32_t b);
bool sim_is_bad_path(const struct sim_fleet *f, size_t edge);
void sim_probe(const struct sim_fleet *f, size_t edge, int round,
	       struct sim_probe *ret);

/* The one with the least delay of the first few. */
void sim_best_probe(const struct sim_fleet *f, size_t edge,
		    struct sim_probe *ret);

/* What the node has published around that time. */
void sim_instants(const struct sim_fleet *f, uint32_t node, int64_t at_ns,
		  struct instants *ret);

int sim_map(const struct sim_fleet *f, struct sim_result *r);
int sim_rounds(struct sim_fleet *f, sim_progress progress, void *arg,
	       struct sim_result *r);
void sim_cost(const struct sim_fleet *f, struct sim_result *r);

/* Of the processor: the machine may have more to do. */
double sim_now_s(void);

#endif
