/* SPDX-License-Identifier: Apache-2.0 */
/* tt-skew solve: each node's offset from the fleet's median. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/colour.h"
#include "tools/skew/cmd.h"
#include "tools/skew/input.h"
#include "tools/skew/map.h"

#define WORST_DEFAULT 20

static const char usage[] =
	"tt-skew solve INPUT [--format text|json|csv] [--worst N]\n"
	"                  each node's offset from the fleet's median, by "
	"weighted\n"
	"                  least squares; links that do not fit; parts cut "
	"off.\n"
	"                  INPUT is one of:\n" INPUT_USAGE
	"  --format FORM   text (the default), json, csv\n"
	"  --worst N       show so many of the worst nodes and links (20)\n";

enum form { FORM_TEXT, FORM_JSON, FORM_CSV };

struct options {
	struct input input;
	enum form form;
	size_t worst;
};

static int complain(const char *what, const char *value)
{
	fprintf(stderr, "tt-skew solve: %s'%.80s'\nTry 'tt-skew --help'.\n",
		what, value);
	return CMD_USAGE;
}

static int take_form(const char *text, enum form *ret)
{
	static const char *const name[] = {"text", "json", "csv"};

	for (unsigned i = 0; i < 3; i++) {
		if (!strcmp(text, name[i])) {
			*ret = (enum form)i;
			return -1;
		}
	}
	return complain("--format is text, json or csv, not ", text);
}

static int take_count(const char *text, size_t *ret)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text < '0' || *text > '9' ||
	    n > 100000000)
		return complain("--worst is a number, not ", text);
	*ret = n;
	return -1;
}

/* -1: go on; else exit with this. */
static int parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		INPUT_LONGS,
		{"format", required_argument, NULL, 'f'},
		{"worst", required_argument, NULL, 'w'},
		{NULL, 0, NULL, 0}};
	int c, code = -1;

	while (code < 0 &&
	       (c = getopt_long(argc, argv, ":", longs, NULL)) != -1) {
		if (c == 'f')
			code = take_form(optarg, &o->form);
		else if (c == 'w')
			code = take_count(optarg, &o->worst);
		else if (c == ':')
			code = complain("no value for ", argv[optind - 1]);
		else if (!input_take(&o->input, c))
			code = complain("no option ", argv[optind - 1]);
	}
	if (code < 0 && optind < argc)
		code = complain("what is ", argv[optind]);
	if (code < 0 && !input_is_good(&o->input))
		code = CMD_USAGE;
	return code;
}

static int show(const void *options, const struct map *m)
{
	const struct options *o = options;
	int err = 0;

	if (o->form == FORM_JSON)
		err = map_print_json(stdout, m, o->worst);
	else if (o->form == FORM_CSV)
		map_print_csv(stdout, m);
	else
		map_print_text(stdout, m, o->worst, colour_is_wanted());
	if (!err && (fflush(stdout) || ferror(stdout)))
		err = -errno;
	if (!err)
		return m->solve->parts > 1 || m->odd_links ? CMD_FOUND : CMD_OK;
	fprintf(stderr, "tt-skew solve: cannot write to standard output: %s\n",
		strerror(-err));
	return CMD_UNREADABLE;
}

static int run(int argc, char **argv)
{
	struct options o = {.input.program = "tt-skew solve",
			    .worst = WORST_DEFAULT};
	const int code = parse(argc, argv, &o);

	return code >= 0 ? code : cmd_with_map(&o.input, show, &o);
}

const struct cmd cmd_solve = {"solve", run, usage};
