/* SPDX-License-Identifier: Apache-2.0 */
/* ledger: runs the store under load and faults, and judges what came of it. Its
 * command line. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "ledger/report.h"

static const char usage_text[] =
	"usage: ledger run [OPTION]...   one run, judged\n"
	"       ledger cost [OPTION]...  throughput and latency by clock and "
	"width\n"
	"       ledger soak [OPTION]...  runs of --round=60 under faults, a "
	"seed "
	"each, until\n"
	"                                --seconds are over or an anomaly is "
	"found\n"
	"       ledger check FILE        judge a history\n"
	"  --clock=system|hlc|tt  --store=txn|lww  --width=2ms  --seconds=10\n"
	"  --clients=12  --keys=16  --seed=1  --faults  --liar=NODE:+5ms\n"
	"  --without=start|wait|read|lease  --far=NODE:50ms\n"
	"  --guard=refuse|tell  --dir=DIR  --svg=PREFIX  --history=FILE\n"
	"exit: 0 no anomaly; 1 at least one; 2 it could not be run;\n"
	"      64 usage\n";

static int usage(const char *what, const char *value)
{
	if (what)
		fprintf(stderr, "ledger: %s \"%s\"\n", what, value);
	fputs("Try 'ledger --help'.\n", stderr);
	return EX_USAGE;
}

static int finish(int code)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	fprintf(stderr, "ledger: cannot write to standard output%s%s\n",
		errno ? ": " : "", errno ? strerror(errno) : "");
	return 2;
}

/* The index of a word in a list that ends with NULL; -1. */
static int word_in(const char *word, const char *const *list)
{
	for (int i = 0; list[i]; i++)
		if (!strcmp(word, list[i]))
			return i;
	return -1;
}

static int parse_width(const char *text, int64_t *ret_ns)
{
	static const char *const unit[] = {"ns", "us", "ms", "s", NULL};
	static const int64_t scale[] = {1, 1000, 1000000, 1000000000};
	char *end;
	const double v = strtod(text, &end);
	const int u = word_in(end, unit);

	/* nan is neither below nor above */
	if (u < 0 || !(v * (double)scale[u < 0 ? 0 : u] >= 1000 && v <= 1e6))
		return -EINVAL;
	*ret_ns = (int64_t)(v * (double)scale[u]);
	return 0;
}

static int parse_count(const char *text, int64_t least, int64_t most,
		       int64_t *ret)
{
	char *end;
	const long long v = strtoll(text, &end, 10);

	if (end == text || *end || v < least || v > most)
		return -EINVAL;
	*ret = v;
	return 0;
}

static int parse_far(const char *text, struct options *o)
{
	if (text[0] < '0' || text[0] >= '0' + NODES || text[1] != ':')
		return -EINVAL;
	o->far = text[0] - '0';
	return parse_width(text + 2, &o->far_ns);
}

static int parse_liar(const char *text, struct options *o)
{
	if (text[0] < '0' || text[0] >= '0' + NODES || text[1] != ':' ||
	    (text[2] != '+' && text[2] != '-'))
		return -EINVAL;
	o->liar = text[0] - '0';
	o->lie = text + 2;
	return 0;
}

static const char *const stores[] = {"txn", "lww", NULL};
static const char *const guards[] = {"refuse", "tell", NULL};
static const char *const rules[] = {"none", "start", "wait",
				    "read", "lease", NULL};

static int take_option(int c, struct options *o)
{
	int64_t v = 0;
	int rc = 0;

	switch (c) {
	case 'c':
		rc = word_in(optarg, clock_name);
		o->clock = (enum clock_kind)rc;
		return rc;
	case 's':
		rc = word_in(optarg, stores);
		o->store = (enum store_kind)rc;
		return rc;
	case 'g':
		rc = word_in(optarg, guards);
		o->guard = (enum guard_kind)rc;
		return rc;
	case 'W':
		rc = word_in(optarg, rules);
		o->lacks = (enum rule_kind)rc;
		return rc;
	case 'F':
		return parse_far(optarg, o);
	case 'w':
		return parse_width(optarg, &o->width_ns);
	case 'S':
		return parse_count(optarg, 1, 86400, &o->seconds);
	case 'R':
		return parse_count(optarg, 1, 600, &o->round_s);
	case 'r':
		rc = parse_count(optarg, 0, INT64_MAX / 100, &v);
		o->seed = (uint64_t)v;
		return rc;
	case 'n':
		rc = parse_count(optarg, 1, 64, &v);
		o->clients = (int)v;
		return rc;
	case 'k':
		rc = parse_count(optarg, 4, KEYS_MAX, &v);
		o->keys = (int)v;
		return rc;
	case 'f':
		o->has_faults = true;
		return 0;
	case 'l':
		return parse_liar(optarg, o);
	case 'd':
		o->dir = optarg;
		return 0;
	case 'v':
		o->svg = optarg;
		return 0;
	default:
		o->history = optarg;
		return 0;
	}
}

static int parse(int argc, char **argv, struct options *o)
{
	static const struct option options[] = {
		{"clock", required_argument, NULL, 'c'},
		{"store", required_argument, NULL, 's'},
		{"without", required_argument, NULL, 'W'},
		{"far", required_argument, NULL, 'F'},
		{"guard", required_argument, NULL, 'g'},
		{"width", required_argument, NULL, 'w'},
		{"seconds", required_argument, NULL, 'S'},
		{"round", required_argument, NULL, 'R'},
		{"seed", required_argument, NULL, 'r'},
		{"clients", required_argument, NULL, 'n'},
		{"keys", required_argument, NULL, 'k'},
		{"faults", no_argument, NULL, 'f'},
		{"liar", required_argument, NULL, 'l'},
		{"dir", required_argument, NULL, 'd'},
		{"svg", required_argument, NULL, 'v'},
		{"history", required_argument, NULL, 'h'},
		{NULL, 0, NULL, 0}};
	int c, which = 0;

	while ((c = getopt_long(argc, argv, "", options, &which)) != -1) {
		if (c == '?')
			return usage(NULL, NULL);
		if (take_option(c, o) < 0) {
			fprintf(stderr, "ledger: --%s is not \"%s\"\n",
				options[which].name, optarg);
			return usage(NULL, NULL);
		}
	}
	return optind < argc ? usage("what is", argv[optind]) : 0;
}

static int find_and_run(int argc, char **argv, struct options *o)
{
	const char *word = argv[1];
	int rc;

	if (!strcmp(word, "check"))
		return argc == 3 ? main_check(argv[2], o)
				 : usage("one FILE is what is checked by",
					 word);
	if (!strcmp(word, "--help") || !strcmp(word, "-h")) {
		fputs(usage_text, stdout);
		return 0;
	}
	argv[1] = argv[0];
	rc = parse(argc - 1, argv + 1, o);
	if (rc != 0)
		return rc;
	if (!strcmp(word, "run"))
		return main_run(o);
	if (!strcmp(word, "cost"))
		return main_cost(o);
	if (!strcmp(word, "soak"))
		return main_soak(o);
	return usage("what is", word);
}

int main(int argc, char **argv)
{
	struct options o = {.clock = CLOCK_TT,
			    .width_ns = 2000000,
			    .seconds = 10,
			    .round_s = 60,
			    .seed = 1,
			    .clients = 12,
			    .keys = 16,
			    .far = -1,
			    .liar = -1};

	if (argc < 2) {
		fputs(usage_text, stderr);
		return EX_USAGE;
	}
	return finish(find_and_run(argc, argv, &o));
}
