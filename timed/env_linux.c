/* SPDX-License-Identifier: Apache-2.0 */
/* env.h on Linux: the clocks by clock_gettime, the steering by adjtimex(2),
 * which tells everybody when `modes` is 0. Nothing but env_steer() sets
 * anything. */
#include "timed/env_linux.h"

#include <errno.h>
#include <math.h>
#include <sys/timex.h>
#include <time.h>

#include "confine/confine.h"
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

/* The kernel's SHIFT_PLL: at least so much of the PLL's constant. */
#define PLL_SHIFT 2

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
	ret->rate_err_ppb = fabs(offset_ns) * ENV_PLL_SHARE;
	ret->slew_ns = offset_ns;
	ret->has_adjtime = adjtime_left_us() != 0;
	if (ret->has_adjtime)
		ret->rate_err_ppb += ADJTIME_PPB;
	ret->status = tx.status;
	ret->tai_offset_s = tx.tai;
	return 0;
}

/* ---- setting ---- */

static int set(struct timex *tx)
{
	return adjtimex(tx) < 0 ? -errno : 0;
}

/* The right to set is in force only while something is being set. */
static int end_setting(int err)
{
	const int back = confine_set_time(false);

	return err ? err : back;
}

static int set_nothing(void)
{
	struct timex tx = {.modes = 0};

	if (adjtimex(&tx) < 0)
		return -errno;
	tx = (struct timex){.modes = ADJ_STATUS, .status = tx.status};
	return set(&tx);
}

int env_may_steer(struct env *env)
{
	const int err = confine_set_time(true);

	(void)env;
	return err ? err : end_setting(set_nothing());
}

/* With ADJ_NANO the field of microseconds holds ns, from 0 to 1 s. It also
 * clears what the PLL had to work off, and sets STA_UNSYNC. */
static int step(int64_t step_ns)
{
	struct timex tx = {.modes = ADJ_SETOFFSET | ADJ_NANO};

	tx.time.tv_sec = step_ns / NS_PER_S;
	tx.time.tv_usec = step_ns % NS_PER_S;
	if (tx.time.tv_usec < 0) {
		tx.time.tv_sec--;
		tx.time.tv_usec += NS_PER_S;
	}
	return set(&tx);
}

/* STA_FREQHOLD: an offset moves the phase alone, not the frequency too. */
static int status_of(const struct env_order *o)
{
	int status = STA_PLL | STA_FREQHOLD;

	if (!o->is_synchronized)
		status |= STA_UNSYNC;
	if (o->leap_s > 0)
		status |= STA_INS;
	if (o->leap_s < 0)
		status |= STA_DEL;
	return status;
}

static long us_up(int64_t ns)
{
	return (long)(ns / 1000 + (ns % 1000 != 0));
}

/* The kernel takes STATUS, NANO and TIMECONST before OFFSET, and each alone
 * stands for itself. TAI has the field of TIMECONST. */
static int steer(const struct env_order *o)
{
	struct timex tx = {
		.modes = ADJ_STATUS | ADJ_NANO | ADJ_FREQUENCY | ADJ_TICK |
			 ADJ_TIMECONST | ADJ_OFFSET | ADJ_MAXERROR |
			 ADJ_ESTERROR,
		.status = status_of(o),
		.freq = lround(o->rate_ppb / PPB_PER_FREQ),
		.tick = TICK_US_NOMINAL,
		.constant = o->slew_shift - PLL_SHIFT,
		.offset = lround(o->slew_ns),
		.maxerror = us_up(o->error_ns_max),
		.esterror = us_up(o->error_ns),
	};
	struct timex tai = {.modes = ADJ_TAI, .constant = o->tai_offset_s};
	int err = o->has_step ? step(o->step_ns) : 0;

	if (!err)
		err = set(&tx);
	if (!err)
		err = set(&tai);
	return err;
}

int env_steer(struct env *env, const struct env_order *o)
{
	const int err = confine_set_time(true);

	(void)env;
	return err ? err : end_setting(steer(o));
}
