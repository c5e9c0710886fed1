/* SPDX-License-Identifier: Apache-2.0 */
/* Rounds of probes, each checked by its prober as the agent does it; and when
 * one proves a broken bound, the verdict from what others last saw. */
#include <errno.h>
#include <stdlib.h>

#include "tools/skew/sim_private.h"
#include "tools/skew/verdict.h"

#define PROGRESS_EVERY 4096 /* nodes */

/* What an edge's last probe says of the probed node's bound. */
struct view {
	struct shift shift; /* lo > hi: nothing */
};

struct rounds {
	struct sim_fleet *fleet;
	struct sim_result *result;
	struct view *now, *before; /* [edges]: of this round and of the last */
	bool *is_blamed_path;
	bool *is_accused;
};

static const struct view nothing = {{1, 0}};

static void look(const struct rounds *r, size_t edge, int round)
{
	const struct sim_fleet *f = r->fleet;
	const uint32_t a = f->from[edge], b = f->to[edge];
	struct instants of_a, of_b;
	struct check_probe probe;
	struct sim_probe p;
	struct check check;

	sim_probe(f, edge, round, &p);
	sim_instants(f, a, p.at_ns, &of_a);
	sim_instants(f, b, p.at_ns, &of_b);
	probe = (struct check_probe){.offset_ns = p.offset_ns,
				     .error_ns = p.error_ns};
	probe.real_ns_min = probe.real_ns_max = sim_real_ns(f, a, p.at_ns);
	check_probe(&probe, &of_a, &of_b, CHECK_STRAY_PPB, &check);
	r->now[edge] = nothing;
	if (check.result == CHECK_CONSISTENT || check.result == CHECK_VIOLATED)
		r->now[edge].shift =
			(struct shift){check.shift_lo_ns, check.shift_hi_ns};
	else
		r->result->uncovered++;
	r->result->checked++;
}

/* The phase of an edge's probes is the same in each round. */
static const struct view *last_view(const struct rounds *r, size_t edge,
				    int round, int64_t at_ns)
{
	struct sim_probe p;

	sim_probe(r->fleet, edge, round, &p);
	return p.at_ns <= at_ns ? &r->now[edge] : &r->before[edge];
}

static void gather(const struct rounds *r, size_t edge, int round,
		   int64_t at_ns, struct evidence *ret)
{
	const struct sim_fleet *f = r->fleet;
	const uint32_t a = f->from[edge], b = f->to[edge];

	ret->edge = r->now[edge].shift;
	ret->of_suspects = ret->of_probers = 0;
	for (size_t k = f->in_first[b]; k < f->in_first[b + 1]; k++) {
		const struct view *v = last_view(r, f->in[k], round, at_ns);

		if (f->in[k] != edge && v->shift.lo_ns <= v->shift.hi_ns &&
		    ret->of_suspects < VERDICT_EDGES_MAX)
			ret->of_suspect[ret->of_suspects++] = v->shift;
	}
	for (size_t e = f->first[a]; e < f->first[a + 1]; e++) {
		const struct view *v = last_view(r, e, round, at_ns);

		if (e != edge && f->to[e] != b &&
		    v->shift.lo_ns <= v->shift.hi_ns &&
		    ret->of_probers < VERDICT_EDGES_MAX)
			ret->of_prober[ret->of_probers++] =
				shift_turn(v->shift);
	}
}

static void blame(struct rounds *r, uint32_t node, int64_t at_ns)
{
	struct sim_node *n = &r->fleet->node[node];

	if (!n->is_liar || at_ns < n->break_ns) {
		r->result->accused += !r->is_accused[node];
		r->is_accused[node] = true;
	} else if (n->blamed_ns < 0 || at_ns < n->blamed_ns) {
		n->blamed_ns = at_ns;
	}
}

/* In the weaker sense. */
static void suspect(struct rounds *r, uint32_t node, int64_t at_ns)
{
	const struct sim_node *n = &r->fleet->node[node];

	if (n->is_liar && at_ns >= n->break_ns)
		r->result->suspicions++;
	else
		r->result->suspicions_false++;
	r->result->undecided++;
}

static void see(struct sim_node *n, int64_t at_ns)
{
	if (n->is_liar && at_ns >= n->break_ns &&
	    (n->seen_ns < 0 || at_ns < n->seen_ns))
		n->seen_ns = at_ns;
}

