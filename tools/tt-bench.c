/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tt-bench: what a call costs. Batches of every call are interleaved, so that
 * whatever else the machine does falls on all alike, and the median batch is
 * reported; ratios are to the plain clock reads of the same run. Measures a
 * live segment, or ones of its own, by the raw clock and by the CPU's counter.
 * bench_hlc.c and bench_wait.c measure what is built on readings.
 */
#include <errno.h>
#include <getopt.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/bench_hlc.h"
#include "tools/bench_segment.h"
#include "tools/bench_wait.h"
#include "tt/tt.h"

#define EXIT_USAGE 64 /* sysexits.h EX_USAGE, as tt-status has it */

#define CALLS_DEFAULT	1000
#define CALLS_MAX	1000000
#define BATCHES_DEFAULT 301
#define BATCHES_MAX	10001
#define RUNS_MAX	3

/* A thread must outlast its time slice (3 ms), or eight never meet on a few
 * processors, and none is ever preempted with a lock held. */
#define HLC_CALLS_DEFAULT   200000
#define HLC_BATCHES_DEFAULT 11
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

/* Makes `count` calls; 0, or the first error. */
typedef int batch_fn(struct tt_clock *clk, int count);

struct call {
	const char *name;
	batch_fn *batch;
};

#define BATCH(name, expression)                                                \
	static int name(struct tt_clock *clk, int count)                       \
	{                                                                      \
		struct tt_interval now;                                        \
		struct timespec ts;                                            \
		int rc = 0;                                                    \
                                                                               \
		(void)clk, (void)now, (void)ts;                                \
		for (int i = 0; i < count && rc >= 0; i++)                     \
			rc = (expression);                                     \
		return rc < 0 ? rc : 0;                                        \
	}

BATCH(batch_realtime, clock_gettime(CLOCK_REALTIME, &ts))
BATCH(batch_raw, clock_gettime(CLOCK_MONOTONIC_RAW, &ts))
BATCH(batch_now, tt_now(clk, &now))
BATCH(batch_strict, tt_now_strict(clk, &now))
BATCH(batch_relaxed, tt_now_relaxed(clk, &now))
BATCH(batch_tai, tt_now_tai(clk, &now))
BATCH(batch_after, tt_after(clk, INT64_MAX))

enum { CALL_REALTIME, CALL_RAW, CALL_NOW, CALL_COUNT = 7 };

static const struct call calls[CALL_COUNT] = {
	[CALL_REALTIME] = {"clock_gettime(CLOCK_REALTIME)", batch_realtime},
	[CALL_RAW] = {"clock_gettime(CLOCK_MONOTONIC_RAW)", batch_raw},
	[CALL_NOW] = {"tt_now", batch_now},
	{"tt_now_strict", batch_strict},
	{"tt_now_relaxed", batch_relaxed},
	{"tt_now_tai", batch_tai},
	{"tt_after", batch_after},
};

/* One table: what was measured against which writer. */
struct run {
	char name[32];
	double ns[CALL_COUNT]; /* per call, of the median batch */
};

static int compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int time_batch(const struct call *call, struct tt_clock *clk, int count,
		      double *ret_ns)
{
	const int64_t begin_ns = bench_raw_ns();
	int rc;

	rc = call->batch(clk, count);
	*ret_ns = (double)(bench_raw_ns() - begin_ns) / count;
	return rc;
}

/* The first batch of each call warms up and is not counted. */
static int measure(const struct options *opt, struct tt_clock *clk,
		   struct run *ret)
{
	double *ns;
	int rc = 0;

	ns = calloc((size_t)opt->batches * CALL_COUNT, sizeof(*ns));
	if (ns == NULL)
		return -ENOMEM;
	for (int i = -1; i < opt->batches && rc == 0; i++)
		for (int j = 0; j < CALL_COUNT && rc == 0; j++)
			rc = time_batch(
				&calls[j], clk, opt->calls,
				&ns[j * opt->batches + (i < 0 ? 0 : i)]);
	for (int j = 0; j < CALL_COUNT; j++) {
		double *of = &ns[j * opt->batches];

		qsort(of, (size_t)opt->batches, sizeof(*of), compare);
		ret->ns[j] = of[opt->batches / 2];
	}
	free(ns);
	return rc;
}

static int complain(const char *what, int rc)
{
	fprintf(stderr, "tt-bench: %s: %s\n", what,
		strcmp(tt_strerror(rc), tt_strerror(INT_MAX)) ? tt_strerror(rc)
							      : strerror(-rc));
	return rc;
}

/* tt_after() gives no errors: see first whether the clock can be read. */
static int measure_path(const struct options *opt, const char *path,
			struct run *ret)
{
	struct tt_interval now;
	struct tt_clock *clk;
	int rc;

	rc = tt_open(path, &clk);
	if (rc < 0)
		return complain(path, rc);
	rc = tt_now(clk, &now);
	if (rc == 0)
		rc = measure(opt, clk, ret);
	tt_close(clk);
	return rc < 0 ? complain(path, rc) : 0;
}

