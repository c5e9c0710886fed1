/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tt-sim serve: a segment in real time, with the errors, drifts and faults
 * that were ordered, for the tests of whoever builds on libtt. One thread:
 * publishes at 10 Hz, obeys the schedule and the lines of its commands.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sim/serve_options.h"
#include "sim/serve_truth.h"
#include "sim/tt_sim.h"
#include "timed/publish.h"

#define PUBLISH_NS INT64_C(100000000) /* 10 Hz, as timed */
#define LINE_SIZE  256
#define NEVER_NS   INT64_MAX

static volatile sig_atomic_t wants_stop;

struct server {
	struct serve_options opt;
	struct serve_clock clock;
	struct publish publish;
	struct rng rng; /* of a storm */
	int64_t start_raw_ns;
	int64_t next_raw_ns; /* publication */
	int64_t end_ns;	     /* since the start: of the present fault */
	int fd;		     /* commands; -1: none */
	bool made_fifo;
	char line[LINE_SIZE];
	size_t line_size;
	bool line_is_long;
};

static void on_signal(int signal)
{
	(void)signal;
	wants_stop = 1;
}

static void catch_signals(void)
{
	struct sigaction act = {.sa_handler = on_signal};

	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	act.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &act, NULL);
	sigaction(SIGTTIN, &act, NULL); /* in a shell's background */
}

static int64_t raw_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void publish_now(struct server *s)
{
	const int64_t now_ns = raw_ns();
	struct segment_slot slot;

	s->next_raw_ns = now_ns + PUBLISH_NS;
	if (serve_clock_compose(&s->clock, now_ns, &slot))
		publish_write(&s->publish, &slot);
}

/* Published when this returns; `word` says who ordered it. */
static void obey(struct server *s, const char *word,
		 const struct serve_fault *f)
{
	const int64_t since_ns = raw_ns() - s->start_raw_ns;

	serve_clock_order(&s->clock, f->mode, f->amount_ns);
	publish_now(s);
	s->end_ns = f->for_ns > 0 ? since_ns + f->for_ns : NEVER_NS;
	printf("%s %s", word, serve_mode_name(f->mode));
	if (f->amount_ns && (f->mode == SERVE_LIAR || f->mode == SERVE_STEP))
		printf(" %+" PRId64 "ns", f->amount_ns);
	printf(" raw_ns=%" PRId64 " epoch=%" PRIu64 "\n", raw_ns(),
	       s->clock.slot.epoch);
}

/* --- the schedule -------------------------------------------------------- */

static const struct serve_fault recovery = {.mode = SERVE_NORMAL};

static int next_fault(const struct server *s)
{
	int next = -1;

	for (int i = 0; i < s->opt.fault_count; i++)
		if (next < 0 ||
		    s->opt.fault[i].at_ns < s->opt.fault[next].at_ns)
			next = i;
	return next;
}

static void draw_next(struct server *s, const struct serve_fault *last)
{
	if (!s->opt.is_storm || s->opt.fault_count == SERVE_FAULTS_MAX)
		return;
	s->opt.fault[s->opt.fault_count++] =
		serve_draw_fault(&s->rng, last ? last->at_ns + last->for_ns : 0,
				 s->opt.law.half_ns);
}

static void keep_schedule(struct server *s)
{
	const int64_t since_ns = raw_ns() - s->start_raw_ns;
	const int next = next_fault(s);
	struct serve_fault f;

	if (since_ns >= s->end_ns)
		obey(s, "at", &recovery);
	if (next < 0 || since_ns < s->opt.fault[next].at_ns)
		return;
	f = s->opt.fault[next];
	s->opt.fault[next] = s->opt.fault[--s->opt.fault_count];
	obey(s, "at", &f);
	draw_next(s, &f);
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* When something is due next, since the start. */
static int64_t next_ns(const struct server *s)
{
	const int next = next_fault(s);
	int64_t ns = s->next_raw_ns - s->start_raw_ns;

	ns = least(ns, s->end_ns);
	if (next >= 0)
		ns = least(ns, s->opt.fault[next].at_ns);
	return s->opt.duration_ns ? least(ns, s->opt.duration_ns) : ns;
}

/* --- the commands -------------------------------------------------------- */

static void obey_line(struct server *s, char *line)
{
	char error[SERVE_ERROR_SIZE];
	struct serve_fault f;

	line[strcspn(line, "\r\n")] = '\0';
	line += strspn(line, " \t");
	if (!*line || *line == '#')
		return;
	if (!strncmp(line, "fault ", 6))
		line += 6;
	if (!strcmp(line, "quit"))
		wants_stop = 1;
	else if (serve_parse_order(line, &f, error))
		printf("error: %s, quit\n", error);
	else
		obey(s, "ok", &f);
}

static void end_line(struct server *s)
{
	s->line[s->line_size] = '\0';
	if (s->line_is_long)
		printf("error: a line of more than %d bytes\n", LINE_SIZE - 1);
	else
		obey_line(s, s->line);
	s->line_size = 0;
	s->line_is_long = false;
}

/* Nobody's end is an order: a FIFO has many writers, and the standard input of
 * a program in the background is empty from the first. */
static void read_commands(struct server *s)
{
	char some[LINE_SIZE];
	const ssize_t n = read(s->fd, some, sizeof(some));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		if (s->line_size > 0)
			end_line(s);
		close(s->fd);
		s->fd = -1;
		return;
	}
	for (ssize_t i = 0; i < n; i++) {
		if (some[i] == '\n')
			end_line(s);
		else if (s->line_size < LINE_SIZE - 1)
			s->line[s->line_size++] = some[i];
		else
			s->line_is_long = true;
	}
}

