/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How good the map is. If the links' errors are independent with the standard
 * errors they state, differences of offsets have the covariance that L+, the
 * Laplacian's pseudoinverse, gives, and a link's residual has 1 - h of its
 * variance, h = weight (e_to - e_from)' L+ (e_to - e_from): 1 where it alone
 * holds its ends together, about 2 / degree in a fleet. A node's error is that
 * of its distance to the mean, each node by its diagonal: like the median, it
 * is not moved by one that hangs on by a bad link.
 *
 * Exact, column by column, where a factor is at hand and the part is small.
 * Else sampled: with a random sign for each link as its error, the solution has
 * that covariance. Where one round of Jacobi's method, whose variance is known
 * (1 / diagonal), goes along with it, as it does in an expander, the sample is
 * held against that: 16 samples then give the error to 6 %, else to 18 %.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "tools/skew/solve_private.h"

#define SAMPLES	     16
#define EXACT_MAX    1000 /* nodes: n solutions of n unknowns */
#define TOLERANCE    1e-2 /* of a sample, which is worth 6 % */
#define ROUNDS	     2000
#define ALIKE_MIN    0.5 /* of the correlation's square */
#define NEARLY_ALONE 0.9F

static int64_t error_of(double variance)
{
	const double ns = sqrt(variance > 0 ? variance : 0);

	return ns < 9e18 ? (int64_t)ceil(ns) : INT64_MAX;
}

/* ---- exact ---- */

/* All columns of the factor's inverse; the first node's are 0. */
static int invert(struct solver *s, struct range g, const struct direct *d,
		  double **ret)
{
	const size_t n = g.end - g.first;
	double *inverse = malloc(n * n * sizeof(*inverse));

	if (!inverse)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		for (uint32_t j = g.first; j < g.end; j++)
			s->b[j] = 0;
		s->b[g.first + i] = i > 0;
		direct_solve(d, g, s->b, s->x);
		for (size_t j = 0; j < n; j++)
			inverse[i * n + j] = s->x[g.first + j];
	}
	*ret = inverse;
	return 0;
}

/* From the inverse with one node held at 0 to deviations from the mean. */
static void tell_exact_nodes(struct solver *s, struct range g,
			     const double *inverse)
{
	const double *mass = &s->l.diagonal[g.first];
	const size_t n = g.end - g.first;
	double all = 0, sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += mass[i];
	for (size_t i = 0; i < n; i++) {
		double row = 0;

		for (size_t j = 0; j < n; j++)
			row += inverse[i * n + j] * (mass[j] / sum);
		s->x[g.first + i] = row;
		all += row * (mass[i] / sum);
	}
	for (size_t i = 0; i < n; i++)
		s->out->node[s->node[g.first + i]].error_ns = error_of(
			inverse[i * n + i] - 2 * s->x[g.first + i] + all);
}

/* The links of each part one after the other. */
struct sorted {
	size_t *begin; /* [parts + 1] */
	uint32_t *link;
};

static uint32_t part_of(const struct solver *s, size_t link)
{
	return s->out->node[s->link[link].from].part;
}

static int sort_links(struct solver *s, struct sorted *ret)
{
	size_t *begin =
		solver_take(s->out, (size_t)s->out->parts + 2, sizeof(*begin));
	uint32_t *link = solver_take(s->out, s->out->links, sizeof(*link));

	*ret = (struct sorted){begin, link};
	if (!begin || !link)
		return -ENOMEM;
	for (size_t e = 0; e < s->out->links; e++)
		if (solver_root_weight(s, e) > 0)
			begin[part_of(s, e) + 2]++;
	for (uint32_t p = 0; p < s->out->parts; p++)
		begin[p + 2] += begin[p + 1];
	for (size_t e = 0; e < s->out->links; e++)
		if (solver_root_weight(s, e) > 0)
			link[begin[part_of(s, e) + 1]++] = (uint32_t)e;
	return 0;
}

static void tell_exact_links(struct solver *s, uint32_t part,
			     const struct sorted *sorted, const double *inverse)
{
	const struct range g = s->range[part];
	const size_t n = g.end - g.first;

	for (size_t k = sorted->begin[part]; k < sorted->begin[part + 1]; k++) {
		const uint32_t e = sorted->link[k];
		const double root = solver_root_weight(s, e);
		const size_t a = s->place[s->link[e].from] - g.first;
		const size_t b = s->place[s->link[e].to] - g.first;

		s->out->fit[e].unchecked = (float)fmin(
			1, root * root *
				   (inverse[a * n + a] + inverse[b * n + b] -
				    2 * inverse[a * n + b]));
	}
}

static int tell_exact(struct solver *s, uint32_t part, const struct direct *d,
		      const struct sorted *sorted)
{
	double *inverse;
	int err = invert(s, s->range[part], d, &inverse);

	if (err)
		return err;
	tell_exact_nodes(s, s->range[part], inverse);
	tell_exact_links(s, part, sorted, inverse);
	free(inverse);
	return 0;
}

/* ---- sampled ---- */

struct sample {
	double *square; /* of the solution, [nodes], summed */
	double *quick;	/* of Jacobi's, times its diagonal */
	double both, xx, yy;
};

