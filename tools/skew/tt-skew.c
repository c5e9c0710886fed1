/* SPDX-License-Identifier: Apache-2.0 */
/* tt-skew: how far apart the clocks of a fleet are, and whether their bounds
 * hold. This file finds the command; each has its own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "tools/skew/cmd.h"

static const struct cmd *const command[] = {
	&cmd_agent,
	&cmd_matrix,
	&cmd_solve,
	&cmd_report,
	&cmd_precision,
	&cmd_sim,
};

#define COMMANDS (sizeof(command) / sizeof(*command))

static const char head[] =
	"usage: tt-skew COMMAND [OPTION]...\n"
	"\n"
	"How far apart the clocks of a fleet are, and whether their bounds "
	"hold.\n";

static const char tail[] =
	"\n"
	"  --help, --version\n"
	"\n"
	"exit: 0 done, 1 done, and something is wrong with the fleet,\n"
	"      3 no input or none that can be used, 64 usage\n";

static int help(FILE *out)
{
	fputs(head, out);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "\n%s", command[i]->usage);
	fputs(tail, out);
	return out == stdout ? CMD_OK : CMD_USAGE;
}

static int find_and_run(const char *name, int argc, char **argv)
{
	for (size_t i = 0; i < COMMANDS; i++) {
		if (strcmp(name, command[i]->name) != 0)
			continue;
		if (argc > 2 && (!strcmp(argv[2], "--help") ||
				 !strcmp(argv[2], "-h"))) {
			fputs(command[i]->usage, stdout);
			return cli_end("tt-skew", CMD_OK, CMD_UNREADABLE);
		}
		return command[i]->run(argc - 1, argv + 1);
	}
	if (!*name) {
		fputs("tt-skew: which command?\n", stderr);
		return help(stderr);
	}
	fprintf(stderr, "tt-skew: no %s '%.60s'\nTry 'tt-skew --help'.\n",
		*name == '-' ? "option" : "command", name);
	return CMD_USAGE;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	cli_begin();
	if (!strcmp(name, "--help") || !strcmp(name, "-h"))
		return cli_end("tt-skew", help(stdout), CMD_UNREADABLE);
	if (!strcmp(name, "--version")) {
		puts("tt-skew " TT_VERSION);
		return cli_end("tt-skew", CMD_OK, CMD_UNREADABLE);
	}
	return find_and_run(name, argc, argv);
}
