/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tt-skew's commands. Each lives in cmd_NAME.c, takes its own options from
 * argv[1] on (argv[0] is its name), says what is wrong on standard error as
 * "tt-skew NAME: ...", and returns the program's exit status.
 */
#ifndef CMD_H
#define CMD_H

/* Exit statuses: tt-skew(1). */
enum cmd_exit {
	CMD_OK,
	CMD_FOUND,	    /* it ran, and something is wrong with the fleet */
	CMD_UNREADABLE = 3, /* no input, or one that cannot be used */
	CMD_USAGE = 64	    /* sysexits.h EX_USAGE */
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

extern const struct cmd cmd_agent;
extern const struct cmd cmd_matrix;
extern const struct cmd cmd_precision;
extern const struct cmd cmd_report;
extern const struct cmd cmd_sim;
extern const struct cmd cmd_solve;

#endif
