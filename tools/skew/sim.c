/* SPDX-License-Identifier: Apache-2.0 */
/* The simulation's course, and what a node has to spend. */
#include "tools/skew/sim.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "tools/skew/sim_private.h"

/* NTP's 48 bytes, UDP, IPv4, Ethernet with its check sequence. */
#define WIRE_BYTES (48 + 8 + 20 + 18)
/* Of an edge, and of a node besides: docs/skew.md, "Metrics of the agent". */
#define EDGE_SERIES 12
#define NODE_SERIES 20

double sim_now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static size_t instants_bytes(const struct sim_fleet *f)
{
	struct instants list = {.count = 0}, some;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return 0;
	for (int64_t s = 3; s < 3 + INSTANTS_MAX; s++) {
		sim_instants(f, 0, s * SIM_NS_PER_S, &some);
		instants_add(&list, &some.at[2]);
	}
	instants_write(out, &list);
	fclose(out);
	free(text);
	return size;
}

/* Of its own probes, and of as many others'. */
void sim_cost(const struct sim_fleet *f, struct sim_result *r)
{
	const double living = (double)(f->opt->nodes - r->dead);
	const double each = (double)f->edges / (living > 0 ? living : 1);
	const double interval_s = (double)f->opt->interval_ns * 1e-9;

	r->packets_s = 2 * 2 * each / interval_s;
	r->wire_bytes_s = WIRE_BYTES * r->packets_s;
	r->instants_bytes_s = (double)instants_bytes(f) * each / interval_s;
	r->series = (int)(EDGE_SERIES * each + NODE_SERIES + 0.5);
}

static int64_t rss_bytes(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_SELF, &usage) ? 0 : usage.ru_maxrss * 1024L;
}

static void count(const struct sim_fleet *f, struct sim_result *r)
{
	const uint32_t each = f->opt->rack_nodes;

	r->racks = each ? (f->opt->nodes + each - 1) / each : 0;
	r->edges = f->edges;
	for (uint32_t i = 0; i < f->opt->nodes; i++) {
		r->dead += f->node[i].is_dead;
		r->liars += f->node[i].is_liar;
	}
}

int sim_run(const struct sim_options *opt, sim_progress progress, void *arg,
	    struct sim_result *ret)
{
	struct sim_result r = {0};
	struct sim_fleet f;
	int err;

	progress("fleet", 0, arg);
	err = sim_fleet_new(opt, &f);
	if (err)
		return err;
	count(&f, &r);
	sim_cost(&f, &r);
	progress("map", 0, arg);
	err = f.edges ? sim_map(&f, &r) : -EINVAL;
	if (!err)
		err = sim_rounds(&f, progress, arg, &r);
	r.rss_bytes = rss_bytes();
	sim_fleet_drop(&f);
	if (!err)
		*ret = r;
	return err;
}

int sim_write_edges(const struct sim_options *opt, FILE *out)
{
	struct sim_fleet f;
	int err = sim_fleet_new(opt, &f);

	if (err)
		return err;
	edge_csv_write_header(out);
	for (size_t e = 0; e < f.edges; e++) {
		struct edge edge = {.stamping = EDGE_KERNEL};
		struct sim_probe p;

		sim_probe(&f, e, 0, &p);
		snprintf(edge.from, sizeof(edge.from), "node%u:10123",
			 f.from[e]);
		snprintf(edge.to, sizeof(edge.to), "node%u:10123", f.to[e]);
		edge.offset_ns = p.offset_ns;
		edge.error_ns = p.error_ns;
		edge.delay_ns = p.delay_ns;
		edge.real_ns = sim_real_ns(&f, f.from[e], p.at_ns);
		edge_csv_write(out, &edge);
	}
	sim_fleet_drop(&f);
	return 0;
}
