/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tt_at_realtime(): the clocks read together, steps looked for, and the bound
 * evaluated at what realtime.c leaves possible.
 *
 * A step is seen in two ways. The kernel ends a timer that asked for it
 * (TFD_TIMER_CANCEL_ON_SET, timerfd_create(2)), even if a second step undid the
 * first; and REALTIME - MONOTONIC differs, even where the kernel has not got
 * round to telling. Neither clock need be right.
 */
#include <errno.h>
#include <poll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "libtt/at_realtime.h"
#include "libtt/clock.h"

/* The narrowest of so many is taken: an interrupt in between is some us. */
#define READ_TRIES 4

/* Of the publication changing its epoch between two evaluations. */
#define EVAL_TRIES 4

/* Seconds: 2242, a timer that never comes; below KTIME_MAX. */
#define NEVER_S INT64_C(8589934592)

static int64_t width(const struct realtime_pair *r)
{
	return r->raw_ns_max - r->raw_ns_min;
}

static void read_once(struct realtime_pair *ret)
{
	int64_t mono_ns;

	ret->raw_ns_min = clock_ns(CLOCK_MONOTONIC_RAW);
	mono_ns = clock_ns(CLOCK_MONOTONIC);
	ret->real_ns = clock_ns(CLOCK_REALTIME);
	ret->offset_ns_max = ret->real_ns - mono_ns;
	mono_ns = clock_ns(CLOCK_MONOTONIC);
	ret->offset_ns_min = ret->real_ns - mono_ns;
	ret->raw_ns_max = clock_ns(CLOCK_MONOTONIC_RAW);
}

static void read_clocks(struct realtime_pair *ret)
{
	struct realtime_pair next;

	read_once(ret);
	for (int i = 1; i < READ_TRIES; i++) {
		read_once(&next);
		if (width(&next) <= width(ret))
			*ret = next;
	}
}

/* A timer that is canceled when the clock is set. What was known is forgotten:
 * a step may have come before. */
static int watch(struct at_realtime *at)
{
	const struct itimerspec never = {.it_value = {.tv_sec = NEVER_S}};
	int fd;

	at_realtime_close(at);
	realtime_pairs_forget(&at->realtime);
	fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (fd < 0)
		return -EAGAIN;
	if (timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET,
			    &never, NULL) < 0) {
		close(fd);
		return -EAGAIN;
	}
	at->fd_plus_1 = fd + 1;
	at->pid = getpid();
	return 0;
}

/* A canceled timer stays readable as nobody reads it. */
static bool is_set(const struct at_realtime *at)
{
	struct pollfd p = {.fd = at->fd_plus_1 - 1, .events = POLLIN};

	return poll(&p, 1, 0) != 0;
}

void at_realtime_close(struct at_realtime *at)
{
	/* A child's copy of the number may be another file by now, but the
	 * pid tells: only what was opened here is closed. */
	if (at->fd_plus_1 != 0 && at->pid == getpid())
		close(at->fd_plus_1 - 1);
	at->fd_plus_1 = 0;
}

/* One more pair, and what is left possible for the stamp. */
static int look(struct at_realtime *at, int64_t real_ns, int64_t *ret_min_ns,
		int64_t *ret_max_ns)
{
	struct realtime_pair now;
	int rc = 0;

	if (at->fd_plus_1 == 0 || at->pid != getpid())
		rc = watch(at);
	if (rc < 0)
		return rc;
	read_clocks(&now);
	if (is_set(at)) {
		rc = watch(at);
		if (rc < 0)
			return rc;
		read_clocks(&now);
	}
	(void)realtime_pairs_add(&at->realtime, &now);
	return realtime_pairs_raw(&at->realtime, real_ns, ret_min_ns, ret_max_ns);
}

/* The hull of the intervals at both ends, by one epoch. */
static int evaluate(struct tt_clock *clk, int64_t raw_ns_min,
		    int64_t raw_ns_max, struct tt_interval *ret)
{
	struct tt_interval first, last;
	int rc;

	for (int i = 0; i < EVAL_TRIES; i++) {
		rc = tt_at_raw(clk, raw_ns_min, &first);
		if (rc == 0)
			rc = tt_at_raw(clk, raw_ns_max, &last);
		if (rc < 0)
			return rc;
		if (first.epoch != last.epoch)
			continue;
		*ret = last;
		ret->earliest_ns = first.earliest_ns;
		ret->raw_ns = raw_ns_min + (raw_ns_max - raw_ns_min) / 2;
		return 0;
	}
	return -EAGAIN;
}

int tt_at_realtime(struct tt_clock *clk, int64_t realtime_ns,
		   struct tt_interval *ret)
{
	const int errno_saved = errno;
	int64_t raw_ns_min, raw_ns_max;
	int rc, held;

	if (clk == NULL || ret == NULL)
		return -EINVAL;
	held = cancel_hold();
	lock_take(&clk->lock);
	rc = look(&clk->at_realtime, realtime_ns, &raw_ns_min, &raw_ns_max);
	lock_give(&clk->lock);
	cancel_release(held);
	if (rc == 0)
		rc = evaluate(clk, raw_ns_min, raw_ns_max, ret);
	errno = errno_saved;
	return rc;
}
