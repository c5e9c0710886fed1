/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tt-sim compare: from the same packets, who was how wide and how often wrong.
 * Everybody is judged alike, at every publication (10 Hz): is true time within
 * what is claimed? Misses are not excused here, ours neither.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/rival.h"
#include "sim/scenarios.h"
#include "sim/tt_sim.h"
#include "tt/tt.h"

#define WARM_UP_S      1000.0 /* as for the widths of a run */
#define SILENCE_TOLD   0.001  /* shares of reads without an answer, from here */

enum { OURS, CHRONY, CLOCKBOUND, FBCLOCK, JUDGED_COUNT };

static const char *const names[JUDGED_COUNT] = {"timed", "chrony",
						"ClockBound", "fbclock"};

struct tally {
	bool is_there;
	uint64_t claims, misses;
	uint64_t reads_warm, claims_warm;
	double sum_ns;            /* of half-widths, after the warm-up */
	double beyond_ns_max;     /* how far truth was outside */
};

struct contest {
	struct rival *rival[JUDGED_COUNT]; /* OURS: NULL */
	struct tally tally[JUDGED_COUNT];
};

/* --- judging ------------------------------------------------------------ */

static void judge(struct tally *t, int64_t raw_ns, bool has, double err_ns,
		  double half_ns)
{
	const bool is_warm = (double)raw_ns / 1e9 >= WARM_UP_S;

	t->reads_warm += is_warm;
	if (!has)
		return;
	t->claims++;
	t->claims_warm += is_warm;
	if (is_warm)
		t->sum_ns += half_ns;
	if (fabs(err_ns) > half_ns) {
		t->misses++;
		t->beyond_ns_max =
			fmax(t->beyond_ns_max, fabs(err_ns) - half_ns);
	}
}

static void judge_ours(struct tally *t, int64_t raw_ns, int64_t unix_ns,
		       const struct tt_interval *i)
{
	double half_ns, mid_ns;

	if (!i) {
		judge(t, raw_ns, false, 0, 0);
		return;
	}
	half_ns = (double)(i->latest_ns - i->earliest_ns) / 2;
	mid_ns = (double)(i->earliest_ns - unix_ns) + half_ns;
	judge(t, raw_ns, true, mid_ns, half_ns);
}

static void on_tick(void *arg, int64_t raw_ns, int64_t unix_ns,
		    const struct tt_interval *interval)
{
	struct contest *c = arg;

	judge_ours(&c->tally[OURS], raw_ns, unix_ns, interval);
	for (int i = CHRONY; i < JUDGED_COUNT; i++) {
		struct rival_claim claim = {0, 0};
		bool has;

		if (!c->rival[i])
			continue;
		has = c->rival[i]->ops->claim(c->rival[i], raw_ns, &claim);
		judge(&c->tally[i], raw_ns, has,
		      (double)(claim.unix_ns - unix_ns), claim.half_ns);
	}
}

static void on_measurement(void *arg, int feed,
			   const struct feed_measurement *m, int64_t raw_ns)
{
	struct contest *c = arg;

	for (int i = CHRONY; i < JUDGED_COUNT; i++)
		if (c->rival[i])
			c->rival[i]->ops->measurement(c->rival[i], feed, m,
						      raw_ns);
}

/* Servers announce leap seconds to the others, whose models here do not listen;
 * nor do the others smear. Nor do the models boot, or hear of what a storm
 * does to the counter. */
static bool is_ours_alone(const struct scenario *sc)
{
	if (sc->known_leap_s != 0 || sc->unknown_leap_s != 0 || sc->storm > 0)
		return true;
	for (int i = 0; i < sc->fault_count; i++)
		if (sc->fault[i].kind == FAULT_REBOOT)
			return true;
	return false;
}

static int open_rivals(struct contest *c, const struct scenario *sc,
		       uint64_t seed, double drift_ppb)
{
	int err, fbclock;

	if (is_ours_alone(sc))
		return 0;
	err = rival_chrony_open(sc, seed, &c->rival[CHRONY]);
	if (err == 0)
		err = rival_clockbound_open(sc, seed, drift_ppb,
					    &c->rival[CLOCKBOUND]);
	if (err < 0)
		return err;
	fbclock = rival_fbclock_open(sc, seed, &c->rival[FBCLOCK]);
	return fbclock == -ENODEV ? 0 : fbclock;
}

