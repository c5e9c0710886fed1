/* SPDX-License-Identifier: Apache-2.0 */
/* tt-sim check, break and list. */
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenarios.h"
#include "sim/tt_sim.h"

#define FRESH_MAX 1000

struct check_options {
	const char *scenario; /* NULL: all */
	uint64_t seed, runs, fresh;
	double hours;         /* 0: as the scenario has it */
};

static int parse_check(int argc, char **argv, struct check_options *ret)
{
	static const struct option options[] = {
		{"scenario", required_argument, NULL, 's'},
		{"seed", required_argument, NULL, 'S'},
		{"runs", required_argument, NULL, 'r'},
		{"fresh", required_argument, NULL, 'f'},
		{"hours", required_argument, NULL, 'h'},
		{NULL, 0, NULL, 0}};
	bool is_good = true;
	int c;

	*ret = (struct check_options){.seed = 1, .runs = 1};
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
		else
			return usage_option(c, argv);
		if (!is_good)
			return SIM_USAGE;
	}
	if (optind < argc)
		return usage_error("check: what is \"%s\"?", argv[optind]);
	if (ret->scenario && !scenario_find(ret->scenario))
		return usage_error("no scenario \"%s\"; tt-sim list has them",
				   ret->scenario);
	return SIM_OK;
}

static bool check_one(const struct check_options *opt, int scenario,
		      uint64_t seed, struct ledger *l)
{
	const struct scenario *sc = &scenarios[scenario];
	static struct trial t;
	const char *why;
	int err = trial_run(sc, seed, opt->hours > 0 ? opt->hours : sc->hours,
			    NULL, &t);

	if (err < 0) {
		printf("%-20s cannot run: %s\n", sc->name, strerror(-err));
		return false;
	}
	why = trial_verdict(sc, &t);
	trial_print(sc, &t, why, stdout);
	ledger_add(l, scenario, &t, why != NULL);
	return true;
}

static bool check_seed(const struct check_options *opt, uint64_t seed,
		       struct ledger *l)
{
	bool is_good = true;

	for (int i = 0; i < scenario_count; i++)
		if (!opt->scenario ||
		    !strcmp(scenarios[i].name, opt->scenario))
			is_good &= check_one(opt, i, seed, l);
	return is_good;
}

static void draw_fresh(uint64_t count, uint64_t *ret)
{
	if (count == 0)
		return;
	printf("fresh seeds:");
	for (uint64_t i = 0; i < count; i++) {
		ret[i] = fresh_seed();
		printf(" %" PRIu64, ret[i]);
	}
	printf("   (replay one: tt-sim check --seed ...)\n");
}

int check_main(int argc, char **argv)
{
	static uint64_t fresh[FRESH_MAX];
	const double from_s = monotonic_s();
	struct check_options opt;
	struct ledger l;
	uint64_t failed;
	bool is_good = true;
	int code = parse_check(argc, argv, &opt);

	if (code != SIM_OK)
		return code;
	if (ledger_open(scenarios, scenario_count, &l) < 0)
		return SIM_USAGE;
	draw_fresh(opt.fresh, fresh);
	trial_print_header(stdout);
	for (uint64_t r = 0; r < opt.runs; r++)
		is_good &= check_seed(&opt, opt.seed + r, &l);
	for (uint64_t r = 0; r < opt.fresh; r++)
		is_good &= check_seed(&opt, fresh[r], &l);
	ledger_print(&l, stdout);
	failed = ledger_failed(&l);
	printf("\n%" PRIu64 " failed\n", failed);
	print_speed(ledger_hours(&l), monotonic_s() - from_s);
	ledger_close(&l);
	if (!is_good)
		return SIM_USAGE;
	return failed > 0 ? SIM_FAILED : SIM_OK;
}

/* --- planted lies ------------------------------------------------------- */

static int run_planted(const struct planted *p, uint64_t seed)
{
	const struct scenario *sc = scenario_find(p->scenario);
	static struct outcome o;
	bool is_caught;

	if (run_scenario(sc, seed, sc->hours, p->bit, NULL, &o) < 0)
		return usage_error("break %s: cannot run", p->name);
	is_caught = o.misses + o.went_back > 0;
	printf("break %s in \"%s\", seed %" PRIu64 ": %" PRIu64
	       " misses, %" PRIu64 " times back: %s\n",
	       p->name, sc->name, seed, o.misses, o.went_back,
	       is_caught ? "caught" : "NOT CAUGHT");
	if (o.misses > 0)
		printf("  %s\n", o.first_miss);
	return is_caught ? SIM_OK : SIM_FAILED;
}

int break_main(int argc, char **argv)
{
	static const struct option options[] = {
		{"seed", required_argument, NULL, 'S'}, {NULL, 0, NULL, 0}};
	uint64_t seed = 1;
	int c;

	while ((c = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (c != 'S')
			return usage_option(c, argv);
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
