/* SPDX-License-Identifier: Apache-2.0 */
/* tt-skew report: the map as a page, and as JSON. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/page_file.h"
#include "tools/skew/cmd.h"
#include "tools/skew/input.h"
#include "tools/skew/report.h"

#define WORST_DEFAULT 20

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
	size_t worst;
};

static int complain(const char *what, const char *value)
{
	fprintf(stderr, "tt-skew report: %s'%.80s'\nTry 'tt-skew --help'.\n",
		what, value);
	return CMD_USAGE;
}

static int take_count(size_t *ret)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(optarg, &end, 10);
	if (errno || end == optarg || *end || *optarg < '0' || *optarg > '9' ||
	    n > 100000)
		return complain("--worst is a number up to 100000, not ",
				optarg);
	*ret = n;
	return -1;
}

static int parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		INPUT_LONGS,
		{"output", required_argument, NULL, 'o'},
		{"json", required_argument, NULL, 'j'},
		{"worst", required_argument, NULL, 'w'},
		{NULL, 0, NULL, 0}};
	int c, code = -1;

	while (code < 0 &&
	       (c = getopt_long(argc, argv, ":", longs, NULL)) != -1) {
		if (c == 'o')
			o->html = optarg;
		else if (c == 'j')
			o->json = optarg;
		else if (c == 'w')
			code = take_count(&o->worst);
		else if (c == ':')
			code = complain("no value for ", argv[optind - 1]);
		else if (!input_take(&o->input, c))
			code = complain("no option ", argv[optind - 1]);
	}
	if (code < 0 && optind < argc)
		code = complain("what is ", argv[optind]);
	if (code < 0 && !input_is_good(&o->input))
		code = CMD_USAGE;
	if (code < 0 && !o->html && !o->json) {
		fputs("tt-skew report: where to? --output FILE, or --json "
		      "FILE\n",
		      stderr);
		code = CMD_USAGE;
	}
	return code;
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
			fprintf(stderr, "tt-skew report: %s: %s\n", path[i],
				strerror(-err));
			return CMD_UNREADABLE;
		}
	}
	return m->solve->parts > 1 || m->odd_links ? CMD_FOUND : CMD_OK;
}

static int run(int argc, char **argv)
{
	struct options o = {.input.program = "tt-skew report",
			    .worst = WORST_DEFAULT};
	const int code = parse(argc, argv, &o);

	return code >= 0 ? code : cmd_with_map(&o.input, write_all, &o);
}

const struct cmd cmd_report = {"report", run, usage};