static int measure_own(const struct options *opt, int64_t period_ns,
		       uint64_t tick_mult, const char *name, struct run *ret)
{
	struct bench_segment own;
	int rc;

	snprintf(ret->name, sizeof(ret->name), "%s", name);
	rc = bench_segment_open(&own, period_ns, tick_mult);
	if (rc < 0)
		return complain("cannot make a segment", rc);
	rc = measure_path(opt, own.path, ret);
	bench_segment_close(&own);
	return rc;
}

static void print_text(const struct run *runs, int count)
{
	for (int i = 0; i < count; i++) {
		const double *ns = runs[i].ns;

		printf("%s%-36s %8s %8s %8s\n", i > 0 ? "\n" : "", runs[i].name,
		       "ns/call", "/RAW", "/REALTIME");
		for (int j = 0; j < CALL_COUNT; j++)
			printf("%-36s %8.1f %8.2f %8.2f\n", calls[j].name,
			       ns[j], ns[j] / ns[CALL_RAW],
			       ns[j] / ns[CALL_REALTIME]);
	}
}

static struct json_object *run_json(const struct run *run)
{
	struct json_object *all = json_object_new_array();
	struct json_object *ret = json_object_new_object();

	for (int j = 0; j < CALL_COUNT; j++) {
		struct json_object *one = json_object_new_object();

		json_object_object_add(one, "call",
				       json_object_new_string(calls[j].name));
		json_object_object_add(one, "ns",
				       json_object_new_double(run->ns[j]));
		json_object_object_add(
			one, "ratio_raw",
			json_object_new_double(run->ns[j] / run->ns[CALL_RAW]));
		json_object_object_add(
			one, "ratio_realtime",
			json_object_new_double(run->ns[j] /
					       run->ns[CALL_REALTIME]));
		json_object_array_add(all, one);
	}
	json_object_object_add(ret, "writer",
			       json_object_new_string(run->name));
	json_object_object_add(ret, "calls", all);
	return ret;
}

static void print_json(const struct options *opt, const struct run *runs,
		       int count)
{
	struct json_object *doc = json_object_new_object();
	struct json_object *all = json_object_new_array();

	for (int i = 0; i < count; i++)
		json_object_array_add(all, run_json(&runs[i]));
	json_object_object_add(doc, "batches",
			       json_object_new_int(opt->batches));
	json_object_object_add(doc, "calls_per_batch",
			       json_object_new_int(opt->calls));
	json_object_object_add(doc, "runs", all);
	puts(json_object_to_json_string_ext(doc, JSON_C_TO_STRING_PRETTY));
	json_object_put(doc);
}

/* By the CPU's counter, where timed(8) would use it, and by the raw clock. How
 * many runs, or negative errno. */
static int measure_owns(const struct options *opt, struct run *runs)
{
	const uint64_t mult = bench_tick_mult();
	int count = 0, rc;

	rc = measure_own(opt, 100000000, 0, "10 Hz, the kernel's raw clock",
			 &runs[count++]);
	if (rc < 0 || mult == 0)
		return rc < 0 ? rc : count;
	rc = measure_own(opt, 100000000, mult, "10 Hz, the CPU's counter",
			 &runs[count++]);
	if (rc == 0)
		rc = measure_own(opt, 100000, mult, "10 kHz, the CPU's counter",
				 &runs[count++]);
	return rc < 0 ? rc : count;
}

static int run_reads(const struct options *opt)
{
	struct run runs[RUNS_MAX];
	int count = 1;

	if (opt->segment != NULL) {
		snprintf(runs[0].name, sizeof(runs[0].name), "live");
		if (measure_path(opt, opt->segment, &runs[0]) < 0)
			return EXIT_FAILURE;
	} else {
		count = measure_owns(opt, runs);
		if (count < 0)
			return EXIT_FAILURE;
	}
	if (opt->format == FORMAT_JSON)
		print_json(opt, runs, count);
	else
		print_text(runs, count);
	return EXIT_SUCCESS;
}

static void print_rows(const char *name, struct json_object *rows)
{
	struct json_object *doc = json_object_new_object();

	json_object_object_add(doc, name, rows);
	puts(json_object_to_json_string_ext(doc, JSON_C_TO_STRING_PRETTY));
	json_object_put(doc);
}

static int run_hlc(const struct options *opt, struct tt_clock *clk)
{
	struct bench_hlc b = {.batches = opt->batches, .calls = opt->calls};
	int rc;

	rc = bench_hlc(clk, &b);
	if (rc < 0)
		return rc;
	if (opt->format == FORMAT_JSON)
		print_rows("hlc", bench_hlc_json(&b));
	else
		bench_hlc_print(&b);
	return 0;
}

static int run_wait(const struct options *opt, struct tt_clock *clk)
{
	struct bench_wait b = {.threads = opt->threads};
	int rc;

	rc = bench_wait(clk, &b);
	if (rc < 0)
		return rc;
	if (opt->format == FORMAT_JSON)
		print_rows("waits", bench_wait_json(&b));
	else
		bench_wait_print(&b);
	return 0;
}

