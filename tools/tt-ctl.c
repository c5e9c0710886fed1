/* SPDX-License-Identifier: Apache-2.0 */
/* tt-ctl: the orders that timed takes while it runs. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "tools/ctl.h"
#include "tools/query.h"

#define DEFAULT_SOCKET "/run/timed/control.sock"
#define PATIENCE_NS    INT64_C(10000000000)

struct options {
	const char *socket, *for_text;
	bool is_json;
};

static const char usage[] =
	"usage: tt-ctl [--socket PATH] [--format text|json] COMMAND\n"
	"\n"
	"  step                    step CLOCK_REALTIME to the best estimate\n"
	"  reload                  read the configuration again, say what came "
	"of it\n"
	"  holdover start [--for DURATION]\n"
	"                          rehearse holdover (1h; at most 1d)\n"
	"  holdover stop           end it, and say what it has shown\n"
	"  source disable NAME     use no sample of this source\n"
	"  source enable NAME      use them again\n"
	"  log-level LEVEL         error, warning, notice, info or debug\n"
	"  withdraw [--for DURATION]\n"
	"                          publish no bound, before a sleep (60s; at "
	"most 1h)\n"
	"  restore                 hear the sources again\n"
	"\n"
	"  --socket PATH   ask this daemon (" DEFAULT_SOCKET ")\n"
	"  --format FORM   text (the default), or its answer in json\n"
	"  --help, --version\n"
	"\n"
	"exit: 0 done, 1 refused, 2 reloaded in part, 3 no daemon, 64 usage\n";

static int misuse(const char *words)
{
	fprintf(stderr, "tt-ctl: %s\nTry 'tt-ctl --help'.\n", words);
	return EXIT_USAGE;
}

/* -1: go on; else exit with this. */
static int parse(int argc, char **argv, struct options *opt)
{
	static const struct option longs[] = {
		{"socket", required_argument, NULL, 'S'},
		{"format", required_argument, NULL, 'f'},
		{"for", required_argument, NULL, 'F'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{NULL, 0, NULL, 0}};
	char words[CLI_WORDS_SIZE];
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", longs, NULL)) != -1) {
		switch (c) {
		case 'S':
			opt->socket = optarg;
			break;
		case 'F':
			opt->for_text = optarg;
			break;
		case 'f':
			opt->is_json = !strcmp(optarg, "json");
			if (opt->is_json || !strcmp(optarg, "text"))
				break;
			snprintf(words, sizeof(words),
				 "no format '%.80s': text or json", optarg);
			return misuse(words);
		case 'h':
			fputs(usage, stdout);
			return EXIT_SUCCESS;
		case 'V':
			puts("tt-ctl " TT_VERSION);
			return EXIT_SUCCESS;
		default:
			cli_option_words(c, argv, longs, words);
			return misuse(words);
		}
	}
	return -1;
}

static const char *remedy(int err)
{
	switch (err) {
	case -EACCES:
	case -EPERM:
		return ": only root and the group _timed may (sudo tt-ctl ...)";
	case -ENOENT:
	case -ECONNREFUSED:
		return ": does timed run, and is its control_socket there?";
	default:
		return "";
	}
}

static int give(const struct options *opt, const char *line)
{
	struct json_object *answer = NULL;
	char why[QUERY_WHY_SIZE];
	int code, err;

	err = query(opt->socket, line, PATIENCE_NS, &answer, why);
	if (err) {
		fprintf(stderr, "tt-ctl: %s: %s%s\n", opt->socket, why,
			remedy(err));
		return CTL_UNREADABLE;
	}
	code = (int)ctl_judge(answer);
	if (opt->is_json)
		puts(json_object_to_json_string_ext(
			answer, JSON_C_TO_STRING_PRETTY |
					JSON_C_TO_STRING_NOSLASHESCAPE));
	else if (code == CTL_UNREADABLE)
		fprintf(stderr, "tt-ctl: %s: its answer is none to an order\n",
			opt->socket);
	else
		ctl_print(answer, stdout, stderr);
	json_object_put(answer);
	return cli_end("tt-ctl", code, CTL_UNREADABLE);
}

int main(int argc, char **argv)
{
	struct options opt = {.socket = DEFAULT_SOCKET};
	char line[CTL_LINE_SIZE], why[CTL_WHY_SIZE];
	int code;

	cli_begin();
	code = parse(argc, argv, &opt);
	if (code >= 0)
		return cli_end("tt-ctl", code, CTL_UNREADABLE);
	if (ctl_line(argc - optind, argv + optind, opt.for_text, line, why))
		return misuse(why);
	return give(&opt, line);
}
