/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conjugate gradients (Hestenes and Stiefel, 1952) on a graph's Laplacian. It
 * is singular: a constant may be added; b has none, and the rounds add none but
 * by rounding.
 *
 * Racks whose links are a hundred times better than those between them have
 * weights 10^4 times as great: with the diagonal alone as preconditioner that
 * is hundreds of rounds. So it is M = D - A_T, D the whole diagonal and A_T the
 * links of the tree of the best ones. It has a factor without fill, knows what
 * is stiff, and for what moves a rack as a whole is the diagonal of the graph
 * of racks, which is an expander.
 */
#include <errno.h>

#include "tools/skew/solve_private.h"

#define TINY 1e-13 /* of a pivot: it is rounding */

/* From the leaves up. Where no link is left over, the root's is 0. */
void cg_factor(const struct laplacian *l, uint32_t nodes)
{
	for (uint32_t i = 0; i < nodes; i++)
		l->pivot[i] = l->diagonal[i];
	for (uint32_t i = nodes; i-- > 0;)
		if (l->parent[i] != i)
			l->pivot[l->parent[i]] -=
				l->up[i] * l->up[i] / l->pivot[i];
}

/* z = M^-1 r, and r z. */
static double precondition(const struct laplacian *l, struct range g,
			   const double *r, double *z)
{
	double sum;

	for (uint32_t i = g.first; i < g.end; i++)
		z[i] = r[i];
	for (uint32_t i = g.end; --i > g.first;)
		z[l->parent[i]] += l->up[i] / l->pivot[i] * z[i];
	z[g.first] = l->pivot[g.first] > TINY * l->diagonal[g.first]
			     ? z[g.first] / l->pivot[g.first]
			     : 0;
	sum = r[g.first] * z[g.first];
	for (uint32_t i = g.first + 1; i < g.end; i++) {
		z[i] = (z[i] + l->up[i] * z[l->parent[i]]) / l->pivot[i];
		sum += r[i] * z[i];
	}
	return sum;
}

/* q = L p, and p q. */
static double times(const struct laplacian *l, struct range g, const double *p,
		    double *q)
{
	double sum = 0;

	for (uint32_t i = g.first; i < g.end; i++) {
		double v = l->diagonal[i] * p[i];

		for (size_t k = l->row[i]; k < l->row[i + 1]; k++)
			v -= l->weight[k] * p[l->col[k]];
		q[i] = v;
		sum += v * p[i];
	}
	return sum;
}

/* p = z + beta p. */
static void turn(struct range g, double beta, const double *z, double *p)
{
	for (uint32_t i = g.first; i < g.end; i++)
		p[i] = z[i] + beta * p[i];
}

static void step(struct range g, double alpha, const struct cg_room *room,
		 double *x)
{
	for (uint32_t i = g.first; i < g.end; i++) {
		x[i] += alpha * room->p[i];
		room->r[i] -= alpha * room->q[i];
	}
}

int cg_solve(const struct laplacian *l, struct range g, const double *b,
	     double tolerance, int rounds_max, const struct cg_room *room,
	     double *x)
{
	double norm, rest, next, curve;

	for (uint32_t i = g.first; i < g.end; i++) {
		x[i] = room->p[i] = 0;
		room->r[i] = b[i];
	}
	norm = rest = precondition(l, g, room->r, room->z);
	turn(g, 0, room->z, room->p);
	for (int round = 0;; round++) {
		if (!(rest > tolerance * tolerance * norm))
			return round;
		if (round == rounds_max)
			return -ENODATA;
		curve = times(l, g, room->p, room->q);
		if (!(curve > 0))
			return -ENODATA; /* below what rounding leaves */
		step(g, rest / curve, room, x);
		next = precondition(l, g, room->r, room->z);
		turn(g, next / rest, room->z, room->p);
		rest = next;
	}
}
