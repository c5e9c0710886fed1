/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tt-bench: what a call costs. Measures a live segment, or ones of its own, by
 * the raw clock and by the CPU's counter. What is measured, and how, is in
 * bench_read.c, bench_tail.c, bench_scale.c, bench_hlc.c and bench_wait.c.
 */
#include <errno.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "tools/bench_hlc.h"
#include "tools/bench_read.h"
#include "tools/bench_scale.h"
#include "tools/bench_segment.h"
#include "tools/bench_tail.h"
#include "tools/bench_wait.h"
#include "tt/tt.h"

#define CALLS_DEFAULT	1000
#define CALLS_MAX	1000000
#define BATCHES_DEFAULT 301
#define BATCHES_MAX	10001

/* A thread must outlast its time slice (3 ms), or eight never meet on a few
 * processors, and none is ever preempted with a lock held. */
#define HLC_CALLS_DEFAULT   200000
#define HLC_BATCHES_DEFAULT 11
#define TAIL_CALLS_DEFAULT  100000
#define SCALE_CALLS_DEFAULT 200000
#define THREADS_DEFAULT	    1000
#define THREADS_MAX	    20000

enum format { FORMAT_TEXT, FORMAT_JSON };

struct options {
	const char *segment; /* NULL: one of our own */
	enum format format;
	int calls;   /* 0: as is usual for what is measured */
	int batches; /* 0 likewise */
	int threads; /* of those that wait at once */
};

static int complain(const char *what, int rc)
{
	fprintf(stderr, "tt-bench: %s: %s\n", what,
		strcmp(tt_strerror(rc), tt_strerror(INT_MAX)) ? tt_strerror(rc)
							      : strerror(-rc));
	return rc;
}

