/* SPDX-License-Identifier: Apache-2.0 */
/* What was asked of `tt-skew precision`. */
#include "tools/skew/precision_options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/duration.h"
#include "tools/skew/cmd.h"

const char precision_usage[] =
	"tt-skew precision PEER... | --serve | --sim [OPTION]...\n"
	"                  finer than half a round trip: an interval that "
	"holds, and an\n"
	"                  estimate within it, by pairs of probes that the "
	"kernel or the\n"
	"                  network card stamps. PEER: [NAME=]HOST[:PORT]\n"
	"  --serve               answer such probes\n"
	"  --sim                 how exact that is, in simulated networks\n"
	"  --rate N              pairs a second to each peer (500)\n"
	"  --window DURATION     of one result (1s)\n"
	"  --count N             windows (until interrupted; --sim: 200)\n"
	"  --spacing DURATION    between the packets of a pair (5us)\n"
	"  --epsilon DURATION    spacings that agree (1us; --hardware: "
	"16ns)\n"
	"  --pure                estimate from pairs whose spacing was kept\n"
	"  --hardware            compare the network cards' clocks\n"
	"  --drift-max RATE      axiom: of both clocks together (500ppm)\n"
	"  --wander-max RATE     axiom: off a steady rate (as --drift-max)\n"
	"  --stamp-error DURATION  axiom: of one stamp (1ns; --hardware: "
	"8ns)\n"
	"  --name NAME           of this node (its host name)\n"
	"  --format FORM         text (the default), json or csv\n"
	"  --bind [HOST][:PORT]  --serve: there (all addresses, 7179)\n"
	"  --client-rate N       --serve: answers a second to one (10000)\n"
	"  --total-rate N        --serve: and to all (100000)\n"
	"  --load PERCENT        --sim: of each port (a table, 10 to 90)\n"
	"  --hops N              --sim: ports each way (5)\n"
	"  --quantum DURATION    --sim: of the stamps (8ns)\n"
	"  --asymmetry DURATION  --sim: the way out is longer by it (0)\n"
	"  --nodes N             --sim: a group of them, and its map\n"
	"  --glitches PERCENT    --sim: stamps off by up to 2us (0)\n"
	"  --seed N              --sim: of chance (1)\n";

enum option_code {
	OPT_SERVE = 256,
	OPT_SIM,
	OPT_RATE,
	OPT_WINDOW,
	OPT_COUNT,
	OPT_SPACING,
	OPT_EPSILON,
	OPT_PURE,
	OPT_HARDWARE,
	OPT_DRIFT,
	OPT_WANDER,
	OPT_STAMP_ERROR,
	OPT_NAME,
	OPT_FORMAT,
	OPT_BIND,
	OPT_CLIENT_RATE,
	OPT_TOTAL_RATE,
	OPT_LOAD,
	OPT_HOPS,
	OPT_QUANTUM,
	OPT_ASYMMETRY,
	OPT_NODES,
	OPT_GLITCHES,
	OPT_SEED
};

static const struct option longs[] = {
	{"serve", no_argument, NULL, OPT_SERVE},
	{"sim", no_argument, NULL, OPT_SIM},
	{"rate", required_argument, NULL, OPT_RATE},
	{"window", required_argument, NULL, OPT_WINDOW},
	{"count", required_argument, NULL, OPT_COUNT},
	{"spacing", required_argument, NULL, OPT_SPACING},
	{"epsilon", required_argument, NULL, OPT_EPSILON},
	{"pure", no_argument, NULL, OPT_PURE},
	{"hardware", no_argument, NULL, OPT_HARDWARE},
	{"drift-max", required_argument, NULL, OPT_DRIFT},
	{"wander-max", required_argument, NULL, OPT_WANDER},
	{"stamp-error", required_argument, NULL, OPT_STAMP_ERROR},
	{"name", required_argument, NULL, OPT_NAME},
	{"format", required_argument, NULL, OPT_FORMAT},
	{"bind", required_argument, NULL, OPT_BIND},
	{"client-rate", required_argument, NULL, OPT_CLIENT_RATE},
	{"total-rate", required_argument, NULL, OPT_TOTAL_RATE},
	{"load", required_argument, NULL, OPT_LOAD},
	{"hops", required_argument, NULL, OPT_HOPS},
	{"quantum", required_argument, NULL, OPT_QUANTUM},
	{"asymmetry", required_argument, NULL, OPT_ASYMMETRY},
	{"nodes", required_argument, NULL, OPT_NODES},
	{"glitches", required_argument, NULL, OPT_GLITCHES},
	{"seed", required_argument, NULL, OPT_SEED},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0}};

