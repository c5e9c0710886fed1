/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A receiver's pulses in virtual time: a world that knows true time makes
 * stamps, pps_edge.c makes samples of them, and the engine bounds by those
 * alone. At every publication true time is inside. How wide they are on average
 * is printed, for each way to stamp a pulse and each oscillator.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* before cmocka.h */
#include <cmocka.h>
#include <math.h>
#include <stdio.h>

#include "drivers/pps_edge.h"
#include "sim/oscillator.h"
#include "timed/engine.h"

#define S	 SECOND_NS
#define START_S	 INT64_C(1795305600) /* UTC */
#define OFFSET_S 37
#define HOURS	 6
#define WARM_S	 600 /* the rate is learnt by then */
#define SEEDS	 2

/* One way to stamp a pulse. */
struct way {
	const char *name;
	double latency_ns; /* least, and the mean of the rest */
	double jitter_ns;
	double tail; /* probability of 50 to 200 us more */
	double lost;
	int64_t latency_ns_max; /* declared */
	int best_of;
	double window_ns; /* where on the raw counter a stamp is, is known to */
	int64_t accuracy_ns;
};

static const struct way ways[] = {
	{"interrupt, best of 16", 3000, 1500, 0, 0.05, 15000, 16, 60, 100},
	{"interrupt, best of 4", 3000, 1500, 0, 0.05, 15000, 4, 60, 100},
	{"the same, tails of 200 us", 3000, 1500, 0.1, 0.05, 15000, 16, 60,
	 100},
	{"EXTTS, read in 1 us", 0, 0, 0, 0.05, 0, 1, 1000, 50},
	{"EXTTS, PRECISE", 0, 0, 0, 0.05, 0, 1, 80, 50},
};

/* Each with the physics that its preset is met by. */
struct machine {
	const char *grade;
	struct axioms axioms;
	double cooling_raw_s; /* when the cooling fails; 0 never */
};

static const struct machine machines[] = {
	{"server", {50e3, 20, 200, -1, 1024 * S, -1}, 5 * 3600},
	{"steady", {50e3, 2, 200, -1, 1024 * S, -1}, 0},
	{"tcxo", {5e3, 0.2, 20, -1, 1024 * S, -1}, 0},
};

struct world {
	const struct way *way;
	struct oscillator oscillator;
	struct rng rng;
	struct pps_edge edge;
	struct engine *engine;
	int source;
	double sum_ns;
	int64_t count;
};

static double latency_of(struct world *w)
{
	const struct way *way = w->way;
	double ns = way->latency_ns;

	if (way->jitter_ns > 0)
		ns += rng_exponential(&w->rng, way->jitter_ns);
	if (rng_uniform(&w->rng, 0, 1) < way->tail)
		ns += rng_uniform(&w->rng, 50e3, 200e3);
	return ns;
}

/* The stamp of a second's pulse: anywhere in what is known of it; the receiver
 * errs by what it says. */
static struct pps_stamp stamp_of(struct world *w, int64_t utc_s)
{
	const struct way *way = w->way;
	const double off_ns =
		rng_uniform(&w->rng, -1, 1) * (double)way->accuracy_ns;
	const int64_t tai_ns = (utc_s + OFFSET_S) * S + (int64_t)off_ns;
	const int64_t raw_ns =
		oscillator_raw(&w->oscillator, tai_ns) + (int64_t)latency_of(w);
	const int64_t before_ns =
		(int64_t)rng_uniform(&w->rng, 0, way->window_ns);

	return (struct pps_stamp){.sequence = (uint32_t)utc_s,
				  .raw_ns_min = raw_ns - before_ns - 1,
				  .raw_ns_max = raw_ns - before_ns +
						(int64_t)way->window_ns + 1,
				  .stamp_ns = 10};
}

static void give(struct world *w, int64_t utc_s)
{
	struct sample m;
	const bool both =
		pps_edge_sample(&w->edge, utc_s * S, w->way->accuracy_ns, &m);

	if (both)
		engine_sample(w->engine, w->source, &m);
	if (both && !m.declared)
		return;
	pps_edge_leg(&w->edge, utc_s * S, w->way->accuracy_ns, &m);
	engine_sample(w->engine, w->source, &m);
}

