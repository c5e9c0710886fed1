/* SPDX-License-Identifier: Apache-2.0 */
/* The fleet, its links, and what a probe says. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "tools/skew/pick.h"
#include "tools/skew/sim_private.h"

/* One way, at least, and the mean of the queues beside it. From a rack's switch
 * to a few hundred kilometres; a path's own is up to half as much again. */
#define RACK_NS	      5000
#define ROOM_NS	      20000
#define DC_NS	      60000
#define WAN_NS	      1000000
#define FLAT_NS	      50000
#define FLAT_RACK     40  /* nodes that pick as if of one rack */
#define QUEUE	      0.1 /* of the least delay */
#define BEST_OF	      4	  /* probes, for the map */
#define STAMP_NS      500 /* what stamps may be off by */
#define ROOM_RACKS    50
#define DC_ROOMS      10
#define SKEW_NS	      20000 /* standard deviation of the clocks */
#define RATE_PPB      20    /* of steered clocks between two looks */
#define MISS_MIN      0.05  /* of the half-width, by which bounds break */
#define MISS_MAX      20
#define INSTANT_EVERY SIM_NS_PER_S
#define BEGIN_REAL_NS INT64_C(1750000000000000000)
#define BEGIN_RAW_NS  INT64_C(1000000000000)
#define TAI_OFFSET_NS INT64_C(37000000000)

