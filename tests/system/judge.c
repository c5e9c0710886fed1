/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The judge of containment. Where the server of a test runs on this very
 * kernel (namespaces share its clocks), true time *is* CLOCK_REALTIME: each
 * read of libtt is taken between two readings of it, and an interval that
 * misses both is wrong. Reads at a fixed rate or flat out, from one thread or
 * several; also demands that `earliest` never goes back within an epoch.
 *
 * CLOCK_REALTIME can serve as truth only while nobody steers it beyond what
 * axioms A1 and A2 allow the raw counter, so that is measured alongside, second
 * by second; a run in which it was is not judged.
 *
 * Prints key=value lines. Exit: 0 contained, 1 violated (or nothing was read),
 * 2 usage, 77 not judged.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <tt/tt.h>

#define NS_PER_S    INT64_C(1000000000)
#define THREADS_MAX 16
#define SECONDS_MAX 3600
#define ERRNO_MAX   200 /* beyond Linux's largest errno in use */
#define SHOWN_MAX   5	/* violations told one by one */
#define PAIR_TRIES  9
#define EXIT_SKIP   77

/* Widths, in buckets of 1/32 of an octave: 3 % of resolution. */
#define OCTAVE_PARTS 32
#define BUCKETS	     (64 * OCTAVE_PARTS)

struct options {
	const char *segment;
	int64_t seconds;
	int64_t wait_s;
	int64_t rate_hz; /* 0: flat out */
	int64_t threads;
	int64_t truth_offset_ns; /* true time - CLOCK_REALTIME */
	int64_t pretend_step_ns; /* of CLOCK_REALTIME, to judge the judge */
	double drift_ppb, wander_ppb_s, jitter_ppb; /* A1, A2 */
};

struct reader {
	pthread_t thread;
	const struct options *opt;
	struct tt_clock *clk;
	uint64_t reads, answers, violations, inverted, backwards, epochs;
	uint64_t last_epoch;
	int64_t last_earliest_ns;
	int64_t last_raw_ns;
	int64_t state_ns[4];
	int64_t width_ns_max;
	uint64_t width[BUCKETS];
	uint64_t error[ERRNO_MAX];
};

/* CLOCK_REALTIME - CLOCK_MONOTONIC_RAW, once a second. */
struct steering {
	int count;
	int64_t raw_ns[SECONDS_MAX + 2];
	int64_t x_ns[SECONDS_MAX + 2];
	int64_t err_ns[SECONDS_MAX + 2];
	double rate_ppb_max; /* largest seen, less what is measuring error */
	double excess_ppb;   /* beyond A1 or A2; <= 0: none */
};

static const char *const state_name[] = {"unsynchronized", "synchronized",
					 "holdover", "disputed"};

static volatile sig_atomic_t stopped;
static struct reader reader[THREADS_MAX];
static struct steering steering;

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

static int bucket_of(int64_t width_ns)
{
	double octaves = width_ns < 1 ? 0 : log2((double)width_ns);

	return (int)(octaves * OCTAVE_PARTS);
}

static void count_width(struct reader *r, int64_t width_ns)
{
	r->width[bucket_of(width_ns)]++;
	if (width_ns > r->width_ns_max)
		r->width_ns_max = width_ns;
}

static void check_order(struct reader *r, const struct tt_interval *iv)
{
	if (iv->latest_ns < iv->earliest_ns)
		r->inverted++;
	if (r->epochs == 0 || iv->epoch != r->last_epoch)
		r->epochs++;
	else if (iv->earliest_ns < r->last_earliest_ns)
		r->backwards++;
	r->last_epoch = iv->epoch;
	r->last_earliest_ns = iv->earliest_ns;
}

static void check_truth(struct reader *r, const struct tt_interval *iv,
			int64_t before_ns, int64_t after_ns)
{
	int64_t lo_ns = before_ns + r->opt->truth_offset_ns;
	int64_t hi_ns = after_ns + r->opt->truth_offset_ns;

	if (iv->latest_ns >= lo_ns && iv->earliest_ns <= hi_ns)
		return;
	if (r->violations++ < SHOWN_MAX)
		fprintf(stderr,
			"judge: read %" PRIu64 ": [%" PRId64 ", %" PRId64
			"] misses true time [%" PRId64 ", %" PRId64
			"] by %" PRId64 " ns, state %s\n",
			r->reads, iv->earliest_ns, iv->latest_ns, lo_ns, hi_ns,
			iv->latest_ns < lo_ns ? lo_ns - iv->latest_ns
					      : iv->earliest_ns - hi_ns,
			state_name[iv->state & 3]);
}

