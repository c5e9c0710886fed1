/* SPDX-License-Identifier: Apache-2.0 */
/* env.h on Linux: the clocks by clock_gettime, the steering by adjtimex(2),
 * which tells everybody when `modes` is 0. Never sets anything. */
#include "timed/env_linux.h"

#include <errno.h>
#include <math.h>
#include <sys/timex.h>
#include <time.h>

#include "libtt/ticks.h"

#define NS_PER_S 1000000000

/* A pair this narrow is as good as it gets: two reads back to back. */
#define PAIR_NS_GOOD 60
#define PAIR_TRIES   5

/* tick is in us of 1/USER_HZ, and USER_HZ is 100 on Linux. */
#define TICK_US_NOMINAL 10000
#define PPB_PER_TICK_US 100000.0

/* timex.freq is ppm in 16.16 fixed point. */
#define PPB_PER_FREQ (1000.0 / 65536)

/* adjtime(3) slews by at most 500 us a second (MAX_TICKADJ in the kernel). */
#define ADJTIME_PPB 500000.0

/* Each second the PLL works off offset / 2^(SHIFT_PLL + constant), SHIFT_PLL
 * is 2 and the constant at least 0: a quarter of the offset at most. */
#define PLL_SHARE 0.25

struct env {
	int unused;
};

struct env *env_linux_open(void)
{
	static struct env machine;

	return &machine;
}

static int64_t read_ns(clockid_t clock)
{
	struct timespec ts;

	/* clock_gettime fails for unknown clocks only, and these are known */
	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

int64_t env_raw_ns(struct env *env)
{
	(void)env;
	return read_ns(CLOCK_MONOTONIC_RAW);
}

int env_pair(struct env *env, struct env_pair *ret)
{
	struct env_pair best = {0, 0, INT64_MAX};

	(void)env;
	for (int i = 0; i < PAIR_TRIES; i++) {
		struct env_pair p;

		p.raw_ns_before = read_ns(CLOCK_MONOTONIC_RAW);
		p.real_ns = read_ns(CLOCK_REALTIME);
		p.raw_ns_after = read_ns(CLOCK_MONOTONIC_RAW);
		if (p.raw_ns_after - p.raw_ns_before <
		    best.raw_ns_after - best.raw_ns_before)
			best = p;
		if (best.raw_ns_after - best.raw_ns_before <= PAIR_NS_GOOD)
			break;
	}
	*ret = best;
	return 0;
}

void env_ticks(struct env *env, struct env_ticks *ret)
{
	struct env_ticks best = {0, 0, INT64_MAX};

	(void)env;
	for (int i = 0; i < PAIR_TRIES; i++) {
		struct env_ticks t;

		t.raw_ns_before = read_ns(CLOCK_MONOTONIC_RAW);
		t.ticks = ticks_ordered();
		t.raw_ns_after = read_ns(CLOCK_MONOTONIC_RAW);
		if (t.raw_ns_after - t.raw_ns_before <
		    best.raw_ns_after - best.raw_ns_before)
			best = t;
	}
	*ret = best;
}

/* What is left of an adjtime(3): a query that anybody may make. */
static long adjtime_left_us(void)
{
	struct timex tx = {.modes = ADJ_OFFSET_SS_READ};

	return adjtimex(&tx) < 0 ? 0 : tx.offset;
}

int env_steering(struct env *env, struct env_steering *ret)
{
	struct timex tx = {.modes = 0};
	double offset_ns;

	(void)env;
	if (adjtimex(&tx) < 0)
		return -errno;
	ret->rate_ppb = (double)(tx.tick - TICK_US_NOMINAL) * PPB_PER_TICK_US +
			(double)tx.freq * PPB_PER_FREQ;
	offset_ns = (double)tx.offset * (tx.status & STA_NANO ? 1 : 1000);
	ret->rate_err_ppb = fabs(offset_ns) * PLL_SHARE;
	if (adjtime_left_us() != 0)
		ret->rate_err_ppb += ADJTIME_PPB;
	ret->status = tx.status;
	ret->tai_offset_s = tx.tai;
	return 0;
}