static void judge(struct rounds *r, size_t edge, int round)
{
	const struct sim_fleet *f = r->fleet;
	const struct shift *s = &r->now[edge].shift;
	const struct shift *s_before = &r->before[edge].shift;
	struct evidence evidence;
	struct sim_probe p;

	if (s->lo_ns > s->hi_ns || shift_is_consistent(s))
		return;
	sim_probe(f, edge, round, &p);
	see(&f->node[f->from[edge]], p.at_ns);
	see(&f->node[f->to[edge]], p.at_ns);
	/* What others see is timely between two probes of ours that see it. */
	if (s_before->lo_ns > s_before->hi_ns || shift_is_consistent(s_before))
		return;
	gather(r, edge, round, p.at_ns, &evidence);
	switch (verdict_decide(&evidence, NULL)) {
	case VERDICT_NODE:
		blame(r, f->to[edge], p.at_ns);
		break;
	case VERDICT_PROBER:
		blame(r, f->from[edge], p.at_ns);
		break;
	case VERDICT_PATH:
		if (!r->is_blamed_path[edge]) {
			r->is_blamed_path[edge] = true;
			r->result->paths_blamed++;
			r->result->paths_bad += sim_is_bad_path(f, edge);
		}
		break;
	case VERDICT_NODE_LIKELY:
		suspect(r, f->to[edge], p.at_ns);
		break;
	case VERDICT_PROBER_LIKELY:
		suspect(r, f->from[edge], p.at_ns);
		break;
	case VERDICT_UNDECIDED:
		r->result->undecided++;
		break;
	}
}

static void run_round(struct rounds *r, int round, sim_progress progress,
		      void *arg)
{
	const struct sim_fleet *f = r->fleet;
	struct view *swap = r->before;

	r->before = r->now;
	r->now = swap;
	for (uint32_t i = 0; i < f->opt->nodes; i++) {
		if (i % PROGRESS_EVERY == 0)
			progress("check",
				 (round + (double)i / f->opt->nodes) /
					 f->opt->rounds,
				 arg);
		for (size_t e = f->first[i]; e < f->first[i + 1]; e++)
			look(r, e, round);
	}
	for (size_t e = 0; e < f->edges; e++)
		judge(r, e, round);
}

/* ---- what is told of it ---- */

static int by_size(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* 2 (median half-width + median error). */
static int64_t wide_ns(const struct sim_fleet *f, int64_t error_ns_p50)
{
	const uint32_t n = f->opt->nodes < 10001 ? f->opt->nodes : 10001;
	int64_t half[10001];

	for (uint32_t i = 0; i < n; i++)
		half[i] = f->node[i].half_ns;
	qsort(half, n, sizeof(*half), by_size);
	return 2 * (half[n / 2] + error_ns_p50);
}

static void count(uint32_t in[3], int64_t at_ns, int64_t break_ns,
		  int64_t interval_ns)
{
	if (at_ns < 0)
		return;
	if (at_ns - break_ns <= interval_ns)
		in[0]++;
	else if (at_ns - break_ns <= 2 * interval_ns)
		in[1]++;
	else
		in[2]++;
}

static void tell(const struct sim_fleet *f, struct sim_result *r)
{
	static const double edge[SIM_BINS] = {0.1, 0.3, 1, 3, 1e9};

	for (int i = 0; i < SIM_BINS; i++)
		r->bin[i] = (struct sim_bin){.miss_max = edge[i]};
	for (uint32_t i = 0; i < f->opt->nodes; i++) {
		const struct sim_node *n = &f->node[i];
		int b = 0;

		if (!n->is_liar)
			continue;
		while (b < SIM_BINS - 1 &&
		       (double)n->miss_ns > edge[b] * (double)r->wide_ns)
			b++;
		r->bin[b].liars++;
		count(r->bin[b].seen, n->seen_ns, n->break_ns,
		      f->opt->interval_ns);
		count(r->bin[b].blamed, n->blamed_ns, n->break_ns,
		      f->opt->interval_ns);
	}
}

int sim_rounds(struct sim_fleet *f, sim_progress progress, void *arg,
	       struct sim_result *r)
{
	struct rounds s = {.fleet = f, .result = r};
	const double start_s = sim_now_s();
	int err = -ENOMEM;

	r->wide_ns = wide_ns(f, r->error_ns_p50);
	s.now = calloc(f->edges + 1, sizeof(*s.now));
	s.before = calloc(f->edges + 1, sizeof(*s.before));
	s.is_blamed_path = calloc(f->edges + 1, sizeof(bool));
	s.is_accused = calloc(f->opt->nodes, sizeof(bool));
	if (s.now && s.before && s.is_blamed_path && s.is_accused) {
		for (size_t e = 0; e < f->edges; e++)
			s.now[e] = s.before[e] = nothing;
		for (int round = 0; round < f->opt->rounds; round++)
			run_round(&s, round, progress, arg);
		tell(f, r);
		err = 0;
	}
	free(s.now);
	free(s.before);
	free(s.is_blamed_path);
	free(s.is_accused);
	r->check_s = sim_now_s() - start_s;
	return err;
}
