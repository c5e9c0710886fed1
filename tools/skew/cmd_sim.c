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

static const char program[] = "tt-skew sim";

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
static const char *const forms[] = {"text", "json", "csv", NULL};

struct options {
	struct sim_options sim;
	int form;
};

static int take_share(const char *wants, double *ret)
{
	char *end;
	double n = strtod(optarg, &end);

	if (end == optarg || *end || !(n >= 0 && n <= 0.5))
		return cmd_complain(program, wants, optarg);
	*ret = n;
	return CMD_GO_ON;
}

static int take_number(int c, struct sim_options *o)
{
	uint64_t n = 0;
	int code;

	switch (c) {
	case 'n':
		code = cmd_take_number(
			program, "--nodes is a number from 3 to 4000000, not ",
			3, SIM_NODES_MAX, &n);
		o->nodes = (uint32_t)n;
		return code;
	case 'k':
		code = cmd_take_number(program,
				       "--peers is a number from 2 to 32, not ",
				       2, 32, &n);
		o->k = (unsigned)n;
		return code;
	case 'r':
		code = cmd_take_number(
			program, "--rack is a number of nodes, or 0, not ", 0,
			SIM_NODES_MAX, &n);
		o->rack_nodes = (uint32_t)n;
		return code;
	case 'R':
		code = cmd_take_number(program,
				       "--rounds is a number up to 1000, not ",
				       0, 1000, &n);
		o->rounds = (int)n;
		return code;
	default:
		return cmd_take_number(program, "--seed is a number, not ", 0,
				       UINT64_MAX, &o->seed);
	}
}

static int take(int c, void *options)
{
	struct options *o = options;

	switch (c) {
	case 'd':
		return take_share("--dead is a share from 0 to 0.5, not ",
				  &o->sim.dead);
	case 'b':
		return take_share("--broken is a share from 0 to 0.5, not ",
				  &o->sim.liars);
	case 'a':
		return take_share("--asymmetric is a share from 0 to 0.5, not ",
				  &o->sim.asymmetric);
	case 'p':
		return take_share("--bad-paths is a share from 0 to 0.5, not ",
				  &o->sim.bad_paths);
	case 'i':
		return cmd_take_duration(program, "--interval", 1000000000,
					 INT64_C(86400000000000),
					 &o->sim.interval_ns);
	case 'w':
		return cmd_take_duration(program, "--half-width", 1000,
					 1000000000, &o->sim.half_width_ns);
	case 'f':
		return cmd_take_form(program,
				     "--format is text, json or csv, not ",
				     forms, &o->form);
	default:
		return take_number(c, &o->sim);
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

	return cmd_parse(argc, argv, program, longs, take, o);
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

	if (code != CMD_GO_ON)
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
