/* SPDX-License-Identifier: Apache-2.0 */
/* tt-sim soak: scenarios with new seeds on many processors for long. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "sim/scenarios.h"
#include "sim/tt_sim_pool.h"

struct soak_options {
	double hours;
	uint64_t jobs, seed;
};

struct soak {
	struct soak_options opt;
	struct pool pool;
	struct ledger ledger;
	uint64_t done, died;
	bool has_line;      /* a progress line stands on the terminal */
	double from_s;
};

static volatile sig_atomic_t is_interrupted;

static void interrupt(int signal)
{
	(void)signal;
	is_interrupted = 1;
}

/* Trial u: all scenarios with one seed, then with the next. There is no end. */
static bool soak_trial(const void *arg, uint64_t u,
		       const struct scenario **ret_scenario,
		       uint64_t *ret_seed, double *ret_hours)
{
	const struct soak_options *opt = arg;
	const uint64_t count = (uint64_t)scenario_count;

	*ret_scenario = &scenarios[u % count];
	*ret_seed = opt->seed + u / count;
	*ret_hours = (*ret_scenario)->hours;
	return true;
}

static void clear_line(struct soak *s)
{
	if (s->has_line)
		fputs("\r\033[K", stderr);
	s->has_line = false;
}

static void show_progress(struct soak *s)
{
	const double took_s = monotonic_s() - s->from_s;
	const double hours = ledger_hours(&s->ledger);

	if (!isatty(STDERR_FILENO))
		return;
	fprintf(stderr,
		"\r\033[K%3.0f %%  %" PRIu64 " runs  %.0f simulated hours  "
		"%.0f times real time  %" PRIu64 " failed  (Ctrl-C ends it)",
		100 * took_s / (s->opt.hours * 3600), s->done, hours,
		hours * 3600 / took_s, ledger_failed(&s->ledger) + s->died);
	s->has_line = true;
}

static void print_replay(const struct soak *s, uint64_t u)
{
	const struct scenario *sc;
	uint64_t seed;
	double hours;

	soak_trial(&s->opt, u, &sc, &seed, &hours);
	printf("    replay: tt-sim check --scenario '%s' --seed %" PRIu64
	       "\n",
	       sc->name, seed);
}

static void take_trial(struct soak *s, const struct pool_worker *w)
{
	const uint64_t u = w->next - s->opt.jobs;
	const int i = (int)(u % (uint64_t)scenario_count);
	const char *why = trial_verdict(&scenarios[i], &w->trial);

	ledger_add(&s->ledger, i, &w->trial, why != NULL);
	s->done++;
	if (!why)
		return;
	clear_line(s);
	trial_print(&scenarios[i], &w->trial, why, stdout);
	print_replay(s, u);
}

static void read_worker(struct soak *s, uint64_t j)
{
	const int got = pool_read(&s->pool, j);

	if (got > 0)
		take_trial(s, &s->pool.worker[j]);
	if (got != -EPIPE)
		return;
	s->died++;
	clear_line(s);
	printf("a worker died\n");
	print_replay(s, s->pool.worker[j].next);
}

/* Until the time is over, Ctrl-C, or no worker is left. */
static void attend(struct soak *s)
{
	struct pollfd p[POOL_JOBS_MAX];
	const nfds_t jobs = (nfds_t)s->opt.jobs;
	double shown_s = 0;
	uint64_t alive = s->opt.jobs;

	while (!is_interrupted && alive > 0 &&
	       monotonic_s() - s->from_s < s->opt.hours * 3600) {
		alive = 0;
		for (nfds_t j = 0; j < jobs; j++) {
			p[j] = (struct pollfd){.fd = s->pool.worker[j].fd,
					       .events = POLLIN};
			alive += p[j].fd >= 0;
		}
		if (poll(p, jobs, 200) > 0)
			for (nfds_t j = 0; j < jobs; j++)
				if (p[j].revents)
					read_worker(s, j);
		if (monotonic_s() - shown_s > 0.5) {
			show_progress(s);
			shown_s = monotonic_s();
		}
	}
	clear_line(s);
}

static int parse_soak(int argc, char **argv, struct soak_options *ret)
{
	static const struct option options[] = {
		{"hours", required_argument, NULL, 'h'},
		{"jobs", required_argument, NULL, 'j'},
		{"seed", required_argument, NULL, 'S'},
		{NULL, 0, NULL, 0}};
	bool is_good = true;
	int c;

	*ret = (struct soak_options){.jobs = 1, .seed = fresh_seed()};
	while ((c = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (c == 'h')
			is_good = parse_hours("--hours", optarg, &ret->hours);
		else if (c == 'j')
			is_good = parse_number("--jobs", optarg, 1,
					       POOL_JOBS_MAX,
					       &ret->jobs);
		else if (c == 'S')
			is_good = parse_number("--seed", optarg, 0, UINT64_MAX,
					       &ret->seed);
		else
			return usage_option(c, argv, options);
		if (!is_good)
			return SIM_USAGE;
	}
	if (usage_rest("soak", argc, argv, NULL) != SIM_OK)
		return SIM_USAGE;
	if (!(ret->hours > 0))
		return usage_error("soak: say how long: --hours H");
	return SIM_OK;
}

static int finish(struct soak *s)
{
	const uint64_t failed = ledger_failed(&s->ledger) + s->died;

	if (is_interrupted)
		printf("interrupted: what there is\n");
	ledger_print(&s->ledger, stdout);
	printf("\nseeds %" PRIu64 " and up, %" PRIu64 " runs, %" PRIu64
	       " failed\n",
	       s->opt.seed, s->done, failed);
	print_speed(ledger_hours(&s->ledger), monotonic_s() - s->from_s);
	return failed > 0 ? SIM_FAILED : SIM_OK;
}

int soak_main(int argc, char **argv)
{
	static struct soak s;
	struct sigaction on_signal = {.sa_handler = interrupt};
	const struct pool_list list = {soak_trial, &s.opt};
	int code = parse_soak(argc, argv, &s.opt);
	int err;

	if (code != SIM_OK)
		return code;
	err = ledger_open(scenarios, scenario_count, &s.ledger);
	if (err < 0)
		return run_error("soak: %s", strerror(-err));
	printf("seeds from %" PRIu64 " on, %" PRIu64 " at a time\n",
	       s.opt.seed, s.opt.jobs);
	sigaction(SIGINT, &on_signal, NULL);
	sigaction(SIGTERM, &on_signal, NULL);
	s.from_s = monotonic_s();
	err = pool_open(&s.pool, s.opt.jobs, &list);
	if (err == 0)
		attend(&s);
	pool_close(&s.pool);
	code = err < 0 ? run_error("soak: %s", strerror(-err)) : finish(&s);
	ledger_close(&s.ledger);
	return code;
}
