/* SPDX-License-Identifier: Apache-2.0 */
/* tt-skew report: the map as a page, and as JSON. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "chart/page_file.h"
#include "tools/skew/cmd.h"
#include "tools/skew/input.h"
#include "tools/skew/report.h"

#define WORST_DEFAULT 20

static const char program[] = "tt-skew report";

static const char usage[] =
	"tt-skew report INPUT --output FILE [--json FILE] [--worst N]\n"
	"                  the map as a page: a heat-map, the distribution, "
	"the "
	"worst\n"
	"                  nodes and links; INPUT as for solve\n"
	"  --output FILE   the page\n"
	"  --json FILE     all of it as JSON\n"
	"  --worst N       show so many of the worst nodes and links (20)\n";

struct options {
	struct input input;
	const char *html, *json;
	uint64_t worst;
};

static int take(int c, void *options)
{
	struct options *o = options;

	if (c == 'w')
		return cmd_take_number(program,
				       "--worst is a number up to 100000, not ",
				       0, 100000, &o->worst);
	if (c == 'o')
		o->html = optarg;
	else if (c == 'j')
		o->json = optarg;
	else
		input_take(&o->input, c);
	return CMD_GO_ON;
}

static int parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		INPUT_LONGS,
		{"output", required_argument, NULL, 'o'},
		{"json", required_argument, NULL, 'j'},
		{"worst", required_argument, NULL, 'w'},
		{NULL, 0, NULL, 0}};
	const int code = cmd_parse(argc, argv, program, longs, take, o);

	if (code != CMD_GO_ON)
		return code;
	if (!input_is_good(&o->input))
		return CMD_USAGE;
	if (o->html || o->json)
		return CMD_GO_ON;
	fprintf(stderr, "%s: where to? --output FILE, or --json FILE\n",
		program);
	return CMD_USAGE;
}

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

struct output {
	const struct options *o;
	const struct map *m;
};

static int write_html(void *arg, FILE *out)
{
	const struct output *w = arg;

	return skew_report_write(out, w->m, w->o->worst, now_ns());
}

static int write_json(void *arg, FILE *out)
{
	const struct output *w = arg;

	return map_print_json(out, w->m, w->o->worst);
}

static int write_all(const void *options, const struct map *m)
{
	const struct options *o = options;
	const char *const path[] = {o->html, o->json};
	page_file_write *const write[] = {write_html, write_json};
	struct output w = {o, m};

	for (int i = 0; i < 2; i++) {
		int err = path[i] ? page_file(path[i], write[i], &w) : 0;

		if (err) {
			fprintf(stderr, "%s: %s: %s\n", program, path[i],
				strerror(-err));
			return CMD_UNREADABLE;
		}
	}
	return m->solve->parts > 1 || m->odd_links ? CMD_FOUND : CMD_OK;
}

static int run(int argc, char **argv)
{
	struct options o = {.input.program = program, .worst = WORST_DEFAULT};
	const int code = parse(argc, argv, &o);

	return code != CMD_GO_ON ? code : cmd_with_map(&o.input, write_all, &o);
}

const struct cmd cmd_report = {"report", run, usage};
