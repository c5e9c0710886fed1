/* SPDX-License-Identifier: Apache-2.0 */
/* The map against a dense solution worked out here, and against graphs whose
 * answer is known by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/skew/solve.h"

#define DENSE_MAX 24

static const struct solve_options exact = {.has_errors = true, .seed = 1};

static uint64_t random_state = 1;

/* xorshift64*, Vigna 2016 */
static uint64_t draw(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * UINT64_C(0x2545f4914f6cdd1d);
}

static int64_t between(int64_t lo, int64_t hi)
{
	return lo + (int64_t)(draw() % (uint64_t)(hi - lo + 1));
}

/* ---- the dense solution: (L + u u') x = b, u the diagonal's share ---- */

static void eliminate(int n, double a[DENSE_MAX][2 * DENSE_MAX])
{
	for (int i = 0; i < n; i++) {
		int pivot = i;

		for (int r = i + 1; r < n; r++)
			if (fabs(a[r][i]) > fabs(a[pivot][i]))
				pivot = r;
		for (int c = 0; c < 2 * n; c++) {
			const double t = a[i][c];

			a[i][c] = a[pivot][c];
			a[pivot][c] = t;
		}
		for (int r = 0; r < n; r++) {
			const double f = r == i ? 0 : a[r][i] / a[i][i];

			for (int c = 0; c < 2 * n; c++)
				a[r][c] -= f * a[i][c];
		}
		for (int c = 2 * n - 1; c >= 0; c--)
			a[i][c] /= a[i][i];
	}
}

struct dense {
	double x[DENSE_MAX];	 /* u' x = 0 */
	double error[DENSE_MAX]; /* from u' x */
	double inverse[DENSE_MAX][DENSE_MAX];
};

/* Of one part. Errors in hundreds of ns: so 1 is the scale of the weights. */
static void dense_solve(const struct solve_link *link, int links, int n,
			struct dense *ret)
{
	static double a[DENSE_MAX][2 * DENSE_MAX];
	double mass[DENSE_MAX] = {0}, b[DENSE_MAX] = {0}, sum = 0;

	memset(a, 0, sizeof(a));
	for (int e = 0; e < links; e++) {
		const int i = (int)link[e].from, j = (int)link[e].to;
		const double w = 1e4 / ((double)link[e].error_ns *
					(double)link[e].error_ns);

		a[i][i] += w;
		a[j][j] += w;
		a[i][j] -= w;
		a[j][i] -= w;
		b[j] += w * (double)link[e].offset_ns;
		b[i] -= w * (double)link[e].offset_ns;
		mass[i] += w;
		mass[j] += w;
		sum += 2 * w;
	}
	for (int i = 0; i < n; i++) {
		for (int j = 0; j < n; j++)
			a[i][j] += mass[i] * mass[j] / sum;
		a[i][n + i] = 1;
	}
	eliminate(n, a);
	/* The inverse is that of L on what has u' x = 0, and 1 1' / sum. */
	for (int i = 0; i < n; i++) {
		ret->x[i] = 0;
		for (int j = 0; j < n; j++) {
			ret->inverse[i][j] = a[i][n + j];
			ret->x[i] += a[i][n + j] * b[j];
		}
		ret->error[i] = 100 * sqrt(fabs(a[i][n + i] - 1 / sum));
	}
}

static int compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(const double *x, int n)
{
	double sorted[DENSE_MAX];

	memcpy(sorted, x, (size_t)n * sizeof(*x));
	qsort(sorted, (size_t)n, sizeof(*sorted), compare);
	return n % 2 ? sorted[n / 2] : (sorted[n / 2] + sorted[n / 2 - 1]) / 2;
}

/* A tree, so that all hang together, and more. */
static int random_links(struct solve_link *ret, int n, int more, int64_t scale)
{
	int links = 0;

	for (int i = 1; i < n; i++)
		ret[links++] = (struct solve_link){
			.from = (uint32_t)i, .to = (uint32_t)between(0, i - 1)};
	for (; more > 0; more--) {
		struct solve_link *l = &ret[links++];

		l->from = (uint32_t)between(0, n - 1);
		do
			l->to = (uint32_t)between(0, n - 1);
		while (l->to == l->from);
	}
	for (int e = 0; e < links; e++) {
		ret[e].offset_ns = between(-scale, scale);
		ret[e].error_ns = between(1, 1000);
	}
	return links;
}

