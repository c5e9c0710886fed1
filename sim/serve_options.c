/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of `tt-sim serve`. See serve_options.h. */
#include "sim/serve_options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "sim/serve_truth.h"
#include "sim/tt_sim.h"
#include "timed/units.h"
#include "tt/tt.h"

#define US_NS INT64_C(1000)
#define MS_NS INT64_C(1000000)
#define S_NS  INT64_C(1000000000)

#define DEFAULT_PATH	"/run/timed/clock"
#define DEFAULT		1 /* the scenario where none is named: cloud */
#define HALF_NS_MAX	(3600 * S_NS)
#define DRIFT_PPB_MAX	100000000.0 /* the segment holds 12.5 % */
#define VOID_NS_MAX	(86400 * S_NS)
#define DURATION_NS_MAX (366 * VOID_NS_MAX)

/* Offset and drift are drawn by the seed, up to these. */
static const struct scenario_of_serve {
	const char *name;
	int64_t half_ns;
	double drift_ppb, wander_ppb_s;
	uint32_t flags;
	const char *fault; /* as of --fault */
	bool is_storm;
} scenarios[] = {
	{"lan", 200 * US_NS, 5000, 20, TT_FLAG_NTP, NULL, false},
	{"cloud", MS_NS, 20000, 50, TT_FLAG_NTP, NULL, false},
	{"wan", 20 * MS_NS, 20000, 50, TT_FLAG_NTP, NULL, false},
	{"ptp", 2 * US_NS, 200, 2, TT_FLAG_PTP, NULL, false},
	{"bad", 250 * MS_NS, 200000, 1000, TT_FLAG_NTP, NULL, false},
	{"holdover", MS_NS, 20000, 50, TT_FLAG_NTP,
	 "at=5s,kind=holdover,for=60s", false},
	{"liar", MS_NS, 20000, 50, TT_FLAG_NTP, "at=5s,kind=liar:+5ms,for=5s",
	 false},
	{"storm", MS_NS, 20000, 50, TT_FLAG_NTP, NULL, true},
};

#define SCENARIOS (sizeof(scenarios) / sizeof(scenarios[0]))

static const struct {
	const char *name;
	uint32_t flags;
} sources[] = {{"ntp", TT_FLAG_NTP},
	       {"ptp", TT_FLAG_PTP},
	       {"phc", TT_FLAG_PHC},
	       {"gnss", TT_FLAG_GNSS}};

/* What was given; what was not comes from the scenario and the seed. */
struct given {
	const struct scenario_of_serve *scenario;
	bool has_half, has_offset, has_drift, has_wander, has_seed, has_truth;
	struct serve_options *o;
};

static int find_scenario(const char *name, struct given *g)
{
	for (size_t i = 0; i < SCENARIOS; i++) {
		if (strcmp(scenarios[i].name, name) != 0)
			continue;
		g->scenario = &scenarios[i];
		return SIM_OK;
	}
	return usage_error("serve: no scenario \"%s\"; there are lan, cloud, "
			   "wan, ptp, bad, holdover, liar, storm",
			   name);
}

static int find_source(const char *name, uint32_t *ret)
{
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		if (strcmp(sources[i].name, name) != 0)
			continue;
		*ret = sources[i].flags;
		return SIM_OK;
	}
	return usage_error("--source: \"%s\" is none of ntp, ptp, phc, gnss",
			   name);
}

static int parse_duration(const char *option, const char *text, int64_t most,
			  int64_t *ret)
{
	int64_t ns;

	if (units_parse_duration(text, &ns) || ns <= 0 || ns > most) {
		char limit[UNITS_TEXT_SIZE];

		units_format_duration(most, limit);
		return usage_error("%s: \"%s\" is not a duration above 0 and "
				   "up to %s, such as 1ms",
				   option, text, limit);
	}
	*ret = ns;
	return SIM_OK;
}

static int parse_offset(const char *text, int64_t *ret)
{
	if (serve_parse_signed(text, ret) || *ret > HALF_NS_MAX ||
	    *ret < -HALF_NS_MAX)
		return usage_error("--offset: \"%s\" is not a duration up to "
				   "1h such as 300us or -2ms",
				   text);
	return SIM_OK;
}

static int parse_rate(const char *option, const char *text, bool is_signed,
		      enum units_kind kind, double *ret)
{
	const bool is_minus = is_signed && *text == '-';
	const char *digits =
		is_signed && (*text == '-' || *text == '+') ? text + 1 : text;
	double rate;

	if (units_parse_rate(kind, digits, &rate) || rate > DRIFT_PPB_MAX)
		return usage_error("%s: \"%s\" is not a rate up to 10 %%, in "
				   "%s",
				   option, text, units_names(kind));
	*ret = is_minus ? -rate : rate;
	return SIM_OK;
}

static int add_fault(const char *text, struct serve_options *o)
{
	char error[SERVE_ERROR_SIZE];

	if (o->fault_count == SERVE_FAULTS_MAX)
		return usage_error("--fault: more than %d", SERVE_FAULTS_MAX);
	if (serve_parse_fault(text, &o->fault[o->fault_count], error))
		return usage_error("--fault \"%s\": %s", text, error);
	o->fault_count++;
	return SIM_OK;
}

