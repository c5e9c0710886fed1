/* SPDX-License-Identifier: Apache-2.0 */
/* tt-exporter: timed's state for Prometheus, and on a page for people. */
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "confine/confine.h"
#include "tools/exporter/exporter.h"
#include "tools/exporter/exporter_confine.h"

#define LISTEN_DEFAULT "127.0.0.1:10123" /* 9100 to 9999 are all taken */

static const char usage[] =
	"usage: tt-exporter [OPTION]...\n"
	"\n"
	"Serves timed's state over HTTP: /metrics for Prometheus, / for people,\n"
	"/status.json and /healthz.\n"
	"\n"
	"  --listen ADDRESS:PORT  serve here (" LISTEN_DEFAULT
	"); port 0: a free one\n"
	"  --segment PATH  read this clock ($TT_CLOCK, or /run/timed/clock)\n"
	"  --socket PATH   ask this daemon (/run/timed/status.sock)\n"
	"  --once          print the metrics and exit\n"
	"  --no-sandbox    do not filter system calls: for a system where that "
	"ends it\n"
	"  --format FORM   with --once: classic (the default) or openmetrics\n"
	"  --help, --version\n"
	"\n"
	"exit: 0 stopped, or printed; 1 cannot serve or print; 64 usage\n";

struct arguments {
	struct exporter_options options;
	bool is_once, has_format, has_no_sandbox;
	enum expo_dialect dialect;
};

static int complain(const char *what, const char *which, const char *rest)
{
	fprintf(stderr, "tt-exporter: %s%.80s%s\nTry 'tt-exporter --help'.\n",
		what, which, rest);
	return EXIT_USAGE;
}

static int parse_format(const char *text, struct arguments *a)
{
	a->has_format = true;
	if (!strcmp(text, "classic"))
		a->dialect = EXPO_CLASSIC;
	else if (!strcmp(text, "openmetrics"))
		a->dialect = EXPO_OPENMETRICS;
	else
		return -EINVAL;
	return 0;
}

/* One option: -1: go on; else exit with this. */
static int take(int c, struct arguments *a)
{
	switch (c) {
	case 'l':
		a->options.listen = optarg;
		return -1;
	case 's':
		a->options.segment = optarg;
		return *optarg ? -1
			       : complain("--segment wants a clock's path", "",
					  "");
	case 'S':
		a->options.socket = optarg;
		return -1;
	case 'o':
		a->is_once = true;
		return -1;
	case 'N':
		a->has_no_sandbox = true;
		return -1;
	case 'f':
		return parse_format(optarg, a)
			       ? complain("no format '", optarg,
					  "': classic or openmetrics")
			       : -1;
	case 'h':
		fputs(usage, stdout);
		return EXIT_SUCCESS;
	default:
		puts("tt-exporter " TT_VERSION);
		return EXIT_SUCCESS;
	}
}

static int parse(int argc, char **argv, struct arguments *a)
{
	static const struct option longs[] = {
		{"listen", required_argument, NULL, 'l'},
		{"segment", required_argument, NULL, 's'},
		{"socket", required_argument, NULL, 'S'},
		{"once", no_argument, NULL, 'o'},
		{"format", required_argument, NULL, 'f'},
		{"no-sandbox", no_argument, NULL, 'N'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{NULL, 0, NULL, 0}};
	char words[CLI_WORDS_SIZE];
	int c, code;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", longs, NULL)) != -1) {
		if (c == ':' || c == '?') {
			cli_option_words(c, argv, longs, words);
			return complain(words, "", "");
		}
		code = take(c, a);
		if (code >= 0)
			return code;
	}
	if (optind < argc)
		return complain("what is '", argv[optind], "'?");
	if (a->options.socket && !*a->options.socket)
		return complain("--socket must name the daemon's socket", "",
				"");
	if (a->has_format && !a->is_once)
		return complain("--format goes with --once; clients choose "
				"theirs",
				"", "");
	return -1;
}

static int print(const struct arguments *a)
{
	if (!exporter_print(stdout, a->dialect, &a->options))
		return EXIT_SUCCESS;
	fprintf(stderr, "tt-exporter: cannot write to standard output: %s\n",
		strerror(errno));
	return EXIT_FAILURE;
}

static void on_signal(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	event_base_loopbreak(arg);
}

/* Once it listens. Without a filter it serves all the same, and says so. */
static int confine(const struct arguments *a)
{
	const char *why = a->has_no_sandbox ? "--no-sandbox"
					    : confine_filter_refusal();
	int err = 0;

	if (why)
		fprintf(stderr,
			"tt-exporter: system calls are not filtered: %s\n",
			why);
	else
		err = exporter_confine();
	if (err)
		fprintf(stderr,
			"tt-exporter: the filter of system calls: %s; "
			"--no-sandbox does without\n",
			strerror(-err));
	return err ? -EIO : 0;
}

static int serve(struct event_base *base, const struct arguments *a)
{
	struct event *term = evsignal_new(base, SIGTERM, on_signal, base);
	struct event *intr = evsignal_new(base, SIGINT, on_signal, base);
	char address[HTTP_ADDRESS_SIZE];
	struct exporter *x = NULL;
	int err = term && intr ? exporter_new(base, &a->options, &x) : -ENOMEM;

	if (err == -EINVAL) {
		fprintf(stderr,
			"tt-exporter: '%s' is no address to listen at: "
			"ADDRESS:PORT in numbers, as " LISTEN_DEFAULT
			" or [::1]:10123\n",
			a->options.listen);
	} else if (err) {
		fprintf(stderr, "tt-exporter: cannot listen at %s: %s\n",
			a->options.listen, strerror(-err));
	} else if ((err = confine(a)) == 0) {
		event_add(term, NULL);
		event_add(intr, NULL);
		exporter_address(x, address);
		fprintf(stderr, "tt-exporter: serving at http://%s/\n",
			address);
		event_base_dispatch(base);
	}
	exporter_free(x);
	if (term)
		event_free(term);
	if (intr)
		event_free(intr);
	return err == -EINVAL ? EXIT_USAGE : err ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct arguments a = {
		.options = {.listen = LISTEN_DEFAULT, .version = TT_VERSION}};
	struct event_base *base;
	int code;

	cli_begin();
	code = parse(argc, argv, &a);
	if (code >= 0)
		return cli_end("tt-exporter", code, EXIT_FAILURE);
	if (a.is_once)
		return print(&a);
	base = event_base_new();
	if (!base) {
		fputs("tt-exporter: no event loop can be made\n", stderr);
		return EXIT_FAILURE;
	}
	code = serve(base, &a);
	event_base_free(base);
	return code;
}