static void compare_with_dense(const struct solve_options *opt, uint64_t seed)
{
	struct solve_link link[4 * DENSE_MAX];
	const int n = (int)between(2, DENSE_MAX);
	const int links =
		random_links(link, n, (int)between(0, 2 * n), 1000000);
	struct dense d;
	struct solve *s;

	dense_solve(link, links, n, &d);
	assert_int_equal(solve_run(link, (size_t)links, (uint32_t)n, opt, &s),
			 0);
	assert_int_equal(s->parts, 1);
	for (int i = 0; i < n; i++) {
		const double want = median(d.x, n) - d.x[i];

		/* each is rounded, and so are the two whose mean the median is */
		if (fabs((double)s->node[i].offset_ns - want) > 1.51)
			fail_msg("seed %" PRIu64 ", node %d: %" PRId64
				 ", dense %f",
				 seed, i, s->node[i].offset_ns, want);
		if (s->part[0].is_exact &&
		    fabs((double)s->node[i].error_ns - d.error[i]) > 1.01)
			fail_msg("seed %" PRIu64 ", node %d: +- %" PRId64
				 ", dense %f",
				 seed, i, s->node[i].error_ns, d.error[i]);
	}
	for (int e = 0; e < links; e++) {
		const uint32_t i = link[e].from, j = link[e].to;
		const double r = (double)link[e].offset_ns - (d.x[j] - d.x[i]);
		const double h =
			(d.inverse[i][i] + d.inverse[j][j] -
			 2 * d.inverse[i][j]) *
			1e4 /
			((double)link[e].error_ns * (double)link[e].error_ns);

		assert_true(fabs((double)s->fit[e].residual_ns - r) < 0.2);
		if (s->part[0].is_exact)
			assert_true(fabs((double)s->fit[e].unchecked - h) <
				    1e-5);
	}
	solve_free(s);
}

static void it_is_the_dense_solution_by_a_factor(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 200; seed++) {
		random_state = seed * 7919;
		compare_with_dense(&exact, seed);
	}
}

static void it_is_the_dense_solution_by_conjugate_gradients(void **state)
{
	const struct solve_options opt = {.direct_max = 1};

	(void)state;
	for (uint64_t seed = 1; seed <= 200; seed++) {
		random_state = seed * 7919;
		compare_with_dense(&opt, seed);
	}
}

/* ---- by hand ---- */

static void a_link_alone_puts_the_median_between_its_ends(void **state)
{
	const struct solve_link link = {0, 1, 100, 50};
	struct solve *s;

	(void)state;
	assert_int_equal(solve_run(&link, 1, 2, &exact, &s), 0);
	assert_int_equal(s->node[0].offset_ns, 50); /* behind */
	assert_int_equal(s->node[1].offset_ns, -50);
	assert_int_equal(s->node[0].error_ns, 25);
	assert_true(isnan(s->misfit));
	assert_true(isnan(solve_excess_ns(&s->fit[0])));
	solve_free(s);
}

static void parts_have_a_median_each_and_singles_are_parts(void **state)
{
	/* 0-4, 1-2-3, 5 */
	const struct solve_link link[] = {
		{1, 2, 10, 5}, {2, 3, 10, 5}, {0, 4, 7000, 5}};
	struct solve *s;

	(void)state;
	assert_int_equal(solve_run(link, 3, 6, &exact, &s), 0);
	assert_int_equal(s->parts, 3);
	assert_int_equal(s->part[0].nodes, 3);
	assert_int_equal(s->part[0].first, 1);
	assert_int_equal(s->part[0].links, 2);
	assert_int_equal(s->part[1].nodes, 2);
	assert_int_equal(s->part[1].first, 0);
	assert_int_equal(s->part[2].nodes, 1);
	assert_int_equal(s->part[2].first, 5);
	assert_int_equal(s->part[2].method, SOLVE_ALONE);
	assert_int_equal(s->node[1].offset_ns, 10);
	assert_int_equal(s->node[2].offset_ns, 0);
	assert_int_equal(s->node[3].offset_ns, -10);
	assert_int_equal(s->node[0].offset_ns, 3500);
	assert_int_equal(s->node[5].offset_ns, 0);
	assert_int_equal(s->node[4].part, 1);
	solve_free(s);
}

