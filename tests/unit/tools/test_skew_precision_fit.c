/* SPDX-License-Identifier: Apache-2.0 */
/* The linear programmes against brute force, and the truth within the range:
 * always. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/skew/precision_fit.h"

#define POINTS_MAX 40
#define WORLDS	   2000
#define PPB	   1e-9L

struct problem {
	struct precision_point above[POINTS_MAX], below[POINTS_MAX];
	size_t n, m;
	struct precision_axioms axioms;
};

static uint64_t state;

static uint64_t next(void)
{
	uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static int64_t among(int64_t lo, int64_t hi)
{
	return lo + (int64_t)(next() % (uint64_t)(hi - lo + 1));
}

/* ---- brute force: the polygon's every corner ---- */

/* a x + b y <= c, with y in 1 (not ppb). */
struct half_plane {
	long double a, b, c;
};

static long double slack_of(const struct precision_point *p,
			    const struct precision_axioms *ax)
{
	return 2 * ax->stamp_err_ns + 1 +
	       ceill(fabsl((long double)p->t_ns) * ax->wander_ppb_max * PPB -
		     1e-9L);
}

static size_t half_planes(const struct problem *p, struct half_plane *h)
{
	const struct precision_axioms *ax = &p->axioms;
	size_t k = 0;

	for (size_t i = 0; i < p->n; i++) {
		const struct precision_point *q = &p->above[i];
		const long double t = q->t_ns, x = q->x_ns;

		h[k++] = (struct half_plane){1, t, x + slack_of(q, ax)};
		h[k++] = (struct half_plane){
			1, 0,
			x + 2 * ax->stamp_err_ns + 1 +
				fabsl(t) * ax->rate_ppb_max * PPB};
	}
	for (size_t i = 0; i < p->m; i++) {
		const struct precision_point *q = &p->below[i];
		const long double t = q->t_ns, x = q->x_ns;

		h[k++] = (struct half_plane){-1, -t, -x + slack_of(q, ax)};
		h[k++] = (struct half_plane){
			-1, 0,
			-x + 2 * ax->stamp_err_ns + 1 +
				fabsl(t) * ax->rate_ppb_max * PPB};
	}
	h[k++] = (struct half_plane){0, 1, ax->rate_ppb_max * PPB};
	h[k++] = (struct half_plane){0, -1, ax->rate_ppb_max * PPB};
	return k;
}

static bool holds(const struct half_plane *h, size_t k, long double x,
		  long double y)
{
	for (size_t i = 0; i < k; i++) {
		const long double left = h[i].a * x + h[i].b * y - h[i].c;

		if (left > 1e-5L + fabsl(h[i].c) * 1e-15L)
			return false;
	}
	return true;
}

/* The extremes of x over all crossings of two borders; false: none is in. */
static bool brute(const struct problem *p, long double *lo, long double *hi)
{
	static struct half_plane h[4 * POINTS_MAX + 2];
	const size_t k = half_planes(p, h);
	bool found = false;

	for (size_t i = 0; i < k; i++) {
		for (size_t j = i + 1; j < k; j++) {
			const long double det =
				h[i].a * h[j].b - h[j].a * h[i].b;
			long double x, y;

			if (fabsl(det) < 1e-12L)
				continue;
			x = (h[i].c * h[j].b - h[j].c * h[i].b) / det;
			y = (h[i].a * h[j].c - h[j].a * h[i].c) / det;
			if (!holds(h, k, x, y))
				continue;
			*lo = found ? fminl(*lo, x) : x;
			*hi = found ? fmaxl(*hi, x) : x;
			found = true;
		}
	}
	return found;
}

static int range_of(const struct problem *p, struct precision_range *ret)
{
	struct problem copy = *p;

	return precision_fit_range((struct precision_cloud){copy.above, copy.n},
				   (struct precision_cloud){copy.below, copy.m},
				   &p->axioms, ret);
}

