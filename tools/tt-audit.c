/* SPDX-License-Identifier: Apache-2.0 */
/* tt-audit: does timed's history log hold, and what was the bound then? */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "tools/instant.h"
#include "tools/trail.h"
#include "tools/trail_print.h"
#include "tools/trail_read.h"

static const char usage[] =
	"usage: tt-audit [OPTION]... FILE...\n"
	"\n"
	"Replays timed's history log: are its lines whole, in order and as they\n"
	"were written, does each interval meet the one before, and what do they\n"
	"come to? FILE... in any order, the rotated ones among them:\n"
	"\n"
	"  tt-audit /var/log/timed/history.log*\n"
	"\n"
	"  --at TIME       what was the bound then (UTC): "
	"2026-11-23T06:12:05Z,\n"
	"                  with a fraction if you like, or "
	"@1795414325.5\n"
	"  --format FORM   text (the default) or json\n"
	"  --quiet         text: no events, only what is wrong and the "
	"summary\n"
	"  --help, --version\n"
	"\n"
	"exit: 0 consistent, 1 inconsistent, 2 something cannot be read, "
	"64 usage\n";

struct options {
	bool is_json, is_quiet, wants_at;
	int64_t at_unix_ns;
};

static int misuse(const char *words, const char *what)
{
	fprintf(stderr, "tt-audit: %s%s\nTry 'tt-audit --help'.\n", words,
		what);
	return EXIT_USAGE;
}

static int take_at(struct options *o)
{
	o->wants_at = true;
	if (instant_parse(optarg, &o->at_unix_ns) == 0)
		return -1;
	fprintf(stderr, "tt-audit: --at '%s' is no instant: write it as "
		INSTANT_FORMS "\n", optarg);
	return EXIT_USAGE;
}

static int take(int c, struct options *o)
{
	switch (c) {
	case 'a':
		return take_at(o);
	case 'f':
		o->is_json = !strcmp(optarg, "json");
		if (o->is_json || !strcmp(optarg, "text"))
			return -1;
		return misuse("--format is text or json, not ", optarg);
	case 'q':
		o->is_quiet = true;
		return -1;
	case 'h':
		fputs(usage, stdout);
		return EXIT_SUCCESS;
	default:
		puts("tt-audit " TT_VERSION);
		return EXIT_SUCCESS;
	}
}

/* -1: go on; else exit with this. */
static int parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{"at", required_argument, NULL, 'a'},
		{"format", required_argument, NULL, 'f'},
		{"quiet", no_argument, NULL, 'q'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{NULL, 0, NULL, 0}};
	char words[CLI_WORDS_SIZE];
	int c, code;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", longs, NULL)) != -1) {
		if (c == ':' || c == '?') {
			cli_option_words(c, argv, longs, words);
			return misuse(words, "");
		}
		code = take(c, o);
		if (code >= 0)
			return code;
	}
	if (optind == argc)
		return misuse("no FILE: as /var/log/timed/history.log*", "");
	return -1;
}

int main(int argc, char **argv)
{
	static struct trail trail;
	struct options opt = {.is_json = false};
	struct trail_print print = {.out = stdout};
	int code;

	cli_begin();
	code = parse(argc, argv, &opt);
	if (code >= 0)
		return cli_end("tt-audit", code, TRAIL_UNREADABLE);
	print.is_json = opt.is_json;
	print.is_quiet = opt.is_quiet;
	trail_init(&trail, trail_print_note, &print);
	if (opt.wants_at)
		trail_ask(&trail, opt.at_unix_ns);
	trail_print_begin(&print);
	if (trail_read(&trail, argv + optind, argc - optind)) {
		fputs("tt-audit: out of memory\n", stderr);
		return TRAIL_UNREADABLE;
	}
	trail_print_end(&print, &trail);
	return cli_end("tt-audit", (int)trail_judge(&trail), TRAIL_UNREADABLE);
}