static void a_link_that_says_nothing_joins_nothing(void **state)
{
	const struct solve_link link[] = {
		{0, 1, 10, 5}, {1, 2, 10, SOLVE_ERROR_NS_MAX}, {2, 3, 4, 6}};
	struct solve *s;

	(void)state;
	assert_int_equal(solve_run(link, 3, 4, &exact, &s), 0);
	assert_int_equal(s->parts, 2);
	assert_int_equal(s->links_unused, 1);
	assert_true(isnan((double)s->fit[1].residual_ns));
	assert_int_equal(s->node[2].offset_ns, 2);
	solve_free(s);
}

static void no_error_at_all_is_no_infinite_weight(void **state)
{
	const struct solve_link link[] = {
		{0, 1, 100, 0}, {1, 2, 100, 0}, {0, 2, 203, 1}};
	struct solve *s;

	(void)state;
	assert_int_equal(solve_run(link, 3, 3, &exact, &s), 0);
	assert_int_equal(s->node[0].offset_ns, 101);
	assert_int_equal(s->node[1].offset_ns, 0);
	assert_int_equal(s->node[2].offset_ns, -101);
	solve_free(s);
}

/* Regression: such offsets in doubles alone lose 512 ns. */
static void a_clock_a_century_off_costs_no_digit(void **state)
{
	const int64_t far = SOLVE_ERROR_NS_MAX;
	const struct solve_link link[] = {{0, 1, 7, 5},
					  {1, 2, far, 5},
					  {2, 3, far, 5},
					  {3, 4, far, 5},
					  {0, 2, far + 7, 5}};
	struct solve *s;

	(void)state;
	assert_int_equal(solve_run(link, 5, 5, &exact, &s), 0);
	assert_int_equal(s->node[2].offset_ns, 0);
	assert_int_equal(s->node[1].offset_ns, far);
	assert_int_equal(s->node[0].offset_ns, far + 7);
	assert_int_equal(s->node[3].offset_ns, -far);
	assert_int_equal(s->node[4].offset_ns, -2 * far);
	assert_true(fabs((double)s->fit[4].residual_ns) < 1);
	solve_free(s);
}

static void beyond_what_fits_it_saturates(void **state)
{
	const int64_t far = SOLVE_ERROR_NS_MAX;
	struct solve_link link[8];
	struct solve *s;

	(void)state;
	for (uint32_t i = 0; i < 8; i++)
		link[i] = (struct solve_link){i, i + 1, far, 1};
	assert_int_equal(solve_run(link, 8, 9, &exact, &s), 0);
	assert_int_equal(s->node[4].offset_ns, 0);
	assert_true(s->node[0].offset_ns == INT64_MAX);
	assert_true(s->node[8].offset_ns == INT64_MIN);
	solve_free(s);
}

/* Two racks of exact links, a millisecond's link between: its weight is 10^-8
 * of the others', and what it says counts in full. */
