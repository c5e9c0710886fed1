/* SPDX-License-Identifier: Apache-2.0 */
/* CXSparse's Cholesky (Davis, 2006), for parts that are small or thin. On a
 * fleet's graph the factor fills up: half of n^2 entries. */
#include <cs.h>
#include <errno.h>
#include <stdlib.h>

#include "tools/skew/solve_private.h"

struct direct {
	int n;
	cs_dis *symbolic;
	cs_din *numeric;
	double *work;
};

/* The upper triangle, without the range's first node. */
static cs_di *upper(const struct laplacian *l, struct range g)
{
	const int n = (int)(g.end - g.first) - 1;
	const size_t room = l->row[g.end] - l->row[g.first] + (size_t)n;
	cs_di *triplet, *a = NULL;
	int ok;

	if (room > INT32_MAX)
		return NULL;
	triplet = cs_di_spalloc(n, n, (int)room, 1, 1);
	ok = triplet != NULL;
	for (uint32_t i = g.first + 1; ok && i < g.end; i++) {
		const int at = (int)(i - g.first) - 1;

		ok = cs_di_entry(triplet, at, at, l->diagonal[i]);
		for (size_t k = l->row[i]; ok && k < l->row[i + 1]; k++) {
			const uint32_t j = l->col[k];

			if (j > i)
				ok = cs_di_entry(triplet, at,
						 (int)(j - g.first) - 1,
						 -l->weight[k]);
		}
	}
	if (ok)
		a = cs_di_compress(triplet);
	cs_di_spfree(triplet);
	if (a && !cs_di_dupl(a))
		a = cs_di_spfree(a);
	return a;
}

int direct_new(const struct laplacian *l, struct range g, double entries_max,
	       struct direct **ret)
{
	struct direct *d = calloc(1, sizeof(*d));
	cs_di *a = upper(l, g);
	int err = 0;

	if (d && a) {
		d->n = (int)(g.end - g.first) - 1;
		d->work = malloc(sizeof(double) * (size_t)(2 * d->n));
		d->symbolic = cs_di_schol(1, a);
	}
	if (!d || !a || !d->work || !d->symbolic)
		err = -ENOMEM;
	else if (d->symbolic->lnz > entries_max)
		err = -EFBIG;
	else if (!(d->numeric = cs_di_chol(a, d->symbolic)))
		err = -EDOM;
	cs_di_spfree(a);
	if (err)
		direct_free(d);
	else
		*ret = d;
	return err;
}

void direct_free(struct direct *d)
{
	if (!d)
		return;
	cs_di_sfree(d->symbolic);
	cs_di_nfree(d->numeric);
	free(d->work);
	free(d);
}

double direct_entries(const struct direct *d)
{
	return d->symbolic->lnz;
}

void direct_solve(const struct direct *d, struct range g, const double *b,
		  double *x)
{
	double *permuted = d->work, *y = d->work + d->n;

	for (int i = 0; i < d->n; i++)
		y[i] = b[g.first + 1 + (uint32_t)i];
	cs_di_ipvec(d->symbolic->pinv, y, permuted, d->n);
	cs_di_lsolve(d->numeric->L, permuted);
	cs_di_ltsolve(d->numeric->L, permuted);
	cs_di_pvec(d->symbolic->pinv, permuted, y, d->n);
	x[g.first] = 0;
	for (int i = 0; i < d->n; i++)
		x[g.first + 1 + (uint32_t)i] = y[i];
}
