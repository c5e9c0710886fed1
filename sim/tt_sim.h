/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tool's parts: one trial (a run, its verdict, what the front end itself
 * measures), the two ledgers over many trials, and the subcommands. Each
 * subcommand takes its own argv and returns the program's exit code.
 */
#ifndef TT_SIM_H
#define TT_SIM_H

#include <getopt.h>
#include <stdio.h>

#include "cli/cli.h"
#include "sim/run.h"

enum sim_exit {
	SIM_OK = 0,
	SIM_FAILED = 1, /* a claim does not hold */
	SIM_NOT_RUN = 2, /* what it needs is not to be had: a file, memory */
	SIM_USAGE = EXIT_USAGE
};

/* --- tt_sim_trial.c ------------------------------------------------------ */

struct trial {
	uint64_t seed;
	double hours;
	struct outcome outcome;
	double recover_s;      /* from the end of the last fault until the last
	                          moment that was not SYNCHRONIZED, or was wider
	                          than 1.5 times the widest before any fault;
	                          < 0: there is nothing to recover from */
};

/* `observer` may be NULL. 0 or negative errno. */
int trial_run(const struct scenario *sc, uint64_t seed, double hours,
	      const struct run_observer *observer, struct trial *ret);

/* Does it hold what the scenario claims? NULL, or why not. */
const char *trial_verdict(const struct scenario *sc, const struct trial *t);

void trial_print_header(FILE *out);
void trial_print(const struct scenario *sc, const struct trial *t,
		 const char *why, FILE *out);

/* --- tt_sim_ledger.c ----------------------------------------------------- */

/* A scenario's sums over its trials. */
struct ledger_line {
	uint64_t runs, failed;
	double hours;
	uint64_t reads, misses, went_back, false_alarms, excused;
	struct widths width, optimum;
	double first_bound_s_max;
	double recover_s_max;      /* < 0: never anything to recover from */
	uint64_t detected;         /* runs in which the breach was noticed */
	double detected_s_max;
};

struct ledger {
	const struct scenario *scenarios;
	int count;
	struct ledger_line *line;  /* `count` of them */
};

int ledger_open(const struct scenario *list, int count, struct ledger *ret);
void ledger_close(struct ledger *l);
void ledger_add(struct ledger *l, int scenario, const struct trial *t,
		bool has_failed);

/* Both ledgers and the widths. */
void ledger_print(const struct ledger *l, FILE *out);

double ledger_hours(const struct ledger *l);
uint64_t ledger_failed(const struct ledger *l);

/* --- the subcommands ----------------------------------------------------- */

int check_main(int argc, char **argv);
int break_main(int argc, char **argv);
int list_main(int argc, char **argv);
int notice_main(int argc, char **argv);
int soak_main(int argc, char **argv);
int compare_main(int argc, char **argv);
int run_main(int argc, char **argv);
int serve_main(int argc, char **argv);

/* --- tt_sim.c: what they share ------------------------------------------- */

/* Complain, and point to --help. Returns SIM_USAGE. */
__attribute__((format(printf, 1, 2))) int usage_error(const char *format, ...);

/* Complain of what is not the command line's fault. Returns SIM_NOT_RUN. */
__attribute__((format(printf, 1, 2))) int run_error(const char *format, ...);

/* getopt_long() has returned c for an option it does not know or that lacks
 * its argument: say so. */
int usage_option(int c, char **argv, const struct option *longs);

/* What is left after the options: nothing, and the scenario that was chosen
 * (NULL: all) is there. SIM_OK or SIM_USAGE. */
int usage_rest(const char *command, int argc, char **argv,
	       const char *scenario);

/* A whole number within [least, most]; false, with a complaint. */
bool parse_number(const char *option, const char *text, uint64_t least,
		  uint64_t most, uint64_t *ret);

/* A decimal number above 0. */
bool parse_hours(const char *option, const char *text, double *ret);

/* A seed nobody has chosen; small enough to be typed. */
uint64_t fresh_seed(void);

double monotonic_s(void);

/* "N simulated hours in S s: X times real time", to stderr: it is not the same
 * in a replay. */
void print_speed(double hours, double took_s);

#endif