static void a_weak_bridge_carries_its_offset(void **state)
{
	const struct solve_options gradients = {.direct_max = 1,
						.has_errors = true};
	const struct solve_options *const opt[] = {&exact, &gradients};
	struct solve_link link[2000];
	struct solve *s;
	int links = 0;

	(void)state;
	random_state = 5;
	for (uint32_t rack = 0; rack < 2; rack++)
		for (uint32_t i = 0; i < 999; i++)
			link[links++] = (struct solve_link){
				rack * 100 + i % 100,
				rack * 100 + (i + 1 + i / 100) % 100, 0, 100};
	link[links++] = (struct solve_link){0, 150, 123456, 1000000};
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
			solve_run(link, (size_t)links, 200, opt[i], &s), 0);
		assert_int_equal(s->parts, 1);
		for (uint32_t n = 0; n < 200; n++) {
			const int64_t want = n < 100 ? 61728 : -61728;

			assert_true(llabs(s->node[n].offset_ns - want) <= 1);
			/* +- half of the bridge's */
			assert_true(s->node[n].error_ns > 400000);
			assert_true(s->node[n].error_ns < 600000);
		}
		assert_true(isnan(solve_excess_ns(&s->fit[links - 1])));
		solve_free(s);
	}
}

/* ---- asymmetry ---- */

#define FLEET 2000
#define EACH  8

static struct solve_link fleet_link[FLEET * EACH];
static int64_t fleet_clock[FLEET];

static void make_fleet(int64_t error_ns, int64_t noise_ns)
{
	for (int i = 0; i < FLEET; i++)
		fleet_clock[i] = between(-10000, 10000);
	for (uint32_t e = 0; e < FLEET * EACH; e++) {
		struct solve_link *l = &fleet_link[e];

		l->from = e / EACH;
		do
			l->to = (uint32_t)between(0, FLEET - 1);
		while (l->to == l->from);
		l->error_ns = error_ns;
		l->offset_ns = fleet_clock[l->to] - fleet_clock[l->from] +
			       between(-noise_ns, noise_ns);
	}
}

static void one_asymmetric_link_is_found_and_measured(void **state)
{
	static const struct solve_options gradients = {
		.direct_max = 1, .has_errors = true, .seed = 3};
	double worst = 0;
	size_t at = 0;
	struct solve *s;

	(void)state;
	random_state = 9;
	make_fleet(1000, 100);
	fleet_link[4711].offset_ns += 1500;
	assert_int_equal(
		solve_run(fleet_link, FLEET * EACH, FLEET, &gradients, &s), 0);
	assert_int_equal(s->part[0].method, SOLVE_GRADIENTS);
	for (size_t e = 0; e < FLEET * EACH; e++) {
		const double excess = solve_excess_ns(&s->fit[e]);

		if (fabs(excess) > worst) {
			worst = fabs(excess);
			at = e;
		}
	}
	assert_int_equal(at, 4711);
	assert_true(worst > 1350 && worst < 1650);
	solve_free(s);
}

/* The mean over the fleet of (offset - truth)^2 and of error^2 are the same,
 * and about a quarter of an edge's: each node has 8 of its own and some 8 of
 * others. */
static void sampled_errors_are_those_that_are_made(void **state)
{
	static const struct solve_options gradients = {
		.direct_max = 1, .has_errors = true, .seed = 3};
	double made = 0, said = 0, mean = 0;
	struct solve *s;

	(void)state;
	random_state = 10;
	/* even within +-1732: a standard deviation of 1000 */
	make_fleet(1000, 1732);
	assert_int_equal(
		solve_run(fleet_link, FLEET * EACH, FLEET, &gradients, &s), 0);
	assert_false(s->part[0].is_exact);
	for (int i = 0; i < FLEET; i++)
		mean += (double)(s->node[i].offset_ns + fleet_clock[i]) / FLEET;
	for (int i = 0; i < FLEET; i++) {
		const double d =
			(double)(s->node[i].offset_ns + fleet_clock[i]) - mean;

		made += d * d / FLEET;
		said += (double)s->node[i].error_ns *
			(double)s->node[i].error_ns / FLEET;
	}
	assert_true(fabs(sqrt(made / said) - 1) < 0.1);
	assert_true(sqrt(said) > 240 && sqrt(said) < 290);
	assert_true(fabs(s->misfit - 1) < 0.05);
	solve_free(s);
}

