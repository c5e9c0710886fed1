/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fleet on paper: clocks with skews and bounds, links with delays, some of
 * them asymmetric, nodes that are dead, and nodes whose bound breaks. Who
 * probes whom (pick.h), the check (check.h), whom to blame (verdict.h) and the
 * map (solve.h) are the agent's and tt-skew's own.
 *
 * The same options give the same fleet and the same figures, but for the times
 * and the memory taken.
 */
#ifndef SIM_H
#define SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "tools/skew/edge.h"

#define SIM_NODES_MAX 4000000
#define SIM_BINS      5

struct sim_options {
	uint32_t nodes; /* >= 3 */
	unsigned k;	/* as in pick.h */
	uint64_t seed;
	uint32_t rack_nodes; /* 0: no racks, and all links alike */
	double dead, liars, asymmetric, bad_paths; /* shares of 1 */
	int rounds;	     /* of probes that are checked */
	int64_t interval_ns; /* of a probe */
	int64_t half_width_ns;
};

/* What came of liars whose bound misses the truth by so much. */
struct sim_bin {
	double miss_max; /* in units of sim_result.wide_ns */
	uint32_t liars;
	uint32_t seen[3];   /* a probe proves it: within 1, 2 rounds, later */
	uint32_t blamed[3]; /* the verdict is "node", and it is this one */
};

struct sim_result {
	uint32_t racks, dead, liars;
	size_t edges, asymmetric, bad_paths;

	/* the links */
	int64_t error_ns_p50; /* half the round trip */
	double error_ns_rms;  /* and what an edge is really off by: */
	double off_ns_rms;

	/* the map */
	uint32_t parts, cut_off; /* cut_off: nodes that live */
	int rounds;
	double solve_s, errors_s; /* of one core */
	int64_t solve_bytes, rss_bytes;
	double map_ns_rms, said_ns_rms; /* really off by; and as it says */
	int64_t map_ns_p50, map_ns_p99, map_ns_max;
	size_t odd, odd_asymmetric; /* links told of; that are asymmetric */
	size_t visible; /* asymmetric links that stand out of chance */
	size_t visible_odd;

	/* the check */
	size_t checked, uncovered;
	double check_s;	 /* as well */
	int64_t wide_ns; /* 2 (median half-width + median error of an edge) */
	struct sim_bin bin[SIM_BINS];
	uint32_t accused;    /* honest nodes that were blamed, falsely */
	size_t paths_blamed; /* edges whose path was blamed */
	size_t paths_bad;    /* of them truly bad */
	size_t undecided;    /* verdicts: of them, */
	size_t suspicions;   /* those that name who is broken */
	size_t suspicions_false; /* and who is not */

	/* cost, of one node */
	double packets_s, wire_bytes_s, instants_bytes_s;
	int series;
};

/* Called now and then with what is being done and how far it is (0 to 1). */
typedef void (*sim_progress)(const char *what, double part, void *arg);

/* 0, -EINVAL, -ENOMEM. */
int sim_run(const struct sim_options *opt, sim_progress progress, void *arg,
	    struct sim_result *ret);

/* The edges of its first round, as CSV; 0, -EINVAL, -ENOMEM. */
int sim_write_edges(const struct sim_options *opt, FILE *out);

void sim_print_text(FILE *out, const struct sim_options *opt,
		    const struct sim_result *r);
int sim_print_json(FILE *out, const struct sim_options *opt,
		   const struct sim_result *r);

#endif
