/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libtt: bounded clock readings, after Spanner's TrueTime (Corbett et al.,
 * "Spanner: Google's Globally-Distributed Database", OSDI 2012, section 3).
 *
 * timed(8) publishes bounds on true time in a shared segment; libtt maps it
 * read-only and evaluates it. tt_now() gives an interval that contains true
 * time at an instant within the call, or an error: never a wrong interval,
 * provided the assumptions timed was configured with hold.
 *
 * Units      Times are int64_t nanoseconds since 1970-01-01. They are Unix
 *            time (UTC without leap seconds: smeared or stepped over one, as
 *            timed is configured) unless the name says tai (since 1970-01-01
 *            TAI) or raw (CLOCK_MONOTONIC_RAW). Bounds are inclusive and are
 *            rounded outward.
 * Results    0 or a negative errno, unless said otherwise. `ret` is written
 *            on success only, is the last argument, and must not be NULL.
 *            errno itself is left alone.
 * Threads    Any number of threads may use one handle. No call takes a lock,
 *            except tt_manual_set() and tt_at_realtime().
 * Fork       A handle works on in the child (one from tt_manual_open() as a
 *            copy of its own). tt_commit_timestamp() gives strictly rising
 *            values within one process only. A child that is created in
 *            another time namespace must open its own handle.
 * Signals    Everything but tt_open, tt_close, tt_manual_open, tt_manual_set
 *            and tt_at_realtime is async-signal-safe.
 * Cancel     A thread that is canceled (pthread_cancel(3), deferred) in a call
 *            leaves nothing locked: what has to be finished is finished first.
 * Memory     Nothing is allocated after tt_open(). A call that finds no
 *            segment mapped yet opens and maps it: a few system calls, once.
 *
 * Errors, a closed set:
 *   -ENOENT      there is no segment (yet): timed has not run
 *   -EACCES      the segment is there and may not be read, or the vmclock
 *                page that it asks readers to look at cannot be
 *   -EPROTO      not a segment this library can read: not a regular file,
 *                too short, wrong magic or version, written in another time
 *                namespace, or content that no honest writer publishes
 *   -EAGAIN      no whole publication within the bound on tries, or the
 *                segment could not be mapped for want of descriptors or
 *                memory: try again
 *   -ENODATA     timed has no bound (TT_UNSYNCHRONIZED)
 *   -ESTALE      the last bound has run out (timed is dead or wedged), or it
 *                is from another boot, or the boot cannot be told, or the
 *                hypervisor has disrupted the counter since
 *   -ERANGE      a time out of the range there is an answer for
 *   -ETIMEDOUT, -ECANCELED   from the waits
 *   -EINVAL      NULL, or an argument that makes no sense
 *   -ENOMEM      from tt_open() and tt_manual_open()
 */
#ifndef TT_TT_H
#define TT_TT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define TT_API __attribute__((visibility("default")))
#else
#define TT_API
#endif

/* A clock: opaque. */
struct tt_clock;

/*
 * TT_UNSYNCHRONIZED  no bound exists; never in an interval: calls give -ENODATA
 * TT_SYNCHRONIZED    fresh sources hold the bound
 * TT_HOLDOVER        memory and the assumed drift hold it; it opens with time.
 *                    Also reported when timed has stopped publishing.
 * TT_DISPUTED        bounded, but sources contradict each other beyond what
 *                    was assumed: the interval is the hull of what they say
 */
enum tt_state {
	TT_UNSYNCHRONIZED,
	TT_SYNCHRONIZED,
	TT_HOLDOVER,
	TT_DISPUTED
};

/* Which classes of source hold the bound, and what else stands behind it.
 * More may come: ignore those you do not know. */
#define TT_FLAG_GNSS          0x0001u
#define TT_FLAG_PTP           0x0002u
#define TT_FLAG_PHC           0x0004u
#define TT_FLAG_NTP           0x0008u
#define TT_FLAG_SINGLE_SOURCE 0x0100u /* no second group to gainsay it */
#define TT_FLAG_DECLARED      0x0200u /* narrowed by a declared assumption */
#define TT_FLAG_VMCLOCK       0x0400u /* readers heed the hypervisor's marker */

