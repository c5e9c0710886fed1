/* SPDX-License-Identifier: Apache-2.0 */
/* See bench_segment.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "libtt/ticks.h"
#include "tools/bench_segment.h"
#include "tt/tt.h"

int64_t bench_raw_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

#define CLOCKSOURCE \
	"/sys/devices/system/clocksource/clocksource0/current_clocksource"

#define CALIBRATION_NS INT64_C(50000000)

static bool is_kernel_counter(void)
{
	char name[32] = "";
	FILE *f = fopen(CLOCKSOURCE, "re");

	if (f == NULL)
		return false;
	if (fgets(name, sizeof(name), f) == NULL)
		name[0] = '\0';
	fclose(f);
	return strcmp(name, "tsc\n") == 0 ||
	       strcmp(name, "arch_sys_counter\n") == 0;
}

uint64_t bench_tick_mult(void)
{
	const int64_t begin_ns = bench_raw_ns();
	const uint64_t begin = ticks_ordered();
	int64_t now_ns;

	if (!ticks_are_readable() || !ticks_are_invariant() ||
	    !is_kernel_counter())
		return 0;
	do {
		now_ns = bench_raw_ns();
	} while (now_ns - begin_ns < CALIBRATION_NS);
	return (uint64_t)((double)(now_ns - begin_ns) * 0x1p48 /
			  (double)(ticks_ordered() - begin));
}

/* A bound such as a host on a LAN has: 200 us wide, opening by 200 ppb. */
static void publish(const struct bench_segment *s)
{
	const int64_t raw_ns = bench_raw_ns();
	const struct segment_slot slot = {
		.anchor_raw_ns = raw_ns,
		.tai_lo_ns = INT64_C(1800000000000000000) + raw_ns,
		.tai_hi_ns = INT64_C(1800000000000200000) + raw_ns,
		.lo_slope = -219902, /* 200 ppb in 2^-40 */
		.hi_slope = 219902,
		.horizon_ns = 1000000000,
		.drift = 54975581, /* 50 ppm */
		.void_raw_ns = raw_ns + INT64_C(3600000000000),
		.epoch = 1,
		.epoch_raw_ns = raw_ns,
		.state = TT_SYNCHRONIZED,
		.flags = TT_FLAG_NTP,
		.utc_offset_ns = INT64_C(36000000000), /* before 2017 */
		.leap_tai_ns = INT64_C(1483228837000000000),
		.leap_delta_ns = 1000000000,
		.best_tai_ns = INT64_C(1800000000000100000) + raw_ns,
		.counter = s->tick_mult != 0 ? SEGMENT_COUNTER_TSC
					     : SEGMENT_COUNTER_RAW,
		.tsc_anchor = s->tick_mult != 0 ? ticks_ordered() : 0,
		.tsc_mult = s->tick_mult,
	};

	segment_publish(s->seg, &slot);
}

static void *write_on(void *arg)
{
	struct bench_segment *s = arg;
	struct timespec ts;

	ts.tv_sec = s->period_ns / 1000000000;
	ts.tv_nsec = s->period_ns % 1000000000;
	while (!atomic_load(&s->is_stopped)) {
		publish(s);
		nanosleep(&ts, NULL);
	}
	return NULL;
}

static int make_segment(struct bench_segment *s)
{
	const char *dir = getenv("TMPDIR");
	uint64_t boot_id[2];
	int fd, rc;
	void *p;

	rc = segment_boot_id(boot_id);
	if (rc < 0)
		return rc;
	rc = snprintf(s->path, sizeof(s->path), "%s/tt-bench.XXXXXX",
		      dir != NULL ? dir : "/tmp");
	if (rc < 0 || (size_t)rc >= sizeof(s->path))
		return -ENAMETOOLONG;
	fd = mkostemp(s->path, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	rc = ftruncate(fd, SEGMENT_SIZE) < 0 ? -errno : 0;
	p = rc < 0 ? MAP_FAILED
		   : mmap(NULL, SEGMENT_SIZE, PROT_READ | PROT_WRITE,
			  MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		rc = rc < 0 ? rc : -errno;
		unlink(s->path);
	} else {
		s->seg = p;
		segment_init(p, boot_id, (uint64_t)getpid(), bench_raw_ns());
		publish(s);
	}
	close(fd);
	return rc;
}

static void drop_segment(struct bench_segment *s)
{
	munmap(s->seg, SEGMENT_SIZE);
	unlink(s->path);
}

int bench_segment_open(struct bench_segment *ret, int64_t period_ns,
		       uint64_t tick_mult)
{
	int rc;

	ret->period_ns = period_ns;
	ret->tick_mult = tick_mult;
	atomic_init(&ret->is_stopped, false);
	rc = make_segment(ret);
	if (rc < 0)
		return rc;
	rc = -pthread_create(&ret->thread, NULL, write_on, ret);
	if (rc < 0)
		drop_segment(ret);
	return rc;
}

void bench_segment_close(struct bench_segment *s)
{
	atomic_store(&s->is_stopped, true);
	pthread_join(s->thread, NULL);
	drop_segment(s);
}
