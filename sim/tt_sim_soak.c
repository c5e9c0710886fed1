/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tt-sim soak: scenarios with new seeds on many processors for long. Unit u is
 * scenario u % count with seed base + u / count; worker j of J does the units
 * that are j modulo J, so that a worker that dies is known by its unit.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/scenarios.h"
#include "sim/tt_sim.h"

#define JOBS_MAX 256

struct soak_options {
	double hours;
	uint64_t jobs, seed;
};

struct worker {
	pid_t pid;
	int fd;             /* trials come from it, whole; -1: over */
	uint64_t unit;      /* the one it is at */
	struct trial trial; /* as far as it has come */
	size_t have;
};

struct soak {
	struct soak_options opt;
	struct worker worker[JOBS_MAX];
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

static int scenario_of(uint64_t unit)
{
	return (int)(unit % (uint64_t)scenario_count);
}

static uint64_t seed_of(const struct soak *s, uint64_t unit)
{
	return s->opt.seed + unit / (uint64_t)scenario_count;
}

/* --- a worker ----------------------------------------------------------- */

static bool send_all(int fd, const void *data, size_t size)
{
	const char *at = data;

	while (size > 0) {
		const ssize_t n = write(fd, at, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		size -= (size_t)n;
	}
	return true;
}

/* Ends by a signal, or when nobody reads any more. */
static void work(const struct soak *s, uint64_t unit, int fd)
{
	static struct trial t;

	for (;; unit += s->opt.jobs) {
		const struct scenario *sc = &scenarios[scenario_of(unit)];
		const int err = trial_run(sc, seed_of(s, unit), sc->hours,
					  NULL, &t);

		if (err < 0 || !send_all(fd, &t, sizeof(t)))
			_exit(1);
	}
}

static int start_worker(struct soak *s, uint64_t j)
{
	struct worker *w = &s->worker[j];
	int fds[2];

	if (pipe(fds) != 0)
		return -errno;
	fflush(NULL);
	w->unit = j;
	w->fd = fds[0];
	w->pid = fork();
	if (w->pid < 0)
		return -errno;
	if (w->pid == 0) {
		signal(SIGINT, SIG_IGN);
		signal(SIGTERM, SIG_DFL);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(fds[0]);
		work(s, j, fds[1]);
	}
	close(fds[1]);
	return 0;
}

/* --- the parent --------------------------------------------------------- */

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

static void take_trial(struct soak *s, struct worker *w)
{
	const int i = scenario_of(w->unit);
	const char *why = trial_verdict(&scenarios[i], &w->trial);

	ledger_add(&s->ledger, i, &w->trial, why != NULL);
	s->done++;
	w->unit += s->opt.jobs;
	if (!why)
		return;
	clear_line(s);
	trial_print(&scenarios[i], &w->trial, why, stdout);
	printf("    replay: tt-sim check --scenario '%s' --seed %" PRIu64
	       "\n",
	       scenarios[i].name, w->trial.seed);
}

static void lose_worker(struct soak *s, struct worker *w)
{
	close(w->fd);
	w->fd = -1;
	s->died++;
	clear_line(s);
	printf("a worker died in \"%s\", seed %" PRIu64
	       "; replay: tt-sim check --scenario '%s' --seed %" PRIu64 "\n",
	       scenarios[scenario_of(w->unit)].name, seed_of(s, w->unit),
	       scenarios[scenario_of(w->unit)].name, seed_of(s, w->unit));
}

static void read_worker(struct soak *s, struct worker *w)
{
	const ssize_t n = read(w->fd, (char *)&w->trial + w->have,
			       sizeof(w->trial) - w->have);

	if (n < 0 && errno == EINTR)
		return;
	if (n <= 0) {
		lose_worker(s, w);
		return;
	}
	w->have += (size_t)n;
	if (w->have < sizeof(w->trial))
		return;
	w->have = 0;
	take_trial(s, w);
}

/* Until the time is over, Ctrl-C, or no worker is left. */
static void attend(struct soak *s)
{
	struct pollfd p[JOBS_MAX];
	const nfds_t jobs = (nfds_t)s->opt.jobs;
	double shown_s = 0;
	uint64_t alive = s->opt.jobs;

	while (!is_interrupted && alive > 0 &&
	       monotonic_s() - s->from_s < s->opt.hours * 3600) {
		alive = 0;
		for (nfds_t j = 0; j < jobs; j++) {
			p[j] = (struct pollfd){.fd = s->worker[j].fd,
					       .events = POLLIN};
			alive += s->worker[j].fd >= 0;
		}
		if (poll(p, jobs, 200) > 0)
			for (nfds_t j = 0; j < jobs; j++)
				if (p[j].revents)
					read_worker(s, &s->worker[j]);
		if (monotonic_s() - shown_s > 0.5) {
			show_progress(s);
			shown_s = monotonic_s();
		}
	}
	clear_line(s);
}

static void stop_workers(struct soak *s)
{
	for (uint64_t j = 0; j < s->opt.jobs; j++) {
		struct worker *w = &s->worker[j];

		if (w->pid <= 0)
			continue;
		kill(w->pid, SIGKILL);
		waitpid(w->pid, NULL, 0);
		if (w->fd >= 0)
			close(w->fd);
	}
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
			is_good = parse_number("--jobs", optarg, 1, JOBS_MAX,
					       &ret->jobs);
		else if (c == 'S')
			is_good = parse_number("--seed", optarg, 0, UINT64_MAX,
					       &ret->seed);
		else
			return usage_option(c, argv);
		if (!is_good)
			return SIM_USAGE;
	}
	if (optind < argc)
		return usage_error("soak: what is \"%s\"?", argv[optind]);
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
	int code = parse_soak(argc, argv, &s.opt);
	int err;

	if (code != SIM_OK)
		return code;
	err = ledger_open(scenarios, scenario_count, &s.ledger);
	if (err < 0)
		return usage_error("soak: %s", strerror(-err));
	printf("seeds from %" PRIu64 " on, %" PRIu64 " at a time\n",
	       s.opt.seed, s.opt.jobs);
	sigaction(SIGINT, &on_signal, NULL);
	sigaction(SIGTERM, &on_signal, NULL);
	s.from_s = monotonic_s();
	for (uint64_t j = 0; j < s.opt.jobs && err == 0; j++)
		err = start_worker(&s, j);
	if (err == 0)
		attend(&s);
	stop_workers(&s);
	code = err < 0 ? usage_error("soak: %s", strerror(-err)) : finish(&s);
	ledger_close(&s.ledger);
	return code;
}