/* 64 bytes; it never grows. */
struct tt_interval {
	int64_t earliest_ns;  /* true time was >= this ... */
	int64_t latest_ns;    /* ... and <= this, at an instant within the call */
	uint64_t epoch;       /* differs when continuity was lost in between */
	int64_t raw_ns;       /* CLOCK_MONOTONIC_RAW of that instant */
	uint32_t state;       /* enum tt_state, never TT_UNSYNCHRONIZED */
	uint32_t flags;       /* TT_FLAG_* */
	uint64_t reserved[3]; /* 0 */
};

/*
 * Open the clock whose segment is at `path`; NULL: $TT_CLOCK (not in programs
 * that run with raised privileges), else /run/timed/clock. That timed has not
 * run yet is no error: calls give -ENOENT until it has, then attach. A segment
 * that is there is mapped at once, so that the handle outlives a later chroot
 * or loss of rights, and so is a hypervisor's vmclock page: $TT_VMCLOCK (as
 * above), else /dev/vmclock0. -EINVAL: ret is NULL, the path is empty, or
 * $TT_VMCLOCK longer than 127 bytes; -ENOMEM.
 */
TT_API int tt_open(const char *path, struct tt_clock **ret);

/* No call on `clk` may be under way or follow. NULL is allowed. */
TT_API void tt_close(struct tt_clock *clk);

/*
 * The interval that contains true time at one instant within the call.
 *
 * tt_now          that instant is not before the loads and instructions that
 *                 precede the call in this thread; what follows the call may
 *                 be executed a few ns before it
 * tt_now_strict   the instant is moreover before anything that follows is
 *                 executed: for commits, leases and ordering events between
 *                 hosts. A store that precedes may become visible to other
 *                 processors some ns after it: where that matters, as when a
 *                 range is closed to earlier timestamps, put
 *                 atomic_thread_fence(memory_order_seq_cst) in between
 * tt_now_relaxed  no order is promised. (Where the kernel's clock is read, and
 *                 not the CPU's counter, it costs the same as tt_now.)
 * tt_now_tai      as tt_now, in TAI
 *
 * Within one epoch earliest_ns does not go back from one reading to a later
 * one. (Of two readings within one tick of the CPU's counter, where a tick is
 * longer than 1 ns, the later may be less than a tick behind.) Nor does raw_ns,
 * in any epoch, but when timed takes the CPU's counter from readers, who go over
 * to the kernel's clock: by less than 0.4 us then, and 10 ns for each second that
 * it had published nothing.
 * -ENOENT, -EACCES, -EPROTO, -EAGAIN, -ENODATA,
 * -ESTALE, -EINVAL.
 */
TT_API int tt_now(struct tt_clock *clk, struct tt_interval *ret);
TT_API int tt_now_strict(struct tt_clock *clk, struct tt_interval *ret);
TT_API int tt_now_relaxed(struct tt_clock *clk, struct tt_interval *ret);
TT_API int tt_now_tai(struct tt_clock *clk, struct tt_interval *ret);

/*
 * The interval for a reading of CLOCK_MONOTONIC_RAW taken elsewhere, by the
 * publication in force now. Before that publication's anchor (at most the
 * publishing interval ago, as a rule) both edges open at the assumed drift, so
 * that recent stamps cost little and old ones much. Reads no clock. -ERANGE:
 * before the epoch began, or from void-after on; else as tt_now().
 */
TT_API int tt_at_raw(struct tt_clock *clk, int64_t raw_ns,
		     struct tt_interval *ret);

/*
 * The interval for a stamp of CLOCK_REALTIME, of a packet or a line in a log.
 * Sound whatever slews and steps there were: it lies between two pairs of
 * readings of this handle, which every call adds to, and slews are reckoned
 * with up to a quarter, more than Linux allows. So the answer is wide by up to
 * half of the distance to the nearest such pair, and stamps just taken cost
 * little. The stamp must not be older than 5 s: a stamp does not say whether it
 * is from before a step of the clock. So where nothing vouches for it, -ERANGE:
 * in the 5 s after the first call (make one at start, whatever it gives) and
 * after a step or a suspend; for a stamp that lies before the call before it,
 * or is older, or to come. raw_ns is the middle of what is possible. Else as
 * tt_at_raw(); -EAGAIN also for want of a descriptor, one of which the handle
 * keeps (do not close it: closefrom(3)). Takes a lock, and is not for signal
 * handlers; a child of fork(2) begins anew.
 */
