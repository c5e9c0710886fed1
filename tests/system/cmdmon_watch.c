/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmdmon-watch: runs the chrony driver for some seconds on a machine where
 * every server serves this machine's own CLOCK_REALTIME, which nobody steers:
 * that is true time, then, and each sample must contain it. One line a sample,
 * source and health; at the end a line "samples N, misses M".
 *
 * usage: cmdmon-watch PORT SOCKET SECONDS [ASYMMETRY_NS [D_MIN_NS]]
 * exit: 0, 1 on a miss or without samples, 2 usage
 */
#include <inttypes.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/driver.h"
#include "timed/env_linux.h"

#define SOURCES 64

static struct env *machine;
static struct source_info sources[SOURCES];
static int source_count;
static int samples, misses;

/* S - raw of now; S is unsteered, so its rate against raw is rate_ppb. */
struct truth {
	int64_t raw_ns;
	int64_t lo_ns;
	int64_t hi_ns;
	double rate_ppb;
};

static struct truth truth_now(void)
{
	struct env_pair pair;
	struct env_steering steering;

	if (env_pair(machine, &pair) || env_steering(machine, &steering))
		abort();
	return (struct truth){.raw_ns = pair.raw_ns_after,
			      .lo_ns = pair.real_ns - pair.raw_ns_after - 1,
			      .hi_ns = pair.real_ns - pair.raw_ns_before + 1,
			      .rate_ppb = steering.rate_ppb};
}

/* The sample's claim, with the age and the rate that suit it worst: the engine
 * counts on some age and some rate of the ranges, so that a claim that misses
 * for all of them is false. */
static bool contains(const struct sample *m)
{
	const struct truth t = truth_now();
	const double age[2] = {(double)m->age_ns_min, (double)m->age_ns_max};
	const double f[2] = {m->ruler_ppb_min, m->ruler_ppb_max};
	double least = INFINITY, most = -INFINITY;
	int64_t lo = m->mid_ns, hi = m->mid_ns;

	for (int i = 0; i < 4; i++) {
		const double x = (f[i & 1] - t.rate_ppb) * 1e-9 * age[i >> 1];

		least = x < least ? x : least;
		most = x > most ? x : most;
	}
	for (int i = 0; i < TERM_COUNT; i++) {
		lo -= m->lo_ns[i];
		hi += m->hi_ns[i];
	}
	return t.hi_ns + (int64_t)most + 1 >= lo &&
	       t.lo_ns + (int64_t)least - 1 <= hi;
}

static int on_source(void *arg, const struct source_info *info)
{
	int i = 0;

	(void)arg;
	while (i < source_count && strcmp(sources[i].name, info->name) != 0)
		i++;
	if (i == SOURCES)
		return -1;
	if (i == source_count)
		source_count++;
	sources[i] = *info;
	printf("source %d %s reachable %d stratum %d poll %.3f s: %s\n", i,
	       info->name, info->reachable, info->stratum,
	       (double)info->poll_ns * 1e-9, info->note);
	return i;
}

static void on_gone(void *arg, int source)
{
	(void)arg;
	printf("gone %d %s\n", source, sources[source].name);
}

static void on_sample(void *arg, int source, const struct sample *m)
{
	const struct truth t = truth_now();
	const bool good = contains(m);

	(void)arg;
	samples++;
	misses += !good;
	printf("%s %s%s off %" PRId64 " server %" PRId64 " delay %" PRId64
	       " stamp %" PRId64 " mapping %" PRId64
	       " age %.3f..%.3f rate %.3f..%.3f\n",
	       good ? "sample" : "MISS", sources[source].name,
	       m->repeat ? " again" : "", m->mid_ns - t.lo_ns,
	       m->lo_ns[TERM_SERVER], m->lo_ns[TERM_DELAY],
	       m->lo_ns[TERM_STAMP], m->lo_ns[TERM_MAPPING],
	       (double)m->age_ns_min * 1e-9, (double)m->age_ns_max * 1e-9,
	       m->ruler_ppb_min, m->ruler_ppb_max);
}

static void on_health(void *arg, const char *text)
{
	(void)arg;
	printf("health: %s\n", text);
}

static void run(struct driver *driver, int64_t until_raw_ns)
{
	while (env_raw_ns(machine) < until_raw_ns) {
		const int64_t wait_ns =
			driver->ops->next_raw_ns(driver) - env_raw_ns(machine);
		struct pollfd p = {.fd = driver->ops->fd(driver),
				   .events = POLLIN};

		if (poll(&p, 1,
			 wait_ns > 0 ? (int)(wait_ns / 1000000) + 1 : 0) > 0)
			driver->ops->readable(driver);
		driver->ops->tick(driver);
	}
}

int main(int argc, char **argv)
{
	const struct driver_sink sink = {.source = on_source,
					 .gone = on_gone,
					 .sample = on_sample,
					 .health = on_health};
	struct chrony_options opt = {.host = "127.0.0.1",
				     .poll_ns = 250000000,
				     .asymmetry_ns = -1,
				     .server_scale = 2};
	struct driver *driver;
	int err;

	if (argc < 4) {
		fprintf(stderr, "usage: cmdmon-watch PORT SOCKET SECONDS "
				"[ASYMMETRY_NS [D_MIN_NS]]\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	opt.port = atoi(argv[1]);
	opt.socket = argv[2];
	if (argc > 4)
		opt.asymmetry_ns = atoll(argv[4]);
	if (argc > 5)
		opt.delay_ns_min = atoll(argv[5]);
	machine = env_linux_open();
	err = driver_chrony_open(&opt, machine, &sink, &driver);
	if (err) {
		fprintf(stderr, "cmdmon-watch: %s\n", strerror(-err));
		return 1;
	}
	run(driver, env_raw_ns(machine) + atoll(argv[3]) * 1000000000);
	driver->ops->close(driver);
	printf("samples %d, misses %d\n", samples, misses);
	return misses > 0 || samples == 0;
}
