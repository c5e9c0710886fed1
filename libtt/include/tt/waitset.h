/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waiting for thousands of timestamps with one descriptor, in an event loop:
 *
 *	tt_waitset_open(clk, &set);
 *	... poll tt_waitset_fd(set) for reading, with everything else;
 *	tt_waitset_add(set, commit_ns, transaction);
 *	... when it is readable:
 *	while (tt_waitset_next(set, &done) == 0)
 *		publish(done.data);
 *
 * Whether a time is past is only ever said by a fresh strict reading, as in
 * tt_wait_after(): nothing is given early, whatever happens to clocks or to
 * timed meanwhile. The descriptor is a timer; while something is waited for it
 * wakes the loop ten times a second or more, to see whether the bound has
 * changed.
 *
 * Any thread may call these; they take a lock. Not for signal handlers, and not
 * for a child of fork(2), which shares the descriptor.
 */
#ifndef TT_WAITSET_H
#define TT_WAITSET_H

#include <stdint.h>

#include <tt/tt.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tt_waitset; /* opaque */

struct tt_waitset_entry {
	int64_t t_ns;
	void *data; /* the caller's; not looked at */
};

/* `clk` must outlive the set. -EINVAL, -ENOMEM, and what timerfd_create(2)
 * says. */
TT_API int tt_waitset_open(struct tt_clock *clk, struct tt_waitset **ret);

/* What is still waited for is forgotten. NULL is allowed. */
TT_API void tt_waitset_close(struct tt_waitset *set);

/* The descriptor, to be polled for reading (level-triggered) and for nothing
 * else; the set's own, the same for its whole life. */
TT_API int tt_waitset_fd(const struct tt_waitset *set);

/* Wait for t_ns. Times, and data, may be there more than once. -EINVAL;
 * -ERANGE: INT64_MAX is never past; -ENOMEM: room is doubled when it is used
 * up, and kept. */
TT_API int tt_waitset_add(struct tt_waitset *set, int64_t t_ns, void *data);

/* Forget one that was added so. -ENOENT: there is none (any more). Looks at
 * all of them. */
TT_API int tt_waitset_remove(struct tt_waitset *set, int64_t t_ns,
			     const void *data);

/*
 * Take the earliest, if it is past for certain. Call it until it gives no more:
 * the descriptor is readable until then.
 *   -EAGAIN  none is past yet, or no whole publication was seen
 *   else as tt_now(): without a bound none is given. They stay; the descriptor
 *   becomes readable again after 10 ms.
 */
TT_API int tt_waitset_next(struct tt_waitset *set,
			   struct tt_waitset_entry *ret);

#ifdef __cplusplus
}
#endif

#endif
