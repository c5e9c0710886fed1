/* SPDX-License-Identifier: Apache-2.0 */
/* The pieces of work. See bench_work.h. */
#include "tests/bench/bench_work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/oscillator.h"
#include "tests/bench/belief_cap.h"
#include "timed/belief.h"
#include "timed/engine.h"
#include "timed/fusion.h"

#define S        INT64_C(1000000000)
#define POLL_S   16
#define MOMENTS  256 /* polygons and what cuts them next */
#define DAY      4000
#define TAI_0    (INT64_C(1795305600) + 37)

volatile int64_t work_kept;

static const struct axioms server = {50000, 20, 200, -1, 1024 * S, -1};

static void *allocated(size_t size)
{
	void *p = calloc(1, size);

	if (!p)
		exit(EXIT_FAILURE);
	return p;
}

/* --- measurements of a LAN server, 100 us each way and queueing ---------- */

struct world {
	struct oscillator *o;
	struct rng rng;
};

static void make_world(struct world *w, uint64_t seed)
{
	const struct oscillator_law law = {.axioms = server,
					   .slow = SLOW_WALK,
					   .fast = FAST_RANDOM,
					   .start_ppb = 5000};

	w->o = allocated(sizeof(*w->o));
	oscillator_init(w->o, &law, TAI_0 * S, seed);
	rng_seed(&w->rng, seed);
}

/* As the chrony driver says it: half the round trip on both sides, an age
 * known to a second, a ruler known to 300 ppb. */
static struct sample measure(struct world *w, int64_t raw_ns)
{
	const int64_t age_ns = (int64_t)rng_uniform(&w->rng, 0, 1e9);
	const int64_t event_ns = raw_ns - age_ns;
	const double out = 100e3 + rng_exponential(&w->rng, 100e3);
	const double back = 100e3 + rng_exponential(&w->rng, 100e3);
	struct sample m = {
		.raw_ns = raw_ns,
		.age_ns_max = S,
		.ruler_ppb_min = 4850,
		.ruler_ppb_max = 5150,
		.fresh_ns = 4 * POLL_S * S};

	m.mid_ns = oscillator_tai(w->o, event_ns) - event_ns +
		   (int64_t)((out - back) / 2 + 5000e-9 * (double)age_ns);
	m.lo_ns[TERM_DELAY] = m.hi_ns[TERM_DELAY] =
		(int64_t)((out + back) / 2) + 1;
	m.lo_ns[TERM_MAPPING] = m.hi_ns[TERM_MAPPING] = 500;
	return m;
}

static struct belief_constraint constraint_of(const struct sample *m)
{
	const int64_t half_ns = m->lo_ns[TERM_DELAY] + m->lo_ns[TERM_MAPPING];

	return (struct belief_constraint){
		.raw_ns = m->raw_ns,
		.lo_ns = m->mid_ns - half_ns,
		.hi_ns = m->mid_ns + half_ns,
		.age_s_max = 1,
		.ruler_ppb_min = m->ruler_ppb_min,
		.ruler_ppb_max = m->ruler_ppb_max};
}

/* --- belief ------------------------------------------------------------- */

struct belief_work {
	const struct belief_kind *kind;
	unsigned char *polygon; /* MOMENTS of them */
	struct belief_constraint next[MOMENTS];
	_Alignas(16) unsigned char scratch[BELIEF_CAP_BYTES];
};

static void update(void *state, int count)
{
	struct belief_work *w = state;

	for (int i = 0; i < count; i++) {
		const int at = i % MOMENTS;

		memcpy(w->scratch, w->polygon + (size_t)at * w->kind->size,
		       w->kind->size);
		work_kept += w->kind->update(w->scratch, &server,
					     &w->next[at]);
	}
}

static void range(void *state, int count)
{
	struct belief_work *w = state;
	int64_t lo, hi;

	for (int i = 0; i < count; i++) {
		const int at = i % MOMENTS;

		w->kind->range(w->polygon + (size_t)at * w->kind->size,
			       &server, w->next[at].raw_ns, &lo, &hi);
		work_kept += hi - lo;
	}
}

/* Measurements that are too wide to cut anything, at odd intervals: each adds
 * its disturbance's edges. */
static void fill_up(const struct belief_kind *kind, void *b,
		    struct world *world, int64_t *raw_ns)
{
	for (int i = 0; i < 12; i++) {
		struct sample m;
		struct belief_constraint c;

		*raw_ns += (int64_t)rng_uniform(&world->rng, 1.1e9, 4e9);
		m = measure(world, *raw_ns);
		c = constraint_of(&m);
		c.lo_ns -= S;
		c.hi_ns += S;
		kind->update(b, &server, &c);
	}
}