/* Steele, Lea and Flood's splitmix64, a bit of it. */
static double sign_of(uint64_t seed, uint64_t round, uint64_t link)
{
	uint64_t z = seed + (round << 40 ^ link) * UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (z ^ z >> 31) & 1 ? 1 : -1;
}

static bool is_sampled(const struct solver *s, size_t link)
{
	return !s->out->part[part_of(s, link)].is_exact &&
	       solver_root_weight(s, link) > 0;
}

static void add_nodes(struct solver *s, struct range g, struct sample *t)
{
	double mean = 0, sum = 0;

	for (uint32_t i = g.first; i < g.end; i++) {
		mean += s->x[i] * s->l.diagonal[i];
		sum += s->l.diagonal[i];
	}
	mean /= sum;
	for (uint32_t i = g.first; i < g.end; i++) {
		const double x = s->x[i] -= mean;
		const double y = s->b[i] / s->l.diagonal[i];

		t->square[i] += x * x;
		t->quick[i] += y * y;
		t->both += x * y * s->l.diagonal[i];
		t->xx += x * x * s->l.diagonal[i];
		t->yy += y * y * s->l.diagonal[i];
	}
}

static void draw(struct solver *s, uint64_t round, struct sample *t,
		 struct direct *const *direct)
{
	struct solve *out = s->out;

	solver_clear(s);
	for (size_t e = 0; e < out->links; e++)
		if (is_sampled(s, e))
			solver_add(s, e, sign_of(s->opt->seed, round, e));
	for (uint32_t p = 0; p < out->parts; p++) {
		if (out->part[p].is_exact)
			continue;
		if (direct[p])
			direct_solve(direct[p], s->range[p], s->b, s->x);
		else if (cg_solve(&s->l, s->range[p], s->b,
				  solver_tolerance(s, s->range[p], TOLERANCE),
				  ROUNDS, &s->room, s->x) < 0)
			out->part[p].has_converged = false;
		add_nodes(s, s->range[p], t);
	}
	for (size_t e = 0; e < out->links; e++) {
		const struct solve_link *link = &s->link[e];
		double share;

		if (!is_sampled(s, e))
			continue;
		/* h of its own sign is in it, and of the others' chance. */
		share = sign_of(s->opt->seed, round, e) *
			solver_root_weight(s, e) *
			(s->x[s->place[link->to]] - s->x[s->place[link->from]]);
		out->fit[e].unchecked += (float)(share / SAMPLES);
	}
}

static void tell_sampled(struct solver *s, const struct sample *t,
			 bool is_alike)
{
	struct solve *out = s->out;

	for (uint32_t i = 0; i < out->nodes; i++) {
		struct solve_node *node = &out->node[s->node[i]];
		double variance = t->square[i] / SAMPLES;

		if (out->part[node->part].is_exact)
			continue;
		if (is_alike && t->quick[i] > 0)
			variance =
				t->square[i] / t->quick[i] / s->l.diagonal[i];
		node->error_ns = error_of(variance);
	}
}

/*
 * The sampled share is exact where a link alone holds two halves together, and
 * else rough. Where the graph is an expander, its ends hardly vary together:
 * then h is the sum of what they do, which is known much better.
 */
static void refine_links(struct solver *s, bool is_alike)
{
	struct solve *out = s->out;

	for (size_t e = 0; e < out->links; e++) {
		const double root = solver_root_weight(s, e);
		const double a =
			root * (double)out->node[s->link[e].from].error_ns;
		const double b =
			root * (double)out->node[s->link[e].to].error_ns;
		float *h = &out->fit[e].unchecked;

		if (!is_sampled(s, e))
			continue;
		if (is_alike && *h < NEARLY_ALONE)
			*h = (float)(a * a + b * b);
		*h = fminf(fmaxf(*h, 0), 1);
	}
}

static int sample(struct solver *s, struct direct *const *direct)
{
	const size_t n = s->out->nodes;
	struct sample t = {.square = solver_take(s->out, n, sizeof(double)),
			   .quick = solver_take(s->out, n, sizeof(double))};
	const bool has_room = t.square && t.quick;
	bool is_alike;

	if (has_room) {
		for (uint64_t round = 0; round < SAMPLES; round++)
			draw(s, round, &t, direct);
		is_alike = t.both * t.both > ALIKE_MIN * t.xx * t.yy;
		tell_sampled(s, &t, is_alike);
		refine_links(s, is_alike);
	}
	free(t.square);
	free(t.quick);
	return has_room ? 0 : -ENOMEM;
}

/* Those that a factor and little work give exactly. */
static int tell_all_exact(struct solver *s, struct direct *const *direct,
			  bool *ret_is_any_left)
{
	struct sorted sorted;
	int err = sort_links(s, &sorted);

	for (uint32_t p = 0; p < s->out->parts && !err; p++) {
		struct solve_part *part = &s->out->part[p];

		if (part->nodes == 1)
			continue;
		part->is_exact = direct[p] && part->nodes <= EXACT_MAX;
		*ret_is_any_left |= !part->is_exact;
		if (part->is_exact)
			err = tell_exact(s, p, direct[p], &sorted);
	}
	free(sorted.begin);
	free(sorted.link);
	return err;
}

int solver_errors(struct solver *s, struct direct *const *direct)
{
	bool is_any_left = false;
	int err = tell_all_exact(s, direct, &is_any_left);

	return err || !is_any_left ? err : sample(s, direct);
}