static void read_once(struct reader *r)
{
	struct tt_interval iv;
	int64_t before_ns = clock_ns(CLOCK_REALTIME);
	int err = tt_now_strict(r->clk, &iv);
	int64_t after_ns = clock_ns(CLOCK_REALTIME);
	int64_t raw_ns = clock_ns(CLOCK_MONOTONIC_RAW);
	uint32_t state = err ? TT_UNSYNCHRONIZED : iv.state & 3;

	r->reads++;
	r->state_ns[state] += raw_ns - r->last_raw_ns;
	r->last_raw_ns = raw_ns;
	if (err) {
		r->error[-err < ERRNO_MAX ? -err : 0]++;
		return;
	}
	r->answers++;
	check_truth(r, &iv, before_ns, after_ns);
	check_order(r, &iv);
	count_width(r, iv.latest_ns - iv.earliest_ns);
}

static void *reader_main(void *arg)
{
	struct reader *r = arg;
	int64_t step_ns = r->opt->rate_hz ? NS_PER_S / r->opt->rate_hz : 0;
	int64_t next_ns = clock_ns(CLOCK_MONOTONIC);
	int64_t end_ns = next_ns + r->opt->seconds * NS_PER_S;

	r->last_raw_ns = clock_ns(CLOCK_MONOTONIC_RAW);
	while (!stopped && clock_ns(CLOCK_MONOTONIC) < end_ns) {
		read_once(r);
		next_ns += step_ns;
		if (step_ns)
			sleep_until(next_ns);
	}
	return NULL;
}

static void steering_take(struct steering *s)
{
	int64_t best_ns = INT64_MAX;

	for (int i = 0; i < PAIR_TRIES; i++) {
		int64_t a_ns = clock_ns(CLOCK_MONOTONIC_RAW);
		int64_t real_ns = clock_ns(CLOCK_REALTIME);
		int64_t b_ns = clock_ns(CLOCK_MONOTONIC_RAW);

		if (b_ns - a_ns >= best_ns)
			continue;
		best_ns = b_ns - a_ns;
		s->raw_ns[s->count] = a_ns + best_ns / 2;
		s->x_ns[s->count] = real_ns - s->raw_ns[s->count];
		s->err_ns[s->count] = best_ns / 2 + 1;
	}
	s->count++;
}

/* Mean rate of window i (from point i to i + 1) and its error, ppb. */
static double window_rate(const struct steering *s, int i, double *ret_err)
{
	double d = (double)(s->raw_ns[i + 1] - s->raw_ns[i]) / 1e9;

	*ret_err = (double)(s->err_ns[i] + s->err_ns[i + 1]) / d;
	return (double)(s->x_ns[i + 1] - s->x_ns[i]) / d;
}

/*
 * A slow part that changes by at most W per second and a fast part within
 * +-J: two windows' mean rates differ by at most W times the time between
 * their centres, plus 2 J.
 */
static void steering_judge(struct steering *s, const struct options *opt)
{
	s->excess_ppb = -INFINITY;
	for (int i = 0; i + 1 < s->count; i++) {
		double err_i, rate_i = window_rate(s, i, &err_i);

		s->rate_ppb_max = fmax(s->rate_ppb_max, fabs(rate_i) - err_i);
		for (int j = 0; j < i; j++) {
			double err_j, rate_j = window_rate(s, j, &err_j);
			double d = (double)(s->raw_ns[i + 1] + s->raw_ns[i] -
					    s->raw_ns[j + 1] - s->raw_ns[j]) /
				   2e9;
			double may = opt->wander_ppb_s * d +
				     2 * opt->jitter_ppb + err_i + err_j;

			s->excess_ppb = fmax(s->excess_ppb,
					     fabs(rate_i - rate_j) - may);
		}
	}
	s->excess_ppb = fmax(s->excess_ppb, s->rate_ppb_max - opt->drift_ppb);
}

/* As if somebody had stepped the clock at half time. */
static void pretend_step(struct steering *s, int64_t step_ns)
{
	for (int i = s->count / 2; i < s->count; i++)
		s->x_ns[i] += step_ns;
}

static void watch_steering(const struct options *opt)
{
	int64_t start_ns = clock_ns(CLOCK_MONOTONIC);

	steering_take(&steering);
	for (int64_t i = 1; i <= opt->seconds && !stopped; i++) {
		sleep_until(start_ns + i * NS_PER_S);
		steering_take(&steering);
	}
	pretend_step(&steering, opt->pretend_step_ns);
}

