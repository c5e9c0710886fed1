/* SPDX-License-Identifier: Apache-2.0 */
/* --watch where there is no terminal: a line at a time. */
#include "tools/watch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tools/human.h"
#include "tools/status_nagios.h"

#define NS_PER_S INT64_C(1000000000)

static void print_now(void)
{
	char instant[HUMAN_SIZE];
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	human_instant(ts.tv_sec * NS_PER_S + ts.tv_nsec, instant);
	printf("%.23s ", instant);
}

/* 0 or negative errno. */
static int print_line(const struct status_options *o)
{
	struct status s;
	int err;

	status_take(o->segment, o->socket, &s);
	print_now();
	err = status_nagios_print(stdout, &s, &o->limits);
	status_drop(&s);
	if (!err && fflush(stdout))
		err = -errno;
	return err;
}

int watch_lines(const struct status_options *o)
{
	int64_t ns = o->interval_ns < 0 ? WATCH_INTERVAL_NS : o->interval_ns;
	struct timespec next;
	int err;

	clock_gettime(CLOCK_MONOTONIC, &next);
	while (!(err = print_line(o))) {
		next.tv_sec += (time_t)(ns / NS_PER_S);
		next.tv_nsec += (long)(ns % NS_PER_S);
		if (next.tv_nsec >= NS_PER_S) {
			next.tv_sec++;
			next.tv_nsec -= NS_PER_S;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
	}
	fprintf(stderr, "%s: cannot write to standard output: %s\n", o->program,
		strerror(-err));
	return STATUS_UNREADABLE;
}
