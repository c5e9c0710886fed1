/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waiting until a time is past, and the timestamps one waits for. Whether a
 * time is past is only ever said by a fresh strict reading; how long to sleep
 * before the next one is a guess that can do no harm.
 */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libtt/clock.h"
#include "libtt/interval.h"
#include "libtt/wait_spin.h"

/* Wake this much early and spin: the timer slack of an ordinary thread is 50
 * us (prctl(2), PR_SET_TIMERSLACK), a wake-up some 5 us on top. */
#define EARLY_NS INT64_C(60000)

/* A single sleep, at most: the bound may narrow or change meanwhile. One
 * publishing interval. */
#define SLEEP_NS_MAX INT64_C(100000000)

/* Spinning that has taken this long was wrong about the rate (a stepped leap
 * second holds earliest for 1 s): sleep in small pieces from then on. */
#define SPIN_NS_MAX   INT64_C(1000000)
#define SPIN_SLEEP_NS INT64_C(200000)

/* Who may not spin sleeps for what is missing, and no less than this: some 5 us
 * are what a sleep costs. */
#define NAP_NS_MIN INT64_C(5000)

/* Sleeps run in CLOCK_MONOTONIC, which may be steered by 500 ppm (MAXFREQ)
 * against the raw counter, and that be off by axiom A1 (50 ppm as a rule):
 * sleep 2^-10 (977 ppm) less. More than that only costs another look. */
#define RATE_MARGIN (INT64_C(1) << (SEGMENT_RATE_SHIFT - 10))

/* How often a wait for synchronization looks. */
#define POLL_NS INT64_C(10000000)

struct wait {
	struct tt_clock *clk;
	uint32_t cancels;    /* as they stood when the wait began */
	int64_t deadline_ns; /* CLOCK_MONOTONIC; INT64_MAX: none */
	int64_t spin_ns; /* when the end came near, CLOCK_MONOTONIC; 0: no */
	bool is_spinner; /* to be given back */
};

/* Partner of the release increments in clock_wake() and tt_wait_cancel(). */
static uint32_t counted(_Atomic uint32_t *count)
{
	return atomic_load_explicit(count, memory_order_acquire);
}

static long futex(_Atomic uint32_t *word, int op, uint32_t value,
		  const struct timespec *timeout)
{
	const int errno_saved = errno;
	const long rc = syscall(SYS_futex, word, op | FUTEX_PRIVATE_FLAG, value,
				timeout, NULL, 0);

	errno = errno_saved;
	return rc;
}

void clock_wake(struct tt_clock *clk)
{
	atomic_fetch_add_explicit(&clk->event, 1, memory_order_release);
	futex(&clk->event, FUTEX_WAKE, INT_MAX, NULL);
}

int tt_wait_cancel(struct tt_clock *clk)
{
	if (clk == NULL)
		return -EINVAL;
	atomic_fetch_add_explicit(&clk->cancels, 1, memory_order_release);
	clock_wake(clk);
	return 0;
}

static void begin(struct wait *w, struct tt_clock *clk, int64_t timeout_ns)
{
	w->clk = clk;
	w->cancels = counted(&clk->cancels);
	w->spin_ns = 0;
	w->is_spinner = false;
	w->deadline_ns = INT64_MAX;
	if (timeout_ns >= 0 &&
	    __builtin_add_overflow(clock_ns(CLOCK_MONOTONIC), timeout_ns,
				   &w->deadline_ns))
		w->deadline_ns = INT64_MAX;
}