/* On the live clock, or on one of our own that is published at 10 Hz. */
static int run_on_clock(const struct options *opt,
			int (*run)(const struct options *, struct tt_clock *))
{
	const char *path = opt->segment;
	struct bench_segment own;
	struct tt_clock *clk;
	int rc;

	if (path == NULL) {
		rc = bench_segment_open(&own, 100000000, bench_tick_mult());
		if (rc < 0) {
			complain("cannot make a segment", rc);
			return EXIT_FAILURE;
		}
		path = own.path;
	}
	rc = tt_open(path, &clk);
	if (rc == 0) {
		rc = run(opt, clk);
		tt_close(clk);
	}
	if (rc < 0)
		complain(path, rc);
	if (opt->segment == NULL)
		bench_segment_close(&own);
	return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int usual(int asked, int otherwise)
{
	return asked != 0 ? asked : otherwise;
}

static int run_what(struct options *opt, const char *what)
{
	if (strcmp(what, "hlc") == 0) {
		opt->calls = usual(opt->calls, HLC_CALLS_DEFAULT);
		opt->batches = usual(opt->batches, HLC_BATCHES_DEFAULT);
		return run_on_clock(opt, run_hlc);
	}
	if (strcmp(what, "wait") == 0)
		return run_on_clock(opt, run_wait);
	if (strcmp(what, "read") == 0) {
		opt->calls = usual(opt->calls, CALLS_DEFAULT);
		opt->batches = usual(opt->batches, BATCHES_DEFAULT);
		return run_reads(opt);
	}
	fprintf(stderr, "tt-bench: no '%s': read, hlc or wait\n", what);
	return EXIT_USAGE;
}

static int run_all(struct options *opt, const char *what)
{
	int code;

	code = run_what(opt, what);
	if (code == EXIT_SUCCESS && fflush(stdout) != 0) {
		complain("standard output", -errno);
		return EXIT_FAILURE;
	}
	return code;
}

static const char usage[] =
	"usage: tt-bench [OPTIONS] [read|hlc|wait]\n"
	"\n"
	"  read  what a clock reading costs, beside plain clock_gettime(2)\n"
	"  hlc   timestamps of a hybrid logical clock, beside a spinlock\n"
	"  wait  how late waits return, one and a thousand at once\n"
	"\n"
	"  --segment PATH  read this live clock; else one of its own, with a\n"
	"                  writer at 10 Hz and (read) at 10 kHz\n"
	"  --format FORM   text (the default) or json\n"
	"  --calls N       calls in a batch (1000; hlc: 200000 a thread)\n"
	"  --batches N     batches of each call (301; hlc: 11)\n"
	"  --threads N     that wait at once (1000)\n"
	"  --help, --version\n"
	"\n"
	"exit: 0 measured, 1 not (no clock, no memory), 64 usage\n";

static int parse_count(const char *what, const char *text, long max, int *ret)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || value < 1 ||
	    value > max) {
		fprintf(stderr, "tt-bench: %s: '%s': want 1 to %ld\n", what,
			text, max);
		return -EINVAL;
	}
	*ret = (int)value;
	return 0;
}

static int parse_format(const char *text, enum format *ret)
{
	if (strcmp(text, "text") == 0)
		*ret = FORMAT_TEXT;
	else if (strcmp(text, "json") == 0)
		*ret = FORMAT_JSON;
	else {
		fprintf(stderr, "tt-bench: no format '%s': text or json\n",
			text);
		return -EINVAL;
	}
	return 0;
}

/* -1: go on; else exit with this. */
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
	int c, rc = 0;

	while (rc == 0 &&
	       (c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		switch (c) {
		case 's':
			opt->segment = optarg;
			break;
		case 'f':
			rc = parse_format(optarg, &opt->format);
			break;
		case 'c':
			rc = parse_count("--calls", optarg, CALLS_MAX,
					 &opt->calls);
			break;
		case 'b':
			rc = parse_count("--batches", optarg, BATCHES_MAX,
					 &opt->batches);
			break;
		case 't':
			rc = parse_count("--threads", optarg, THREADS_MAX,
					 &opt->threads);
			break;
		case 'h':
			fputs(usage, stdout);
			return EXIT_SUCCESS;
		case 'V':
			puts("tt-bench " TT_VERSION);
			return EXIT_SUCCESS;
		default:
			rc = -EINVAL;
		}
	}
	if (rc == 0 && optind + 1 < argc) {
		fprintf(stderr, "tt-bench: unexpected argument '%s'\n",
			argv[optind + 1]);
		rc = -EINVAL;
	}
	return rc < 0 ? EXIT_USAGE : -1;
}

int main(int argc, char **argv)
{
	struct options opt = {.threads = THREADS_DEFAULT};
	int rc;

	rc = parse(argc, argv, &opt);
	if (rc >= 0)
		return rc;
	return run_all(&opt, optind < argc ? argv[optind] : "read");
}
