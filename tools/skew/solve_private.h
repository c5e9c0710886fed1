/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of the solver. Nodes are in the order in which a walk along the
 * tree of the best links has met them, so that a part is the range [first, end)
 * of every vector, and a node's parent comes before it.
 */
#ifndef SOLVE_PRIVATE_H
#define SOLVE_PRIVATE_H

#include "tools/skew/solve.h"

struct range {
	uint32_t first, end;
};

/* Each link twice: in the row of either end. */
struct laplacian {
	size_t *row; /* [nodes + 1] */
	uint32_t *col;
	double *weight;
	double *diagonal; /* [nodes] */
	/* The tree: each node's parent (its own place: none), the weight of the
	 * link to it, and the pivots of the tree with the whole diagonal. */
	uint32_t *parent;
	double *up, *pivot;
};

/* ---- conjugate gradients, preconditioned by the tree ---- */

/* From parent, up and diagonal to pivot. */
void cg_factor(const struct laplacian *l, uint32_t nodes);

struct cg_room {
	double *r, *p, *q, *z; /* [nodes] */
};

/* L x = b over the range; starts from x = 0. The number of rounds, or
 * -ENODATA when rounds_max of them were not enough. */
int cg_solve(const struct laplacian *l, struct range g, const double *b,
	     double tolerance, int rounds_max, const struct cg_room *room,
	     double *x);

/* ---- Cholesky, with the range's first node held at 0 ---- */

struct direct;

/* -EFBIG: the factor would be too large; -EDOM: numerically not definite. */
int direct_new(const struct laplacian *l, struct range g, double entries_max,
	       struct direct **ret);
void direct_free(struct direct *d);
double direct_entries(const struct direct *d);
void direct_solve(const struct direct *d, struct range g, const double *b,
		  double *x);

/* ---- what is being solved ---- */

typedef __int128 wide_ns; /* offsets add up along a path */

struct solver {
	const struct solve_link *link;
	const struct solve_options *opt;
	struct solve *out;
	struct range *range; /* [parts], as in out->part */
	uint32_t *node;	     /* at each place of the order */
	uint32_t *place;     /* of each node */
	wide_ns *level;	     /* at each place: the clock, along the tree */
	struct laplacian l;
	struct cg_room room;
	double *b, *x; /* x: what is to be added to the level */
	int64_t error_ns_min,
		error_ns_max; /* less counts as that; more: unused */
	double spread;	      /* the greatest error that counts / the least */
};

/*
 * Down to `part` of a link of the widest error: halves of n / 2 nodes each may
 * hang together by one alone, and of the norm of all links' noise that one makes
 * up 1 / (spread sqrt(n)).
 */
double solver_tolerance(const struct solver *s, struct range g, double part);

/* 1 / error; 0: an unused link. */
double solver_root_weight(const struct solver *s, size_t link);

/* b = 0; and what `value` of a link, in units of its error, adds to it. */
void solver_clear(const struct solver *s);
void solver_add(const struct solver *s, size_t link, double value);

/* error_ns of each node and `unchecked` of each link. 0 or -ENOMEM. */
int solver_errors(struct solver *s, struct direct *const *direct);

/* Memory that is counted; of zeros. */
void *solver_take(struct solve *out, size_t count, size_t size);

#endif