/* Open for writing too: it is never at its end then. */
static int open_commands(struct server *s)
{
	const char *path = s->opt.commands;
	struct stat st;

	if (!path) {
		s->fd = dup(STDIN_FILENO);
		return SIM_OK;
	}
	s->made_fifo = mkfifo(path, 0600) == 0;
	if (!s->made_fifo && errno != EEXIST) {
		return run_error("--commands %s: %s", path, strerror(errno));
	}
	s->fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (s->fd >= 0 && fstat(s->fd, &st) == 0 && S_ISFIFO(st.st_mode))
		return SIM_OK;
	return run_error("--commands %s: %s", path,
			 s->fd < 0 ? strerror(errno) : "is not a FIFO");
}

/* --- start, loop, end ---------------------------------------------------- */

static int open_segment(struct server *s)
{
	char error[PUBLISH_ERROR_SIZE];
	uint64_t boot_id[2];
	int64_t origin_ns;
	int err = segment_boot_id(boot_id);

	if (err) {
		return run_error("the boot id cannot be read: %s",
				 strerror(-err));
	}
	err = serve_truth_open(s->opt.truth, boot_id, &origin_ns, error);
	if (!err)
		err = publish_open(s->opt.path, boot_id, (uint64_t)getpid(),
				   s->start_raw_ns, &s->publish, error);
	if (err) {
		return run_error("%s", error);
	}
	serve_clock_init(&s->clock, &s->opt.law, origin_ns + SERVE_UTC_NS,
			 s->opt.seed,
			 s->publish.has_earlier ? &s->publish.earlier : NULL);
	return SIM_OK;
}

static void tell_ready(const struct server *s)
{
	printf("ready %s seed=%" PRIu64 " unix_ns_less_raw_ns=%" PRId64
	       " half_ns=%" PRId64 " offset_ns=%" PRId64 " drift_ppb=%.0f\n",
	       s->opt.path, s->opt.seed, s->clock.origin_ns - SERVE_UTC_NS,
	       s->opt.law.half_ns, s->opt.law.ahead_ns, s->opt.law.drift_ppb);
}

static void wait_some(struct server *s)
{
	const int64_t wait_ns = s->start_raw_ns + next_ns(s) - raw_ns();
	const struct timespec wait = {
		.tv_nsec = wait_ns > 0 ? least(wait_ns, PUBLISH_NS) : 0};
	struct pollfd p = {.fd = s->fd, .events = POLLIN};

	if (ppoll(&p, 1, &wait, NULL) > 0)
		read_commands(s);
}

static void run(struct server *s)
{
	publish_now(s);
	tell_ready(s);
	while (!wants_stop) {
		wait_some(s);
		if (s->opt.duration_ns &&
		    raw_ns() - s->start_raw_ns >= s->opt.duration_ns)
			return;
		keep_schedule(s);
		if (raw_ns() >= s->next_raw_ns)
			publish_now(s);
	}
}

/* What was served was true for a test only: nobody shall go on with it. */
static void stop(struct server *s)
{
	struct segment_slot slot;

	if (s->publish.seg) {
		serve_clock_withdraw(&s->clock, raw_ns(), &slot);
		publish_write(&s->publish, &slot);
		publish_close(&s->publish);
	}
	if (s->fd >= 0)
		close(s->fd);
	if (s->made_fifo)
		unlink(s->opt.commands);
}

int serve_main(int argc, char **argv)
{
	static struct server s;
	int rc = serve_options_parse(argc, argv, &s.opt);

	if (rc != SIM_OK)
		return rc;
	s.fd = -1;
	s.start_raw_ns = raw_ns();
	s.end_ns = NEVER_NS;
	rng_seed(&s.rng, s.opt.seed + 1);
	draw_next(&s, NULL);
	catch_signals();
	rc = open_commands(&s);
	if (rc == SIM_OK)
		rc = open_segment(&s);
	if (rc == SIM_OK)
		run(&s);
	stop(&s);
	return rc;
}
