/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated fleet's map against the truth. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "tools/skew/map.h"
#include "tools/skew/sim_private.h"
#include "tools/skew/solve.h"

#define MEDIAN_OF 10001
#define TO_SIGMA  1.4826 /* of a median of magnitudes */

static int by_size(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* ---- the links ---- */

static struct solve_link *probe_all(const struct sim_fleet *f,
				    struct sim_result *r)
{
	struct solve_link *link = calloc(f->edges + 1, sizeof(*link));
	double error = 0, off = 0;

	for (size_t e = 0; link && e < f->edges; e++) {
		struct sim_probe p;

		sim_best_probe(f, e, &p);
		link[e] = (struct solve_link){f->from[e], f->to[e], p.offset_ns,
					      p.error_ns};
		error += (double)p.error_ns * (double)p.error_ns;
		off += (double)p.off_ns * (double)p.off_ns;
		r->asymmetric += sim_is_asymmetric(f, f->from[e], f->to[e]);
		r->bad_paths += sim_is_bad_path(f, e);
	}
	r->error_ns_rms = sqrt(error / (double)f->edges);
	r->off_ns_rms = sqrt(off / (double)f->edges);
	return link;
}

/* Of some, evenly spread over all. */
static double median_of(const struct solve_link *link, size_t links,
			double (*value)(const struct solve_link *link, size_t e,
					const struct solve *s),
			const struct solve *s)
{
	static double some[MEDIAN_OF];
	const size_t step = links > MEDIAN_OF ? links / MEDIAN_OF : 1;
	size_t n = 0;

	for (size_t e = 0; e < links && n < MEDIAN_OF; e += step)
		some[n++] = value(link, e, s);
	qsort(some, n, sizeof(*some), by_size);
	return n ? some[n / 2] : 0;
}

static double error_of(const struct solve_link *link, size_t e,
		       const struct solve *s)
{
	(void)s;
	return (double)link[e].error_ns;
}

static double oddness_of(const struct solve_link *link, size_t e,
			 const struct solve *s)
{
	return solve_oddness(&s->fit[e], link[e].error_ns);
}

static void tell_links(const struct sim_fleet *f, const struct solve_link *link,
		       const struct solve *s, struct sim_result *r)
{
	const double limit = MAP_ODD_SPREADS * TO_SIGMA *
			     median_of(link, f->edges, oddness_of, s);

	for (size_t e = 0; e < f->edges; e++) {
		const uint32_t a = f->from[e], b = f->to[e];
		const bool is_odd = oddness_of(link, e, s) > limit;
		const double checked = sqrt(1 - (double)s->fit[e].unchecked);
		const bool is_visible =
			fabs(sim_asymmetry_ns(f, a, b)) * checked >
			limit * (double)link[e].error_ns;

		r->odd += is_odd;
		r->odd_asymmetric += is_odd && (sim_is_asymmetric(f, a, b) ||
						sim_is_bad_path(f, e));
		r->visible += is_visible;
		r->visible_odd += is_visible && is_odd;
	}
}

/* ---- the nodes ---- */

/* By how much the map is off, of the largest part's nodes. */
static size_t compare(const struct sim_fleet *f, const struct solve *s,
		      double *ret)
{
	const int64_t half_way_ns = f->opt->interval_ns * SIM_BEST_OF / 2;
	size_t n = 0;

	for (uint32_t i = 0; i < f->opt->nodes; i++)
		if (s->node[i].part == 0)
			ret[n++] = (double)(s->node[i].offset_ns -
					    sim_x_ns(&f->node[i], half_way_ns));
	return n;
}

static int tell_nodes(const struct sim_fleet *f, const struct solve *s,
		      struct sim_result *r)
{
	double *off = calloc(f->opt->nodes, sizeof(*off));
	double made = 0, said = 0, middle;
	size_t n;

	if (!off)
		return -ENOMEM;
	n = compare(f, s, off);
	qsort(off, n, sizeof(*off), by_size);
	middle = off[n / 2];
	for (size_t i = 0; i < n; i++) {
		off[i] = fabs(off[i] - middle);
		made += off[i] * off[i] / (double)n;
	}
	qsort(off, n, sizeof(*off), by_size);
	for (uint32_t i = 0; i < f->opt->nodes; i++) {
		const double ns = (double)s->node[i].error_ns;

		if (s->node[i].part == 0)
			said += ns * ns / (double)n;
		else if (!f->node[i].is_dead)
			r->cut_off++;
	}
	r->map_ns_rms = sqrt(made);
	r->said_ns_rms = sqrt(said);
	r->map_ns_p50 = (int64_t)off[n / 2];
	r->map_ns_p99 = (int64_t)off[n - 1 - n / 100];
	r->map_ns_max = (int64_t)off[n - 1];
	free(off);
	return 0;
}

/* ---- the whole ---- */

/* Twice: the solution alone takes less. */
static int solve_twice(const struct sim_fleet *f, const struct solve_link *link,
		       struct sim_result *r, struct solve **ret)
{
	const struct solve_options quick = {.seed = 1};
	const struct solve_options whole = {.has_errors = true, .seed = 1};
	double start_s = sim_now_s();
	struct solve *s;
	int err = solve_run(link, f->edges, f->opt->nodes, &quick, &s);

	if (err)
		return err;
	solve_free(s);
	r->solve_s = sim_now_s() - start_s;
	start_s = sim_now_s();
	err = solve_run(link, f->edges, f->opt->nodes, &whole, ret);
	r->errors_s = sim_now_s() - start_s - r->solve_s;
	return err;
}

int sim_map(const struct sim_fleet *f, struct sim_result *r)
{
	struct solve_link *link = probe_all(f, r);
	struct solve *s = NULL;
	int err = link ? solve_twice(f, link, r, &s) : -ENOMEM;

	if (!err) {
		r->error_ns_p50 =
			(int64_t)median_of(link, f->edges, error_of, s);
		r->parts = s->parts - r->dead;
		r->rounds = s->part[0].rounds;
		r->solve_bytes = s->bytes;
		tell_links(f, link, s, r);
		err = tell_nodes(f, s, r);
	}
	solve_free(s);
	free(link);
	return err;
}