TT_API int tt_at_realtime(struct tt_clock *clk, int64_t realtime_ns,
			  struct tt_interval *ret);

/* -1: a is before b for certain; 1: after; 0: cannot be said (or NULL). Both
 * in the same timescale; they may come from different hosts. */
TT_API int tt_order(const struct tt_interval *a, const struct tt_interval *b);

/*
 * TAI - Unix at the midpoint of the present bound: whole seconds, except
 * during a smear. Errors as tt_now(). It is the offset timed works with; what
 * is not known of it (an expired leap table) is in the intervals.
 */
TT_API int tt_tai_offset(struct tt_clock *clk, int64_t *ret_ns);

/*
 * 1: t_ns is past for certain (t < earliest); 1: t_ns is to come for certain
 * (t > latest). In every other case, errors and NULL included, 0: so `if` is
 * safe, and tt_now() says why. Read as tt_now_strict() does.
 */
TT_API int tt_after(struct tt_clock *clk, int64_t t_ns);
TT_API int tt_before(struct tt_clock *clk, int64_t t_ns);

/*
 * Commit wait: returns 0 once t_ns is past for certain, as seen in a fresh
 * strict reading; never before. It sleeps, and spins the last 60 us or so, if
 * no more than half of the processors are spun on by this process already.
 * timeout_ns < 0: no deadline; 0: one reading; it runs in CLOCK_MONOTONIC.
 * -ETIMEDOUT; -ECANCELED; -ERANGE: INT64_MAX is never past; a loss of the
 * bound gives its own error at once, as tt_now() does.
 */
TT_API int tt_wait_after(struct tt_clock *clk, int64_t t_ns,
			 int64_t timeout_ns);

/*
 * For event loops: how long from now until t_ns will be past for certain by
 * the present publication, rounded up, in ns of CLOCK_MONOTONIC give or take
 * its steering; 0 if it is past. A later publication may bring it nearer or
 * put it off: ask tt_after() when the time is over. On a manual clock, which
 * does not run, the distance that is missing. Errors as tt_now().
 */
TT_API int tt_wait_hint(struct tt_clock *clk, int64_t t_ns, int64_t *ret_ns);

/*
 * Wait until the state is TT_SYNCHRONIZED and latest - earliest is at most
 * width_ns_max (INT64_MAX: any). timeout_ns as in tt_wait_after(). Want of a
 * segment, of a bound or of a readable publication is waited out; -EACCES is
 * not. -ETIMEDOUT, -ECANCELED, -EINVAL (width_ns_max < 0).
 */
TT_API int tt_wait_synchronized(struct tt_clock *clk, int64_t width_ns_max,
				int64_t timeout_ns);

/* The waits under way on this handle return -ECANCELED; later ones do not. */
TT_API int tt_wait_cancel(struct tt_clock *clk);

/*
 * A commit timestamp: max(latest now, at_least_ns, the last one given by this
 * handle + 1), atomically and without a lock; strictly rising over all threads
 * of the process. Then tt_wait_after() it before anyone may see the commit.
 * Errors as tt_now(); -ERANGE when it would pass INT64_MAX.
 */
TT_API int tt_commit_timestamp(struct tt_clock *clk, int64_t at_least_ns,
			       int64_t *ret_ns);

/* A short text for a result (negative, as returned, or positive). Never NULL,
 * never freed, the same in every locale. */
TT_API const char *tt_strerror(int err);

/*
 * A clock set by hand, for the tests of whoever builds on libtt: all calls
 * work on it by the same code. It starts as TT_UNSYNCHRONIZED and is frozen
 * between sets (only raw_ns moves on); a set wakes the waits. TAI - Unix is
 * 37 s. -ENOMEM, -EINVAL.
 */
TT_API int tt_manual_open(struct tt_clock **ret);

/*
 * Set it, in Unix time. With TT_UNSYNCHRONIZED the edges are not looked at. An
 * epoch begins when earliest goes back and after TT_UNSYNCHRONIZED. -EINVAL:
 * not a manual clock, earliest > latest, no such state; -ERANGE: out of 2^62
 * ns from 1970 (1823 to 2116).
 */
TT_API int tt_manual_set(struct tt_clock *clk, int64_t earliest_ns,
			 int64_t latest_ns, enum tt_state state);

#ifdef __cplusplus
}
#endif

#endif
