/* SPDX-License-Identifier: Apache-2.0 */
/* Conjugate gradients (Hestenes and Stiefel, 1952) on a graph's Laplacian. It
 * is singular: a constant may be added; b has none, and the rounds add none but
 * by rounding. */
#include <errno.h>
#include <math.h>

#include "tools/skew/solve_private.h"

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

/* p = r / diagonal + beta p. */
static void turn(const struct laplacian *l, struct range g, double beta,
		 const double *r, double *p)
{
	for (uint32_t i = g.first; i < g.end; i++)
		p[i] = r[i] / l->diagonal[i] + beta * p[i];
}

/* One step; the new r diagonal^-1 r. */
static double step(const struct laplacian *l, struct range g, double alpha,
		   const struct cg_room *room, double *x)
{
	double sum = 0;

	for (uint32_t i = g.first; i < g.end; i++) {
		x[i] += alpha * room->p[i];
		room->r[i] -= alpha * room->q[i];
		sum += room->r[i] * room->r[i] / l->diagonal[i];
	}
	return sum;
}

int cg_solve(const struct laplacian *l, struct range g, const double *b,
	     double tolerance, int rounds_max, const struct cg_room *room,
	     double *x)
{
	double norm = 0, rest, next;

	for (uint32_t i = g.first; i < g.end; i++) {
		x[i] = 0;
		room->r[i] = b[i];
		norm += b[i] * b[i] / l->diagonal[i];
	}
	rest = norm;
	turn(l, g, 0, room->r, room->p);
	for (int round = 0;; round++) {
		double curve;

		if (!(rest > tolerance * tolerance * norm))
			return round;
		if (round == rounds_max)
			return -ENODATA;
		curve = times(l, g, room->p, room->q);
		if (!(curve > 0))
			return -ENODATA; /* below what rounding leaves */
		next = step(l, g, rest / curve, room, x);
		turn(l, g, next / rest, room->r, room->p);
		rest = next;
	}
}
