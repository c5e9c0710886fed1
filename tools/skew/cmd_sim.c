/* SPDX-License-Identifier: Apache-2.0 */
/* tt-skew sim: a fleet on paper, before there is one. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/duration.h"
#include "tools/skew/cmd.h"
#include "tools/skew/sim.h"

#define QUIET_S 5.0 /* between two lines where there is no terminal */
#define TURN_S	0.2

static const char usage[] =
	"tt-skew sim [--nodes N] [OPTION]...\n"
	"                  a fleet of this size on paper: what it costs, how "
	"good the\n"
	"                  map is, how soon a broken bound is found\n"
	"  --nodes N       so many (1000)\n"
	"  --peers K       each probes so many (8)\n"
	"  --rack N        nodes in a rack (40); 0: none, all links alike\n"
	"  --dead SHARE    nodes that do not answer (0.01)\n"
	"  --broken SHARE  nodes whose bound breaks (0.01)\n"
	"  --asymmetric SHARE  links with a longer way back (0.02)\n"
	"  --bad-paths SHARE   links whose stamps are beyond their error (0)\n"
	"  --rounds N      rounds of probes that are checked (5)\n"
	"  --interval D    between two probes of a peer (16s)\n"
	"  --half-width D  of the nodes' bounds, about (100us)\n"
	"  --seed N        another seed, another fleet (1)\n"
	"  --format FORM   text (the default), json; csv: its edges\n";

enum form { FORM_TEXT, FORM_JSON, FORM_CSV };

struct options {
	struct sim_options sim;
	enum form form;
};

static int complain(const char *option, const char *wants, const char *value)
{
	fprintf(stderr,
		"tt-skew sim: %s is %s, not '%.60s'\nTry 'tt-skew --help'.\n",
		option, wants, value);
	return CMD_USAGE;
}

static int take_count(const char *option, const char *wants, uint64_t min,
		      uint64_t max, uint64_t *ret)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(optarg, &end, 10);
	if (errno || end == optarg || *end || *optarg < '0' || *optarg > '9' ||
	    n < min || n > max)
		return complain(option, wants, optarg);
	*ret = n;
	return -1;
}

static int take_share(const char *option, double *ret)
{
	char *end;
	double n = strtod(optarg, &end);

	if (end == optarg || *end || !(n >= 0 && n <= 0.5))
		return complain(option, "a share from 0 to 0.5", optarg);
	*ret = n;
	return -1;
}

static int take_duration(const char *option, int64_t min_ns, int64_t max_ns,
			 int64_t *ret)
{
	int64_t ns;
	int err = duration_parse(optarg, &ns);

	if (err)
		return complain(option, duration_error(err), optarg);
	if (ns < min_ns || ns > max_ns)
		return complain(option, "shorter or longer", optarg);
	*ret = ns;
	return -1;
}

static int take_form(enum form *ret)
{
	static const char *const name[] = {"text", "json", "csv"};

	for (unsigned i = 0; i < 3; i++) {
		if (!strcmp(optarg, name[i])) {
			*ret = (enum form)i;
			return -1;
		}
	}
	return complain("--format", "text, json or csv", optarg);
}

static int take(int c, char *const *argv, struct options *o)
{
	uint64_t n = 0;
	int code = -1;

	switch (c) {
	case 'n':
		code = take_count("--nodes", "a number from 3 to 4000000", 3,
				  SIM_NODES_MAX, &n);
		o->sim.nodes = (uint32_t)n;
		return code;
	case 'k':
		code = take_count("--peers", "a number from 2 to 32", 2, 32,
				  &n);
		o->sim.k = (unsigned)n;
		return code;
	case 'r':
		code = take_count("--rack", "a number of nodes, or 0", 0,
				  SIM_NODES_MAX, &n);
		o->sim.rack_nodes = (uint32_t)n;
		return code;
	case 'R':
		code = take_count("--rounds", "a number up to 1000", 0, 1000,
				  &n);
		o->sim.rounds = (int)n;
		return code;
	case 's':
		return take_count("--seed", "a number", 0, UINT64_MAX,
				  &o->sim.seed);
	case 'd':
		return take_share("--dead", &o->sim.dead);
	case 'b':
		return take_share("--broken", &o->sim.liars);
	case 'a':
		return take_share("--asymmetric", &o->sim.asymmetric);
	case 'p':
		return take_share("--bad-paths", &o->sim.bad_paths);
	case 'i':
		return take_duration("--interval", 1000000000,
				     INT64_C(86400000000000),
				     &o->sim.interval_ns);
	case 'w':
		return take_duration("--half-width", 1000, 1000000000,
				     &o->sim.half_width_ns);
	case 'f':
		return take_form(&o->form);
	case ':':
		return complain(argv[optind - 1], "given a value", "");
	default:
		return complain("an option", "one of those of --help",
				argv[optind - 1]);
	}
}

