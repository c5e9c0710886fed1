/* SPDX-License-Identifier: Apache-2.0 */
/* tt-skew agent: the command line, and the loop's beginning and end. */
#include <errno.h>
#include <event2/event.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/duration.h"
#include "tools/skew/agent.h"
#include "tools/skew/check.h"
#include "tools/skew/cmd.h"
#include "tools/skew/fleet_build.h"

static const char usage[] =
	"tt-skew agent --fleet FILE [OPTION]...\n"
	"                  probe some of the fleet, and hold what is measured\n"
	"                  against their bounds and one's own\n"
	"  --fleet FILE    who belongs to it: Prometheus' file_sd, JSON; its "
	"targets\n"
	"                  are the nodes' exporters\n"
	"  --srv NAME      instead: DNS SRV records\n"
	"  --self HOST:PORT  this node's target (by its addresses)\n"
	"  --listen ADDRESS:PORT  serve /metrics here (" AGENT_LISTEN ")\n"
	"  --peers K       probe so many (8); all, up to 17 nodes\n"
	"  --seed N        of the choice, the same at all nodes (0)\n"
	"  --epoch TIME    until one of the peers is exchanged (5 min)\n"
	"  --poll N        probe every 2^N s (4); -2 to 5\n"
	"  --stray PPM     how fast a clock may stray within a second (1)\n"
	"  --asymmetry TIME  declared: no path's two directions differ by more "
	"than\n"
	"                  twice this\n"
	"  --dir DIR       its chronyd's, and its own (" AGENT_DIR ")\n"
	"  --ntp-address ADDRESS, --ntp-port PORT  where its chronyd serves "
	"(all, 11123)\n"
	"  --allow SUBNET  who may probe this node (all)\n"
	"  --hwtimestamp   have the NIC stamp the probes\n"
	"  --keyfile FILE, --key N  authenticate by chrony's keys\n"
	"  --nts, --nts-cert FILE, --nts-key FILE, --nts-trusted FILE\n"
	"                  authenticate by NTS\n"
	"  --print-chronyd-config  print what its chronyd is to run with, and "
	"exit\n";

struct arguments {
	struct agent_options agent;
	bool is_printing;
};

enum option_code {
	OPT_FLEET = 256,
	OPT_SRV,
	OPT_SELF,
	OPT_LISTEN,
	OPT_PEERS,
	OPT_SEED,
	OPT_EPOCH,
	OPT_POLL,
	OPT_STRAY,
	OPT_ASYMMETRY,
	OPT_DIR,
	OPT_NTP_ADDRESS,
	OPT_NTP_PORT,
	OPT_ALLOW,
	OPT_HWTIMESTAMP,
	OPT_KEYFILE,
	OPT_KEY,
	OPT_NTS,
	OPT_NTS_CERT,
	OPT_NTS_KEY,
	OPT_NTS_TRUSTED,
	OPT_PRINT
};

static const struct option longs[] = {
	{"fleet", required_argument, NULL, OPT_FLEET},
	{"srv", required_argument, NULL, OPT_SRV},
	{"self", required_argument, NULL, OPT_SELF},
	{"listen", required_argument, NULL, OPT_LISTEN},
	{"peers", required_argument, NULL, OPT_PEERS},
	{"seed", required_argument, NULL, OPT_SEED},
	{"epoch", required_argument, NULL, OPT_EPOCH},
	{"poll", required_argument, NULL, OPT_POLL},
	{"stray", required_argument, NULL, OPT_STRAY},
	{"asymmetry", required_argument, NULL, OPT_ASYMMETRY},
	{"dir", required_argument, NULL, OPT_DIR},
	{"ntp-address", required_argument, NULL, OPT_NTP_ADDRESS},
	{"ntp-port", required_argument, NULL, OPT_NTP_PORT},
	{"allow", required_argument, NULL, OPT_ALLOW},
	{"hwtimestamp", no_argument, NULL, OPT_HWTIMESTAMP},
	{"keyfile", required_argument, NULL, OPT_KEYFILE},
	{"key", required_argument, NULL, OPT_KEY},
	{"nts", no_argument, NULL, OPT_NTS},
	{"nts-cert", required_argument, NULL, OPT_NTS_CERT},
	{"nts-key", required_argument, NULL, OPT_NTS_KEY},
	{"nts-trusted", required_argument, NULL, OPT_NTS_TRUSTED},
	{"print-chronyd-config", no_argument, NULL, OPT_PRINT},
	{NULL, 0, NULL, 0}};

