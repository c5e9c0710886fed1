/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tt-sim run: the user's configuration on the user's hardware. What bound
 * would it give, and what happens in a day's holdover?
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chart/page_file.h"
#include "sim/page.h"
#include "sim/page_text.h"
#include "sim/scenario_file.h"
#include "sim/trace.h"
#include "sim/tt_sim.h"

#define PROGRESS_TICKS 20000 /* between looks at the clock */

struct run_options {
	const char *config, *scenario, *report;
	bool has_seed;
	uint64_t seed;
};

struct watch {
	struct trace trace;
	uint64_t ticks;
	double from_s, shown_s;
	bool is_terminal, has_line;
};

static void show_progress(struct watch *w, int64_t raw_ns)
{
	const double now_s = monotonic_s();
	const double part = (double)raw_ns / 1e9 / w->trace.length_s;
	const double took_s = now_s - w->from_s;

	if (now_s - w->shown_s < 0.2 || took_s < 0.5)
		return;
	w->shown_s = now_s;
	w->has_line = true;
	fprintf(stderr, "\r\033[K%3.0f %%, %.0f s to go", 100 * part,
		took_s / part - took_s);
}

static void on_tick(void *arg, int64_t raw_ns, int64_t unix_ns,
		    const struct tt_interval *interval)
{
	struct watch *w = arg;

	trace_tick(&w->trace, raw_ns, unix_ns, interval);
	if (++w->ticks % PROGRESS_TICKS == 0 && w->is_terminal)
		show_progress(w, raw_ns);
}

/* --- words -------------------------------------------------------------- */

static void print_holdover(const struct trace_holdover *h)
{
	char span[PAGE_NUMBER_SIZE], half[PAGE_NUMBER_SIZE];

	if (!(h->length_s > 0))
		return;
	printf("holdover from %s on:", page_moment(h->from_s, span));
	for (int i = 0; i < TRACE_MARKS; i++)
		if (h->mark_half_ns[i] > 0)
			printf(" +-%s after %s,",
			       page_duration(h->mark_half_ns[i], half),
			       page_span(trace_mark_s[i], span));
	printf(" +-%s at its end (%s)\n", page_duration(h->half_ns, half),
	       page_span(h->length_s, span));
}

static void print_states(const struct trace *t)
{
	printf("states:");
	for (int i = 1; i <= 4; i++)
		if (t->state_s[i % 4] > 0)
			printf(" %s %.2f %%",
			       i == 4 ? "no answer"
				      : engine_state_name(
						(enum engine_state)i),
			       100 * t->state_s[i % 4] / t->length_s);
	printf("\n");
}

static void print_broken(const struct scenario_file *f,
			 const struct outcome *o)
{
	char moment[PAGE_NUMBER_SIZE];

	if (f->scenario.breaks) {
		printf("axiom %s does not hold from %s on: %s; %" PRIu64
		       " reads missed since, ",
		       f->scenario.breaks,
		       page_moment(f->scenario.broken_from_s, moment),
		       f->why_broken, o->excused);
		if (o->detected_s >= 0)
			printf("noticed after %.0f s\n", o->detected_s);
		else
			printf("not noticed\n");
	}
	if (scenario_file_is_unfit(f, o->unfit_seconds))
		printf("the oscillator left axiom A1 or A2 as configured in "
		       "%" PRIu64 " s: choose a wider preset\n",
		       o->unfit_seconds);
}

static void print_result(const struct scenario_file *f, const struct trial *t,
			 const struct trace *trace)
{
	const struct outcome *o = &t->outcome;
	const double optimum_ns = widths_mean_ns(&o->optimum);
	char a[PAGE_NUMBER_SIZE], b[PAGE_NUMBER_SIZE], c[PAGE_NUMBER_SIZE];

	printf("%s, %s, seed %" PRIu64 "\n", f->name,
	       page_span(t->hours * 3600, a), t->seed);
	printf("half-width: median %s, 99 %% %s, widest %s",
	       page_duration(widths_percentile_ns(&trace->width, 0.5), a),
	       page_duration(widths_percentile_ns(&trace->width, 0.99), b),
	       page_duration(trace->half_ns_max, c));
	if (optimum_ns > 0)
		printf("; %.2f times the optimum",
		       widths_mean_ns(&o->width) / optimum_ns);
	printf("\nfirst bound after %s", page_span(o->first_bound_s, a));
	if (t->recover_s >= 0)
		printf("; as narrow as before %s after the last fault",
		       page_span(t->recover_s, b));
	printf("\n");
	print_holdover(&trace->longest);
	print_states(trace);
	printf("%" PRIu64 " reads: %" PRIu64 " misses, %" PRIu64
	       " times back, %" PRIu64 " without an answer\n",
	       o->reads, o->misses, o->went_back, o->read_errors);
	print_broken(f, o);
}

