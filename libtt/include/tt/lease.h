/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leases without a shared clock (Gray and Cheriton, "Leases", SOSP 1989), on
 * the bounded clock of tt/tt.h: a lease is an instant of true time.
 *
 * The holder serves while latest < end: true time is before end for certain.
 * A successor starts once earliest > end: true time is after it for certain.
 * On any two hosts whose intervals contain true time these two are disjoint,
 * with no slack to be chosen. Each answer is made of one fresh reading; none is
 * kept, so steps, epochs and restarts in between change nothing.
 *
 * What the caller does:
 *  - keeps end_ns where holder and successor both look (a consensus log, say).
 *    The holder may act by a lease, a renewed one too, only when it is written
 *    there; the successor takes over by a write that fails if end_ns is no
 *    longer what it found expired.
 *  - knows that "held" is said of the instant of the check. The holder may be
 *    paused (preempted, swapped, suspended) between the check and what it does
 *    then, for longer than the lease. So:
 *      what was computed before a check that gives 1 is good: for reads, check
 *      after the reading and before the answer;
 *      what is done after a check needs a fence: the resource refuses writes
 *      with a number lower than the highest it has seen, each lease has its
 *      own, rising; the successor makes its number known to the resource before
 *      it reads anything there.
 *
 * Any thread may call these with any lease, without locks, and in a signal
 * handler. Readings are strict: nothing that follows a check is executed
 * before it.
 */
#ifndef TT_LEASE_H
#define TT_LEASE_H

#include <stdint.h>

#include <tt/tt.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tt_lease {
	int64_t end_ns; /* Unix time */
};

/*
 * A lease that will be held for duration_ns from now, less what the interval
 * widens by meanwhile: end is latest + duration. It expires for others some
 * two widths after that. To renew is to grant again. -EINVAL: duration_ns is
 * below 1; -ERANGE: end would pass INT64_MAX; else as tt_now().
 */
TT_API int tt_lease_grant(struct tt_clock *clk, int64_t duration_ns,
			  struct tt_lease *ret);

/* 1 while latest < end_ns. In every other case, errors and NULL included, 0:
 * do not serve. */
TT_API int tt_lease_is_held(struct tt_clock *clk,
			    const struct tt_lease *lease);

/* 1 once earliest > end_ns. In every other case 0: do not start. To sleep until
 * then: tt_wait_after(clk, lease->end_ns, timeout_ns). */
TT_API int tt_lease_is_expired(struct tt_clock *clk,
			       const struct tt_lease *lease);

#ifdef __cplusplus
}
#endif

#endif