static int line_of(const struct problem *p, struct precision_line *ret)
{
	struct problem copy = *p;

	return precision_fit_line((struct precision_cloud){copy.above, copy.n},
				  (struct precision_cloud){copy.below, copy.m},
				  p->axioms.rate_ppb_max, ret);
}

/* ---- worlds ---- */

static int64_t rate_of_kind(uint64_t kind)
{
	return kind == 0 ? 0 : kind == 1 ? among(1, 500) : among(500, 1000000);
}

/* A history within the axioms: a line and, on top, a wander that is zero at
 * t = 0 and as large as allowed elsewhere. Its offset at t = 0 is `truth`. */
static void make(struct problem *p, int64_t truth_ns, int64_t delay_ns)
{
	const int64_t span_ns =
		among(1, 3) == 1 ? among(1, 20) : among(1000, 2000000000);
	long double y;

	p->axioms.rate_ppb_max = rate_of_kind(next() % 3);
	p->axioms.wander_ppb_max = among(0, p->axioms.rate_ppb_max);
	p->axioms.stamp_err_ns = among(0, 20);
	p->n = (size_t)among(1, next() % 2 ? 4 : POINTS_MAX);
	p->m = (size_t)among(1, next() % 2 ? 4 : POINTS_MAX);
	/* The line and the wander together are within the rate. */
	y = ((long double)among(-1000, 1000) / 1000) *
	    (long double)(p->axioms.rate_ppb_max - p->axioms.wander_ppb_max) *
	    PPB;
	for (size_t i = 0; i < p->n + p->m; i++) {
		struct precision_point *q =
			i < p->n ? &p->above[i] : &p->below[i - p->n];
		const int64_t t = among(-span_ns, span_ns);
		const long double wander = (long double)among(-1, 1) *
					   p->axioms.wander_ppb_max * PPB * t;
		const int64_t stamp_ns = among(-2 * p->axioms.stamp_err_ns,
					       2 * p->axioms.stamp_err_ns),
			      on_ns = truth_ns +
				      (int64_t)roundl(y * t + wander),
			      late_ns = among(0, delay_ns);

		q->t_ns = t;
		q->x_ns = on_ns + stamp_ns + (i < p->n ? late_ns : -late_ns);
	}
}

static void the_truth_is_always_within_the_range(void **unused)
{
	(void)unused;
	for (uint64_t seed = 0; seed < 10 * WORLDS; seed++) {
		const int64_t truth_ns = among(-1000000, 1000000);
		struct precision_range r;
		struct problem p;

		state = seed;
		make(&p, truth_ns, among(0, 3) ? among(0, 50) : 100000);
		if (range_of(&p, &r) || r.lo_ns > truth_ns ||
		    r.hi_ns < truth_ns)
			fail_msg("seed %lu", (unsigned long)seed);
	}
}

static void the_range_is_that_of_brute_force(void **unused)
{
	int feasible = 0;

	(void)unused;
	for (uint64_t seed = 0; seed < WORLDS; seed++) {
		long double lo = 0, hi = 0;
		struct precision_range r;
		struct problem p;
		bool found;
		int err;

		state = seed;
		make(&p, among(-1000, 1000), 100);
		/* Some that no history allows. */
		if (seed % 3 == 0)
			p.above[0].x_ns -= among(0, 300);
		found = brute(&p, &lo, &hi);
		err = range_of(&p, &r);
		/* Brute force has a tolerance: a range below 1 ns may be any. */
		if (!err && found && hi - lo < 0.01L)
			continue;
		if ((err == 0) != found)
			fail_msg("seed %lu: %d", (unsigned long)seed, err);
		if (err) {
			assert_int_equal(err, -EDOM);
			continue;
		}
		feasible++;
		/* Rounded outward; the rate's own bound once more. */
		if (r.hi_ns < floorl(hi - 0.01L) || r.hi_ns > hi + 2.01L ||
		    r.lo_ns > ceill(lo + 0.01L) || r.lo_ns < lo - 2.01L)
			fail_msg("seed %lu: [%ld, %ld], not [%Lf, %Lf]",
				 (unsigned long)seed, (long)r.lo_ns,
				 (long)r.hi_ns, lo, hi);
	}
	assert_true(feasible > WORLDS / 2);
}

