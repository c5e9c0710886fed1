/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The judge of containment. Where the server of a test runs on this very
 * kernel (namespaces share its clocks), true time *is* CLOCK_REALTIME: each
 * read of libtt is taken between two readings of it, and an interval that
 * misses both is wrong. Reads at a fixed rate or flat out, from one thread or
 * several; also demands that `earliest` never goes back within an epoch.
 *
 * steering.h tells whether that may be; a run in which it may not is not
 * judged.
 *
 * Prints key=value lines. Exit: 0 contained, 1 violated (or nothing was read),
 * 2 usage, 77 not judged.
 */
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <tt/tt.h>

#include "steering.h"
#include "tests/judge/argument.h"
#include "tests/judge/judge_report.h"

#define NS_PER_S    INT64_C(1000000000)
#define THREADS_MAX 16
#define SECONDS_MAX 3600
#define EXIT_SKIP   77

struct options {
	const char *segment;
	int64_t seconds;
	int64_t wait_s;
	int64_t rate_hz; /* 0: flat out */
	int64_t threads;
	int64_t truth_offset_ns; /* true time - CLOCK_REALTIME */
	int64_t pretend_step_ns; /* of CLOCK_REALTIME, to judge the judge */
};

struct reader {
	pthread_t thread;
	const struct options *opt;
	struct tt_clock *clk;
	struct judge_report report;
};

static volatile sig_atomic_t stopped;
static struct reader reader[THREADS_MAX];
/* The preset "server". */
static struct steering steering = {
	.drift_ppb = 50e3, .wander_ppb_s = 20, .jitter_ppb = 200};

static void on_signal(int sig)
{
	(void)sig;
	stopped = 1;
}

