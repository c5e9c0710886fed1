/* SPDX-License-Identifier: Apache-2.0 */
/* tt-skew solve: each node's offset from the fleet's median. */
#include <errno.h>
#include <string.h>

#include "tools/colour.h"
#include "tools/skew/cmd.h"
#include "tools/skew/input.h"
#include "tools/skew/map.h"

#define WORST_DEFAULT 20

static const char program[] = "tt-skew solve";

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
static const char *const forms[] = {"text", "json", "csv", NULL};

struct options {
	struct input input;
	int form;
	uint64_t worst;
};

static int take(int c, void *options)
{
	struct options *o = options;

	if (c == 'f')
		return cmd_take_form(program,
				     "--format is text, json or csv, not ",
				     forms, &o->form);
	if (c == 'w')
		return cmd_take_number(program, "--worst is a number, not ", 0,
				       100000000, &o->worst);
	input_take(&o->input, c);
	return CMD_GO_ON;
}

static int parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		INPUT_LONGS,
		{"format", required_argument, NULL, 'f'},
		{"worst", required_argument, NULL, 'w'},
		{NULL, 0, NULL, 0}};
	const int code = cmd_parse(argc, argv, program, longs, take, o);

	if (code != CMD_GO_ON)
		return code;
	return input_is_good(&o->input) ? CMD_GO_ON : CMD_USAGE;
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
	fprintf(stderr, "%s: cannot write to standard output: %s\n", program,
		strerror(-err));
	return CMD_UNREADABLE;
}

static int run(int argc, char **argv)
{
	struct options o = {.input.program = program, .worst = WORST_DEFAULT};
	const int code = parse(argc, argv, &o);

	return code != CMD_GO_ON ? code : cmd_with_map(&o.input, show, &o);
}

const struct cmd cmd_solve = {"solve", run, usage};
