/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hybrid logical clock: tt/hlc.h has the contract, hlc_order.h the rule.
 * The last timestamp is the whole state, and is replaced by compare-and-swap;
 * the clock is read before, so that a swap that fails need not read it again.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "libtt/cas16.h"
#include "libtt/clock.h"
#include "libtt/hlc_order.h"
#include "libtt/hlc_report.h"
#include "libtt/hlc_state.h"
#include "tt/hlc.h"

/* How long a full counter waits for earliest to pass it: it takes 4096 events
 * within 1 us of true time, or a wall that is ahead of earliest. */
#define OVERFLOW_WAIT_NS INT64_C(1000000)
#define OVERFLOW_TRIES	 16

#define LINE 64 /* bytes: what threads write is apart from what they read */

struct tt_hlc {
	/* One of the two, as the resolution has it. wide: lo is logical, hi
	 * wall_ns. */
	_Alignas(LINE) struct cas16_cell wide;
	_Atomic uint64_t narrow;

	_Alignas(LINE) struct tt_clock *clk;
	enum tt_hlc_resolution resolution;
	uint32_t logical_max;
	struct hlc_state state;

	_Alignas(LINE) _Atomic uint64_t rejected;
	_Atomic int64_t rejected_ns_max;
	_Atomic uint64_t ahead;
	_Atomic uint64_t overflows;
	struct hlc_report report;
};