static void close_rivals(struct contest *c)
{
	for (int i = 0; i < JUDGED_COUNT; i++) {
		if (c->rival[i])
			c->rival[i]->ops->close(c->rival[i]);
		c->rival[i] = NULL;
	}
}

static void add(struct tally *to, const struct tally *from)
{
	to->is_there |= from->is_there;
	to->claims += from->claims;
	to->misses += from->misses;
	to->reads_warm += from->reads_warm;
	to->claims_warm += from->claims_warm;
	to->sum_ns += from->sum_ns;
	to->beyond_ns_max = fmax(to->beyond_ns_max, from->beyond_ns_max);
}

static int run_contest(const struct scenario *sc, uint64_t seed,
		       double drift_ppb, struct tally *sum)
{
	static struct outcome o;
	struct contest c = {.tally = {{.is_there = true}}};
	const struct run_observer observer = {
		.tick = on_tick, .measurement = on_measurement, .arg = &c};
	int err = open_rivals(&c, sc, seed, drift_ppb);

	for (int i = CHRONY; i < JUDGED_COUNT; i++)
		c.tally[i].is_there = c.rival[i] != NULL;
	if (err == 0)
		err = run_scenario(sc, seed, sc->hours, 0, &observer, &o);
	close_rivals(&c);
	for (int i = 0; i < JUDGED_COUNT; i++)
		add(&sum[i], &c.tally[i]);
	return err;
}

/* --- the table ---------------------------------------------------------- */

struct compare_options {
	const char *scenario;
	uint64_t seed, seeds;
	double drift_ppb;
};

/* What the whole table comes to, per judged. */
struct standing {
	int scenarios, wrong;        /* in how many, in how many of them wrong */
	int narrower, narrower_wrong;
	uint64_t claims, misses;
	char narrower_right[1024];   /* names */
};

static double mean_ns(const struct tally *t)
{
	return t->claims_warm > 0 ? t->sum_ns / (double)t->claims_warm : 0;
}

static void print_head(void)
{
	printf("%-21s", "scenario");
	printf(" %8s %11s", names[OURS], "half us");
	for (int i = CHRONY; i < JUDGED_COUNT; i++)
		printf("  %10s %6s %10s", names[i], "%", "half us");
	printf("\n");
}

static void print_rival(const struct tally *t)
{
	const double part = t->claims > 0 ? 100.0 * (double)t->misses /
						    (double)t->claims
					  : 0;

	if (!t->is_there)
		printf("  %10s %6s %10s", "-", "", "");
	else if (t->misses > 0 && part < 0.01)
		printf("  %10" PRIu64 " %6s %10.2f", t->misses, "<0.01",
		       mean_ns(t) / 1e3);
	else
		printf("  %10" PRIu64 " %6.2f %10.2f", t->misses, part,
		       mean_ns(t) / 1e3);
}

static void print_row(const struct scenario *sc, const struct tally *sum)
{
	printf("%-21s %8" PRIu64 " %11.2f", sc->name, sum[OURS].misses,
	       mean_ns(&sum[OURS]) / 1e3);
	for (int i = CHRONY; i < JUDGED_COUNT; i++)
		print_rival(&sum[i]);
	printf("\n");
	for (int i = 0; i < JUDGED_COUNT; i++) {
		const struct tally *t = &sum[i];
		const double silent =
			1 - (double)t->claims_warm /
				    fmax((double)t->reads_warm, 1);

		if (t->is_there && silent > SILENCE_TOLD)
			printf("    %s gave no answer to %.1f %% of the "
			       "reads\n",
			       names[i], 100 * silent);
	}
}

static void note_standing(struct standing *s, const struct scenario *sc,
			  const struct tally *sum)
{
	for (int i = 0; i < JUDGED_COUNT; i++) {
		const struct tally *t = &sum[i];
		const size_t used = strlen(s[i].narrower_right);
		const bool is_narrower =
			t->claims_warm > 0 && mean_ns(t) < mean_ns(&sum[OURS]);

		if (!t->is_there)
			continue;
		s[i].scenarios++;
		s[i].wrong += t->misses > 0;
		s[i].claims += t->claims;
		s[i].misses += t->misses;
		s[i].narrower += is_narrower;
		s[i].narrower_wrong += is_narrower && t->misses > 0;
		if (is_narrower && t->misses == 0)
			snprintf(s[i].narrower_right + used,
				 sizeof(s[i].narrower_right) - used, "%s%s",
				 used ? ", " : "", sc->name);
	}
}

