/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The judge in the VM lab's guest: what libtt answers is held against truth.h.
 * tt_now at the very reading of the counter it was evaluated for, between a
 * pair before and a pair after; tt_at_raw at the first pair's reading.
 *
 * One miss is a violation; there is no tolerance but the pairs' nanosecond.
 * Also demands that `earliest` does not go back within an epoch.
 *
 * usage: judge [--seconds N] [--rate HZ] [--truth-offset-ns N]
 *        [--leap-second UNIX_S] [--segment FILE] PHASE
 * Until the seconds are over or SIGTERM comes; then prints one line.
 * exit: 0 contained, 1 violated or no bound at all, 2 usage.
 */
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <tt/tt.h>

#include "tests/judge/argument.h"
#include "tests/judge/judge_report.h"
#include "tests/vm/truth.h"

#define NS_PER_S    INT64_C(1000000000)
#define READS_MAX   (1 << 20)
#define ROUNDING_NS 1
#define TAI_UTC_S   37 /* from 2017 on */
#define HALF_DAY_S  43200

struct options {
	const char *phase;
	const char *segment;
	int64_t seconds;
	int64_t rate_hz;
	int64_t truth_offset_ns; /* pretended, to judge the judge */
	int64_t leap_unix_s;	 /* the first second after it; 0: none near */
};

static struct judge_report report;
static uint64_t at_raw; /* answers of tt_at_raw */

static volatile sig_atomic_t is_stopped;

static void on_signal(int sig)
{
	(void)sig;
	is_stopped = 1;
}

static struct truth read_truth(int fd, const struct options *opt)
{
	struct truth truth = truth_read(fd);

	truth.clock_ns += opt->truth_offset_ns;
	return truth;
}

static void check(const char *call, int64_t raw_ns, int64_t truth_ns,
		  int64_t earliest_ns, int64_t latest_ns)
{
	if (earliest_ns <= truth_ns + ROUNDING_NS &&
	    latest_ns >= truth_ns - ROUNDING_NS && earliest_ns <= latest_ns)
		return;
	if (!judge_report_violation(&report))
		return;
	fprintf(stderr,
		"judge: %s at %.3f s, raw %" PRId64 ": [%+" PRId64 ", %+" PRId64
		"] ns about true time\n",
		call, (double)(raw_ns - report.start_raw_ns) / 1e9, raw_ns,
		earliest_ns - truth_ns, latest_ns - truth_ns);
}

/*
 * Unix time as timed has it: over a leap second, the one to TAI_UTC_S, smeared
 * from noon to noon of UTC, 86401 s in which Unix time has 86400.
 */
static int64_t unix_of(const struct options *opt, int64_t tai_ns)
{
	const int64_t noon_s = opt->leap_unix_s - HALF_DAY_S;
	const int64_t in_ns = tai_ns - (noon_s + TAI_UTC_S - 1) * NS_PER_S;
	const int64_t smear_s = 2 * HALF_DAY_S + 1;

	if (!opt->leap_unix_s || in_ns >= smear_s * NS_PER_S)
		return tai_ns - TAI_UTC_S * NS_PER_S;
	if (in_ns <= 0)
		return tai_ns - (TAI_UTC_S - 1) * NS_PER_S;
	return noon_s * NS_PER_S + in_ns - in_ns / smear_s;
}

static void probe(struct tt_clock *clk, int fd, const struct options *opt)
{
	const struct truth a = read_truth(fd, opt);
	struct tt_interval iv, at;
	const int err = tt_now_tai(clk, &iv);
	const struct truth b = read_truth(fd, opt);

	judge_report_read(&report, err, &iv, b.raw_ns);
	if (tt_at_raw(clk, a.raw_ns, &at) == 0) {
		at_raw++;
		check("tt_at_raw", a.raw_ns, unix_of(opt, a.clock_ns),
		      at.earliest_ns, at.latest_ns);
	}
	if (!err)
		check("tt_now", iv.raw_ns, truth_between(&a, &b, iv.raw_ns),
		      iv.earliest_ns, iv.latest_ns);
}

static void run(struct tt_clock *clk, int fd, const struct options *opt)
{
	const uint64_t reads = (uint64_t)(opt->seconds * opt->rate_hz);
	struct timespec next;

	judge_report_start(&report, read_truth(fd, opt).raw_ns);
	clock_gettime(CLOCK_MONOTONIC, &next);
	while (!is_stopped && report.reads < reads) {
		probe(clk, fd, opt);
		next.tv_nsec += NS_PER_S / opt->rate_hz;
		next.tv_sec += next.tv_nsec / NS_PER_S;
		next.tv_nsec %= NS_PER_S;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
	}
}

static int tell(const struct options *opt)
{
	const bool is_bad = report.violations || judge_report_is_bad(&report);

	printf("phase=%s ", opt->phase);
	judge_report_print(&report, ' ');
	printf("at_raw=%" PRIu64 " verdict=%s\n", at_raw,
	       is_bad ? "violated" : "contained");
	return is_bad ? EXIT_FAILURE : EXIT_SUCCESS;
}

static void parse(int argc, char **argv, struct options *opt)
{
	static const struct option longs[] = {
		{"seconds", required_argument, NULL, 'n'},
		{"rate", required_argument, NULL, 'r'},
		{"segment", required_argument, NULL, 's'},
		{"truth-offset-ns", required_argument, NULL, 'o'},
		{"leap-second", required_argument, NULL, 'l'},
		{NULL, 0, NULL, 0}};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case 'n':
			opt->seconds = argument_number(optarg, 1, READS_MAX);
			break;
		case 'r':
			opt->rate_hz = argument_number(optarg, 1, 1000);
			break;
		case 's':
			opt->segment = optarg;
			break;
		case 'o':
			opt->truth_offset_ns =
				argument_number(optarg, -NS_PER_S, NS_PER_S);
			break;
		case 'l':
			opt->leap_unix_s =
				argument_number(optarg, 0, INT64_MAX / 4);
			break;
		default:
			exit(2);
		}
	}
	if (optind + 1 != argc || opt->seconds * opt->rate_hz > READS_MAX) {
		fprintf(stderr, "judge: one PHASE is wanted, and no more than "
			"%d reads: fewer --seconds\n", READS_MAX);
		exit(2);
	}
	opt->phase = argv[optind];
}

int main(int argc, char **argv)
{
	struct options opt = {.seconds = READS_MAX / 20, .rate_hz = 20};
	struct sigaction sa = {.sa_handler = on_signal};
	struct tt_clock *clk;
	int fd, err;

	parse(argc, argv, &opt);
	sigaction(SIGTERM, &sa, NULL);
	fd = truth_open(TRUTH_PATH);
	if (fd < 0) {
		fprintf(stderr, "judge: %s: %s\n", TRUTH_PATH, strerror(-fd));
		return EXIT_FAILURE;
	}
	err = tt_open(opt.segment, &clk);
	if (err) {
		fprintf(stderr, "judge: %s\n", tt_strerror(err));
		return EXIT_FAILURE;
	}
	run(clk, fd, &opt);
	tt_close(clk);
	close(fd);
	return tell(&opt);
}
