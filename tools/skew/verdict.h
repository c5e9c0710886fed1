/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A probe of `suspect` by `prober` has proved that one of three is false: the
 * suspect's bound, the prober's own, or the measurement, on whose path somebody
 * stamps wrongly, answers in another's name, or breaks a declared asymmetry.
 * Which one is settled as SWIM settles suspicion (Das, Gupta, Motivala, DSN
 * 2002): by asking others that probe the suspect, before anybody is blamed.
 * Pure.
 *
 * Every probe says by how much the bound of the probed node would have to be
 * moved to agree with it: a shift in [lo, hi], or none (0 is in it). A shift of
 * one node explains all that is seen of it; a fault of a path explains that one
 * edge. So each hypothesis leaves a number of edges unexplained:
 *
 *   the suspect  its shift S: the edge in question demands it; of the others'
 *                edges to it, those that do not allow S, for the best S; of the
 *                prober's other edges, those that are not consistent
 *   the prober   the same with the two changed over
 *   the path     all other edges, of either, that are not consistent
 *
 * The least number has it, if it explains everything while no other does, or is
 * ahead of both others by two at least. A node is blamed only if, besides, at
 * least two more edges than the one in question accuse it, or one of the other
 * node's edges vouches for that one: is consistent, and would not be were it the
 * one that is wrong. Without, two that are broken and agree could have an honest
 * one blamed whose other edges are too coarse to see either: it is suspected,
 * and no more. Else, and on a tie, it is undecided: so
 * without witnesses (the three are equal), in a partition, and when more than
 * one thing is wrong in a way that could be read as another. An edge too
 * coarse to see the shift allows all three, and so speaks for none.
 */
#ifndef VERDICT_H
#define VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VERDICT_EDGES_MAX 64

/* By how much the probed node's interval has to be moved (check.h). */
struct shift {
	int64_t lo_ns, hi_ns; /* lo <= hi */
};

enum verdict {
	VERDICT_UNDECIDED,
	VERDICT_NODE,	/* the suspect's bound is broken */
	VERDICT_PROBER, /* ours is: a node as well, and it is this one */
	VERDICT_PATH,	/* neither, but what lies between */
	VERDICT_NODE_LIKELY,  /* the suspect's, but nobody vouches for us */
	VERDICT_PROBER_LIKELY /* ours, but nobody vouches for the suspect */
};

struct evidence {
	struct shift edge; /* the one in question, to the suspect */
	/* Edges of others to the suspect; by how much it has to be moved. */
	struct shift of_suspect[VERDICT_EDGES_MAX];
	size_t of_suspects;
	/* Edges of the prober and any but the suspect, turned so that they say
	 * by how much the prober has to be moved. */
	struct shift of_prober[VERDICT_EDGES_MAX];
	size_t of_probers;
};

/* What each hypothesis leaves unexplained. */
struct verdict_costs {
	size_t suspect, prober, path;
};

enum verdict verdict_decide(const struct evidence *e,
			    struct verdict_costs *ret_costs); /* or NULL */

/* The other end's view of an edge: who is to be moved, the other way. */
struct shift shift_turn(struct shift s);

bool shift_is_consistent(const struct shift *s);

#define VERDICTS 6

/* "node" for the suspect and the prober alike, "path"; "undecided" for what is
 * likely alone, too. */
const char *verdict_name(enum verdict v);

#endif
