/* SPDX-License-Identifier: Apache-2.0 */
/* One driver against this machine's own clock. See watch.h. */
#include <inttypes.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/system/watch.h"
#include "timed/env_linux.h"

#define SOURCES 64

/* Since 2017. */
#define TAI_UTC_NS INT64_C(37000000000)

static struct env *machine;
static volatile sig_atomic_t stopped;
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

/* In the source's own scale. */
static struct truth truth_now(int source)
{
	struct env_pair pair;
	struct env_steering steering;

	if (env_pair(machine, &pair) || env_steering(machine, &steering))
		abort();
	if (sources[source].scale == SCALE_TAI)
		pair.real_ns += TAI_UTC_NS;
	return (struct truth){.raw_ns = pair.raw_ns_after,
			      .lo_ns = pair.real_ns - pair.raw_ns_after - 1,
			      .hi_ns = pair.real_ns - pair.raw_ns_before + 1,
			      .rate_ppb = steering.rate_ppb};
}

/* A side that says nothing claims nothing. */
static int64_t known_ns(int64_t term_ns)
{
	return term_ns == SAMPLE_NO_BOUND ? 0 : term_ns;
}

/* The sample's claim, with the age and the rate that suit it worst: the engine
 * counts on some age and some rate of the ranges, so that a claim that misses
 * for all of them is false. */
static bool contains(int source, const struct sample *m)
{
	const struct truth t = truth_now(source);
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
		lo -= known_ns(m->lo_ns[i]);
		hi += known_ns(m->hi_ns[i]);
	}
	return (m->lo_ns[TERM_DELAY] == SAMPLE_NO_BOUND ||
		t.hi_ns + (int64_t)most + 1 >= lo) &&
	       (m->hi_ns[TERM_DELAY] == SAMPLE_NO_BOUND ||
		t.lo_ns + (int64_t)least - 1 <= hi);
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

static const char *side(const struct sample *m)
{
	if (m->hi_ns[TERM_DELAY] == SAMPLE_NO_BOUND)
		return " forward";
	return m->lo_ns[TERM_DELAY] == SAMPLE_NO_BOUND ? " backward" : "";
}

static void on_sample(void *arg, int source, const struct sample *m)
{
	const struct truth t = truth_now(source);
	const bool good = contains(source, m);

	(void)arg;
	samples++;
	misses += !good;
	printf("%s %s%s%s off %" PRId64 " server %" PRId64 " delay %" PRId64
	       " stamp %" PRId64 " mapping %" PRId64
	       " age %.3f..%.3f rate %.3f..%.3f\n",
	       good ? "sample" : "MISS", sources[source].name, side(m),
	       m->repeat ? " again" : "", m->mid_ns - t.lo_ns,
	       m->lo_ns[TERM_SERVER],
	       known_ns(m->lo_ns[TERM_DELAY]) + known_ns(m->hi_ns[TERM_DELAY]),
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
	while (!stopped && env_raw_ns(machine) < until_raw_ns) {
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

static void on_signal(int sig)
{
	(void)sig;
	stopped = 1;
}

struct env *watch_env(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	machine = env_linux_open();
	return machine;
}

const struct driver_sink watch_sink = {.source = on_source,
				       .gone = on_gone,
				       .sample = on_sample,
				       .health = on_health};

int watch_run(struct driver *driver, int64_t seconds)
{
	const struct sigaction action = {.sa_handler = on_signal};

	sigaction(SIGTERM, &action, NULL);
	run(driver, env_raw_ns(machine) + seconds * 1000000000);
	driver->ops->close(driver);
	printf("samples %d, misses %d\n", samples, misses);
	return misses > 0 || samples == 0;
}