static void add_up(struct reader *sum, const struct reader *r)
{
	sum->reads += r->reads;
	sum->answers += r->answers;
	sum->violations += r->violations;
	sum->inverted += r->inverted;
	sum->backwards += r->backwards;
	if (r->width_ns_max > sum->width_ns_max)
		sum->width_ns_max = r->width_ns_max;
	for (int i = 0; i < BUCKETS; i++)
		sum->width[i] += r->width[i];
	for (int i = 0; i < ERRNO_MAX; i++)
		sum->error[i] += r->error[i];
}

/* Upper edge of the bucket below which `share` of the answers lie. */
static int64_t width_at(const struct reader *sum, double share)
{
	uint64_t want = (uint64_t)ceil(share * (double)sum->answers);
	uint64_t have = 0;
	int i;

	for (i = 0; i < BUCKETS - 1; i++) {
		have += sum->width[i];
		if (have >= want)
			break;
	}
	int64_t edge_ns = (int64_t)ceil(exp2((i + 1) / (double)OCTAVE_PARTS));
	return edge_ns < sum->width_ns_max ? edge_ns : sum->width_ns_max;
}

static void print_sum(const struct reader *sum, double elapsed_s)
{
	printf("seconds=%.3f\n", elapsed_s);
	printf("reads=%" PRIu64 "\n", sum->reads);
	printf("reads_per_s=%.0f\n", (double)sum->reads / elapsed_s);
	printf("answers=%" PRIu64 "\n", sum->answers);
	printf("violations=%" PRIu64 "\n", sum->violations);
	printf("inverted=%" PRIu64 "\n", sum->inverted);
	printf("backwards=%" PRIu64 "\n", sum->backwards);
	printf("epochs=%" PRIu64 "\n", reader[0].epochs);
	for (int i = 0; i < ERRNO_MAX; i++) {
		const char *name = strerrorname_np(i);

		if (sum->error[i])
			printf("error_%s=%" PRIu64 "\n",
			       name && i ? name : "other", sum->error[i]);
	}
	for (int i = 0; i < 4; i++)
		printf("%s_s=%.1f\n", state_name[i],
		       (double)reader[0].state_ns[i] / 1e9);
	if (!sum->answers)
		return;
	printf("width_ns_median=%" PRId64 "\n", width_at(sum, 0.5));
	printf("width_ns_p99=%" PRId64 "\n", width_at(sum, 0.99));
	printf("width_ns_max=%" PRId64 "\n", sum->width_ns_max);
}

static int verdict(const struct reader *sum)
{
	printf("steering_ppb_max=%.0f\n", steering.rate_ppb_max);
	printf("steering_excess_ppb=%.0f\n", fmax(0, steering.excess_ppb));
	if (sum->inverted || sum->backwards || !sum->answers) {
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

static int64_t number(const char *text, int64_t min, int64_t max)
{
	char *end;
	int64_t n;

	errno = 0;
	n = strtoll(text, &end, 10);
	if (errno || end == text || *end || n < min || n > max) {
		fprintf(stderr,
			"judge: '%s' is no number from %" PRId64 " to %" PRId64
			"\n",
			text, min, max);
		exit(2);
	}
	return n;
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
			opt->seconds = number(optarg, 1, SECONDS_MAX);
			break;
		case 'w':
			opt->wait_s = number(optarg, 0, SECONDS_MAX);
			break;
		case 'r':
			opt->rate_hz = number(optarg, 0, 1000000);
			break;
		case 't':
			opt->threads = number(optarg, 1, THREADS_MAX);
			break;
		case 'o':
			opt->truth_offset_ns =
				number(optarg, -NS_PER_S, NS_PER_S);
			break;
		case 'p':
			opt->pretend_step_ns =
				number(optarg, -NS_PER_S, NS_PER_S);
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
	static struct reader sum;
	struct options opt = {.seconds = 10,
			      .rate_hz = 1000,
			      .threads = 1,
			      .drift_ppb = 50e3,
			      .wander_ppb_s = 20,
			      .jitter_ppb = 200};
	struct sigaction sa = {.sa_handler = on_signal};
	struct tt_clock *clk;
	int64_t start_ns;
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

	start_ns = clock_ns(CLOCK_MONOTONIC);
	run(&opt, clk);
	for (int i = 0; i < opt.threads; i++)
		add_up(&sum, &reader[i]);
	print_sum(&sum, (double)(clock_ns(CLOCK_MONOTONIC) - start_ns) / 1e9);
	steering_judge(&steering, &opt);
	tt_close(clk);
	return verdict(&sum);
}
