/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The map: from differences between pairs of clocks to an offset for each, by
 * weighted least squares over the graph of the links (weight 1 / error^2). No
 * truth is needed and none comes of it: each part of the graph that hangs
 * together has its own median as its reference.
 *
 * Offsets are kept as whole nanoseconds along a spanning tree, and only what
 * the links leave over it is solved for in floating point: a clock that is
 * fifty years off costs its neighbours no digit.
 *
 * Large parts are solved by conjugate gradients, in a few rounds whatever their
 * size, as a fleet's graph is an expander; small ones, and thin ones (rings,
 * chains of racks) on which those rounds are many, by CXSparse's Cholesky.
 */
#ifndef SOLVE_H
#define SOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A link whose error is this or more, or more than 1,000,000 times the median
 * of all, says nothing and is left out; one whose error is less than a
 * millionth of the greatest that is left counts as if it were that.
 */
#define SOLVE_ERROR_NS_MAX INT64_C(4000000000000000000)
#define SOLVE_NODES_MAX	   UINT32_C(100000000)

/* to's clock - from's; error_ns >= 0. */
struct solve_link {
	uint32_t from, to;
	int64_t offset_ns, error_ns;
};

struct solve_node {
	int64_t offset_ns; /* the part's median - this clock: positive: behind */
	int64_t error_ns;  /* standard error, if the links' errors are such */
	uint32_t part;
};

enum solve_method { SOLVE_ALONE, SOLVE_DIRECT, SOLVE_GRADIENTS };

struct solve_part {
	uint32_t nodes;
	uint32_t first; /* the least of them */
	size_t links;
	enum solve_method method;
	int rounds;	    /* of conjugate gradients */
	bool is_exact;	    /* the errors; else sampled, good to 20 % */
	bool has_converged; /* false: its offsets are what rounds_max left */
};

struct solve_fit {
	float residual_ns; /* what was measured - what the map says */
	float unchecked;   /* 0: others check it well; 1: nothing does */
};

struct solve {
	uint32_t nodes, parts;
	size_t links, links_unused;
	struct solve_node *node; /* [nodes] */
	struct solve_part *part; /* [parts], most nodes first */
	struct solve_fit *fit;	 /* [links] */
	double misfit;		 /* rms of residual / error, by degrees of
				  * freedom; NAN: no loop */
	int64_t bytes;		 /* allocated at most */
};

struct solve_options {
	uint32_t direct_max; /* nodes; 0: the default, 1000 */
	bool has_errors;     /* false: no error_ns, no `unchecked` (quicker) */
	uint64_t seed;	     /* of the sampling */
};

/* 0; -EINVAL: a link to itself or to a node that is not there; -ENOMEM. */
int solve_run(const struct solve_link *link, size_t links, uint32_t nodes,
	      const struct solve_options *opt, struct solve **ret);
void solve_free(struct solve *s); /* NULL is allowed */

/* How much a link is off by itself: a path whose two directions differ shows
 * half of that difference. NAN: nothing checks the link. */
double solve_excess_ns(const struct solve_fit *fit);

/* |residual| in units of what it would be by chance, the link's error being as
 * stated: what tells odd links from others. 0: nothing checks the link. */
double solve_oddness(const struct solve_fit *fit, int64_t error_ns);

#endif