static int parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{"nodes", required_argument, NULL, 'n'},
		{"peers", required_argument, NULL, 'k'},
		{"rack", required_argument, NULL, 'r'},
		{"dead", required_argument, NULL, 'd'},
		{"broken", required_argument, NULL, 'b'},
		{"asymmetric", required_argument, NULL, 'a'},
		{"bad-paths", required_argument, NULL, 'p'},
		{"rounds", required_argument, NULL, 'R'},
		{"interval", required_argument, NULL, 'i'},
		{"half-width", required_argument, NULL, 'w'},
		{"seed", required_argument, NULL, 's'},
		{"format", required_argument, NULL, 'f'},
		{NULL, 0, NULL, 0}};
	int c, code = -1;

	while (code < 0 &&
	       (c = getopt_long(argc, argv, ":", longs, NULL)) != -1)
		code = take(c, argv, o);
	if (code < 0 && optind < argc)
		code = complain("an option", "one of those of --help",
				argv[optind]);
	return code;
}

/* ---- how far it is ---- */

struct told {
	double at_s;
	bool is_terminal;
	bool has_told;
};

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void tell(const char *what, double part, void *arg)
{
	struct told *told = arg;
	const double s = now_s();

	if (s - told->at_s < (told->is_terminal ? TURN_S : QUIET_S))
		return;
	told->at_s = s;
	told->has_told = true;
	fprintf(stderr, "%stt-skew sim: %s, %.0f %%%s",
		told->is_terminal ? "\r" : "", what, 100 * part,
		told->is_terminal ? "  " : "\n");
}

/* ---- the whole ---- */

static int simulate(const struct options *o, bool *ret_is_bad)
{
	struct told told = {.at_s = now_s(),
			    .is_terminal = isatty(STDERR_FILENO)};
	struct sim_result r;
	int err = sim_run(&o->sim, tell, &told, &r);

	if (told.has_told && told.is_terminal)
		fputs("\r\033[K", stderr);
	if (err)
		return err;
	if (o->form == FORM_JSON)
		err = sim_print_json(stdout, &o->sim, &r);
	else
		sim_print_text(stdout, &o->sim, &r);
	*ret_is_bad = r.accused > 0;
	return err;
}

static int run(int argc, char **argv)
{
	struct options o = {.sim = {.nodes = 1000,
				    .k = 8,
				    .seed = 1,
				    .rack_nodes = 40,
				    .dead = 0.01,
				    .liars = 0.01,
				    .asymmetric = 0.02,
				    .rounds = 5,
				    .interval_ns = INT64_C(16000000000),
				    .half_width_ns = 100000}};
	int code = parse(argc, argv, &o), err;
	bool is_bad = false;

	if (code >= 0)
		return code;
	err = o.form == FORM_CSV ? sim_write_edges(&o.sim, stdout)
				 : simulate(&o, &is_bad);
	if (!err && (fflush(stdout) || ferror(stdout)))
		err = -errno;
	if (!err)
		return is_bad ? CMD_FOUND : CMD_OK;
	fprintf(stderr, "tt-skew sim: %s\n", strerror(-err));
	return CMD_UNREADABLE;
}

const struct cmd cmd_sim = {"sim", run, usage};
