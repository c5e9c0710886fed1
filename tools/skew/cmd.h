/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tt-skew's commands. Each lives in cmd_NAME.c, takes its own options from
 * argv[1] on (argv[0] is its name), says what is wrong on standard error as
 * "tt-skew NAME: ...", and returns the program's exit status.
 */
#ifndef CMD_H
#define CMD_H

#include <getopt.h>
#include <stdint.h>

#include "cli/cli.h"

/* Exit statuses: tt-skew(1). */
enum cmd_exit {
	CMD_GO_ON = -1, /* none: of what takes options */
	CMD_OK,
	CMD_FOUND,	    /* it ran, and something is wrong with the fleet */
	CMD_UNREADABLE = 3, /* no input, or one that cannot be used */
	CMD_USAGE = EXIT_USAGE
};

struct cmd {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *usage; /* lines of "  --option ARG  what", 80 columns */
};

struct input;
struct map;

/* Read the input, solve it, and return what `use` makes of the map; without one
 * CMD_UNREADABLE, and it has been said why. */
int cmd_with_map(const struct input *in,
		 int (*use)(const void *options, const struct map *m),
		 const void *options);

/*
 * Options. These take one from optarg, and return CMD_GO_ON; or they say what
 * `program` wants instead ("--worst is a number, not ") and return CMD_USAGE.
 */
int cmd_complain(const char *program, const char *what, const char *value);
int cmd_take_number(const char *program, const char *wants, uint64_t min,
		    uint64_t max, uint64_t *ret);
int cmd_take_duration(const char *program, const char *option, int64_t min_ns,
		      int64_t max_ns, int64_t *ret);
/* Which of the names, of which the last is NULL. */
int cmd_take_form(const char *program, const char *wants,
		  const char *const *name, int *ret);

/* Each of `longs` to `take`, whose code is returned if it is not CMD_GO_ON. */
int cmd_parse(int argc, char **argv, const char *program,
	      const struct option *longs, int (*take)(int c, void *options),
	      void *options);

extern const struct cmd cmd_agent;
extern const struct cmd cmd_matrix;
extern const struct cmd cmd_precision;
extern const struct cmd cmd_report;
extern const struct cmd cmd_sim;
extern const struct cmd cmd_solve;

#endif