static int64_t clock_ns(clockid_t id)
{
	struct timespec ts;

	if (clock_gettime(id, &ts))
		abort();
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static void sleep_until(int64_t mono_ns)
{
	struct timespec ts = {.tv_sec = mono_ns / NS_PER_S,
			      .tv_nsec = mono_ns % NS_PER_S};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

static void check_truth(struct reader *r, const struct tt_interval *iv,
			int64_t before_ns, int64_t after_ns)
{
	int64_t lo_ns = before_ns + r->opt->truth_offset_ns;
	int64_t hi_ns = after_ns + r->opt->truth_offset_ns;

	if (iv->latest_ns >= lo_ns && iv->earliest_ns <= hi_ns)
		return;
	if (judge_report_violation(&r->report))
		fprintf(stderr,
			"judge: read %" PRIu64 ": [%" PRId64 ", %" PRId64
			"] misses true time [%" PRId64 ", %" PRId64
			"] by %" PRId64 " ns, state %s\n",
			r->report.reads, iv->earliest_ns, iv->latest_ns, lo_ns,
			hi_ns,
			iv->latest_ns < lo_ns ? lo_ns - iv->latest_ns
					      : iv->earliest_ns - hi_ns,
			judge_report_state(iv->state));
}

static void read_once(struct reader *r)
{
	struct tt_interval iv;
	int64_t before_ns = clock_ns(CLOCK_REALTIME);
	int err = tt_now_strict(r->clk, &iv);
	int64_t after_ns = clock_ns(CLOCK_REALTIME);

	judge_report_read(&r->report, err, &iv, clock_ns(CLOCK_MONOTONIC_RAW));
	if (!err)
		check_truth(r, &iv, before_ns, after_ns);
}

static void *reader_main(void *arg)
{
	struct reader *r = arg;
	int64_t step_ns = r->opt->rate_hz ? NS_PER_S / r->opt->rate_hz : 0;
	int64_t next_ns = clock_ns(CLOCK_MONOTONIC);
	int64_t end_ns = next_ns + r->opt->seconds * NS_PER_S;

	judge_report_start(&r->report, clock_ns(CLOCK_MONOTONIC_RAW));
	while (!stopped && clock_ns(CLOCK_MONOTONIC) < end_ns) {
		read_once(r);
		next_ns += step_ns;
		if (step_ns)
			sleep_until(next_ns);
	}
	return NULL;
}

static void watch_steering(const struct options *opt)
{
	int64_t start_ns = clock_ns(CLOCK_MONOTONIC);

	steering_take(&steering);
	for (int64_t i = 1; i <= opt->seconds && !stopped; i++) {
		sleep_until(start_ns + i * NS_PER_S);
		steering_take(&steering);
	}
	steering_pretend_step(&steering, opt->pretend_step_ns);
}

static int verdict(const struct judge_report *sum)
{
	printf("steering_ppb_max=%.0f\n", steering.rate_ppb_max);
	printf("steering_excess_ppb=%.0f\n", fmax(0, steering.excess_ppb));
	if (judge_report_is_bad(sum)) {
		puts("verdict=violated");
		return EXIT_FAILURE;
	}
	if (steering.excess_ppb > 0) {
		puts("verdict=not-judged");
		return EXIT_SKIP;
	}
	puts(sum->violations ? "verdict=violated" : "verdict=contained");
	return sum->violations ? EXIT_FAILURE : EXIT_SUCCESS;
}

static void parse(int argc, char **argv, struct options *opt)
{
	static const struct option longs[] = {
		{"segment", required_argument, NULL, 's'},
		{"seconds", required_argument, NULL, 'n'},
		{"wait", required_argument, NULL, 'w'},
		{"rate", required_argument, NULL, 'r'},
		{"threads", required_argument, NULL, 't'},
		{"truth-offset-ns", required_argument, NULL, 'o'},
		{"pretend-step-ns", required_argument, NULL, 'p'},
		{NULL, 0, NULL, 0}};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case 's':
			opt->segment = optarg;
			break;
		case 'n':
			opt->seconds = argument_number(optarg, 1, SECONDS_MAX);
			break;
		case 'w':
			opt->wait_s = argument_number(optarg, 0, SECONDS_MAX);
			break;
		case 'r':
			opt->rate_hz = argument_number(optarg, 0, 1000000);
			break;
		case 't':
			opt->threads = argument_number(optarg, 1, THREADS_MAX);
			break;
		case 'o':
			opt->truth_offset_ns =
				argument_number(optarg, -NS_PER_S, NS_PER_S);
			break;
		case 'p':
			opt->pretend_step_ns =
				argument_number(optarg, -NS_PER_S, NS_PER_S);
			break;
		default:
			exit(2);
		}
	}
}

static void run(const struct options *opt, struct tt_clock *clk)
{
	for (int i = 0; i < opt->threads; i++) {
		reader[i].opt = opt;
		reader[i].clk = clk;
		if (pthread_create(&reader[i].thread, NULL, reader_main,
				   &reader[i])) {
			fputs("judge: cannot start a thread\n", stderr);
			exit(2);
		}
	}
	watch_steering(opt);
	for (int i = 0; i < opt->threads; i++)
		pthread_join(reader[i].thread, NULL);
}

int main(int argc, char **argv)
{
	struct judge_report *sum = &reader[0].report;
	struct options opt = {.seconds = 10, .rate_hz = 1000, .threads = 1};
	struct sigaction sa = {.sa_handler = on_signal};
	struct tt_clock *clk;
	int err;

	parse(argc, argv, &opt);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	err = tt_open(opt.segment, &clk);
	if (!err && opt.wait_s)
		err = tt_wait_synchronized(clk, INT64_MAX,
					   opt.wait_s * NS_PER_S);
	if (err) {
		fprintf(stderr, "judge: %s\n", tt_strerror(err));
		return EXIT_FAILURE;
	}
	run(&opt, clk);
	tt_close(clk);
	for (int i = 1; i < opt.threads; i++)
		judge_report_add(sum, &reader[i].report);
	judge_report_print(sum, '\n');
	steering_judge(&steering);
	return verdict(sum);
}
