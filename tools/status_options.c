/* SPDX-License-Identifier: Apache-2.0 */
/* tt-status's options, and which of them go together. */
#include "tools/status_options.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "tools/human.h"

#define PLUGIN	     "check_tt" /* called so, it is a monitoring plugin */
#define WORDS_SIZE   400
#define EXIT_UNKNOWN 3

static const char usage[] =
	"usage: tt-status [OPTION]...          what is known, once\n"
	"       tt-status --watch [OPTION]...  the same, as it changes\n"
	"       tt-status --wait [OPTION]...   until there is a bound\n"
	"\n"
	"Shows the interval that contains true time, and what it rests on.\n"
	"\n"
	"  --segment PATH  read this clock ($TT_CLOCK, or /run/timed/clock)\n"
	"  --socket PATH   ask this daemon (/run/timed/status.sock); \"\": "
	"none\n"
	"  --format FORM   text (the default), json, csv, openmetrics or "
	"nagios\n"
	"  --budget, --sources, --axioms\n"
	"                  only these parts (text, json; csv: one of them)\n"
	"  -w, --warning RANGE   exit code 1 with a half-width outside of "
	"it\n"
	"  -c, --critical RANGE  exit code 2: 10us (or less), 10us:20us, "
	"~:5us,\n"
	"                  10us: (or more); @10us:20us: within it\n"
	"  --watch         draw it on the terminal; elsewhere a line at a time\n"
	"  --interval D    between two of its lines or columns (1s)\n"
	"  --wait          until SYNCHRONIZED; 0: it is, 2: not in time\n"
	"  --max-uncertainty D   ... and the half-width is this at most\n"
	"  --timeout D     ... for this long at most (for ever)\n"
	"  --history[=minutes|hours|events]\n"
	"                  what the daemon remembers: the last hour, a day of "
	"minutes,\n"
	"                  a month of hours, the last events (text, json)\n"
	"  --report FILE   a page (HTML) of the last day and month\n"
	"  --help, --version\n"
	"\n"
	"exit: 0 synchronised, 1 degraded (holdover, disputed),\n"
	"      2 unsynchronised, 3 no daemon or not readable, 64 usage\n";

static const char *const format_name[] = {
	[FORMAT_TEXT] = "text",		[FORMAT_JSON] = "json",
	[FORMAT_CSV] = "csv",		[FORMAT_OPENMETRICS] = "openmetrics",
	[FORMAT_NAGIOS] = "nagios",
};