static void publish(struct world *w, int64_t raw_ns, bool is_warm)
{
	struct segment_slot slot;
	int64_t tai_ns;

	engine_publish(w->engine, raw_ns, &slot);
	if (slot.state == ENGINE_UNSYNCHRONIZED)
		return;
	tai_ns = oscillator_tai(&w->oscillator, raw_ns);
	assert_true(slot.tai_lo_ns <= tai_ns);
	assert_true(slot.tai_hi_ns >= tai_ns);
	if (!is_warm)
		return;
	w->sum_ns += (double)(slot.tai_hi_ns - slot.tai_lo_ns) / 2;
	w->count++;
}

/* A pulse is told with its message, 0.1 s later. */
static void run_second(struct world *w, int64_t utc_s, bool is_warm)
{
	const struct pps_stamp stamp = stamp_of(w, utc_s);
	const int64_t raw_ns =
		oscillator_raw(&w->oscillator, (utc_s + OFFSET_S) * S);

	if (rng_uniform(&w->rng, 0, 1) >= w->way->lost &&
	    pps_edge_take(&w->edge, &stamp) == PPS_GOOD)
		give(w, utc_s);
	for (int tenth = 1; tenth < 11; tenth++)
		publish(w, raw_ns + tenth * S / 10, is_warm);
}

static void begin(struct world *w, const struct way *way,
		  const struct machine *machine, uint64_t seed)
{
	const struct oscillator_law law = {
		.axioms = machine->axioms,
		.slow = SLOW_PHYSICAL,
		.fast = FAST_RANDOM,
		.start_ppb = 1800,
		.grade = oscillator_grade_find(machine->grade),
		.cooling_raw_s = machine->cooling_raw_s};
	const struct leap_table leap = {.count = 1,
					.entry = {{0, OFFSET_S}},
					.expires_unix_s = INT64_C(4000000000)};
	const struct engine_options opt = {.axioms = machine->axioms,
					   .horizon_ns = S,
					   .void_after_ns = 86400 * S,
					   .smear = true};
	const struct pps_edge_options edge = {
		.latency_ns_max = way->latency_ns_max, .best_of = way->best_of};
	const struct engine_sink sink = {.event = NULL};
	const struct source_info info = {.name = "gnss",
					 .class = SOURCE_GNSS,
					 .scale = SCALE_UTC,
					 .reachable = true,
					 .poll_ns = S};

	w->way = way;
	w->sum_ns = 0;
	w->count = 0;
	assert_non_null(law.grade);
	rng_seed(&w->rng, seed);
	oscillator_init(&w->oscillator, &law, (START_S + OFFSET_S - 10) * S,
			seed);
	pps_edge_init(&w->edge, &edge);
	assert_int_equal(engine_new(&opt, &leap, 0, &sink, &w->engine), 0);
	w->source = engine_source(w->engine, &info);
}

static double mean_half_ns(const struct way *way, const struct machine *machine,
			   uint64_t seed)
{
	static struct world w;
	static struct engine_view view;

	begin(&w, way, machine, seed);
	for (int64_t s = 0; s < HOURS * 3600; s++)
		run_second(&w, START_S + s, s >= WARM_S);
	engine_view(w.engine, &view);
	assert_int_equal(view.counters.contradictions, 0);
	assert_int_equal(view.counters.samples_refused, 0);
	engine_free(w.engine);
	return w.sum_ns / (double)w.count;
}

static void run_all(const struct machine *machine)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		for (uint64_t seed = 1; seed <= SEEDS; seed++)
			print_message("%s, %s, seed %d: mean half-width %.0f "
				      "ns\n",
				      machine->grade, ways[i].name, (int)seed,
				      mean_half_ns(&ways[i], machine, seed));
}

static void however_a_pulse_is_stamped_true_time_is_inside(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++)
		run_all(&machines[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			however_a_pulse_is_stamped_true_time_is_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
