/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tt-sim-check: run scenarios, judge them, print one line each.
 *   tt-sim-check [--scenario NAME] [--seed N] [--runs N] [--hours H]
 *   tt-sim-check --break NAME     a planted lie, which must be caught
 *   tt-sim-check --list
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/scenarios.h"

struct totals {
	double hours;
	uint64_t reads;
	int failed;
};

/* Does the outcome hold what the scenario claims? Says why not. */
static const char *verdict(const struct scenario *sc, const struct outcome *o)
{
	if (o->misses > 0)
		return "TRUTH WAS OUTSIDE";
	if (o->went_back > 0)
		return "earliest went back within an epoch";
	if (!sc->breaks && o->unfit_seconds > 0)
		return "the oscillator left its own preset";
	if (sc->must_see && !o->seen[sc->must_see])
		return "a state that must occur did not";
	if (sc->violations_min > 0 &&
	    o->counters.bound_violations < (uint64_t)sc->violations_min)
		return "the audit did not notice";
	if (sc->violations_min == 0 && o->counters.bound_violations > 0)
		return "false alarm";
	if (o->first_bound_s == 0)
		return "never a bound";
	return NULL;
}

static void print_outcome(const struct scenario *sc, uint64_t seed,
			  double hours, const struct outcome *o,
			  const char *why)
{
	const double mean_ns = widths_mean_ns(&o->width);
	const double optimum_ns = widths_mean_ns(&o->optimum);

	printf("%-20s %4" PRIu64 " %5.0f %9" PRIu64
	       " %10.2f %10.2f %10.2f  %5.2f %9.3f %6.1f %5" PRIu64
	       " %4" PRIu64,
	       sc->name, seed, hours, o->reads, mean_ns / 1e3,
	       widths_percentile_ns(&o->width, 0.99) / 1e3,
	       o->width.max_ns / 1e3,
	       optimum_ns > 0 ? mean_ns / optimum_ns : 0,
	       o->best_rms_ns / 1e3, o->first_bound_s,
	       o->counters.contradictions, o->counters.bound_violations);
	if (sc->breaks && o->detected_s >= 0)
		printf("  %s noticed after %.0f s", sc->breaks, o->detected_s);
	printf("  %s\n", why ? why : "ok");
	if (o->misses > 0)
		printf("    %" PRIu64 " misses, the first: %s\n", o->misses,
		       o->first_miss);
}

static void print_header(void)
{
	printf("%-20s %4s %5s %9s %10s %10s %10s  %5s %9s %6s %5s %4s\n",
	       "scenario", "seed", "hours", "reads", "mean us", "p99 us",
	       "max us", "ratio", "best us", "1st s", "contr", "viol");
}

static bool run_one(const struct scenario *sc, uint64_t seed, double hours,
		    struct totals *t)
{
	struct outcome o;
	const char *why;
	int err = run_scenario(sc, seed, hours, 0, NULL, &o);

	if (err < 0) {
		printf("%-20s cannot run: %s\n", sc->name, strerror(-err));
		return false;
	}
	why = verdict(sc, &o);
	print_outcome(sc, seed, hours, &o, why);
	t->hours += hours;
	t->reads += o.reads;
	return why == NULL;
}

static int run_planted(const char *name, uint64_t seed)
{
	for (int i = 0; i < planted_count; i++) {
		const struct scenario *sc = scenario_find(planted[i].scenario);
		struct outcome o;

		if (strcmp(planted[i].name, name) != 0)
			continue;
		if (run_scenario(sc, seed, sc->hours, planted[i].bit,
				 NULL, &o) < 0)
			return 2;
		printf("break %s in \"%s\", seed %" PRIu64 ": %" PRIu64
		       " misses, %" PRIu64 " times back: %s\n",
		       name, sc->name, seed, o.misses, o.went_back,
		       o.misses + o.went_back > 0 ? "caught" : "NOT CAUGHT");
		if (o.misses > 0)
			printf("  %s\n", o.first_miss);
		return o.misses + o.went_back > 0 ? 0 : 1;
	}
	fprintf(stderr, "no planted lie is called \"%s\"; --list has them\n",
		name);
	return 2;
}

static int list(void)
{
	for (int i = 0; i < scenario_count; i++)
		printf("%-20s %s\n", scenarios[i].name, scenarios[i].says);
	printf("\nplanted lies (--break):");
	for (int i = 0; i < planted_count; i++)
		printf(" %s", planted[i].name);
	printf("\n");
	return 0;
}

static int run_all(const char *name, uint64_t seed, int runs, double hours)
{
	struct totals t = {0, 0, 0};
	struct timespec from, to;
	double took_s;

	if (name && !scenario_find(name)) {
		fprintf(stderr, "no scenario \"%s\"; --list has them\n", name);
		return 2;
	}
	print_header();
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (int r = 0; r < runs; r++)
		for (int i = 0; i < scenario_count; i++) {
			const struct scenario *sc = &scenarios[i];

			if (name && strcmp(sc->name, name) != 0)
				continue;
			t.failed += !run_one(sc, seed + (uint64_t)r,
					     hours > 0 ? hours : sc->hours,
					     &t);
		}
	clock_gettime(CLOCK_MONOTONIC, &to);
	took_s = (double)(to.tv_sec - from.tv_sec) +
		 (double)(to.tv_nsec - from.tv_nsec) / 1e9;
	printf("%.0f simulated hours, %" PRIu64
	       " reads, %.1f s (%.0f times real time), %d failed\n",
	       t.hours, t.reads, took_s, t.hours * 3600 / took_s, t.failed);
	return t.failed > 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"scenario", required_argument, NULL, 's'},
		{"seed", required_argument, NULL, 'S'},
		{"runs", required_argument, NULL, 'r'},
		{"hours", required_argument, NULL, 'h'},
		{"break", required_argument, NULL, 'b'},
		{"list", no_argument, NULL, 'l'},
		{NULL, 0, NULL, 0}};
	const char *name = NULL, *lie = NULL;
	uint64_t seed = 1;
	double hours = 0;
	int runs = 1, c;

	setvbuf(stdout, NULL, _IOLBF, 0);
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 's':
			name = optarg;
			break;
		case 'S':
			seed = strtoull(optarg, NULL, 10);
			break;
		case 'r':
			runs = atoi(optarg);
			break;
		case 'h':
			hours = atof(optarg);
			break;
		case 'b':
			lie = optarg;
			break;
		case 'l':
			return list();
		default:
			return 2;
		}
	}
	return lie ? run_planted(lie, seed) : run_all(name, seed, runs, hours);
}