/* Moments of a history with a poll of 16 s, or only those of a full polygon. */
static struct belief_work *belief_work(const struct belief_kind *kind,
				       bool is_full)
{
	struct belief_work *w = allocated(sizeof(*w));
	struct world world;
	struct belief_constraint c;
	struct sample m;
	int64_t raw_ns = 2 * S;
	int found = 0;

	w->kind = kind;
	w->polygon = allocated(MOMENTS * kind->size);
	make_world(&world, 1);
	m = measure(&world, raw_ns);
	c = constraint_of(&m);
	kind->start(w->scratch, &server, &c, -50000, 50000);
	for (int i = 0; i < DAY && found < MOMENTS; i++) {
		if (is_full)
			fill_up(kind, w->scratch, &world, &raw_ns);
		raw_ns += POLL_S * S;
		m = measure(&world, raw_ns);
		c = constraint_of(&m);
		if (i > 100 && (!is_full || kind->vertices(w->scratch) ==
						    kind->cap)) {
			memcpy(w->polygon + (size_t)found * kind->size,
			       w->scratch, kind->size);
			w->next[found++] = c;
		}
		kind->update(w->scratch, &server, &c);
	}
	free(world.o);
	if (found < MOMENTS) {
		fprintf(stderr, "bench-core: %d full polygons of cap %d\n",
			found, kind->cap);
		exit(EXIT_FAILURE);
	}
	return w;
}

double work_full_share(int *ret_typical_vertices)
{
	struct world world;
	struct belief b;
	int64_t raw_ns = 2 * S, sum = 0;
	int full = 0;
	struct sample m;
	struct belief_constraint c;

	make_world(&world, 1);
	m = measure(&world, raw_ns);
	c = constraint_of(&m);
	belief_start(&b, &server, &c, -50000, 50000);
	for (int i = 0; i < DAY; i++) {
		raw_ns += POLL_S * S;
		m = measure(&world, raw_ns);
		c = constraint_of(&m);
		belief_update(&b, &server, &c);
		sum += b.count;
		full += b.count == BELIEF_VERTICES_MAX;
	}
	free(world.o);
	*ret_typical_vertices = (int)(sum / DAY);
	return (double)full / DAY;
}

/* --- fuse --------------------------------------------------------------- */

struct fuse_work {
	int n;
	struct range range[FUSE_RANGES_MAX];
};

static void run_fuse(void *state, int count)
{
	struct fuse_work *w = state;
	int lo, hi;

	for (int i = 0; i < count; i++) {
		const struct range f =
			fuse(w->range, w->n, (w->n - 1) / 2, &lo, &hi);

		work_kept += f.hi_ns - f.lo_ns;
	}
}

static struct fuse_work *fuse_work(int n)
{
	struct fuse_work *w = allocated(sizeof(*w));
	struct rng rng;

	rng_seed(&rng, 2);
	w->n = n;
	for (int i = 0; i < n; i++)
		w->range[i] = (struct range){
			-(int64_t)rng_uniform(&rng, 0, 1e6),
			(int64_t)rng_uniform(&rng, 0, 1e6),
			-rng_uniform(&rng, 0, 1e3), rng_uniform(&rng, 0, 1e3)};
	return w;
}

/* --- fusion and engine -------------------------------------------------- */

struct engine_work {
	int n;
	struct world world;
	struct engine *engine;
	struct engine_options opt;
	struct source *source; /* for fusion_compute alone */
	int64_t raw_ns;
	struct sample sample[MOMENTS];
};

static void name_source(struct source_info *info, int i)
{
	*info = (struct source_info){.class = SOURCE_NTP,
				     .scale = SCALE_UTC,
				     .reachable = true,
				     .stratum = 1};
	snprintf(info->name, sizeof(info->name), "192.0.2.%d", i);
}

static void run_fusion(void *state, int count)
{
	struct engine_work *w = state;
	struct fusion f;

	for (int i = 0; i < count; i++) {
		fusion_compute(w->source, w->n, &w->opt, w->raw_ns + i, 0, &f);
		work_kept += f.range.hi_ns;
	}
}

static void run_publish(void *state, int count)
{
	struct engine_work *w = state;
	struct segment_slot slot;

	for (int i = 0; i < count; i++) {
		w->raw_ns += 1000; /* so that age does not change the work */
		engine_publish(w->engine, w->raw_ns, &slot);
		work_kept += slot.tai_hi_ns;
	}
}

