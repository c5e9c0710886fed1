/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The slow reference of the belief, for its test and its benchmark: the same
 * set as a long list of vertices in long double, never simplified; a Minkowski
 * sum as all pairs and their hull. Its disturbances are points on the exact
 * lens, so that it errs inward.
 */
#ifndef EXACT_BELIEF_H
#define EXACT_BELIEF_H

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "timed/axioms.h"

#define REF_MAX 4096

struct ref {
	int n;
	long double x[REF_MAX], y[REF_MAX];
};

struct ref_point {
	long double x, y;
};

static int by_xy(const void *a, const void *b)
{
	const struct ref_point *p = a, *q = b;

	if (p->x != q->x)
		return p->x < q->x ? -1 : 1;
	return (p->y > q->y) - (p->y < q->y);
}

static long double turn(struct ref_point a, struct ref_point b,
			struct ref_point c)
{
	return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

static void ref_hull(struct ref *r, struct ref_point *p, int n)
{
	static struct ref_point out[2 * REF_MAX * 8];
	int k = 0;

	qsort(p, (size_t)n, sizeof(p[0]), by_xy);
	for (int i = 0; i < n; i++) {
		while (k >= 2 && turn(out[k - 2], out[k - 1], p[i]) <= 0)
			k--;
		out[k++] = p[i];
	}
	for (int i = n - 2, lower = k + 1; i >= 0; i--) {
		while (k >= lower && turn(out[k - 2], out[k - 1], p[i]) <= 0)
			k--;
		out[k++] = p[i];
	}
	r->n = k > 1 ? k - 1 : k;
	assert(r->n <= REF_MAX);
	for (int i = 0; i < r->n; i++) {
		r->x[i] = out[i].x;
		r->y[i] = out[i].y;
	}
}

#define LENS 16

/* Carry by d seconds. */
static void ref_advance(struct ref *r, const struct axioms *ax, double d)
{
	static struct ref_point p[REF_MAX * 4 * (LENS + 1)];
	int n = 0;

	for (int i = 0; i < r->n; i++)
		for (int k = 0; k <= LENS; k++)
			for (int side = -1; side <= 1; side += 2)
				for (int j = -1; j <= 1; j += 2) {
					const long double s =
						(long double)d * k / LENS;
					const long double w =
						ax->wander_ppb_s;

					p[n].x = r->x[i] + r->y[i] * d +
						 side * w *
							 (2 * d * s - s * s -
							  d * d / 2) +
						 j * ax->jitter_ppb * d;
					p[n].y = r->y[i] +
						 side * w * (2 * s - d);
					n++;
				}
	ref_hull(r, p, n);
}

static void ref_cut(struct ref *r, long double a, long double b,
		    long double c)
{
	static struct ref_point p[REF_MAX * 2];
	int n = 0;

	for (int i = 0; i < r->n; i++) {
		const int k = (i + 1) % r->n;
		const long double di = a * r->x[i] + b * r->y[i] - c;
		const long double dk = a * r->x[k] + b * r->y[k] - c;

		if (di <= 0)
			p[n++] = (struct ref_point){r->x[i], r->y[i]};
		if ((di < 0) != (dk < 0) && di != dk) {
			const long double t = di / (di - dk);

			p[n++] = (struct ref_point){
				r->x[i] + t * (r->x[k] - r->x[i]),
				r->y[i] + t * (r->y[k] - r->y[i])};
		}
	}
	ref_hull(r, p, n);
}

static void ref_range(const struct ref *r, double d, long double *lo,
		      long double *hi)
{
	*lo = HUGE_VALL;
	*hi = -HUGE_VALL;
	for (int i = 0; i < r->n; i++) {
		const long double x = r->x[i] + r->y[i] * d;

		*lo = fminl(*lo, x);
		*hi = fmaxl(*hi, x);
	}
}

#endif