/* Of a plugin, all that is read is standard output. */
__attribute__((format(printf, 2, 3))) static int
complain(const struct status_options *o, const char *format, ...)
{
	char words[WORDS_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(words, sizeof(words), format, args);
	va_end(args);
	if (o->format == FORMAT_NAGIOS) {
		printf("TIMED UNKNOWN: usage: %s\n", words);
		return EXIT_UNKNOWN;
	}
	fprintf(stderr, "%s: %s\n", o->program, words);
	fprintf(stderr, "Try '%s --help'.\n", o->program);
	return EXIT_USAGE;
}

static int take_format(struct status_options *o)
{
	for (size_t i = 0; i < sizeof(format_name) / sizeof(*format_name);
	     i++) {
		if (!strcmp(optarg, format_name[i])) {
			o->format = (enum status_format)i;
			o->has_format = true;
			return -1;
		}
	}
	return complain(o,
			"no format '%s': text, json, csv, openmetrics or "
			"nagios",
			optarg);
}

static int take_range(const struct status_options *o, const char *option,
		      struct status_limit *ret)
{
	int err = duration_range_parse(optarg, &ret->range);

	ret->text = optarg;
	return err ? complain(o, "%s '%s' is no range: %s", option, optarg,
			      duration_error(err))
		   : -1;
}

static int take_duration(const struct status_options *o, const char *option,
			 int64_t min_ns, int64_t max_ns, int64_t *ret_ns)
{
	char limit[HUMAN_SIZE];
	int err = duration_parse(optarg, ret_ns);

	if (err)
		return complain(o, "%s '%s' is no duration: %s", option, optarg,
				duration_error(err));
	if (*ret_ns < min_ns)
		return complain(o, "%s '%s' is too short: at least %s", option,
				optarg, human_ns(min_ns, limit));
	if (*ret_ns > max_ns)
		return complain(o, "%s '%s' is too long: at most %s", option,
				optarg, human_ns(max_ns, limit));
	return -1;
}

static int take_mode(struct status_options *o, enum status_mode mode)
{
	if (o->mode != MODE_SHOW && o->mode != mode)
		return complain(o, "--wait or --watch or --history or --report: one of "
				   "them");
	o->mode = mode;
	return -1;
}

static int take(int c, struct status_options *o)
{
	switch (c) {
	case 's':
		o->segment = optarg;
		return *optarg ? -1
			       : complain(o, "--segment wants a clock's path");
	case 'S':
		o->socket = optarg;
		return -1;
	case 'f':
		return take_format(o);
	case 'b':
		o->parts |= PART_BUDGET;
		return -1;
	case 'o':
		o->parts |= PART_SOURCES;
		return -1;
	case 'a':
		o->parts |= PART_AXIOMS;
		return -1;
	case 'w':
		return take_range(o, "--warning", &o->limits.warning);
	case 'c':
		return take_range(o, "--critical", &o->limits.critical);
	case 'W':
		return take_mode(o, MODE_WATCH);
	case 'A':
		return take_mode(o, MODE_WAIT);
	case 'H':
		o->history = optarg;
		return take_mode(o, MODE_HISTORY);
	case 'R':
		o->report = optarg;
		return *optarg ? take_mode(o, MODE_REPORT)
			       : complain(o, "--report wants a file's name");
	case 'i': /* a day is a column few will wait for */
		return take_duration(o, "--interval", 100000000,
				     INT64_C(86400000000000), &o->interval_ns);
	case 'm': /* a width is twice it */
		return take_duration(o, "--max-uncertainty", 1, INT64_MAX / 2,
				     &o->half_ns_max);
	default:
		return take_duration(o, "--timeout", 0, INT64_MAX,
				     &o->timeout_ns);
	}
}

static bool has_several(unsigned parts)
{
	return parts & (parts - 1);
}

/* What goes with what. */
static int check(const struct status_options *o)
{
	bool is_set = o->limits.warning.text || o->limits.critical.text;

	if (o->mode != MODE_WAIT && o->half_ns_max != INT64_MAX)
		return complain(o, "--max-uncertainty goes with --wait; to "
				   "judge by it, --critical");
	if (o->mode != MODE_WAIT && o->timeout_ns >= 0)
		return complain(o, "--timeout goes with --wait");
	if (o->mode != MODE_WATCH && o->interval_ns >= 0)
		return complain(o, "--interval goes with --watch");
	if (o->mode == MODE_WAIT && (o->has_format || o->parts || is_set))
		return complain(o, "--wait shows nothing: it takes no format, "
				   "part or range");
	if (o->mode == MODE_WATCH && (o->has_format || o->parts))
		return complain(o, "--watch takes no format and no part");
	if (o->mode == MODE_REPORT && (o->has_format || o->parts || is_set))
		return complain(o, "--report takes no format, part or range");
	if (o->mode == MODE_HISTORY && (o->format > FORMAT_JSON || o->parts ||
					is_set))
		return complain(o, "--history is text or json, and takes no "
				   "part or range");
	if (o->parts && o->format > FORMAT_CSV)
		return complain(o, "--budget, --sources and --axioms go with "
				   "text, json and csv");
	if (o->format == FORMAT_CSV && has_several(o->parts))
		return complain(o, "csv is one table: one of --budget, "
				   "--sources and --axioms");
	return -1;
}

static void defaults(const char *argv0, struct status_options *ret)
{
	const char *slash = argv0 ? strrchr(argv0, '/') : NULL;

	*ret = (struct status_options){.half_ns_max = INT64_MAX,
				       .timeout_ns = -1,
				       .interval_ns = -1};
	ret->program = slash ? slash + 1 : argv0 ? argv0 : "tt-status";
	if (!strcmp(ret->program, PLUGIN))
		ret->format = FORMAT_NAGIOS;
}

int status_options(int argc, char **argv, struct status_options *ret)
{
	static const struct option longs[] = {
		{"segment", required_argument, NULL, 's'},
		{"socket", required_argument, NULL, 'S'},
		{"format", required_argument, NULL, 'f'},
		{"budget", no_argument, NULL, 'b'},
		{"sources", no_argument, NULL, 'o'},
		{"axioms", no_argument, NULL, 'a'},
		{"warning", required_argument, NULL, 'w'},
		{"critical", required_argument, NULL, 'c'},
		{"watch", no_argument, NULL, 'W'},
		{"interval", required_argument, NULL, 'i'},
		{"wait", no_argument, NULL, 'A'},
		{"max-uncertainty", required_argument, NULL, 'm'},
		{"timeout", required_argument, NULL, 't'},
		{"history", optional_argument, NULL, 'H'},
		{"report", required_argument, NULL, 'R'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{NULL, 0, NULL, 0}};
	char words[CLI_WORDS_SIZE];
	int c, code;

	opterr = 0;
	defaults(argv[0], ret);
	while ((c = getopt_long(argc, argv, ":hw:c:", longs, NULL)) != -1) {
		if (c == 'h') {
			fputs(usage, stdout);
			return EXIT_SUCCESS;
		}
		if (c == 'V') {
			printf("%s " TT_VERSION "\n", ret->program);
			return EXIT_SUCCESS;
		}
		if (c == ':' || c == '?') {
			cli_option_words(c, argv, longs, words);
			return complain(ret, "%s", words);
		}
		code = take(c, ret);
		if (code >= 0)
			return code;
	}
	if (optind < argc)
		return complain(ret, "what is '%s'?", argv[optind]);
	return check(ret);
}