/* A miss is the bound's fault only while the hardware keeps to the axioms. */
static const char *verdict(const struct outcome *o)
{
	if (o->went_back > 0)
		return "earliest went back within an epoch";
	if (o->misses > 0 && o->unfit_seconds == 0)
		return "true time was outside while the axioms held";
	if (o->first_bound_s <= 0)
		return "there was never a bound";
	return NULL;
}

/* --- the run ------------------------------------------------------------ */

static int parse_run(int argc, char **argv, struct run_options *ret)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"scenario", required_argument, NULL, 's'},
		{"report", required_argument, NULL, 'r'},
		{"seed", required_argument, NULL, 'S'},
		{NULL, 0, NULL, 0}};
	int c;

	memset(ret, 0, sizeof(*ret));
	while ((c = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (c == 'c')
			ret->config = optarg;
		else if (c == 's')
			ret->scenario = optarg;
		else if (c == 'r')
			ret->report = optarg;
		else if (c != 'S')
			return usage_option(c, argv, options);
		else if (!parse_number("--seed", optarg, 0, UINT64_MAX,
				       &ret->seed))
			return SIM_USAGE;
		ret->has_seed |= c == 'S';
	}
	if (usage_rest("run", argc, argv, NULL) != SIM_OK)
		return SIM_USAGE;
	if (!ret->scenario)
		return usage_error("run: which --scenario FILE?");
	return SIM_OK;
}

static int load(const struct run_options *opt, struct config *cfg,
		struct scenario_file *file)
{
	static struct config_files files;
	char error[CONFIG_ERROR_SIZE] = "";
	int err = 0;

	if (opt->config)
		err = config_load(opt->config, true, cfg, &files, error);
	else
		config_defaults(cfg);
	if (!err)
		err = scenario_file_load(opt->scenario, cfg, file, error);
	if (err)
		return run_error("%s", *error ? error : strerror(-err));
	return SIM_OK;
}

/* A name that cannot be written to is told before the run, not after it. */
static int probe_report(const char *path)
{
	const int err = path ? page_file_probe(path) : 0;

	return err ? run_error("--report %s: %s", path, strerror(-err))
		   : SIM_OK;
}

static int write_page(void *page, FILE *out)
{
	page_write(page, out);
	return 0;
}

static int write_report(const char *path, struct page *page)
{
	const int err = page_file(path, write_page, page);

	if (err)
		return run_error("--report %s: %s", path, strerror(-err));
	printf("page: %s\n", path);
	return SIM_OK;
}

int run_main(int argc, char **argv)
{
	static struct config cfg;
	static struct scenario_file file;
	static struct watch w;
	static struct trial trial;
	const struct run_observer observer = {.tick = on_tick, .arg = &w};
	struct run_options opt;
	struct page page;
	const char *why;
	int err, code = parse_run(argc, argv, &opt);

	if (code == SIM_OK)
		code = load(&opt, &cfg, &file);
	if (code == SIM_OK)
		code = probe_report(opt.report);
	if (code != SIM_OK)
		return code;
	trace_init(&w.trace, file.scenario.hours);
	w.from_s = monotonic_s();
	w.is_terminal = isatty(STDERR_FILENO);
	err = trial_run(&file.scenario, opt.has_seed ? opt.seed : file.seed,
			file.scenario.hours, &observer, &trial);
	if (w.has_line)
		fputs("\r\033[K", stderr);
	if (err < 0)
		return run_error("run: %s", strerror(-err));
	why = verdict(&trial.outcome);
	print_result(&file, &trial, &w.trace);
	if (why)
		printf("FAILED: %s\n", why);
	page = (struct page){.file = &file,
			     .scenario_path = opt.scenario,
			     .config_path = opt.config ? opt.config
						       : "the defaults",
			     .config = &cfg,
			     .trial = &trial,
			     .trace = &w.trace,
			     .verdict = why};
	if (opt.report)
		code = write_report(opt.report, &page);
	print_speed(trial.hours, monotonic_s() - w.from_s);
	return code != SIM_OK ? code : why ? SIM_FAILED : SIM_OK;
}