/* Over all rates at which one point takes over from another. */
static long double brute_margin(const struct problem *p)
{
	const long double max = p->axioms.rate_ppb_max * PPB;
	static long double y[4 * POINTS_MAX * POINTS_MAX + 2];
	long double best = -HUGE_VALL;
	size_t k = 0;

	y[k++] = max;
	y[k++] = -max;
	for (size_t i = 0; i < p->n + p->m; i++) {
		for (size_t j = 0; j < i; j++) {
			const struct precision_point
				*a = i < p->n ? &p->above[i]
					      : &p->below[i - p->n],
				*b = j < p->n ? &p->above[j]
					      : &p->below[j - p->n];

			if (a->t_ns != b->t_ns)
				y[k++] = (long double)(a->x_ns - b->x_ns) /
					 (a->t_ns - b->t_ns);
		}
	}
	for (size_t i = 0; i < k; i++) {
		long double up = HUGE_VALL, down = HUGE_VALL;

		if (fabsl(y[i]) > max)
			continue;
		for (size_t j = 0; j < p->n; j++)
			up = fminl(up,
				   p->above[j].x_ns - y[i] * p->above[j].t_ns);
		for (size_t j = 0; j < p->m; j++)
			down = fminl(down, -p->below[j].x_ns +
						   y[i] * p->below[j].t_ns);
		best = fmaxl(best, (up + down) / 2);
	}
	return best;
}

static void the_margin_is_that_of_brute_force(void **unused)
{
	(void)unused;
	for (uint64_t seed = 0; seed < WORLDS; seed++) {
		struct precision_line line;
		struct problem p;
		long double margin;

		state = seed;
		make(&p, among(-1000, 1000), 1000);
		assert_int_equal(line_of(&p, &line), 0);
		margin = brute_margin(&p);
		if (fabsl(line.margin_ns - margin) > 1e-3L)
			fail_msg("seed %lu: %f, not %Lf", (unsigned long)seed,
				 line.margin_ns, margin);
		/* And the line has it on either side. */
		for (size_t i = 0; i < p.n; i++)
			assert_true((double)p.above[i].x_ns - line.offset_ns -
					    line.rate_ppb * 1e-9 *
						    (double)p.above[i].t_ns >
				    line.margin_ns - 1e-3);
		for (size_t i = 0; i < p.m; i++)
			assert_true(line.offset_ns +
					    line.rate_ppb * 1e-9 *
						    (double)p.below[i].t_ns -
					    (double)p.below[i].x_ns >
				    line.margin_ns - 1e-3);
	}
}

/* Out at -1 s and +1 s with 5000 and 5200 ns on top of an offset that grows by
 * 100 ppb; back at 0 with 4000. By hand: the line above passes t = 0 at 5100,
 * the point below is at -4000. */
static const struct problem three = {
	.above = {{-1000000000, 5000 - 100}, {1000000000, 5200 + 100}},
	.below = {{0, -4000}},
	.n = 2,
	.m = 1,
	.axioms = {.rate_ppb_max = 1000000}};

static void three_points_by_hand(void **unused)
{
	struct precision_range r;
	struct precision_line line;

	(void)unused;
	assert_int_equal(range_of(&three, &r), 0);
	assert_int_equal(r.hi_ns, 5101); /* 1 ns outward */
	assert_int_equal(r.lo_ns, -4001);
	assert_int_equal(line_of(&three, &line), 0);
	assert_true(fabs(line.offset_ns - (550)) < 1e-6);
	assert_true(fabs(line.margin_ns - (4550)) < 1e-6);
	assert_true(fabs(line.rate_ppb - (200)) < 1e-6);
}

