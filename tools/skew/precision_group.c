/* SPDX-License-Identifier: Apache-2.0 */
/* What a map makes of many estimates. See precision_group.h. */
#include "tools/skew/precision_group.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "tools/skew/solve.h"

struct group {
	struct precision_world world; /* of one node's clock */
	uint32_t nodes, peers;
	struct precision_clock clock[PRECISION_GROUP_MAX];
	struct precision_window window;
	struct solve_link *link;
	size_t links;
	double *link_error, *map_error;
	size_t link_errors, map_errors;
	struct precision_group_score score;
};

/* A pair of clocks has what the world says of one: each has its share. */
static void share(struct precision_world *w)
{
	w->wander_ppb_s /= 2;
	w->white_ppb /= sqrt(2);
	w->drift_ppb_max = PRECISION_GROUP_DRIFT_PPB;
}

static double difference(const struct group *g, uint32_t from, uint32_t to,
			 double t_ns)
{
	return precision_clock_offset(&g->clock[to], t_ns) -
	       precision_clock_offset(&g->clock[from], t_ns);
}

/* Of a link for good, evenly within the asymmetry: a cable does not change from
 * window to window. */
static double asymmetry_of(const struct group *g, uint32_t from, uint32_t to)
{
	uint64_t z = (g->world.seed << 16 | from << 8 | to) *
		     UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return ((double)(z >> 11) * 0x1p-52 - 1) * g->world.asymmetry_ns;
}

static void measure(struct group *g, uint64_t window, uint32_t from,
		    uint32_t to)
{
	const uint64_t number =
		(window * PRECISION_GROUP_MAX + from) * PRECISION_GROUP_MAX +
		to;
	struct precision_trial t;

	precision_sim_link(&g->world, &g->clock[from], &g->clock[to],
			   asymmetry_of(g, from, to), number, &g->window, &t);
	g->score.links++;
	g->score.misses += t.err || !t.is_contained;
	if (t.err || !t.verdict.has_estimate) {
		g->score.unmade++;
		return;
	}
	g->link[g->links++] = (struct solve_link){
		from, to, t.verdict.estimate_ns, t.verdict.error_ns};
	g->link_error[g->link_errors++] =
		fabs((double)t.verdict.estimate_ns - t.truth_ns);
}

/* Against the truth in the window's middle. */
static int judge(struct group *g)
{
	const double middle_ns = g->world.window_s * 1e9 / 2;
	const struct solve_options opt = {.has_errors = false};
	struct solve *s;
	const int err = solve_run(g->link, g->links, g->nodes, &opt, &s);

	if (err)
		return err;
	for (uint32_t i = 0; i < g->nodes; i++) {
		for (uint32_t j = 0; j < i; j++) {
			if (s->node[i].part != s->node[j].part)
				continue;
			/* Offsets are the median less the clock. */
			g->map_error[g->map_errors++] =
				fabs((double)(s->node[i].offset_ns -
					      s->node[j].offset_ns) -
				     difference(g, i, j, middle_ns));
		}
	}
	solve_free(s);
	return 0;
}

static int one_window(struct group *g, uint64_t window)
{
	uint32_t made = 0;
	int err = 0;

	for (; made < g->nodes && !err; made += !err)
		err = precision_clock_make(&g->world,
					   window * PRECISION_GROUP_MAX + made,
					   &g->clock[made]);
	g->links = 0;
	for (uint32_t i = 0; i < g->nodes && !err; i++) {
		for (uint32_t k = 1; k <= g->peers; k++)
			measure(g, window, i, (i + k) % g->nodes);
	}
	if (!err)
		err = judge(g);
	for (uint32_t i = 0; i < made; i++)
		precision_clock_drop(&g->clock[i]);
	return err;
}

static int make_room(struct group *g, size_t windows)
{
	const size_t links = (size_t)g->nodes * g->peers,
		     pairs = (size_t)g->nodes * (g->nodes - 1) / 2;

	g->link = calloc(links, sizeof(*g->link));
	g->link_error = calloc(windows * links, sizeof(double));
	g->map_error = calloc(windows * pairs, sizeof(double));
	return g->link && g->link_error && g->map_error ? 0 : -ENOMEM;
}

static void summarise(struct group *g)
{
	struct precision_group_score *s = &g->score;

	qsort(g->link_error, g->link_errors, sizeof(double),
	      precision_by_value);
	qsort(g->map_error, g->map_errors, sizeof(double), precision_by_value);
	s->link_p50_ns =
		precision_percentile(g->link_error, g->link_errors, 0.5);
	s->link_p99_ns =
		precision_percentile(g->link_error, g->link_errors, 0.99);
	s->map_p50_ns = precision_percentile(g->map_error, g->map_errors, 0.5);
	s->map_p99_ns = precision_percentile(g->map_error, g->map_errors, 0.99);
}

static int run(struct group *g, size_t windows,
	       void (*progress)(size_t done, void *arg), void *arg)
{
	int err = make_room(g, windows);

	if (err)
		return err;
	err = precision_window_open(
		&g->window,
		(size_t)(g->world.window_s * g->world.rate * 4) + 64);
	for (size_t i = 0; i < windows && !err; i++) {
		if (progress)
			progress(i, arg);
		err = one_window(g, i);
	}
	precision_window_close(&g->window);
	return err;
}

int precision_group_run(const struct precision_world *world, uint32_t nodes,
			size_t windows,
			void (*progress)(size_t done, void *arg), void *arg,
			struct precision_group_score *ret)
{
	struct group *g = calloc(1, sizeof(*g));
	int err;

	assert(nodes >= 2 && nodes <= PRECISION_GROUP_MAX);
	if (!g)
		return -ENOMEM;
	g->world = *world;
	share(&g->world);
	g->nodes = nodes;
	g->peers = nodes / 2 < PRECISION_GROUP_PEERS ? nodes / 2
						     : PRECISION_GROUP_PEERS;
	g->score.windows = windows;
	err = run(g, windows, progress, arg);
	if (!err) {
		summarise(g);
		*ret = g->score;
	}
	free(g->link);
	free(g->link_error);
	free(g->map_error);
	free(g);
	return err;
}