/* `value` may be NULL. */
static int complain(const char *what, const char *value)
{
	const char *quote = value ? "'" : "";

	fprintf(stderr, "tt-skew agent: %s%s%.80s%s\nTry 'tt-skew --help'.\n",
		what, quote, value ? value : "", quote);
	return CMD_USAGE;
}

/* Whole numbers from min to max; -1: go on. */
static int take_number(const char *text, uint32_t min, uint32_t max,
		       const char *what, uint32_t *ret)
{
	uint32_t n;

	if (!fleet_number(text, max, &n) || n < min)
		return complain(what, text);
	*ret = n;
	return -1;
}

static int take_poll(const char *text, int *ret)
{
	char *end;
	const long n = strtol(text, &end, 10);

	if (end == text || *end || n < PROBE_POLL_MIN || n > PROBE_POLL_MAX)
		return complain("--poll is -2 to 5, not ", text);
	*ret = (int)n;
	return -1;
}

static int take_duration(const char *text, int64_t min_ns, const char *what,
			 int64_t *ret)
{
	int64_t ns;

	if (duration_parse(text, &ns) || ns < min_ns)
		return complain(what, text);
	*ret = ns;
	return -1;
}

/* What goes into chronyd's configuration is one word. */
static int take_word(const char *text, const char **ret)
{
	if (!*text || text[strcspn(text, " \t\r\n\"'#!;%")])
		return complain("no blanks, quotes or comments in ", text);
	*ret = text;
	return -1;
}

/* Options of the choice and of the check. */
static int take_choice(int c, struct agent_options *o)
{
	uint32_t n = 0;
	int code;

	switch (c) {
	case OPT_PEERS:
		return take_number(optarg, PICK_K_MIN, PICK_K_MAX,
				   "--peers is 2 to 32, not ", &o->pick.k);
	case OPT_SEED:
		code = take_number(optarg, 0, UINT32_MAX,
				   "--seed is a number, not ", &n);
		o->pick.seed = n;
		return code;
	case OPT_EPOCH:
		return take_duration(optarg, INT64_C(1000000000),
				     "--epoch is a time of 1s or more, not ",
				     &o->epoch_ns);
	case OPT_POLL:
		return take_poll(optarg, &o->probe.poll);
	case OPT_STRAY:
		code = take_number(optarg, 0, 1000000,
				   "--stray is a whole number of ppm, not ",
				   &n);
		o->stray_ppb = (int64_t)n * 1000;
		return code;
	default:
		return take_duration(optarg, 0,
				     "--asymmetry is a time as 20us, not ",
				     &o->probe.asymmetry_ns);
	}
}

/* Options of chronyd. */
static int take_chronyd(int c, struct agent_options *o)
{
	uint32_t n = 0;
	int code;

	switch (c) {
	case OPT_DIR:
		return take_word(optarg, &o->chronyd.dir);
	case OPT_NTP_ADDRESS:
		return take_word(optarg, &o->chronyd.address);
	case OPT_NTP_PORT:
		code = take_number(optarg, 1, UINT16_MAX,
				   "--ntp-port is a port, not ", &n);
		o->chronyd.port = (uint16_t)n;
		return code;
	case OPT_ALLOW:
		return take_word(optarg, &o->chronyd.allow);
	case OPT_HWTIMESTAMP:
		o->chronyd.has_hwtimestamp = true;
		return -1;
	case OPT_KEYFILE:
		return take_word(optarg, &o->chronyd.keyfile);
	case OPT_KEY:
		return take_number(optarg, 1, INT32_MAX,
				   "--key is the number of a key, not ",
				   &o->probe.key);
	case OPT_NTS:
		o->probe.has_nts = true;
		return -1;
	case OPT_NTS_CERT:
		return take_word(optarg, &o->chronyd.nts_cert);
	case OPT_NTS_KEY:
		return take_word(optarg, &o->chronyd.nts_key);
	default:
		return take_word(optarg, &o->chronyd.nts_trusted);
	}
}