/* The rate alone: one point each way 1 s from t = 0, 1000 ppb: +-1000 ns. */
static void the_rate_opens_the_range_away_from_the_points(void **unused)
{
	const struct problem p = {.above = {{1000000000, 10}},
				  .below = {{1000000000, -10}},
				  .n = 1,
				  .m = 1,
				  .axioms = {.rate_ppb_max = 1000}};
	struct precision_range r;

	(void)unused;
	assert_int_equal(range_of(&p, &r), 0);
	assert_int_equal(r.hi_ns, 1011);
	assert_int_equal(r.lo_ns, -1011);
}

static void what_no_history_allows_is_a_contradiction(void **unused)
{
	struct problem p = three;
	struct precision_range r = {7, 7};

	(void)unused;
	p.below[0].x_ns = 5103; /* above the line by more than 2 ns */
	assert_int_equal(range_of(&p, &r), -EDOM);
	assert_int_equal(r.lo_ns, 7);
	p.m = 0;
	assert_int_equal(range_of(&p, &r), -ENODATA);
	p.m = 1;
	p.n = 0;
	assert_int_equal(range_of(&p, &r), -ENODATA);
}

/* Times and heights at their limits, in every order: nothing overflows (the
 * build with sanitizers says so), and results stay in order. */
static void limits_are_no_matter(void **unused)
{
	(void)unused;
	for (uint64_t seed = 0; seed < WORLDS; seed++) {
		struct precision_range r = {0, 0};
		struct precision_line line;
		struct problem p = {
			.axioms = {PRECISION_PPB_MAX, PRECISION_PPB_MAX, 0}};
		int err;

		state = seed;
		p.n = (size_t)among(1, POINTS_MAX);
		p.m = (size_t)among(1, POINTS_MAX);
		for (size_t i = 0; i < POINTS_MAX; i++) {
			p.above[i] = (struct precision_point){
				among(-1, 1) * PRECISION_T_NS_MAX + 0,
				among(-1, 1) * PRECISION_X_NS_MAX};
			p.below[i] = (struct precision_point){
				among(-1, 1) * PRECISION_T_NS_MAX,
				among(-1, 1) * PRECISION_X_NS_MAX};
		}
		err = range_of(&p, &r);
		assert_true(err == -EDOM || (!err && r.lo_ns <= r.hi_ns));
		assert_int_equal(line_of(&p, &line), 0);
		assert_true(isfinite(line.offset_ns));
	}
}

/* A parabola: every point is on the hull, n of them. What is quadratic would
 * take hours. */
static void a_hull_of_many_points_is_no_matter(void **unused)
{
	enum { MANY = 100000 };
	static struct precision_point above[MANY], below[MANY];
	const struct precision_axioms axioms = {1000000, 0, 0};
	struct precision_range r;

	(void)unused;
	for (int64_t i = 0; i < MANY; i++) {
		const int64_t t = i - MANY / 2;

		above[i] = (struct precision_point){t * 1000, t * t};
		below[i] = (struct precision_point){t * 1000 + 500, -t * t};
	}
	assert_int_equal(
		precision_fit_range((struct precision_cloud){above, MANY},
				    (struct precision_cloud){below, MANY},
				    &axioms, &r),
		0);
	assert_in_range(r.hi_ns, 0, 2);
	assert_in_range(-r.lo_ns, 0, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_points_by_hand),
		cmocka_unit_test(the_rate_opens_the_range_away_from_the_points),
		cmocka_unit_test(what_no_history_allows_is_a_contradiction),
		cmocka_unit_test(the_truth_is_always_within_the_range),
		cmocka_unit_test(the_range_is_that_of_brute_force),
		cmocka_unit_test(the_margin_is_that_of_brute_force),
		cmocka_unit_test(limits_are_no_matter),
		cmocka_unit_test(a_hull_of_many_points_is_no_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
