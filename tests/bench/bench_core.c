/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench-core: what the engine's pieces cost, and what the vertex cap loses in
 * width. Batches of all pieces are interleaved, so that whatever else the
 * machine does falls on all alike; the median batch is reported.
 *   bench-core [--format=text|json] [--batches=N] [--no-width]
 */
#include <getopt.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/bench/bench_width.h"
#include "tests/bench/bench_work.h"

#define BATCHES_DEFAULT 201
#define BATCHES_MAX     10001
#define EXIT_USAGE      64 /* sysexits.h EX_USAGE */

struct options {
	bool is_json, has_width;
	int batches;
};

struct result {
	struct work work[WORKS_MAX];
	int works;
	double median_ns[WORKS_MAX], p90_ns[WORKS_MAX];
	struct width_row row[WIDTH_ROWS_MAX];
	int rows;
	double full_share;
	int typical_vertices;
};

static double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double time_batch(struct work *w)
{
	double begin_ns;

	work_prepare(w);
	begin_ns = now_ns();
	w->run(w->state, w->count);
	return (now_ns() - begin_ns) / w->count;
}

/* The first batch of each warms up. */
static void measure(struct result *r, int batches)
{
	double *ns = calloc((size_t)batches * WORKS_MAX, sizeof(*ns));

	if (!ns)
		exit(EXIT_FAILURE);
	for (int b = -1; b < batches; b++)
		for (int i = 0; i < r->works; i++)
			ns[i * batches + (b < 0 ? 0 : b)] =
				time_batch(&r->work[i]);
	for (int i = 0; i < r->works; i++) {
		double *of = &ns[i * batches];

		qsort(of, (size_t)batches, sizeof(*of), compare);
		r->median_ns[i] = of[batches / 2];
		r->p90_ns[i] = of[batches * 9 / 10];
	}
	free(ns);
}

static void print_text(const struct result *r)
{
	printf("%-36s %10s %10s\n", "ns per operation", "median", "p90");
	for (int i = 0; i < r->works; i++)
		printf("%-36s %10.1f %10.1f\n", r->work[i].name,
		       r->median_ns[i], r->p90_ns[i]);
	printf("\nof a day's updates at poll 16 s, %.1f %% leave the polygon "
	       "full; %d vertices on the average\n",
	       r->full_share * 100, r->typical_vertices);
	if (r->rows == 0)
		return;
	printf("\n%-10s %5s %12s %12s\n", "preset", "cap", "mean wider %",
	       "most %");
	for (int i = 0; i < r->rows; i++)
		printf("%-10s %5d %12.3f %12.3f\n", r->row[i].preset,
		       r->row[i].cap, r->row[i].mean * 100,
		       r->row[i].most * 100);
}

static void add_number(struct json_object *o, const char *name, double value)
{
	json_object_object_add(o, name, json_object_new_double(value));
}

static struct json_object *works_json(const struct result *r)
{
	struct json_object *all = json_object_new_array();

	for (int i = 0; i < r->works; i++) {
		struct json_object *one = json_object_new_object();

		json_object_object_add(one, "operation",
				       json_object_new_string(
					       r->work[i].name));
		add_number(one, "median_ns", r->median_ns[i]);
		add_number(one, "p90_ns", r->p90_ns[i]);
		json_object_array_add(all, one);
	}
	return all;
}

static struct json_object *widths_json(const struct result *r)
{
	struct json_object *all = json_object_new_array();

	for (int i = 0; i < r->rows; i++) {
		struct json_object *one = json_object_new_object();

		json_object_object_add(one, "preset",
				       json_object_new_string(
					       r->row[i].preset));
		json_object_object_add(one, "cap",
				       json_object_new_int(r->row[i].cap));
		add_number(one, "wider_mean", r->row[i].mean);
		add_number(one, "wider_most", r->row[i].most);
		json_object_array_add(all, one);
	}
	return all;
}

static void print_json(const struct result *r)
{
	struct json_object *doc = json_object_new_object();

	json_object_object_add(doc, "operations", works_json(r));
	add_number(doc, "full_share", r->full_share);
	json_object_object_add(doc, "typical_vertices",
			       json_object_new_int(r->typical_vertices));
	json_object_object_add(doc, "widths", widths_json(r));
	puts(json_object_to_json_string_ext(doc, JSON_C_TO_STRING_PRETTY));
	json_object_put(doc);
}

static int usage(FILE *to, int status)
{
	fputs("usage: bench-core [--format=text|json] [--batches=N] "
	      "[--no-width]\n",
	      to);
	return status;
}

/* -1: go on; else the exit status. */
static int parse(int argc, char **argv, struct options *opt)
{
	static const struct option options[] = {
		{"format", required_argument, NULL, 'f'},
		{"batches", required_argument, NULL, 'b'},
		{"no-width", no_argument, NULL, 'w'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0}};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'f':
			opt->is_json = strcmp(optarg, "json") == 0;
			if (!opt->is_json && strcmp(optarg, "text") != 0)
				return usage(stderr, EXIT_USAGE);
			break;
		case 'b':
			opt->batches = atoi(optarg);
			if (opt->batches < 1 || opt->batches > BATCHES_MAX)
				return usage(stderr, EXIT_USAGE);
			break;
		case 'w':
			opt->has_width = false;
			break;
		case 'h':
			return usage(stdout, EXIT_SUCCESS);
		default:
			return usage(stderr, EXIT_USAGE);
		}
	}
	return optind < argc ? usage(stderr, EXIT_USAGE) : -1;
}

int main(int argc, char **argv)
{
	static struct result r;
	struct options opt = {false, true, BATCHES_DEFAULT};
	const int status = parse(argc, argv, &opt);

	if (status >= 0)
		return status;
	r.works = work_make(r.work);
	r.full_share = work_full_share(&r.typical_vertices);
	measure(&r, opt.batches);
	if (opt.has_width)
		r.rows = width_compare(r.row);
	if (opt.is_json)
		print_json(&r);
	else
		print_text(&r);
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