static int take_option(int c, struct given *g)
{
	struct serve_options *o = g->o;

	switch (c) {
	case 'n':
		return find_scenario(optarg, g);
	case 'w':
		g->has_half = true;
		return parse_duration("--half-width", optarg, HALF_NS_MAX,
				      &o->law.half_ns);
	case 'o':
		g->has_offset = true;
		return parse_offset(optarg, &o->law.ahead_ns);
	case 'd':
		g->has_drift = true;
		return parse_rate("--drift", optarg, true, UNITS_RATE,
				  &o->law.drift_ppb);
	case 'W':
		g->has_wander = true;
		return parse_rate("--wander", optarg, false, UNITS_WANDER,
				  &o->law.wander_ppb_s);
	case 'm':
		return parse_rate("--max-drift", optarg, false, UNITS_RATE,
				  &o->law.max_drift_ppb);
	case 'v':
		return parse_duration("--void-after", optarg, VOID_NS_MAX,
				      &o->law.void_after_ns);
	case 's':
		return find_source(optarg, &o->law.flags);
	case 'f':
		return add_fault(optarg, o);
	case 'S':
		g->has_seed = true;
		return parse_number("--seed", optarg, 0, UINT64_MAX, &o->seed)
			       ? SIM_OK
			       : SIM_USAGE;
	case 'D':
		return parse_duration("--duration", optarg, DURATION_NS_MAX,
				      &o->duration_ns);
	case 'c':
		o->commands = optarg;
		return SIM_OK;
	default:
		g->has_truth = true;
		if (!*optarg || strlen(optarg) >= sizeof(o->truth))
			return usage_error("--truth: not a file's name");
		strcpy(o->truth, optarg);
		return SIM_OK;
	}
}

/* The scenario's, as the seed has it: other nodes, other clocks. */
static int complete(struct given *g)
{
	const struct scenario_of_serve *sc = g->scenario;
	struct serve_options *o = g->o;
	struct rng rng;
	double part;

	if (!g->has_seed)
		o->seed = fresh_seed();
	rng_seed(&rng, o->seed);
	if (!g->has_half)
		o->law.half_ns = sc->half_ns;
	part = rng_uniform(&rng, -0.9, 0.9);
	if (!g->has_offset)
		o->law.ahead_ns = (int64_t)(part * (double)o->law.half_ns);
	part = rng_uniform(&rng, -1, 1);
	if (!g->has_drift)
		o->law.drift_ppb = part * sc->drift_ppb;
	if (!g->has_wander)
		o->law.wander_ppb_s = sc->wander_ppb_s;
	if (o->law.max_drift_ppb <= 0)
		o->law.max_drift_ppb =
			sc->drift_ppb > 50000 ? 2 * sc->drift_ppb : 50000;
	if (!o->law.flags)
		o->law.flags = sc->flags;
	o->law.flags |= TT_FLAG_SINGLE_SOURCE;
	if (!g->has_truth)
		serve_truth_path(o->truth);
	o->is_storm = sc->is_storm;
	return sc->fault ? add_fault(sc->fault, o) : SIM_OK;
}

/* Whoever reads the system's own clock must not get a false one. */
static bool is_system_clock(const char *path)
{
	char dir[PATH_MAX], real[PATH_MAX];
	const char *slash = strrchr(path, '/');

	if (!slash || strcmp(slash, "/clock") != 0 ||
	    strlen(path) >= sizeof(dir))
		return false;
	strcpy(dir, path);
	dir[slash - path] = '\0';
	return !strcmp(dir, "/run/timed") || !strcmp(dir, "/var/run/timed") ||
	       (realpath(dir, real) && !strcmp(real, "/run/timed"));
}

static int check(const struct given *g)
{
	const struct serve_options *o = g->o;
	const char *why = serve_law_check(&o->law);

	if (is_system_clock(o->path))
		return usage_error("serve: %s is the system's own clock, which "
				   "programs trust; serve another file and set "
				   "TT_CLOCK for those you test",
				   o->path);
	if (why)
		return usage_error("serve: %s", why);
	return SIM_OK;
}

static int parse_all(int argc, char **argv, struct given *g)
{
	static const struct option options[] = {
		{"scenario", required_argument, NULL, 'n'},
		{"half-width", required_argument, NULL, 'w'},
		{"offset", required_argument, NULL, 'o'},
		{"drift", required_argument, NULL, 'd'},
		{"wander", required_argument, NULL, 'W'},
		{"max-drift", required_argument, NULL, 'm'},
		{"void-after", required_argument, NULL, 'v'},
		{"source", required_argument, NULL, 's'},
		{"fault", required_argument, NULL, 'f'},
		{"seed", required_argument, NULL, 'S'},
		{"duration", required_argument, NULL, 'D'},
		{"commands", required_argument, NULL, 'c'},
		{"truth", required_argument, NULL, 't'},
		{NULL, 0, NULL, 0}};
	int c;

	while ((c = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (c == ':' || c == '?')
			return usage_option(c, argv, options);
		if (take_option(c, g) != SIM_OK)
			return SIM_USAGE;
	}
	if (optind == argc)
		return usage_error("serve: which segment? tt-sim serve PATH");
	g->o->path = argv[optind++];
	return usage_rest("serve", argc, argv, NULL);
}

int serve_options_parse(int argc, char **argv, struct serve_options *ret)
{
	struct given g = {.scenario = &scenarios[DEFAULT], .o = ret};

	memset(ret, 0, sizeof(*ret));
	ret->law.void_after_ns = 1000 * S_NS;
	if (parse_all(argc, argv, &g) != SIM_OK || complete(&g) != SIM_OK)
		return SIM_USAGE;
	return check(&g);
}