__attribute__((format(printf, 1, 2))) static int
misuse(const char *format, ...)
{
	va_list args;

	fputs("tt-bench: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputs("\nTry 'tt-bench --help'.\n", stderr);
	return EXIT_USAGE;
}

/* A clock to measure: the live one, or one of our own and its writer. */
struct subject {
	struct bench_segment own;
	bool is_own;
	struct bench_clock clock;
};

static int subject_open(const struct options *opt, int64_t period_ns,
			uint64_t tick_mult, struct subject *ret)
{
	int rc;

	ret->is_own = opt->segment == NULL;
	if (ret->is_own) {
		rc = bench_segment_open(&ret->own, period_ns, tick_mult);
		if (rc < 0)
			return complain("cannot make a segment", rc);
	}
	rc = bench_clock_open(ret->is_own ? ret->own.path : opt->segment,
			      &ret->clock);
	if (rc == 0)
		return 0;
	if (ret->is_own)
		bench_segment_close(&ret->own);
	return complain(opt->segment != NULL ? opt->segment : "own segment",
			rc);
}

static void subject_close(struct subject *s)
{
	bench_clock_close(&s->clock);
	if (s->is_own)
		bench_segment_close(&s->own);
}

/* A writer, and what is read. */
struct writer {
	const char *name;
	int64_t period_ns;
	bool has_ticks;
};

#define LIVE_NAME "live"

static const struct writer writers[] = {
	{"10 Hz, the kernel's raw clock", 100000000, false},
	{"10 Hz, the CPU's counter", 100000000, true},
	{"10 kHz, the CPU's counter", 100000, true},
};

#define WRITERS (sizeof(writers) / sizeof(writers[0]))

/* Does `one` to each: a live clock is the only one. */
static int on_each(const struct options *opt, size_t first,
		   int (*one)(const struct options *, struct subject *,
			      const char *, struct json_object *),
		   struct json_object *runs)
{
	const uint64_t mult = bench_tick_mult();
	struct subject s;
	int rc = 0;

	for (size_t i = first; i < WRITERS && rc == 0; i++) {
		const struct writer *w = &writers[i];

		if (w->has_ticks && mult == 0 && i > first)
			continue;
		rc = subject_open(opt, w->period_ns, w->has_ticks ? mult : 0,
				  &s);
		if (rc < 0)
			break;
		if (opt->format == FORMAT_TEXT && i > first)
			putchar('\n');
		rc = one(opt, &s, s.is_own ? w->name : LIVE_NAME, runs);
		subject_close(&s);
		if (opt->segment != NULL)
			break;
	}
	return rc;
}

static int read_one(const struct options *opt, struct subject *s,
		    const char *name, struct json_object *runs)
{
	struct bench_read b = {.calls = opt->calls, .batches = opt->batches};
	int rc;

	snprintf(b.name, sizeof(b.name), "%s", name);
	rc = bench_read(&s->clock, &b);
	if (rc < 0)
		return complain(name, rc);
	if (opt->format == FORMAT_TEXT)
		bench_read_print(&b);
	json_object_array_add(runs, bench_read_json(&b));
	return 0;
}

static int tail_one(const struct options *opt, struct subject *s,
		    const char *name, struct json_object *runs)
{
	struct bench_tail b = {.calls = opt->calls,
			       .tick_mult = bench_tick_mult()};
	int rc;

	snprintf(b.name, sizeof(b.name), "%s", name);
	rc = bench_tail(&s->clock, &b);
	if (rc < 0)
		return complain(name, rc);
	if (opt->format == FORMAT_TEXT)
		bench_tail_print(&b);
	json_object_array_add(runs, bench_tail_json(&b));
	return 0;
}

static int run_each(const struct options *opt, size_t first,
		    int (*one)(const struct options *, struct subject *,
			       const char *, struct json_object *))
{
	struct json_object *runs = json_object_new_array();
	struct json_object *doc = json_object_new_object();
	int rc;

	json_object_object_add(doc, "batches",
			       json_object_new_int(opt->batches));
	json_object_object_add(doc, "calls_per_batch",
			       json_object_new_int(opt->calls));
	json_object_object_add(doc, "runs", runs);
	rc = on_each(opt, first, one, runs);
	if (rc == 0 && opt->format == FORMAT_JSON)
		puts(json_object_to_json_string_ext(doc,
						    JSON_C_TO_STRING_PRETTY));
	json_object_put(doc);
	return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static void print_rows(const char *name, struct json_object *rows)
{
	struct json_object *doc = json_object_new_object();

	json_object_object_add(doc, name, rows);
	puts(json_object_to_json_string_ext(doc, JSON_C_TO_STRING_PRETTY));
	json_object_put(doc);
}

static int run_hlc(const struct options *opt, struct bench_clock *c)
{
	struct bench_hlc b = {.batches = opt->batches, .calls = opt->calls};
	int rc;

	rc = bench_hlc(c->clk, &b);
	if (rc < 0)
		return rc;
	if (opt->format == FORMAT_JSON)
		print_rows("hlc", bench_hlc_json(&b));
	else
		bench_hlc_print(&b);
	return 0;
}

static int run_wait(const struct options *opt, struct bench_clock *c)
{
	struct bench_wait b = {.threads = opt->threads};
	int rc;

	rc = bench_wait(c->clk, &b);
	if (rc < 0)
		return rc;
	if (opt->format == FORMAT_JSON)
		print_rows("waits", bench_wait_json(&b));
	else
		bench_wait_print(&b);
	return 0;
}

static int run_scale(const struct options *opt, struct bench_clock *c)
{
	struct bench_scale b = {.threads = bench_scale_processors(),
				.calls = opt->calls,
				.batches = opt->batches};
	int rc;

	rc = bench_scale(c, &b);
	if (rc < 0)
		return rc;
	if (opt->format == FORMAT_JSON)
		print_rows("scale", bench_scale_json(&b));
	else
		bench_scale_print(&b);
	return 0;
}

/* On the live clock, or on one of our own that is published at 10 Hz. */
static int run_on_clock(const struct options *opt,
			int (*run)(const struct options *,
				   struct bench_clock *))
{
	struct subject s;
	int rc;

	if (subject_open(opt, 100000000, bench_tick_mult(), &s) < 0)
		return EXIT_FAILURE;
	rc = run(opt, &s.clock);
	subject_close(&s);
	if (rc < 0)
		complain("not measured", rc);
	return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int usual(int asked, int otherwise)
{
	return asked != 0 ? asked : otherwise;
}

static int run_what(struct options *opt, const char *what)
{
	if (strcmp(what, "hlc") == 0 || strcmp(what, "scale") == 0) {
		opt->calls = usual(opt->calls, *what == 'h'
						       ? HLC_CALLS_DEFAULT
						       : SCALE_CALLS_DEFAULT);
		opt->batches = usual(opt->batches, HLC_BATCHES_DEFAULT);
		return run_on_clock(opt, *what == 'h' ? run_hlc : run_scale);
	}
	if (strcmp(what, "wait") == 0)
		return run_on_clock(opt, run_wait);
	opt->batches = usual(opt->batches, BATCHES_DEFAULT);
	if (strcmp(what, "read") == 0) {
		opt->calls = usual(opt->calls, CALLS_DEFAULT);
		return run_each(opt, 0, read_one);
	}
	if (strcmp(what, "tail") == 0) {
		opt->calls = usual(opt->calls, TAIL_CALLS_DEFAULT);
		return run_each(opt, 1, tail_one);
	}
	return misuse("no '%.80s': read, tail, scale, hlc or wait", what);
}

static const char usage[] =
	"usage: tt-bench [OPTIONS] [read|tail|scale|hlc|wait]\n"
	"\n"
	"  read   what a clock reading costs, beside plain clock_gettime(2)\n"
	"  tail   how long single readings take at worst, while one publishes\n"
	"  scale  readings on one to all processors\n"
	"  hlc    timestamps of a hybrid logical clock, beside a spinlock\n"
	"  wait   how late waits return, one and a thousand at once\n"
	"\n"
	"  --segment PATH  read this live clock; else one of its own, with a\n"
	"                  writer at 10 Hz and (read, tail) 10 kHz\n"
	"  --format FORM   text (the default) or json\n"
	"  --calls N       calls in a batch (1000; hlc, scale: 200000 a thread;\n"
	"                  tail: 100000, in one)\n"
	"  --batches N     batches of each call (301; hlc, scale: 11)\n"
	"  --threads N     that wait at once (1000)\n"
	"  --help, --version\n"
	"\n"
	"exit: 0 measured, 1 not (no clock, no memory), 64 usage\n";

/* As all below: -1: go on; else exit with this. */
static int parse_count(const char *what, const char *text, long max, int *ret)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (errno != 0 || *text < '0' || *text > '9' || *end != '\0' ||
	    value < 1 || value > max)
		return misuse("%s '%.80s' is no whole number from 1 to %ld",
			      what, text, max);
	*ret = (int)value;
	return -1;
}

static int parse_format(const char *text, enum format *ret)
{
	if (strcmp(text, "text") == 0)
		*ret = FORMAT_TEXT;
	else if (strcmp(text, "json") == 0)
		*ret = FORMAT_JSON;
	else
		return misuse("no format '%.80s': text or json", text);
	return -1;
}

static int take(int c, struct options *opt)
{
	switch (c) {
	case 's':
		opt->segment = optarg;
		return *optarg ? -1 : misuse("--segment wants a clock's path");
	case 'f':
		return parse_format(optarg, &opt->format);
	case 'c':
		return parse_count("--calls", optarg, CALLS_MAX, &opt->calls);
	case 'b':
		return parse_count("--batches", optarg, BATCHES_MAX,
				   &opt->batches);
	case 't':
		return parse_count("--threads", optarg, THREADS_MAX,
				   &opt->threads);
	case 'h':
		fputs(usage, stdout);
		return EXIT_SUCCESS;
	default:
		puts("tt-bench " TT_VERSION);
		return EXIT_SUCCESS;
	}
}

static int parse(int argc, char **argv, struct options *opt)
{
	static const struct option longs[] = {
		{"segment", required_argument, NULL, 's'},
		{"format", required_argument, NULL, 'f'},
		{"calls", required_argument, NULL, 'c'},
		{"batches", required_argument, NULL, 'b'},
		{"threads", required_argument, NULL, 't'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{NULL, 0, NULL, 0}};
	char words[CLI_WORDS_SIZE];
	int c, code;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", longs, NULL)) != -1) {
		if (c == ':' || c == '?') {
			cli_option_words(c, argv, longs, words);
			return misuse("%s", words);
		}
		code = take(c, opt);
		if (code >= 0)
			return code;
	}
	if (optind + 1 < argc)
		return misuse("what is '%.80s'?", argv[optind + 1]);
	return -1;
}

int main(int argc, char **argv)
{
	struct options opt = {.threads = THREADS_DEFAULT};
	int code;

	cli_begin();
	code = parse(argc, argv, &opt);
	if (code < 0)
		code = run_what(&opt, optind < argc ? argv[optind] : "read");
	return cli_end("tt-bench", code, EXIT_FAILURE);
}