__attribute__((format(printf, 1, 2))) static int complain(const char *format,
							  ...)
{
	va_list args;

	fputs("tt-skew precision: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputs("\nTry 'tt-skew precision --help'.\n", stderr);
	return CMD_USAGE;
}

/* What was not said: -1 until it is. */
struct said {
	int64_t epsilon_ns, drift_ppb, wander_ppb, stamp_err_ns, spacing_ns;
	int64_t rate, count;
};

static const char *option_name(int c)
{
	size_t i = 0;

	while (longs[i].val != c)
		i++;
	return longs[i].name;
}

static int number(int c, int64_t min, int64_t max, int64_t *ret)
{
	const size_t digits = strspn(optarg, "0123456789");
	long long n;

	errno = 0;
	n = strtoll(optarg, NULL, 10);
	if (digits == 0 || optarg[digits] || errno || n < min || n > max)
		return complain("--%s: '%.60s' is no whole number from %lld to "
				"%lld",
				option_name(c), optarg, (long long)min,
				(long long)max);
	*ret = n;
	return -1;
}

static int duration(int c, int64_t min_ns, int64_t max_ns, int64_t *ret)
{
	int64_t ns;
	const int err = duration_parse(optarg, &ns);

	if (err)
		return complain("--%s: '%.60s': %s", option_name(c), optarg,
				duration_error(err));
	if (ns < min_ns || ns > max_ns)
		return complain("--%s: '%.60s' is not from %lld ns to %lld ns",
				option_name(c), optarg, (long long)min_ns,
				(long long)max_ns);
	*ret = ns;
	return -1;
}

/* "500ppm", "20ppb"; whole ppb. */
static int ppb(int c, int64_t *ret)
{
	char *end;
	double n;

	errno = 0;
	n = strtod(optarg, &end);
	if (!strcmp(end, "ppm"))
		n *= 1000;
	else if (strcmp(end, "ppb") != 0)
		end = optarg;
	if (end == optarg || errno || !(n >= 0 && n <= PRECISION_PPB_MAX))
		return complain("--%s: '%.60s' is no rate from 0ppb to %dppm",
				option_name(c), optarg,
				PRECISION_PPB_MAX / 1000);
	/* Upward: an axiom is not made stronger than was said. */
	*ret = (int64_t)n + ((double)(int64_t)n < n);
	return -1;
}

static int percent(int c, double max, double *ret)
{
	char *end;
	const double n = strtod(optarg, &end);

	if (end == optarg || *end || !(n >= 0 && n <= max))
		return complain("--%s: '%.60s' is no number from 0 to %g",
				option_name(c), optarg, max);
	*ret = n / 100;
	return -1;
}

static int format(enum precision_format *ret)
{
	static const char *const name[] = {"text", "json", "csv"};

	for (int i = 0; i < 3; i++) {
		if (!strcmp(optarg, name[i])) {
			*ret = (enum precision_format)i;
			return -1;
		}
	}
	return complain("--format: '%.60s': text, json or csv", optarg);
}

static int take_sim(int c, struct precision_options *o)
{
	int64_t n = 0;
	int code;

	switch (c) {
	case OPT_LOAD:
		o->has_load = true;
		return percent(c, 99, &o->world.load);
	case OPT_GLITCHES:
		return percent(c, 100, &o->world.glitch);
	case OPT_HOPS:
		code = number(c, 1, 32, &n);
		o->world.hops = (int)n;
		return code;
	case OPT_NODES:
		code = number(c, 2, PRECISION_GROUP_MAX, &n);
		o->nodes = (uint32_t)n;
		return code;
	case OPT_QUANTUM:
		code = duration(c, 1, 100000, &n);
		o->world.quantum_ns = (double)n;
		return code;
	case OPT_ASYMMETRY:
		code = duration(c, 0, 1000000000, &n);
		o->world.asymmetry_ns = (double)n;
		return code;
	default:
		code = number(c, 0, INT64_MAX, &n);
		o->world.seed = (uint64_t)n;
		return code;
	}
}

static int take_serve(int c, struct precision_options *o)
{
	int64_t n = 0;
	int code;

	if (c == OPT_BIND) {
		o->bind = optarg;
		return -1;
	}
	code = number(c, 1, 10000000, &n);
	if (c == OPT_CLIENT_RATE)
		o->client_rate = (unsigned)n;
	else
		o->all_rate = (unsigned)n;
	return code;
}

static int take_name(struct precision_options *o)
{
	if (!edge_is_name(optarg))
		return complain("--name: '%.60s' is no node's name: 1 to %d "
				"printable ASCII characters, no space, comma "
				"or quote",
				optarg, EDGE_NAME_SIZE - 1);
	strcpy(o->name, optarg);
	return -1;
}

static int take(int c, struct precision_options *o, struct said *s)
{
	switch (c) {
	case OPT_SERVE:
		o->mode = PRECISION_SERVE;
		return -1;
	case OPT_SIM:
		o->mode = PRECISION_SIM;
		return -1;
	case OPT_PURE:
		o->plan.rules.is_pure_only = true;
		return -1;
	case OPT_HARDWARE:
		o->plan.wanted = PRECISION_HARDWARE;
		return -1;
	case OPT_RATE:
		return number(c, 1, PRECISION_RATE_MAX, &s->rate);
	case OPT_COUNT:
		return number(c, 1, 1000000000, &s->count);
	case OPT_WINDOW:
		return duration(c, 100000000, 30 * INT64_C(1000000000),
				&o->plan.window_ns);
	case OPT_SPACING:
		return duration(c, 0, 1000000, &s->spacing_ns);
	case OPT_EPSILON:
		return duration(c, 0, 1000000000, &s->epsilon_ns);
	case OPT_DRIFT:
		return ppb(c, &s->drift_ppb);
	case OPT_WANDER:
		return ppb(c, &s->wander_ppb);
	case OPT_STAMP_ERROR:
		return duration(c, 0, 1000000000, &s->stamp_err_ns);
	case OPT_NAME:
		return take_name(o);
	case OPT_FORMAT:
		return format(&o->format);
	case OPT_BIND:
	case OPT_CLIENT_RATE:
	case OPT_TOTAL_RATE:
		return take_serve(c, o);
	case 'h':
		fputs(precision_usage, stdout);
		return CMD_OK;
	default:
		return take_sim(c, o);
	}
}

static int64_t or_else(int64_t said, int64_t otherwise)
{
	return said >= 0 ? said : otherwise;
}

/* What was not said follows from what was. */
static int settle(struct precision_options *o, const struct said *s)
{
	const bool is_sim = o->mode == PRECISION_SIM,
		   is_hw = o->plan.wanted == PRECISION_HARDWARE || is_sim;
	struct precision_rules *r = &o->plan.rules;

	r->axioms.rate_ppb_max = or_else(s->drift_ppb, 500000);
	r->axioms.wander_ppb_max =
		or_else(s->wander_ppb, r->axioms.rate_ppb_max);
	r->axioms.stamp_err_ns = or_else(
		s->stamp_err_ns, is_sim ? (int64_t)(o->world.quantum_ns + 1) / 2
				 : is_hw ? 8
					 : 1);
	r->epsilon_ns =
		or_else(s->epsilon_ns, is_sim ? 2 * (int64_t)o->world.quantum_ns
				       : is_hw ? 16
					       : 1000);
	o->plan.rate = (unsigned)or_else(s->rate, is_sim ? 1000 : 500);
	o->plan.spacing_ns = or_else(s->spacing_ns, is_sim ? 1000 : 5000);
	o->plan.windows = (uint64_t)or_else(s->count, o->nodes ? 20
						      : is_sim ? 200
							       : 0);
	o->world.rules = *r;
	o->world.rate = o->plan.rate;
	o->world.window_s = (double)o->plan.window_ns * 1e-9;
	o->world.spacing_ns = (double)o->plan.spacing_ns;
	if ((double)o->plan.rate * o->world.window_s * 4 + 64 >
	    PRECISION_LEGS_MAX)
		return complain("--rate %u in a --window of %g s: more than "
				"%d pairs; one of them must be less",
				o->plan.rate, o->world.window_s,
				PRECISION_LEGS_MAX / 4 - 16);
	if (o->mode == PRECISION_MEASURE && o->peers == 0)
		return complain("which peer? Or --serve, or --sim");
	if (o->mode != PRECISION_MEASURE && o->peers > 0)
		return complain("'%.60s': --serve and --sim take no peer",
				o->peer[0]);
	if (o->peers > PRECISION_PEERS_MAX)
		return complain("%zu peers: at most %d at once", o->peers,
				PRECISION_PEERS_MAX);
	return -1;
}

int precision_options_parse(int argc, char **argv,
			    struct precision_options *ret)
{
	struct said s = {-1, -1, -1, -1, -1, -1, -1};
	struct precision_options o = {.client_rate = 10000, .all_rate = 100000};
	int c, code = -1;

	o.plan.window_ns = 1000000000;
	o.plan.wanted = PRECISION_KERNEL;
	precision_world_default(&o.world);
	if (gethostname(o.name, sizeof(o.name)) || !edge_is_name(o.name))
		strcpy(o.name, "localhost");
	optind = 0; /* argv is another than main's */
	opterr = 0;
	while (code < 0 &&
	       (c = getopt_long(argc, argv, ":h", longs, NULL)) != -1) {
		if (c == '?' || c == ':')
			code = complain("no %s '%.60s'",
					c == '?' ? "option" : "value for",
					argv[optind - 1]);
		else
			code = take(c, &o, &s);
	}
	if (code >= 0)
		return code;
	o.peer = argv + optind;
	o.peers = (size_t)(argc - optind);
	code = settle(&o, &s);
	if (code < 0)
		*ret = o;
	return code;
}

/* ---- addresses ---- */

struct parts {
	char host[NI_MAXHOST], port[NI_MAXSERV];
};

/* 1 to 65535: getaddrinfo(3) takes 65536 for 0. */
static bool is_port(const char *text)
{
	const size_t digits = strspn(text, "0123456789");

	return digits > 0 && digits <= 5 && !text[digits] && atoi(text) > 0 &&
	       atoi(text) <= UINT16_MAX;
}

/* [V6]:PORT, HOST:PORT, a bare V6 (more than one colon), HOST. */
static bool split(const char *text, struct parts *ret)
{
	const char *end, *colon = strrchr(text, ':');
	size_t n;

	if (*text == '[') {
		end = strchr(++text, ']');
		if (!end || (end[1] && end[1] != ':'))
			return false;
		colon = end[1] ? end + 1 : NULL;
	} else {
		if (colon && strchr(text, ':') != colon)
			colon = NULL;
		end = colon ? colon : text + strlen(text);
	}
	n = (size_t)(end - text);
	if (n >= sizeof(ret->host) || (colon && !is_port(colon + 1)))
		return false;
	memcpy(ret->host, text, n);
	ret->host[n] = '\0';
	snprintf(ret->port, sizeof(ret->port), "%d", PRECISION_PORT);
	if (colon)
		strcpy(ret->port, colon + 1);
	return true;
}

static int look_up(const struct parts *p, bool is_passive,
		   struct precision_address *ret,
		   char ret_why[PRECISION_WHY_SIZE])
{
	const struct addrinfo hints = {
		.ai_socktype = SOCK_DGRAM,
		.ai_flags = AI_NUMERICSERV | (is_passive ? AI_PASSIVE : 0)};
	struct addrinfo *list;
	const int err =
		getaddrinfo(*p->host ? p->host : NULL, p->port, &hints, &list);

	if (err) {
		snprintf(ret_why, PRECISION_WHY_SIZE, "%.100s port %s: %s",
			 p->host, p->port, gai_strerror(err));
		return -EINVAL;
	}
	ret->size = list->ai_addrlen;
	memset(&ret->at, 0, sizeof(ret->at));
	memcpy(&ret->at, list->ai_addr, list->ai_addrlen);
	freeaddrinfo(list);
	return 0;
}

int precision_address_parse(const char *text, bool is_passive,
			    char ret_name[EDGE_NAME_SIZE],
			    struct precision_address *ret,
			    char ret_why[PRECISION_WHY_SIZE])
{
	const char *equals = is_passive ? NULL : strchr(text, '=');
	char name[EDGE_NAME_SIZE] = "";
	struct parts p;

	if (equals)
		snprintf(name, sizeof(name), "%.*s", (int)(equals - text),
			 text);
	if (!split(equals ? equals + 1 : text, &p) ||
	    (!*p.host && !is_passive)) {
		snprintf(ret_why, PRECISION_WHY_SIZE,
			 "'%.100s' is no %sHOST[:PORT], its port 1 to 65535",
			 text, is_passive ? "" : "[NAME=]");
		return -EINVAL;
	}
	if (!equals)
		snprintf(name, sizeof(name), "%.*s", EDGE_NAME_SIZE - 1,
			 p.host);
	if (!is_passive && !edge_is_name(name)) {
		snprintf(ret_why, PRECISION_WHY_SIZE,
			 "'%.100s': '%.60s' is no node's name", text, name);
		return -EINVAL;
	}
	if (look_up(&p, is_passive, ret, ret_why))
		return -EINVAL;
	strcpy(ret_name, name);
	return 0;
}