static int take(int c, struct arguments *a)
{
	switch (c) {
	case OPT_FLEET:
		a->agent.fleet = optarg;
		return -1;
	case OPT_SRV:
		a->agent.srv = optarg;
		return -1;
	case OPT_SELF:
		a->agent.self = optarg;
		return -1;
	case OPT_LISTEN:
		a->agent.listen = optarg;
		return -1;
	case OPT_PRINT:
		a->is_printing = true;
		return -1;
	default:
		return c >= OPT_PEERS && c <= OPT_ASYMMETRY
			       ? take_choice(c, &a->agent)
			       : take_chronyd(c, &a->agent);
	}
}

static int check(const struct arguments *a)
{
	const struct chronyd_options *c = &a->agent.chronyd;

	if (!c->nts_cert != !c->nts_key)
		return complain("--nts-cert and --nts-key go together", NULL);
	if (a->agent.probe.key && !c->keyfile)
		return complain("--key needs a --keyfile", NULL);
	if (a->is_printing)
		return -1;
	if (!a->agent.fleet == !a->agent.srv)
		return complain("which fleet? one of --fleet FILE and --srv "
				"NAME",
				NULL);
	return -1;
}

static int parse(int argc, char **argv, struct arguments *a)
{
	int c, code = -1;

	optind = 1;
	while (code < 0 &&
	       (c = getopt_long(argc, argv, ":", longs, NULL)) != -1) {
		if (c == ':')
			code = complain("no value for ", argv[optind - 1]);
		else if (c == '?')
			code = complain("no option ", argv[optind - 1]);
		else
			code = take(c, a);
	}
	if (code < 0 && optind < argc)
		code = complain("what is ", argv[optind]);
	return code < 0 ? check(a) : code;
}

static int print(const struct arguments *a)
{
	chronyd_write_config(stdout, &a->agent.chronyd);
	if (!fflush(stdout) && !ferror(stdout))
		return CMD_OK;
	fprintf(stderr, "tt-skew agent: cannot write to standard output: %s\n",
		strerror(errno));
	return CMD_UNREADABLE;
}

static void on_signal(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	event_base_loopbreak(arg);
}

static int serve(struct event_base *base, const struct arguments *a)
{
	struct event *term = evsignal_new(base, SIGTERM, on_signal, base);
	struct event *intr = evsignal_new(base, SIGINT, on_signal, base);
	char address[AGENT_ADDRESS_SIZE];
	struct agent *agent = NULL;
	int err = term && intr ? agent_new(base, &a->agent, &agent) : -ENOMEM;

	if (err == -EINVAL) {
		complain("--listen takes ADDRESS:PORT in numbers, not ",
			 a->agent.listen);
	} else if (err) {
		fprintf(stderr, "tt-skew agent: cannot listen at %s: %s\n",
			a->agent.listen, strerror(-err));
	} else {
		event_add(term, NULL);
		event_add(intr, NULL);
		agent_address(agent, address);
		fprintf(stderr, "tt-skew: serving at http://%s/\n", address);
		event_base_dispatch(base);
	}
	agent_free(agent);
	if (term)
		event_free(term);
	if (intr)
		event_free(intr);
	return err == -EINVAL ? CMD_USAGE : err ? CMD_UNREADABLE : CMD_OK;
}

static int run(int argc, char **argv)
{
	struct arguments a = {
		.agent = {
			.listen = AGENT_LISTEN,
			.version = TT_VERSION,
			.pick = {.k = PICK_K_DEFAULT},
			.epoch_ns = AGENT_EPOCH_NS,
			.stray_ppb = CHECK_STRAY_PPB,
			.probe = {.poll = AGENT_POLL, .asymmetry_ns = -1},
			.chronyd = {.dir = AGENT_DIR, .port = FLEET_NTP_PORT}}};
	struct event_base *base;
	int code = parse(argc, argv, &a);

	if (code >= 0)
		return code;
	if (a.is_printing)
		return print(&a);
	signal(SIGPIPE, SIG_IGN);
	base = event_base_new();
	if (!base) {
		fputs("tt-skew agent: no event loop can be made\n", stderr);
		return CMD_UNREADABLE;
	}
	code = serve(base, &a);
	event_base_free(base);
	return code;
}

const struct cmd cmd_agent = {"agent", run, usage};