/* splitmix64 (Steele et al. 2014) over all of it. */
static uint64_t mix(uint64_t z)
{
	z += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

double sim_chance(const struct sim_fleet *f, enum sim_salt salt, uint64_t a,
		  uint64_t b)
{
	const uint64_t h =
		mix(mix(mix(f->opt->seed ^ (uint64_t)salt << 56) ^ a) ^ b);

	return (double)(h >> 11) * 0x1p-53;
}

static double log_between(double chance, double lo, double hi)
{
	return lo * pow(hi / lo, chance);
}

/* ---- nodes ---- */

/* Box and Muller. */
static double normal(const struct sim_fleet *f, enum sim_salt salt, uint64_t a)
{
	const double u = 1 - sim_chance(f, salt, a, 1);

	return sqrt(-2 * log(u)) * cos(2 * M_PI * sim_chance(f, salt, a, 2));
}

static void break_node(const struct sim_fleet *f, uint64_t i,
		       struct sim_node *n)
{
	const double half = (double)f->opt->half_width_ns;

	n->is_liar = true;
	/* In the second round, so that all have seen it well before. */
	n->break_ns = (int64_t)((1 + sim_chance(f, SALT_BREAK, i, 0)) *
				(double)f->opt->interval_ns);
	n->miss_ns =
		(int64_t)(half * log_between(sim_chance(f, SALT_MISS, i, 0),
					     MISS_MIN, MISS_MAX));
	n->lie_ns = sim_chance(f, SALT_SIGN, i, 0) < 0.5
			    ? n->miss_ns - n->lo_ns
			    : -n->miss_ns - (n->lo_ns + 2 * n->half_ns);
}

static void make_node(const struct sim_fleet *f, uint64_t i, struct sim_node *n)
{
	n->x_ns = (int64_t)(SKEW_NS * normal(f, SALT_SKEW, i));
	n->rate_ppb =
		(int32_t)(RATE_PPB * (2 * sim_chance(f, SALT_RATE, i, 0) - 1));
	n->half_ns =
		(int64_t)((double)f->opt->half_width_ns *
			  log_between(sim_chance(f, SALT_HALF, i, 0), 0.5, 2));
	n->lo_ns = -(int64_t)(2 * (double)n->half_ns *
			      sim_chance(f, SALT_LO, i, 0));
	n->seen_ns = n->blamed_ns = -1;
	n->is_dead = sim_chance(f, SALT_DEAD, i, 0) < f->opt->dead;
	if (!n->is_dead && sim_chance(f, SALT_LIAR, i, 0) < f->opt->liars)
		break_node(f, i, n);
}

int64_t sim_x_ns(const struct sim_node *n, int64_t at_ns)
{
	return n->x_ns + (int64_t)((double)n->rate_ppb * (double)at_ns * 1e-9);
}

int64_t sim_real_ns(const struct sim_fleet *f, uint32_t node, int64_t at_ns)
{
	return BEGIN_REAL_NS + at_ns - sim_x_ns(&f->node[node], at_ns);
}

/* ---- links ---- */

static uint32_t rack_of(const struct sim_fleet *f, uint32_t i)
{
	return f->opt->rack_nodes ? i / f->opt->rack_nodes : 0;
}

static double least_delay_ns(const struct sim_fleet *f, uint32_t a, uint32_t b)
{
	const uint32_t p = rack_of(f, a), q = rack_of(f, b);
	const uint64_t lo = a < b ? a : b, hi = a < b ? b : a;
	double ns = WAN_NS;

	if (!f->opt->rack_nodes)
		return FLAT_NS;
	if (p == q)
		ns = RACK_NS;
	else if (p / ROOM_RACKS == q / ROOM_RACKS)
		ns = ROOM_NS;
	else if (p / (ROOM_RACKS * DC_ROOMS) == q / (ROOM_RACKS * DC_ROOMS))
		ns = DC_NS;
	return ns * (1 + 0.5 * sim_chance(f, SALT_DELAY, lo, hi));
}

bool sim_is_asymmetric(const struct sim_fleet *f, uint32_t a, uint32_t b)
{
	const uint64_t lo = a < b ? a : b, hi = a < b ? b : a;

	return sim_chance(f, SALT_ASYMMETRIC, lo, hi) < f->opt->asymmetric;
}

/* The longer way, from the lower number to the higher or back. */
static double extra_ns(const struct sim_fleet *f, uint32_t a, uint32_t b)
{
	const uint64_t lo = a < b ? a : b, hi = a < b ? b : a;
	const double u = 2 * sim_chance(f, SALT_EXTRA, lo, hi) - 1;
	const bool is_ours = (u > 0) == (a < b);

	if (!is_ours || !sim_is_asymmetric(f, a, b))
		return 0;
	return fabs(u) * 4 * least_delay_ns(f, a, b);
}

double sim_asymmetry_ns(const struct sim_fleet *f, uint32_t a, uint32_t b)
{
	return (extra_ns(f, a, b) - extra_ns(f, b, a)) / 2;
}

bool sim_is_bad_path(const struct sim_fleet *f, size_t edge)
{
	return sim_chance(f, SALT_BAD, edge, 0) < f->opt->bad_paths;
}

static double way_ns(const struct sim_fleet *f, uint32_t a, uint32_t b,
		     double chance)
{
	const double least = least_delay_ns(f, a, b);

	return least + extra_ns(f, a, b) - QUEUE * least * log(1 - chance);
}

void sim_probe(const struct sim_fleet *f, size_t edge, int round,
	       struct sim_probe *ret)
{
	const uint32_t a = f->from[edge], b = f->to[edge];
	const double there = way_ns(
		f, a, b, sim_chance(f, SALT_THERE, edge, (uint64_t)round));
	const double back = way_ns(
		f, b, a, sim_chance(f, SALT_BACK, edge, (uint64_t)round));
	const double interval = (double)f->opt->interval_ns;
	double off = (there - back) / 2;

	ret->at_ns = (int64_t)(interval *
			       (round + sim_chance(f, SALT_PHASE, edge, 0)));
	ret->delay_ns = (int64_t)(there + back);
	ret->error_ns = ret->delay_ns / 2 + 1 + STAMP_NS;
	/* Stamps beyond what is owned to. */
	if (sim_is_bad_path(f, edge))
		off += 20 * (double)f->opt->half_width_ns + 20 * there;
	ret->off_ns = (int64_t)off;
	/* R_b - R_a = x_a - x_b */
	ret->offset_ns = sim_x_ns(&f->node[a], ret->at_ns) -
			 sim_x_ns(&f->node[b], ret->at_ns) + ret->off_ns;
}

void sim_best_probe(const struct sim_fleet *f, size_t edge,
		    struct sim_probe *ret)
{
	struct sim_probe p;

	sim_probe(f, edge, 0, ret);
	for (int round = 1; round < SIM_BEST_OF; round++) {
		sim_probe(f, edge, round, &p);
		if (p.delay_ns < ret->delay_ns)
			*ret = p;
	}
}

/* ---- what nodes publish ---- */

static void publish(const struct sim_node *n, int64_t at_ns,
		    struct instant *ret)
{
	const int64_t x = sim_x_ns(n, at_ns);
	const int64_t lie = n->is_liar && at_ns >= n->break_ns ? n->lie_ns : 0;
	const struct instant_view view = {x + n->lo_ns + lie,
					  x + n->lo_ns + 2 * n->half_ns + lie};

	*ret = (struct instant){
		.raw_ns = BEGIN_RAW_NS + at_ns,
		.real_ns = BEGIN_REAL_NS + at_ns - x,
		.has_bound = true,
		.unix_time = view,
		.tai = {view.lo_ns + TAI_OFFSET_NS, view.hi_ns + TAI_OFFSET_NS},
		.tai_offset_ns = TAI_OFFSET_NS};
}

void sim_instants(const struct sim_fleet *f, uint32_t node, int64_t at_ns,
		  struct instants *ret)
{
	const int64_t phase = (int64_t)(sim_chance(f, SALT_SECOND, node, 0) *
					(double)INSTANT_EVERY);
	/* at_ns >= 0: the last one before it, or the first */
	const int64_t second = (at_ns - phase) / INSTANT_EVERY * INSTANT_EVERY;

	ret->count = 0;
	for (int i = -3; i <= 3; i++)
		publish(&f->node[node], second + phase + i * INSTANT_EVERY,
			&ret->at[ret->count++]);
}

/* ---- the fleet ---- */

static int plan(const struct sim_fleet *f, struct pick_plan **ret_plan,
		struct pick_node **ret)
{
	const struct pick_options opt = {.seed = f->opt->seed, .k = f->opt->k};
	struct pick_node *node = calloc(f->opt->nodes, sizeof(*node));
	int err;

	if (!node)
		return -ENOMEM;
	for (uint32_t i = 0; i < f->opt->nodes; i++) {
		node[i].key = mix(i); /* a bijection: no two are equal */
		/* One rack of all is a search through all for who is outside. */
		node[i].rack = f->opt->rack_nodes ? rack_of(f, i) + 1
						  : i / FLAT_RACK + 1;
	}
	err = pick_plan_new(node, f->opt->nodes, &opt, ret_plan);
	if (err)
		free(node);
	else
		*ret = node;
	return err;
}

/* Edges to and from the dead are none: the plan does not know of them. */
static void pick(struct sim_fleet *f, const struct pick_plan *p)
{
	const uint32_t n = f->opt->nodes;
	uint32_t peer[PICK_PEERS_MAX];

	for (uint32_t i = 0; i < n; i++) {
		const size_t peers =
			f->node[i].is_dead ? 0 : pick_plan_peers(p, i, peer);

		f->first[i] = f->edges;
		for (size_t j = 0; j < peers; j++) {
			if (f->node[peer[j]].is_dead)
				continue;
			f->from[f->edges] = i;
			f->to[f->edges++] = peer[j];
		}
	}
	f->first[n] = f->edges;
}

static void turn_round(struct sim_fleet *f)
{
	const uint32_t n = f->opt->nodes;

	for (size_t e = 0; e < f->edges; e++)
		f->in_first[f->to[e] + 1]++;
	for (uint32_t i = 0; i < n; i++)
		f->in_first[i + 1] += f->in_first[i];
	for (size_t e = f->edges; e-- > 0;)
		f->in[--f->in_first[f->to[e] + 1]] = (uint32_t)e;
	/* Each has run down to the row's beginning: one place to the left. */
	for (uint32_t i = 0; i < n; i++)
		f->in_first[i] = f->in_first[i + 1];
	f->in_first[n] = f->edges;
}

static int fill(struct sim_fleet *f)
{
	struct pick_plan *p = NULL;
	struct pick_node *key = NULL;
	int err;

	for (uint32_t i = 0; i < f->opt->nodes; i++)
		make_node(f, i, &f->node[i]);
	err = plan(f, &p, &key);
	if (err)
		return err;
	pick(f, p);
	pick_plan_free(p);
	free(key);
	turn_round(f);
	return 0;
}

int sim_fleet_new(const struct sim_options *opt, struct sim_fleet *ret)
{
	struct sim_fleet f = {.opt = opt};
	const size_t each = opt->nodes <= PICK_MESH_MAX ? opt->nodes : opt->k;
	int err = -ENOMEM;

	if (opt->nodes < 3 || opt->nodes > SIM_NODES_MAX ||
	    opt->k < PICK_K_MIN || opt->k > PICK_K_MAX ||
	    opt->half_width_ns < 1 || opt->interval_ns < 1)
		return -EINVAL;
	f.node = calloc(opt->nodes, sizeof(*f.node));
	f.first = calloc((size_t)opt->nodes + 1, sizeof(*f.first));
	f.in_first = calloc((size_t)opt->nodes + 2, sizeof(*f.in_first));
	f.to = calloc(opt->nodes * each, sizeof(*f.to));
	f.from = calloc(opt->nodes * each, sizeof(*f.from));
	f.in = calloc(opt->nodes * each, sizeof(*f.in));
	if (f.node && f.first && f.in_first && f.to && f.from && f.in)
		err = fill(&f);
	if (err)
		sim_fleet_drop(&f);
	else
		*ret = f;
	return err;
}

void sim_fleet_drop(struct sim_fleet *f)
{
	free(f->node);
	free(f->first);
	free(f->in_first);
	free(f->to);
	free(f->from);
	free(f->in);
	*f = (struct sim_fleet){0};
}
