/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tt-sim notice: how soon faults are noticed, for how long truth is outside
 * until then. docs/limits.md has what it prints.
 */
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/tt_sim.h"
#include "tt/tt.h"

#define FAULT_S    3600.0 /* an hour of history, */
#define AFTER_S    3600.0 /* and one to notice */
#define GOLDEN     0.6180339887 /* its multiples fill a poll evenly */
#define FOR_EVER_S 60.0   /* outside in the last minute: it will not end */
#define SEEDS_MAX  1000

/* 2026-11-22 00:00:00 UTC, in TAI, and a leap table that lasts. */
#define START_TAI_NS ((INT64_C(1795305600) + 37) * SECOND_NS)
#define EXPIRES_2100 INT64_C(4102444800)

struct notice_row {
	enum fault_kind kind;
	double value, lasts_s;  /* 0: it does not end */
	int liars;              /* to so many sources; 0: it is the host's */
	bool is_apart;          /* every second one the other way */
	double turn_s;          /* each so much after the one before */
	int servers;
	double poll_s;
	bool is_tcxo;           /* the preset "tcxo" instead of "server" */
};

static const struct notice_row rows[] = {
	{FAULT_STOP_UNSEEN, 0.1e-3, 0, 0, false, 0, 3, 16, false},
	{FAULT_STOP_UNSEEN, 1e-3, 0, 0, false, 0, 3, 16, false},
	{FAULT_STOP_UNSEEN, 20e-3, 0, 0, false, 0, 3, 16, false},
	{FAULT_STOP_UNSEEN, 1, 0, 0, false, 0, 3, 16, false},
	{FAULT_STOP_UNSEEN, 20, 0, 0, false, 0, 3, 16, false},
	{FAULT_STOP_SEEN, 20, 0, 0, false, 0, 3, 16, false},
	{FAULT_LIE, 5e6, 0, 1, false, 0, 1, 16, false},
	{FAULT_LIE, 1e6, 0, 1, false, 0, 1, 16, false},
	{FAULT_LIE, 300e3, 0, 1, false, 0, 1, 16, false},
	{FAULT_LIE, 100e3, 0, 1, false, 0, 1, 16, false},
	{FAULT_LIE, 5e6, 0, 2, true, 0, 3, 16, false},
	{FAULT_LIE, 5e6, 0, 2, false, 0, 3, 16, false},
	{FAULT_LIE, 5e6, 16, 2, false, 60, 3, 16, false},
	{FAULT_LIE, 150e3, 16, 2, false, 60, 3, 16, false},
	{FAULT_RAMP, 100, 0, 1, false, 0, 1, 16, false},
	{FAULT_RAMP, 1000, 0, 1, false, 0, 1, 16, false},
	{FAULT_RAMP, 10000, 0, 1, false, 0, 1, 16, false},
	{FAULT_FREEZE, 0, 0, 1, false, 0, 1, 16, false},
	{FAULT_ASYMMETRY, 1e6, 0, 1, false, 0, 1, 16, false},
	{FAULT_RATE_JUMP, 5e3, 0, 0, false, 0, 1, 16, false},
	{FAULT_RATE_JUMP, 6e3, 0, 0, false, 0, 1, 16, false},
	{FAULT_RATE_JUMP, 7e3, 0, 0, false, 0, 1, 16, false},
	{FAULT_RATE_JUMP, 8e3, 0, 0, false, 0, 1, 16, false},
	{FAULT_RATE_JUMP, 10e3, 0, 0, false, 0, 1, 16, false},
	{FAULT_RATE_JUMP, 10e3, 0, 0, false, 0, 3, 16, false},
	{FAULT_RATE_JUMP, 20e3, 0, 0, false, 0, 1, 16, false},
	{FAULT_RATE_JUMP, 20e3, 0, 0, false, 0, 3, 16, false},
	{FAULT_RATE_JUMP, 45e3, 0, 0, false, 0, 1, 16, false},
	{FAULT_RATE_JUMP, 10e3, 0, 0, false, 0, 1, 4, false},
	{FAULT_RATE_JUMP, 8e3, 0, 0, false, 0, 1, 64, false},
	{FAULT_RATE_JUMP, 10e3, 0, 0, false, 0, 1, 64, false},
	{FAULT_RATE_JUMP, 10e3, 0, 0, false, 0, 3, 64, false},
	{FAULT_RATE_JUMP, 20e3, 0, 0, false, 0, 1, 64, false},
	{FAULT_RATE_JUMP, 0.5e3, 0, 0, false, 0, 1, 16, true},
	{FAULT_RATE_JUMP, 1e3, 0, 0, false, 0, 1, 16, true},
	{FAULT_RATE_JUMP, 1.5e3, 0, 0, false, 0, 1, 16, true},
	{FAULT_RATE_JUMP, 2e3, 0, 0, false, 0, 1, 16, true},
	{FAULT_RATE_JUMP, 1e3, 0, 0, false, 0, 1, 4, true},
	{FAULT_SPURIOUS, 1, 0, 1, false, 0, 1, 1, false},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* --- a row's world ------------------------------------------------------- */

static struct feed_law feed_of(const struct notice_row *row)
{
	if (row->kind == FAULT_SPURIOUS)
		return (struct feed_law){.kind = FEED_EDGE,
					 .class = SOURCE_GNSS,
					 .poll_s = row->poll_s,
					 .server = {50, PLACE_RANDOM},
					 .stamp = {20, PLACE_RANDOM},
					 .latency_ns = {3000, 1500},
					 .latency_ns_max = 15000};
	return (struct feed_law){
		.kind = FEED_EXCHANGE,
		.class = SOURCE_NTP,
		.path = {.base_ns = {100e3, 100e3}, .queue_ns = {100e3, 100e3}},
		.poll_s = row->poll_s,
		.server = {5e3, PLACE_RANDOM},
		.stamp = {1e3, PLACE_RANDOM},
		.mapping = {500, PLACE_RANDOM},
		.age_s = 1,
		.ruler_ppb = row->is_tcxo ? 1500 : 5000,
		.ruler_err_ppb = 300};
}

/* When in a poll it happens is what makes the time to notice it. */
static double fault_s(const struct notice_row *row, uint64_t seed)
{
	const double turns = GOLDEN * (double)(seed % 100000);

	return FAULT_S + row->poll_s * fmod(turns, 1);
}

static void add_faults(const struct notice_row *row, struct scenario *ret)
{
	const int count = row->liars > 0 ? row->liars : 1;

	for (int i = 0; i < count; i++) {
		const double from_s = ret->broken_from_s + i * row->turn_s;

		ret->fault[i] = (struct fault){
			row->kind, from_s,
			fault_is_once(row->kind) ? 0
			: row->lasts_s > 0	 ? from_s + row->lasts_s
						 : 1e12,
			i, row->is_apart && i % 2 ? -row->value : row->value};
	}
	ret->fault_count = count;
}

/* Misses are counted here, and excused there. */
static struct scenario scenario_of(const struct notice_row *row, uint64_t seed)
{
	struct scenario sc = {.name = "notice",
			      .hours = (FAULT_S + AFTER_S) / 3600,
			      .start_tai_ns = START_TAI_NS,
			      .table_expires_unix_s = EXPIRES_2100,
			      .axioms = {50000, 20, 200, -1, 1024 * SECOND_NS,
					 -1},
			      .oscillator = {.slow = SLOW_WALK,
					     .fast = FAST_RANDOM,
					     .start_ppb = 5000},
			      .breaks = "",
			      .broken_from_s = fault_s(row, seed),
			      .broken_to_s = 1e12,
			      .feed_count = row->servers};

	if (row->is_tcxo) {
		sc.axioms = (struct axioms){5000, 0.2, 20, -1, 1024 * SECOND_NS,
					    -1};
		sc.oscillator.start_ppb = 1500;
	}
	sc.oscillator.axioms = sc.axioms;
	for (int i = 0; i < row->servers; i++)
		sc.feed[i] = feed_of(row);
	add_faults(row, &sc);
	return sc;
}

/* --- watching ------------------------------------------------------------ */

struct outside {
	uint64_t ticks;  /* of a tenth of a second */
	double last_s;
};

static void on_tick(void *arg, int64_t raw_ns, int64_t unix_ns,
		    const struct tt_interval *t)
{
	struct outside *o = arg;

	if (!t || (t->earliest_ns <= unix_ns && t->latest_ns >= unix_ns))
		return;
	o->ticks++;
	o->last_s = (double)raw_ns / 1e9;
}

struct noticed {
	int runs, unnoticed, outside, for_ever;
	double after_s[SEEDS_MAX];     /* of those that were noticed */
	double outside_sum_s, outside_s_max;
};

static int watch_row(const struct notice_row *row, uint64_t seed,
		     struct noticed *ret)
{
	const struct scenario sc = scenario_of(row, seed);
	struct outside o = {0, 0};
	const struct run_observer observer = {.tick = on_tick, .arg = &o};
	static struct outcome out;
	double s;
	int err = run_scenario(&sc, seed, sc.hours, 0, &observer, &out);

	if (err < 0)
		return err;
	s = (double)o.ticks / 10;
	if (out.detected_s >= 0)
		ret->after_s[ret->runs - ret->unnoticed] = out.detected_s;
	else
		ret->unnoticed++;
	ret->runs++;
	ret->outside += o.ticks > 0;
	ret->for_ever += o.last_s > FAULT_S + AFTER_S - FOR_EVER_S;
	ret->outside_sum_s += s;
	ret->outside_s_max = fmax(ret->outside_s_max, s);
	return 0;
}

/* --- the table ----------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void print_value(const struct notice_row *row)
{
	const char *unit = fault_unit(row->kind);
	const double v = row->value;

	if (!strcmp(unit, "ppb"))
		printf(" %g ppm", v / 1e3);
	else if (!strcmp(unit, "ns"))
		printf(" %g %s", v >= 1e6 ? v / 1e6 : v / 1e3,
		       v >= 1e6 ? "ms" : "us");
	else if (!strcmp(unit, "s"))
		printf(" %g %s", v >= 1 ? v : v * 1e3, v >= 1 ? "s" : "ms");
	else if (*unit)
		printf(" %g %s", v, unit);
}

static void print_fault(const struct notice_row *row)
{
	printf("| `%s`", fault_name(row->kind));
	print_value(row);
	if (row->turn_s > 0)
		printf(" of two for one poll, %g s apart", row->turn_s);
	else if (row->liars > 1)
		printf(" of two, %s", row->is_apart ? "apart" : "alike");
	if (row->kind != FAULT_SPURIOUS && row->poll_s > 0 &&
	    !(row->poll_s > 15 && row->poll_s < 17))
		printf(", poll %g s", row->poll_s);
	if (row->is_tcxo)
		printf(", `tcxo`");
	printf(" | %d |", row->servers);
}

static void print_row(const struct notice_row *row, struct noticed *n)
{
	const int seen = n->runs - n->unnoticed;

	print_fault(row);
	qsort(n->after_s, (size_t)seen, sizeof(n->after_s[0]), by_size);
	if (seen > 0)
		printf(" %.1f / %.1f / %.1f |", n->after_s[0],
		       n->after_s[seen / 2], n->after_s[seen - 1]);
	else
		printf(" - |");
	printf(" %d |", n->unnoticed);
	if (n->outside == 0)
		printf(" never |\n");
	else if (n->for_ever > n->runs / 2)
		printf(" for ever, in %d |\n", n->outside);
	else
		printf(" %.0f (%.0f), in %d |\n", n->outside_sum_s / n->runs,
		       n->outside_s_max, n->outside);
}

static int print_table(uint64_t seed, uint64_t seeds)
{
	static struct noticed n;

	printf("| fault | sources | noticed in | not at all | outside |\n"
	       "|---|---|---|---|---|\n");
	for (size_t i = 0; i < ROWS; i++) {
		memset(&n, 0, sizeof(n));
		for (uint64_t k = 0; k < seeds; k++)
			if (watch_row(&rows[i], seed + k, &n) < 0)
				return run_error("notice: cannot run");
		print_row(&rows[i], &n);
	}
	return SIM_OK;
}

int notice_main(int argc, char **argv)
{
	static const struct option options[] = {
		{"seed", required_argument, NULL, 'S'},
		{"seeds", required_argument, NULL, 'n'},
		{NULL, 0, NULL, 0}};
	uint64_t seed = 1, seeds = 30;
	int c;

	while ((c = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (c != 'S' && c != 'n')
			return usage_option(c, argv, options);
		if (c == 'S' && !parse_number("--seed", optarg, 0, UINT64_MAX,
					      &seed))
			return SIM_USAGE;
		if (c == 'n' && !parse_number("--seeds", optarg, 1, SEEDS_MAX,
					      &seeds))
			return SIM_USAGE;
	}
	if (usage_rest("notice", argc, argv, NULL) != SIM_OK)
		return SIM_USAGE;
	printf("Seeds %" PRIu64 " to %" PRIu64 "; seconds from the fault to "
	       "the first violation counted: least /\nmedian / most; outside: "
	       "mean (most) seconds in the hour after, in so many runs\n\n",
	       seed, seed + seeds - 1);
	return print_table(seed, seeds);
}
