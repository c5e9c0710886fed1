/* SPDX-License-Identifier: Apache-2.0 */
/* tt-status: the state of the clock on one page, and as an exit code. */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/status.h"
#include "tools/status_json.h"
#include "tools/status_text.h"

enum format { FORMAT_TEXT, FORMAT_JSON };

struct options {
	const char *segment;
	const char *socket;
	enum format format;
};

static const char usage[] =
	"usage: tt-status [--segment PATH] [--socket PATH] "
	"[--format text|json]\n"
	"\n"
	"Shows the interval that contains true time, and what it rests on.\n"
	"\n"
	"  --segment PATH  read this clock ($TT_CLOCK, or /run/timed/clock)\n"
	"  --socket PATH   ask this daemon (/run/timed/status.sock); \"\": "
	"none\n"
	"  --format FORM   text (the default) or json\n"
	"  --help, --version\n"
	"\n"
	"exit: 0 synchronised, 1 degraded (holdover, disputed),\n"
	"      2 unsynchronised, 3 no daemon or not readable, 64 usage\n";

#define EXIT_USAGE 64 /* sysexits.h EX_USAGE: no code of the clock's own */

static int parse_format(const char *text, enum format *ret)
{
	if (!strcmp(text, "text"))
		*ret = FORMAT_TEXT;
	else if (!strcmp(text, "json"))
		*ret = FORMAT_JSON;
	else
		return -EINVAL;
	return 0;
}

/* -1: go on; else exit with this. */
static int parse(int argc, char **argv, struct options *opt)
{
	static const struct option longs[] = {
		{"segment", required_argument, NULL, 's'},
		{"socket", required_argument, NULL, 'S'},
		{"format", required_argument, NULL, 'f'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{NULL, 0, NULL, 0}};
	int c;

	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		switch (c) {
		case 's':
			opt->segment = optarg;
			break;
		case 'S':
			opt->socket = optarg;
			break;
		case 'f':
			if (!parse_format(optarg, &opt->format))
				break;
			fprintf(stderr,
				"tt-status: no format '%s': text or json\n",
				optarg);
			return EXIT_USAGE;
		case 'h':
			fputs(usage, stdout);
			return EXIT_SUCCESS;
		case 'V':
			puts("tt-status " TT_VERSION);
			return EXIT_SUCCESS;
		default:
			fputs(usage, stderr);
			return EXIT_USAGE;
		}
	}
	if (optind == argc)
		return -1;
	fprintf(stderr, "tt-status: what is '%s'?\n%s", argv[optind], usage);
	return EXIT_USAGE;
}

static bool wants_colour(void)
{
	const char *no = getenv("NO_COLOR");
	const char *force = getenv("CLICOLOR_FORCE");
	const char *term = getenv("TERM");

	if (no && *no)
		return false;
	if (force && *force && strcmp(force, "0") != 0)
		return true;
	return isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0;
}

int main(int argc, char **argv)
{
	struct options opt = {NULL, NULL, FORMAT_TEXT};
	struct status status;
	int code = parse(argc, argv, &opt);

	if (code >= 0)
		return code;
	status_take(opt.segment, opt.socket, &status);
	code = (int)status_judge(&status);
	if (opt.format == FORMAT_TEXT)
		status_text_print(stdout, &status, wants_colour());
	else if (status_json_print(stdout, &status))
		code = STATUS_UNREADABLE;
	status_drop(&status);
	if (fflush(stdout)) {
		fprintf(stderr, "tt-status: %s\n", strerror(errno));
		return STATUS_UNREADABLE;
	}
	return code;
}