/* Relaxed: a number for people, it orders nothing. */
static void count(_Atomic uint64_t *counter)
{
	atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static uint64_t counted(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

static struct tt_hlc_time of_wide(struct cas16 pair)
{
	return (struct tt_hlc_time){(int64_t)pair.hi, (uint32_t)pair.lo};
}

static struct cas16 to_wide(const struct tt_hlc_time *t)
{
	return (struct cas16){t->logical, (uint64_t)t->wall_ns};
}

/* The last timestamp; of a wide one the halves may not belong together until
 * swap() has said so. The wall alone is always one that was there. */
static struct tt_hlc_time peek(const struct tt_hlc *hlc)
{
	if (hlc->resolution == TT_HLC_NS)
		return of_wide(cas16_peek(&hlc->wide));
	return hlc_unpack(
		atomic_load_explicit(&hlc->narrow, memory_order_relaxed));
}

/* Acquire and release pair with one another: whoever gets the later timestamp
 * has seen what went before the earlier. */
static bool swap(struct tt_hlc *hlc, struct tt_hlc_time *seen,
		 const struct tt_hlc_time *next)
{
	struct cas16 wide;
	uint64_t narrow;
	bool is_done;

	if (hlc->resolution == TT_HLC_NS) {
		wide = to_wide(seen);
		is_done = cas16_swap(&hlc->wide, &wide, to_wide(next));
		*seen = of_wide(wide);
		return is_done;
	}
	narrow = hlc_pack(seen);
	is_done = atomic_compare_exchange_weak_explicit(
		&hlc->narrow, &narrow, hlc_pack(next), memory_order_acq_rel,
		memory_order_relaxed);
	*seen = hlc_unpack(narrow);
	return is_done;
}

/* Partner of the release store in hlc_state.c. */
static int cover(struct tt_hlc *hlc, int64_t wall_ns)
{
	if (wall_ns <=
	    atomic_load_explicit(&hlc->state.soft_ns, memory_order_acquire))
		return 0;
	return hlc_state_cover(&hlc->state, wall_ns);
}

/* Earliest as the clock's resolution has it, rounded down: never ahead. */
static inline int physical(const struct tt_hlc *hlc, int64_t earliest_ns,
			   int64_t *ret_ns)
{
	if (hlc->resolution == TT_HLC_NS) {
		*ret_ns = earliest_ns;
		return 0;
	}
	if (earliest_ns < 0 || earliest_ns >= HLC_64_WALL_NS_END)
		return -ERANGE;
	*ret_ns = earliest_ns - earliest_ns % HLC_64_US_NS;
	return 0;
}

/*
 * One event. -EOVERFLOW: the counter is full, ret->wall_ns is where. Lock-free:
 * a swap fails because another thread's has succeeded. A full counter is
 * believed after the last timestamp was swapped for itself.
 */
static int advance(struct tt_hlc *hlc, const struct tt_hlc_time *remote,
		   int64_t physical_ns, struct tt_hlc_time *ret)
{
	struct tt_hlc_time seen = peek(hlc), next;
	bool is_room;
	int rc;

	if (physical_ns <= hlc->state.resume_ns &&
	    seen.wall_ns <= hlc->state.resume_ns)
		return -EAGAIN;
	do {
		is_room = hlc_follow(&seen, remote, physical_ns,
				     hlc->logical_max, ret);
		rc = is_room ? cover(hlc, ret->wall_ns) : -EOVERFLOW;
		if (rc == -EIO)
			return rc;
		next = is_room ? *ret : seen;
	} while (!swap(hlc, &seen, &next));
	return rc;
}

/* Wait a moment for earliest to pass a wall whose counter is full. */
static int await(struct tt_hlc *hlc, int64_t wall_ns)
{
	int rc;

	count(&hlc->overflows);
	if (hlc->resolution == TT_HLC_64)
		wall_ns += HLC_64_US_NS - 1;
	rc = tt_wait_after(hlc->clk, wall_ns, OVERFLOW_WAIT_NS);
	return rc == -ETIMEDOUT ? -EAGAIN : rc;
}

/* Counted, and told to the daemon now and then. */
static __attribute__((noinline, cold)) void
reject(struct tt_hlc *hlc, const struct tt_hlc_time *remote,
       const struct tt_interval *now)
{
	int64_t most_ns, ns;

	if (__builtin_sub_overflow(remote->wall_ns, now->latest_ns, &ns))
		ns = INT64_MAX;
	count(&hlc->rejected);
	most_ns = atomic_load_explicit(&hlc->rejected_ns_max,
				       memory_order_relaxed);
	while (ns > most_ns &&
	       !atomic_compare_exchange_weak_explicit(
		       &hlc->rejected_ns_max, &most_ns, ns,
		       memory_order_relaxed, memory_order_relaxed))
		;
	hlc_report_rejected(&hlc->report, hlc->clk->path, now, remote->wall_ns,
			    ns, ns > most_ns ? ns : most_ns);
}

/*
 * -ERANGE: the remote is beyond latest. (Earliest of another host, if honest,
 * was at most true time when it was sent, and ours was read after its
 * receipt: tt_now()'s fence.)
 */
static inline int judge(struct tt_hlc *hlc, const struct tt_hlc_time *remote,
			const struct tt_interval *now)
{
	if (remote == NULL || remote->wall_ns <= now->latest_ns)
		return 0;
	reject(hlc, remote, now);
	return -ERANGE;
}

/* The ordinary local event: earliest has moved on, is covered, and no other
 * thread is about. False: it is none. Once for each resolution. */
static inline bool is_first_wide(struct tt_hlc *hlc, int64_t earliest_ns,
				 struct tt_hlc_time *ret)
{
	const struct tt_hlc_time next = {earliest_ns, 0};
	struct cas16 seen = cas16_peek(&hlc->wide);

	if (next.wall_ns <= (int64_t)seen.hi ||
	    !cas16_swap(&hlc->wide, &seen, to_wide(&next)))
		return false;
	*ret = next;
	return true;
}

static inline bool is_first_narrow(struct tt_hlc *hlc, int64_t earliest_ns,
				   struct tt_hlc_time *ret)
{
	const uint64_t us = (uint64_t)earliest_ns / (uint64_t)HLC_64_US_NS;
	const uint64_t next = us << HLC_64_LOGICAL_BITS;
	uint64_t seen =
		atomic_load_explicit(&hlc->narrow, memory_order_relaxed);

	if (earliest_ns < 0 || earliest_ns >= HLC_64_WALL_NS_END ||
	    next <= seen ||
	    !atomic_compare_exchange_strong_explicit(&hlc->narrow, &seen, next,
						     memory_order_acq_rel,
						     memory_order_relaxed))
		return false;
	ret->wall_ns = (int64_t)us * HLC_64_US_NS;
	ret->logical = 0;
	return true;
}

/* The bound of an earlier life needs no look of its own: it is the last timestamp
 * from the start. */
static inline bool is_first_at(struct tt_hlc *hlc, int64_t earliest_ns,
			       struct tt_hlc_time *ret)
{
	if (earliest_ns >
	    atomic_load_explicit(&hlc->state.soft_ns, memory_order_acquire))
		return false;
	return hlc->resolution == TT_HLC_NS
		       ? is_first_wide(hlc, earliest_ns, ret)
		       : is_first_narrow(hlc, earliest_ns, ret);
}

static int read_for(struct tt_hlc *hlc, const struct tt_hlc_time *remote,
		    struct tt_interval *ret)
{
	/* A local event may use a reading that was begun a little early:
	 * earliest is none the less past. */
	return remote == NULL ? tt_now_relaxed(hlc->clk, ret)
			      : tt_now(hlc->clk, ret);
}

/* One try, with a reading made for it. */
static int attempt(struct tt_hlc *hlc, const struct tt_hlc_time *remote,
		   const struct tt_interval *now, struct tt_hlc_time *ret)
{
	int64_t physical_ns;
	int rc;

	rc = judge(hlc, remote, now);
	if (rc < 0)
		return rc;
	rc = physical(hlc, now->earliest_ns, &physical_ns);
	if (rc < 0)
		return rc;
	rc = advance(hlc, remote, physical_ns, ret);
	if (rc == 0 && ret->wall_ns > now->latest_ns)
		count(&hlc->ahead);
	return rc;
}

/* `now` was just read; it is read again after each wait. */
static __attribute__((noinline)) int give(struct tt_hlc *hlc,
					  const struct tt_hlc_time *remote,
					  struct tt_interval *now,
					  struct tt_hlc_time *ret)
{
	struct tt_hlc_time t;
	int rc;

	for (int i = 0; i < OVERFLOW_TRIES; i++) {
		rc = attempt(hlc, remote, now, &t);
		if (rc == 0)
			*ret = t;
		if (rc != -EOVERFLOW)
			return rc;
		rc = await(hlc, t.wall_ns);
		if (rc == 0)
			rc = read_for(hlc, remote, now);
		if (rc < 0)
			return rc;
	}
	return -EAGAIN; /* others fill it as fast as it empties */
}

int tt_hlc_now(struct tt_hlc *hlc, struct tt_hlc_time *ret)
{
	struct tt_interval now;
	int rc;

	if (hlc == NULL || ret == NULL)
		return -EINVAL;
	rc = read_for(hlc, NULL, &now);
	if (rc < 0)
		return rc;
	if (is_first_at(hlc, now.earliest_ns, ret))
		return 0;
	return give(hlc, NULL, &now, ret);
}

int tt_hlc_observe(struct tt_hlc *hlc, const struct tt_hlc_time *remote,
		   struct tt_hlc_time *ret)
{
	struct tt_hlc_time copy;
	struct tt_interval now;
	int rc;

	if (hlc == NULL || remote == NULL || ret == NULL)
		return -EINVAL;
	if (hlc->resolution == TT_HLC_64 && !hlc_is_64(remote))
		return -EINVAL;
	copy = *remote; /* may be *ret */
	rc = read_for(hlc, &copy, &now);
	return rc < 0 ? rc : give(hlc, &copy, &now, ret);
}

int tt_hlc_stats(struct tt_hlc *hlc, struct tt_hlc_stats *ret)
{
	if (hlc == NULL || ret == NULL)
		return -EINVAL;
	*ret = (struct tt_hlc_stats){
		.rejected = counted(&hlc->rejected),
		.rejected_ns_max = atomic_load_explicit(&hlc->rejected_ns_max,
							memory_order_relaxed),
		.ahead = counted(&hlc->ahead),
		.overflows = counted(&hlc->overflows),
		.persists = counted(&hlc->state.persists),
		.resume_ns = hlc->state.resume_ns,
	};
	return 0;
}

static int check(const struct tt_clock *clk, const struct tt_hlc_options *opt)
{
	if (clk == NULL || opt->size != sizeof(*opt))
		return -EINVAL;
	if (opt->resolution != TT_HLC_NS && opt->resolution != TT_HLC_64)
		return -EINVAL;
	return 0;
}

static struct tt_hlc *new_hlc(struct tt_clock *clk,
			      enum tt_hlc_resolution resolution)
{
	struct tt_hlc *hlc;

	/* Its size is a multiple of its alignment, as C11 wants it. */
	hlc = aligned_alloc(_Alignof(struct tt_hlc), sizeof(*hlc));
	if (hlc == NULL)
		return NULL;
	*hlc = (struct tt_hlc){.clk = clk, .resolution = resolution};
	hlc->logical_max =
		resolution == TT_HLC_64 ? HLC_64_LOGICAL_MAX : UINT32_MAX;
	return hlc;
}

/* Nothing at or below the bound of an earlier life is given: it stands as the
 * last timestamp; of TT_HLC_64 the one that is, or is just below, the bound. */
static void resume(struct tt_hlc *hlc)
{
	const int64_t bound_ns = hlc->state.resume_ns;
	const struct tt_hlc_time last = {bound_ns, UINT32_MAX};

	hlc->wide.value = to_wide(&last);
	if (bound_ns >= HLC_64_WALL_NS_END)
		atomic_init(&hlc->narrow, UINT64_MAX);
	else if (bound_ns >= 0)
		atomic_init(&hlc->narrow,
			    (uint64_t)bound_ns / (uint64_t)HLC_64_US_NS
					    << HLC_64_LOGICAL_BITS |
				    HLC_64_LOGICAL_MAX);
}

int tt_hlc_open(struct tt_clock *clk, const struct tt_hlc_options *opt,
		struct tt_hlc **ret)
{
	static const struct tt_hlc_options defaults = {.size = sizeof(defaults),
						       .resolution = TT_HLC_NS};
	const int errno_saved = errno;
	struct tt_hlc *hlc;
	int rc, held;

	if (ret == NULL)
		return -EINVAL;
	if (opt == NULL)
		opt = &defaults;
	rc = check(clk, opt);
	if (rc < 0)
		return rc;
	hlc = new_hlc(clk, opt->resolution);
	if (hlc == NULL)
		return -ENOMEM;
	held = cancel_hold();
	rc = hlc_state_open(&hlc->state, opt->state_path);
	if (rc < 0) {
		hlc_state_close(&hlc->state, INT64_MIN);
		free(hlc);
	} else {
		resume(hlc);
		*ret = hlc;
	}
	cancel_release(held);
	errno = errno_saved;
	return rc;
}

/* A clock that has not given anything leaves the bound as it found it. */
void tt_hlc_close(struct tt_hlc *hlc)
{
	const int errno_saved = errno;
	int64_t last_ns;
	int held;

	if (hlc == NULL)
		return;
	held = cancel_hold();
	last_ns = peek(hlc).wall_ns;
	hlc_state_close(&hlc->state,
			last_ns > hlc->state.resume_ns ? last_ns : INT64_MIN);
	free(hlc);
	cancel_release(held);
	errno = errno_saved;
}