static void print_standing(const struct standing *s)
{
	printf("\n");
	for (int i = 0; i < JUDGED_COUNT; i++) {
		if (s[i].scenarios == 0)
			continue;
		printf("%s: wrong in %d of %d scenarios, at %" PRIu64
		       " of %" PRIu64 " answers",
		       names[i], s[i].wrong, s[i].scenarios, s[i].misses,
		       s[i].claims);
		if (i == OURS) {
			printf("\n");
			continue;
		}
		printf("; narrower than timed in %d, in %d of which it was "
		       "wrong\n",
		       s[i].narrower, s[i].narrower_wrong);
		if (*s[i].narrower_right)
			printf("  narrower and never wrong: %s\n",
			       s[i].narrower_right);
	}
}

/* The scenarios in which our axioms hold, or those in which one is broken.
 * Returns our misses, or < 0: could not run. */
static int64_t print_part(const struct compare_options *opt, bool is_broken)
{
	struct standing s[JUDGED_COUNT] = {{.scenarios = 0}};
	int64_t misses = 0;
	int rows = 0;

	for (int i = 0; i < scenario_count; i++) {
		const struct scenario *sc = &scenarios[i];
		struct tally sum[JUDGED_COUNT] = {{.is_there = false}};

		if ((sc->breaks != NULL) != is_broken ||
		    (opt->scenario && strcmp(sc->name, opt->scenario) != 0))
			continue;
		if (rows++ == 0) {
			printf(is_broken ? "\nAn axiom of timed's is broken; "
					   "misses are not excused\n"
					 : "The axioms hold\n");
			print_head();
		}
		for (uint64_t k = 0; k < opt->seeds; k++)
			if (run_contest(sc, opt->seed + k, opt->drift_ppb,
					sum) < 0)
				return -1;
		print_row(sc, sum);
		note_standing(s, sc, sum);
		misses += (int64_t)sum[OURS].misses;
	}
	if (rows > 1)
		print_standing(s);
	return misses;
}

static int parse_compare(int argc, char **argv, struct compare_options *ret)
{
	static const struct option options[] = {
		{"scenario", required_argument, NULL, 's'},
		{"seed", required_argument, NULL, 'S'},
		{"seeds", required_argument, NULL, 'n'},
		{"drift", required_argument, NULL, 'd'},
		{NULL, 0, NULL, 0}};
	uint64_t ppm;
	bool is_good = true;
	int c;

	*ret = (struct compare_options){.seed = 1,
					.seeds = 1,
					.drift_ppb = RIVAL_CLOCKBOUND_PPB};
	while ((c = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (c == 's')
			ret->scenario = optarg;
		else if (c == 'S')
			is_good = parse_number("--seed", optarg, 0, UINT64_MAX,
					       &ret->seed);
		else if (c == 'n')
			is_good = parse_number("--seeds", optarg, 1, 10000,
					       &ret->seeds);
		else if (c == 'd') {
			is_good = parse_number("--drift", optarg, 0, 1000,
					       &ppm);
			if (is_good)
				ret->drift_ppb = (double)ppm * 1e3;
		} else
			return usage_option(c, argv, options);
		if (!is_good)
			return SIM_USAGE;
	}
	return usage_rest("compare", argc, argv, ret->scenario);
}

int compare_main(int argc, char **argv)
{
	struct compare_options opt;
	int code = parse_compare(argc, argv, &opt);
	int64_t misses;

	if (code != SIM_OK)
		return code;
	printf("seeds %" PRIu64 " to %" PRIu64 "; reads outside the claimed "
	       "bound, their part of the answers, and the mean\nhalf-width "
	       "after 1000 s; -: cannot be used there\n\n",
	       opt.seed, opt.seed + opt.seeds - 1);
	misses = print_part(&opt, false);
	if (misses < 0 || print_part(&opt, true) < 0)
		return run_error("compare: cannot run");
	return misses > 0 ? SIM_FAILED : SIM_OK;
}