static void pause_cpu(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

static void end(struct wait *w)
{
	if (w->is_spinner)
		wait_spin_leave();
	w->is_spinner = false;
}

/* The end is near: 0 after a turn of spinning, or how long to sleep. */
static int64_t spin(struct wait *w, int64_t now_ns, int64_t missing_ns)
{
	if (w->spin_ns == 0) {
		w->spin_ns = now_ns;
		w->is_spinner = wait_spin_enter();
	}
	if (now_ns - w->spin_ns >= SPIN_NS_MAX) {
		end(w);
		return SPIN_SLEEP_NS;
	}
	if (!w->is_spinner)
		return missing_ns > NAP_NS_MIN ? missing_ns : NAP_NS_MIN;
	pause_cpu();
	return 0;
}

/* Sleep for ns (<= 0: spin a turn, if there is room for another spinner), or
 * until the deadline or an event after `event` was read. */
static void rest(struct wait *w, uint32_t event, int64_t now_ns, int64_t ns)
{
	struct timespec ts;

	if (ns <= 0)
		ns = spin(w, now_ns, ns + EARLY_NS);
	if (ns <= 0)
		return;
	if (ns > w->deadline_ns - now_ns)
		ns = w->deadline_ns - now_ns;
	ts.tv_sec = ns / TT_INLINE_SECOND_NS;
	ts.tv_nsec = ns % TT_INLINE_SECOND_NS;
	futex(&w->clk->event, FUTEX_WAIT, event, &ts);
}

/* What may be slept before earliest can have moved on by missing_ns. */
static int64_t sleep_ns(int64_t missing_ns)
{
	if (missing_ns > SLEEP_NS_MAX)
		missing_ns = SLEEP_NS_MAX;
	return missing_ns - EARLY_NS -
	       tt_inline_scale_up((__int128)missing_ns * RATE_MARGIN);
}

/* One look: 0 past, -EINPROGRESS not yet (and how long to sleep), or what
 * ends the wait. */
static int look(struct wait *w, int64_t t_ns, int64_t *ret_sleep_ns)
{
	struct tt_interval now;
	int64_t missing_ns;
	int rc;

	if (counted(&w->clk->cancels) != w->cancels)
		return -ECANCELED;
	rc = tt_now_strict(w->clk, &now);
	if (rc < 0)
		return rc;
	if (t_ns < now.earliest_ns)
		return 0;
	if (w->clk->counter == SEGMENT_COUNTER_NONE ||
	    __builtin_sub_overflow(t_ns, now.earliest_ns, &missing_ns))
		missing_ns = SLEEP_NS_MAX; /* a set will wake us; very far */
	*ret_sleep_ns = sleep_ns(missing_ns);
	return -EINPROGRESS;
}

/* Ends by its answer, by an error, or by the caller's deadline. */
static int wait_until(struct wait *w, int64_t t_ns)
{
	int64_t now_ns, ns = 0;
	uint32_t event;
	int rc;

	for (;;) {
		event = counted(&w->clk->event);
		rc = look(w, t_ns, &ns);
		if (rc != -EINPROGRESS)
			return rc;
		now_ns = clock_ns(CLOCK_MONOTONIC);
		if (now_ns >= w->deadline_ns)
			return -ETIMEDOUT;
		rest(w, event, now_ns, ns);
	}
}

int tt_wait_after(struct tt_clock *clk, int64_t t_ns, int64_t timeout_ns)
{
	struct wait w;
	int rc;

	if (clk == NULL)
		return -EINVAL;
	if (t_ns == INT64_MAX)
		return -ERANGE;
	begin(&w, clk, timeout_ns);
	rc = wait_until(&w, t_ns);
	end(&w);
	return rc;
}

/* Saturated: what a hostile page says may be wider than int64_t holds. */
static int64_t width_ns(const struct tt_interval *i)
{
	int64_t ns;

	return __builtin_sub_overflow(i->latest_ns, i->earliest_ns, &ns)
		       ? INT64_MAX
		       : ns;
}

int tt_wait_synchronized(struct tt_clock *clk, int64_t width_ns_max,
			 int64_t timeout_ns)
{
	struct tt_interval now;
	int64_t now_ns;
	uint32_t event;
	struct wait w;
	int rc;

	if (clk == NULL || width_ns_max < 0)
		return -EINVAL;
	begin(&w, clk, timeout_ns);
	for (;;) {
		event = counted(&clk->event);
		if (counted(&clk->cancels) != w.cancels)
			return -ECANCELED;
		rc = tt_now(clk, &now);
		if (rc == -EACCES)
			return rc;
		if (rc == 0 && now.state == TT_SYNCHRONIZED &&
		    width_ns(&now) <= width_ns_max)
			return 0;
		now_ns = clock_ns(CLOCK_MONOTONIC);
		if (now_ns >= w.deadline_ns)
			return -ETIMEDOUT;
		rest(&w, event, now_ns, POLL_NS);
	}
}

/* ns of the raw counter until earliest has moved on by missing_ns, at the
 * slower of its two rates; INT64_MAX if that is beyond it. */
static int64_t stretch(const struct segment_slot *slot, int64_t missing_ns)
{
	const __int128 one = (__int128)1 << SEGMENT_RATE_SHIFT;
	__int128 rate = one - slot->drift, ns;

	if (one + slot->lo_slope < rate)
		rate = one + slot->lo_slope;
	ns = (missing_ns * one + rate - 1) / rate;
	return ns > INT64_MAX ? INT64_MAX : (int64_t)ns;
}

int tt_wait_hint(struct tt_clock *clk, int64_t t_ns, int64_t *ret_ns)
{
	struct segment_slot slot;
	struct tt_interval now;
	int64_t missing_ns, raw_ns;
	int rc;

	if (clk == NULL || ret_ns == NULL)
		return -EINVAL;
	rc = clock_slot(clk, &slot, &raw_ns);
	if (rc < 0)
		return rc;
	rc = interval_now(&slot, clk->counter, raw_ns, INTERVAL_UNIX, &now);
	if (rc < 0)
		return rc;
	if (t_ns < now.earliest_ns) {
		*ret_ns = 0;
		return 0;
	}
	if (__builtin_sub_overflow(t_ns, now.earliest_ns, &missing_ns) ||
	    missing_ns == INT64_MAX)
		missing_ns = INT64_MAX - 1;
	missing_ns++;
	*ret_ns = slot.counter == SEGMENT_COUNTER_NONE
			  ? missing_ns
			  : stretch(&slot, missing_ns);
	return 0;
}

int tt_commit_timestamp(struct tt_clock *clk, int64_t at_least_ns,
			int64_t *ret_ns)
{
	struct tt_interval now;
	int64_t last_ns, ts_ns;
	int rc;

	if (clk == NULL || ret_ns == NULL)
		return -EINVAL;
	rc = tt_now_strict(clk, &now);
	if (rc < 0)
		return rc;
	last_ns = atomic_load_explicit(&clk->commit_ns, memory_order_relaxed);
	/* Lock-free: a failed exchange means another thread got through.
	 * Acquire and release pair with one another: whoever gets a later
	 * timestamp has seen what went before the earlier. */
	do {
		if (last_ns == INT64_MAX)
			return -ERANGE;
		ts_ns = now.latest_ns > at_least_ns ? now.latest_ns
						    : at_least_ns;
		if (ts_ns <= last_ns)
			ts_ns = last_ns + 1;
	} while (!atomic_compare_exchange_weak_explicit(
		&clk->commit_ns, &last_ns, ts_ns, memory_order_acq_rel,
		memory_order_relaxed));
	*ret_ns = ts_ns;
	return 0;
}
