/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capped polygons against the exact set, both taught the same measurements: a
 * LAN server polled every 16 s, 100 us each way and as much again of queueing.
 */
#include "tests/bench/bench_width.h"

#include <stdint.h>

#include "sim/rng.h"
#include "tests/bench/belief_cap.h"
#include "tests/unit/timed/exact_belief.h"
#include "timed/belief.h"

#define S         INT64_C(1000000000)
#define HISTORIES 5
#define SAMPLES   150
#define LEARNING  30 /* the reference does not know A1 */
#define AHEAD_S   8  /* half a poll interval on */

static const struct {
	const char *name;
	struct axioms axioms;
} presets[] = {{"server", {50000, 20, 200, -1, 1024 * S, -1}},
	       {"steady", {50000, 2, 200, -1, 1024 * S, -1}},
	       {"tcxo", {5000, 0.2, 20, -1, 1024 * S, -1}},
	       {"ocxo", {500, 0.01, 1, -1, 1024 * S, -1}}};

static const struct belief_kind *const kinds[] = {
	&belief_kind_8,	 &belief_kind_12, &belief_kind_16,
	&belief_kind_24, &belief_kind_32, &belief_kind_256};

#define PRESETS ((int)(sizeof(presets) / sizeof(presets[0])))
#define KINDS   ((int)(sizeof(kinds) / sizeof(kinds[0])))

struct polygon {
	_Alignas(16) unsigned char bytes[BELIEF_CAP_BYTES];
};

static struct belief_constraint constraint(struct rng *rng, int64_t raw_ns)
{
	const double out = rng_exponential(rng, 100e3);
	const double back = rng_exponential(rng, 100e3);

	/* Truth is x = 0 at rate 0. Each leg bounds one side. */
	return (struct belief_constraint){
		.raw_ns = raw_ns,
		.lo_ns = -(int64_t)(100e3 + back),
		.hi_ns = (int64_t)(100e3 + out)};
}

static void start_exact(struct ref *r, const struct belief_constraint *c,
			double drift_ppb)
{
	const long double x[] = {c->lo_ns, c->hi_ns, c->hi_ns, c->lo_ns};
	const long double y[] = {-drift_ppb, -drift_ppb, drift_ppb, drift_ppb};

	r->n = 4;
	for (int i = 0; i < 4; i++) {
		r->x[i] = x[i];
		r->y[i] = y[i];
	}
}

static void teach_exact(struct ref *r, const struct axioms *ax, double d_s,
			const struct belief_constraint *c)
{
	ref_advance(r, ax, d_s);
	ref_cut(r, 0, 1, ax->drift_ppb);
	ref_cut(r, 0, -1, ax->drift_ppb);
	ref_cut(r, -1, 0, -(long double)c->lo_ns);
	ref_cut(r, 1, 0, (long double)c->hi_ns);
}

static double exact_width(const struct ref *r, const struct axioms *ax)
{
	const long double more = ax->jitter_ppb * AHEAD_S +
				 ax->wander_ppb_s * AHEAD_S * AHEAD_S / 2;
	long double lo, hi;

	ref_range(r, AHEAD_S, &lo, &hi);
	return (double)(hi - lo + 2 * more);
}

static double width(const struct belief_kind *kind, const struct polygon *p,
		    const struct axioms *ax, int64_t raw_ns)
{
	int64_t lo, hi;

	kind->range(p->bytes, ax, raw_ns + AHEAD_S * S, &lo, &hi);
	return (double)(hi - lo);
}

static void compare(const struct axioms *ax, uint64_t seed,
		    struct width_row *rows)
{
	static struct polygon p[KINDS];
	static struct ref exact;
	struct belief_constraint c;
	struct rng rng;
	int64_t raw_ns = 0;

	rng_seed(&rng, seed);
	c = constraint(&rng, 0);
	start_exact(&exact, &c, ax->drift_ppb);
	for (int k = 0; k < KINDS; k++)
		kinds[k]->start(p[k].bytes, ax, &c, -ax->drift_ppb,
				ax->drift_ppb);
	for (int i = 0; i < SAMPLES; i++) {
		raw_ns += 16 * S;
		c = constraint(&rng, raw_ns);
		teach_exact(&exact, ax, 16, &c);
		for (int k = 0; k < KINDS; k++) {
			double more;

			kinds[k]->update(p[k].bytes, ax, &c);
			if (i < LEARNING)
				continue;
			more = width(kinds[k], &p[k], ax, raw_ns) /
				       exact_width(&exact, ax) -
			       1;
			rows[k].mean += more;
			rows[k].most = fmax(rows[k].most, more);
		}
	}
}

int width_compare(struct width_row *ret)
{
	for (int i = 0; i < PRESETS; i++) {
		struct width_row *rows = &ret[i * KINDS];

		for (int k = 0; k < KINDS; k++)
			rows[k] = (struct width_row){presets[i].name,
						     kinds[k]->cap, 0, 0};
		for (uint64_t seed = 1; seed <= HISTORIES; seed++)
			compare(&presets[i].axioms, seed, rows);
		for (int k = 0; k < KINDS; k++)
			rows[k].mean /= HISTORIES * (SAMPLES - LEARNING);
	}
	return PRESETS * KINDS;
}
