/* SPDX-License-Identifier: Apache-2.0 */
/* tt-sim check, break and list. */
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenarios.h"
#include "sim/tt_sim_pool.h"

#define FRESH_MAX 1000

struct check_options {
	const char *scenario; /* NULL: all */
	uint64_t seed, runs, fresh, jobs;
	double hours;         /* 0: as the scenario has it */
	uint64_t fresh_seed[FRESH_MAX];
};

static int parse_check(int argc, char **argv, struct check_options *ret)
{
	static const struct option options[] = {
		{"scenario", required_argument, NULL, 's'},
		{"seed", required_argument, NULL, 'S'},
		{"runs", required_argument, NULL, 'r'},
		{"fresh", required_argument, NULL, 'f'},
		{"hours", required_argument, NULL, 'h'},
		{"jobs", required_argument, NULL, 'j'},
		{NULL, 0, NULL, 0}};
	bool is_good = true;
	int c;

	*ret = (struct check_options){
		.seed = 1, .runs = 1, .jobs = pool_processors()};
	while ((c = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (c == 's')
			ret->scenario = optarg;
		else if (c == 'S')
			is_good = parse_number("--seed", optarg, 0, UINT64_MAX,
					       &ret->seed);
		else if (c == 'r')
			is_good = parse_number("--runs", optarg, 0, 1000000,
					       &ret->runs);
		else if (c == 'f')
			is_good = parse_number("--fresh", optarg, 0, FRESH_MAX,
					       &ret->fresh);
		else if (c == 'h')
			is_good = parse_hours("--hours", optarg, &ret->hours);
		else if (c == 'j')
			is_good = parse_number("--jobs", optarg, 1,
					       POOL_JOBS_MAX, &ret->jobs);
		else
			return usage_option(c, argv, options);
		if (!is_good)
			return SIM_USAGE;
	}
	if (usage_rest("check", argc, argv, ret->scenario) != SIM_OK)
		return SIM_USAGE;
	if (ret->runs + ret->fresh == 0)
		return usage_error("check: --runs 0 without --fresh checks "
				   "nothing");
	return SIM_OK;
}

/* Trial u: the chosen scenarios with the first seed, then with the next. */
static bool check_trial(const void *arg, uint64_t u,
			const struct scenario **ret_scenario,
			uint64_t *ret_seed, double *ret_hours)
{
	const struct check_options *opt = arg;
	const uint64_t count = opt->scenario ? 1 : (uint64_t)scenario_count;
	const uint64_t run = u / count;

	if (run >= opt->runs + opt->fresh)
		return false;
	*ret_scenario = opt->scenario ? scenario_find(opt->scenario)
				      : &scenarios[u % count];
	*ret_seed = run < opt->runs ? opt->seed + run
				    : opt->fresh_seed[run - opt->runs];
	*ret_hours = opt->hours > 0 ? opt->hours : (*ret_scenario)->hours;
	return true;
}

/* Take them in their order, whoever did them. Negative errno: one could not be
 * run to its end. */
static int take_trials(const struct check_options *opt, struct pool *p,
		       struct ledger *l)
{
	const struct scenario *sc;
	uint64_t seed;
	double hours;

	for (uint64_t u = 0; check_trial(opt, u, &sc, &seed, &hours); u++) {
		const struct trial *t = &p->worker[u % p->jobs].trial;
		const char *why;
		int got = 0;

		while (got == 0)
			got = pool_read(p, u % p->jobs);
		if (got < 0) {
			printf("%-20s %10" PRIu64 " did not come to its end\n",
			       sc->name, seed);
			return got;
		}
		why = trial_verdict(sc, t);
		trial_print(sc, t, why, stdout);
		ledger_add(l, (int)(sc - scenarios), t, why != NULL);
	}
	return 0;
}

static void draw_fresh(struct check_options *opt)
{
	if (opt->fresh == 0)
		return;
	printf("fresh seeds:");
	for (uint64_t i = 0; i < opt->fresh; i++) {
		opt->fresh_seed[i] = fresh_seed();
		printf(" %" PRIu64, opt->fresh_seed[i]);
	}
	printf("   (replay one: tt-sim check --seed ...)\n");
}

int check_main(int argc, char **argv)
{
	static struct check_options opt;
	static struct pool pool;
	const struct pool_list list = {check_trial, &opt};
	const double from_s = monotonic_s();
	struct ledger l;
	uint64_t failed;
	int err, code = parse_check(argc, argv, &opt);

	if (code != SIM_OK)
		return code;
	err = ledger_open(scenarios, scenario_count, &l);
	if (err < 0)
		return run_error("check: %s", strerror(-err));
	draw_fresh(&opt);
	trial_print_header(stdout);
	err = pool_open(&pool, opt.jobs, &list);
	if (err == 0)
		err = take_trials(&opt, &pool, &l);
	pool_close(&pool);
	ledger_print(&l, stdout);
	failed = ledger_failed(&l);
	printf("\n%" PRIu64 " failed\n", failed);
	print_speed(ledger_hours(&l), monotonic_s() - from_s);
	ledger_close(&l);
	if (err < 0)
		return run_error("check: %s", strerror(-err));
	return failed > 0 ? SIM_FAILED : SIM_OK;
}

/* --- planted lies ------------------------------------------------------- */

/* What a check by statistics gives is not certain in one run: over some, is
 * truth outside for longer without it, while an axiom is broken? */
#define LONGER_RUNS 5

static const char *is_outside_for_longer(const struct scenario *sc,
					 uint64_t bit, uint64_t seed)
{
	static struct outcome o;
	uint64_t with = 0, without = 0;

	for (uint64_t i = 0; i < LONGER_RUNS; i++) {
		if (run_scenario(sc, seed + i, sc->hours, 0, NULL, &o) < 0)
			return NULL;
		without += o.excused;
		if (run_scenario(sc, seed + i, sc->hours, bit, NULL, &o) < 0)
			return NULL;
		with += o.excused;
	}
	return with > without ? "TRUTH WAS OUTSIDE FOR LONGER" : NULL;
}

/* Where one check stands behind another, which of them it is that notices
 * depends on the seed: some are tried. */
#define PLANTED_RUNS 5

/* Whatever the scenario claims may be what fails: without the lie all of it
 * holds (tt-sim check). */
static int run_planted(const struct planted *p, uint64_t seed)
{
	const struct scenario *sc = scenario_find(p->scenario);
	static struct trial t;
	const struct outcome *o = &t.outcome;
	const uint64_t first_seed = seed;
	const char *why = NULL;

	t.hours = sc->hours;
	for (; !why && seed < first_seed + PLANTED_RUNS; seed++) {
		t.seed = seed;
		if (run_scenario(sc, seed, sc->hours, p->bit, NULL,
				 &t.outcome) < 0)
			return run_error("break %s: cannot run", p->name);
		why = trial_verdict(sc, &t);
	}
	seed = t.seed;
	if (!why)
		why = is_outside_for_longer(sc, p->bit, first_seed);
	printf("break %s in \"%s\", seed %" PRIu64 ": %" PRIu64
	       " misses, %" PRIu64 " times back: %s%s\n",
	       p->name, sc->name, seed, o->misses, o->went_back,
	       why ? "caught: " : "NOT CAUGHT", why ? why : "");
	if (o->misses > 0)
		printf("  %s\n", o->first_miss);
	return why ? SIM_OK : SIM_FAILED;
}

int break_main(int argc, char **argv)
{
	static const struct option options[] = {
		{"seed", required_argument, NULL, 'S'}, {NULL, 0, NULL, 0}};
	uint64_t seed = 1;
	int c;

	while ((c = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (c != 'S')
			return usage_option(c, argv, options);
		if (!parse_number("--seed", optarg, 0, UINT64_MAX, &seed))
			return SIM_USAGE;
	}
	if (optind != argc - 1)
		return usage_error("break takes one name; tt-sim list has "
				   "them");
	for (int i = 0; i < planted_count; i++)
		if (!strcmp(planted[i].name, argv[optind]))
			return run_planted(&planted[i], seed);
	return usage_error("nothing called \"%s\" can be taken away; tt-sim "
			   "list has the names",
			   argv[optind]);
}

int list_main(int argc, char **argv)
{
	if (argc > 1)
		return usage_error("list: what is \"%s\"?", argv[1]);
	printf("Scenarios (check, compare: --scenario NAME)\n");
	for (int i = 0; i < scenario_count; i++)
		printf("  %-20s %5.4g h  %s\n", scenarios[i].name,
		       scenarios[i].hours, scenarios[i].says);
	printf("\nPieces of the proof (break NAME), and the scenario that must "
	       "notice\n");
	for (int i = 0; i < planted_count; i++)
		printf("  %-20s %s\n", planted[i].name, planted[i].scenario);
	printf("\nFaults (for the files of run)\n");
	for (int k = 0; k < FAULT_COUNT; k++)
		printf("  %-20s %s%s%s%s\n", fault_name((enum fault_kind)k),
		       fault_says((enum fault_kind)k),
		       *fault_unit((enum fault_kind)k) ? " (value: " : "",
		       fault_unit((enum fault_kind)k),
		       *fault_unit((enum fault_kind)k) ? ")" : "");
	return SIM_OK;
}