/* A batch is a chapter of the one history: what is timed here includes the
 * estimate and the excursion test, and making the measurement beforehand is
 * not. */
static void run_sample(void *state, int count)
{
	struct engine_work *w = state;

	for (int i = 0; i < count; i++)
		engine_sample(w->engine, i % w->n, &w->sample[i]);
}

static void teach(struct engine_work *w, int count)
{
	for (int i = 0; i < count; i++) {
		const int s = i % w->n;

		w->raw_ns += POLL_S * S / w->n;
		w->sample[i] = measure(&w->world, w->raw_ns);
		w->sample[i].mid_ns -= 37 * S;
		engine_sample(w->engine, s, &w->sample[i]);
	}
}

static void teach_sources(struct engine_work *w)
{
	const struct source_rules rules = {.axioms = server,
					   .seed_ppb_min = -50000,
					   .seed_ppb_max = 50000};

	w->source = allocated((size_t)w->n * sizeof(*w->source));
	for (int i = 0; i < w->n; i++) {
		struct source_info info;

		name_source(&info, i);
		source_init(&w->source[i], &info);
	}
	for (int i = 0; i < 64 * w->n; i++) {
		const struct sample m = measure(
			&w->world, w->raw_ns += POLL_S * S / w->n);

		source_sample(&w->source[i % w->n], &rules, &m);
	}
}

static struct engine_work *engine_work(int n)
{
	struct engine_work *w = allocated(sizeof(*w));
	struct leap_table leap;
	const struct engine_sink sink = {NULL, NULL};

	w->n = n;
	w->raw_ns = 2 * S;
	w->opt = (struct engine_options){.axioms = server,
					 .horizon_ns = S,
					 .void_after_ns = 3600 * S,
					 .smear = true};
	leap_builtin(&leap);
	leap.expires_unix_s = INT64_C(4102444800);
	make_world(&w->world, 3);
	if (engine_new(&w->opt, &leap, 0, &sink, &w->engine) < 0)
		exit(EXIT_FAILURE);
	for (int i = 0; i < n; i++) {
		struct source_info info;

		name_source(&info, i);
		engine_source(w->engine, &info);
	}
	for (int i = 0; i < 64 * n; i += MOMENTS)
		teach(w, 64 * n - i < MOMENTS ? 64 * n - i : MOMENTS);
	teach_sources(w);
	w->raw_ns += S;
	return w;
}

/* --- all ---------------------------------------------------------------- */

static void add(struct work *works, int *n, const char *name,
		void (*run)(void *state, int count), void *state, int count)
{
	works[(*n)++] = (struct work){name, state, run, count};
}

void work_prepare(struct work *w)
{
	struct engine_work *e = w->state;

	if (w->run != run_sample)
		return;
	for (int i = 0; i < w->count; i++) {
		e->raw_ns += POLL_S * S / e->n;
		e->sample[i] = measure(&e->world, e->raw_ns);
		e->sample[i].mid_ns -= 37 * S;
	}
}

int work_make(struct work *ret)
{
	struct belief_work *typical = belief_work(&belief_kind_24, false);
	int n = 0;

	add(ret, &n, "belief_update, poll 16 s", update, typical, 256);
	add(ret, &n, "belief_update, 24 of 24 vertices", update,
	    belief_work(&belief_kind_24, true), 256);
	add(ret, &n, "belief_update, 32 of 32 vertices", update,
	    belief_work(&belief_kind_32, true), 256);
	add(ret, &n, "belief_range", range, typical, 1024);
	add(ret, &n, "fuse, 3 ranges", run_fuse, fuse_work(3), 1024);
	add(ret, &n, "fuse, 16 ranges", run_fuse, fuse_work(16), 256);
	add(ret, &n, "fuse, 64 ranges", run_fuse, fuse_work(64), 32);
	add(ret, &n, "fusion_compute, 1 source", run_fusion, engine_work(1),
	    256);
	add(ret, &n, "fusion_compute, 4 sources", run_fusion, engine_work(4),
	    256);
	add(ret, &n, "fusion_compute, 16 sources", run_fusion,
	    engine_work(16), 64);
	add(ret, &n, "engine_publish, 1 source", run_publish, engine_work(1),
	    256);
	add(ret, &n, "engine_publish, 4 sources", run_publish, engine_work(4),
	    128);
	add(ret, &n, "engine_publish, 16 sources", run_publish,
	    engine_work(16), 32);
	add(ret, &n, "engine_sample", run_sample, engine_work(1), 64);
	return n;
}