static void a_ring_takes_a_share_of_what_does_not_close(void **state)
{
	static struct solve_link link[FLEET];
	struct solve *s;

	(void)state;
	for (uint32_t i = 0; i < FLEET; i++)
		link[i] = (struct solve_link){i, (i + 1) % FLEET, 0, 10};
	link[5].offset_ns = FLEET; /* each takes 1 of it */
	assert_int_equal(solve_run(link, FLEET, FLEET, &exact, &s), 0);
	for (int e = 0; e < FLEET; e++)
		assert_true(fabs((double)s->fit[e].residual_ns - 1) < 1e-3);
	/* from the mean: sqrt(n / 12) links, 129 ns; sampled: to 18 % */
	assert_true(s->node[0].error_ns > 60 && s->node[0].error_ns < 220);
	solve_free(s);
}

/* A chain of pairs of links: half of what holds it is no tree's, and takes as
 * many rounds as there are nodes. */
static void what_takes_many_rounds_is_left_to_a_factor(void **state)
{
	static struct solve_link link[2 * FLEET];
	struct solve *s;

	(void)state;
	for (uint32_t i = 0; i + 1 < FLEET; i++) {
		link[2 * i] = (struct solve_link){i, i + 1, 10, 10};
		link[2 * i + 1] = (struct solve_link){i, i + 1, 20, 10};
	}
	assert_int_equal(solve_run(link, 2 * FLEET - 2, FLEET, &exact, &s), 0);
	assert_int_equal(s->part[0].method, SOLVE_DIRECT);
	assert_true(s->part[0].has_converged);
	for (int e = 0; e < 2 * FLEET - 2; e++)
		assert_true(fabs((double)s->fit[e].residual_ns -
				 (e % 2 ? 5 : -5)) < 1e-3);
	solve_free(s);
}

static void what_is_no_graph_is_refused(void **state)
{
	const struct solve_link bad[] = {
		{0, 0, 1, 1}, {0, 2, 1, 1}, {2, 0, 1, 1}, {0, 1, 1, -1}};
	struct solve *s = NULL;

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(solve_run(&bad[i], 1, 2, &exact, &s), -EINVAL);
	assert_int_equal(solve_run(NULL, 0, 0, &exact, &s), -EINVAL);
	assert_null(s);
	assert_int_equal(solve_run(NULL, 0, 3, &exact, &s), 0);
	assert_int_equal(s->parts, 3);
	solve_free(s);
}

static void many_small_parts_take_no_time_each(void **state)
{
	const uint32_t n = 200000;
	struct solve_link *link = calloc(n / 2, sizeof(*link));
	struct solve *s;

	(void)state;
	assert_non_null(link);
	for (uint32_t i = 0; i < n / 2; i++)
		link[i] = (struct solve_link){2 * i, 2 * i + 1, 2, 4};
	assert_int_equal(solve_run(link, n / 2, n, &exact, &s), 0);
	assert_int_equal(s->parts, n / 2);
	assert_int_equal(s->node[n - 1].offset_ns, -1);
	assert_int_equal(s->node[n - 1].error_ns, 2);
	solve_free(s);
	free(link);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_the_dense_solution_by_a_factor),
		cmocka_unit_test(
			it_is_the_dense_solution_by_conjugate_gradients),
		cmocka_unit_test(a_link_alone_puts_the_median_between_its_ends),
		cmocka_unit_test(
			parts_have_a_median_each_and_singles_are_parts),
		cmocka_unit_test(a_link_that_says_nothing_joins_nothing),
		cmocka_unit_test(no_error_at_all_is_no_infinite_weight),
		cmocka_unit_test(a_clock_a_century_off_costs_no_digit),
		cmocka_unit_test(beyond_what_fits_it_saturates),
		cmocka_unit_test(a_weak_bridge_carries_its_offset),
		cmocka_unit_test(one_asymmetric_link_is_found_and_measured),
		cmocka_unit_test(sampled_errors_are_those_that_are_made),
		cmocka_unit_test(a_ring_takes_a_share_of_what_does_not_close),
		cmocka_unit_test(what_takes_many_rounds_is_left_to_a_factor),
		cmocka_unit_test(what_is_no_graph_is_refused),
		cmocka_unit_test(many_small_parts_take_no_time_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
