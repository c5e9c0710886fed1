/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hybrid logical clock (Kulkarni, Demirbas, Madappa, Avva, Leone: "Logical
 * Physical Clocks", OPODIS 2014, figure 5) over the bounded clock of tt/tt.h.
 *
 * The physical part is `earliest`: an honest clock never runs ahead of true
 * time, so a timestamp beyond our own `latest` proves that a bound was broken
 * somewhere. Such a one is rejected.
 *
 * Order      If e happened before f (by messages that were observed), e's
 *            timestamp is the lesser. The converse does not hold.
 * Threads    Any number of threads may use one handle; no two get the same
 *            timestamp. Lock-free: one compare-and-swap a call, of 16 bytes or
 *            of 8 (of 16 on x86-64 and arm64; elsewhere a spinlock). Only a
 *            clock with a state takes a lock, while it persists the bound (some
 *            ms, twice a second at most); others go on.
 * Fork       A child's handle is a copy that gives the same timestamps again:
 *            open another one there. A copy may be closed; it does not write
 *            the parent's state, and gives -EIO where that would be due.
 * Signals    tt_hlc_now, _observe and _stats are async-signal-safe on a clock
 *            without a state (TT_HLC_NS: on x86-64 and arm64); compare,
 *            pack64, unpack64, encode and decode always.
 * Errors     As tt.h has them, and from clocks with a state those of open(2),
 *            and -EIO. No bound (-ENODATA, -ESTALE, ...) means no timestamp.
 */
#ifndef TT_HLC_H
#define TT_HLC_H

#include <stddef.h>
#include <stdint.h>

#include <tt/tt.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Ordered by wall_ns, then by logical. */
struct tt_hlc_time {
	int64_t wall_ns;
	uint32_t logical;
};

/*
 * TT_HLC_NS  96 bits: nanoseconds and a counter of 32 bits
 * TT_HLC_64  64 bits: 52 of microseconds since 1970 (until 2112), a counter of
 *            12: as Kudu and YugabyteDB have it. wall_ns is a multiple of 1000.
 * All clocks that exchange timestamps have the same.
 */
enum tt_hlc_resolution { TT_HLC_NS, TT_HLC_64 };

struct tt_hlc_options {
	size_t size; /* sizeof(struct tt_hlc_options) */
	enum tt_hlc_resolution resolution;
	/* A file on a disk that survives this process, in which an upper
	 * bound of all timestamps given is kept, so that a later life gives
	 * none of them again, even if the clock was wrong before or is now.
	 * NULL: no earlier life to respect. */
	const char *state_path;
};

/* What a monitor should show. Counts since tt_hlc_open(). */
struct tt_hlc_stats {
	uint64_t rejected;       /* remotes beyond latest */
	int64_t rejected_ns_max; /* by how much at most; 0: none */
	uint64_t ahead;          /* timestamps given while wall_ns was beyond
	                            latest: an earlier bound was wrong, ours or
	                            that of a remote accepted then */
	uint64_t overflows;      /* times the counter was full */
	uint64_t persists;       /* times the bound was written to the state */
	int64_t resume_ns;       /* of the earlier life: nothing is given until
	                            earliest is beyond; INT64_MIN: none */
	uint64_t reserved[2];    /* 0 */
};

struct tt_hlc; /* opaque */

/*
 * opt NULL: TT_HLC_NS, no state. `clk` must outlive the handle. With a state,
 * tt_hlc_now() and tt_hlc_observe() give -EAGAIN until earliest has passed the
 * bound that was persisted: after a kill, one second and the interval's width
 * at most; after tt_hlc_close(), the width.
 * -EINVAL no clock, unknown size or resolution; -ENOMEM; -EPROTO the state is
 * not one, or damaged (remove it only if you know that no timestamp of an
 * earlier life is ahead); -EIO it cannot be read; -EBUSY another handle has it
 * open; what open(2) says.
 */
TT_API int tt_hlc_open(struct tt_clock *clk, const struct tt_hlc_options *opt,
		       struct tt_hlc **ret);

/* No call on `hlc` may be under way or follow. NULL is allowed. */
TT_API void tt_hlc_close(struct tt_hlc *hlc);

/*
 * A timestamp for a local event, or for a message to be sent: greater than all
 * this handle has given or observed. Errors as tt_now(), and:
 *   -EAGAIN  not past the state's bound yet (tt_hlc_stats: resume_ns); or the
 *            counter is full: 1 ms was waited in vain for earliest to pass
 *            wall_ns. Never wraps.
 *   -ERANGE  out of the resolution's range (1970 to 2112; 2^63 ns)
 *   -EIO     the state cannot be written, and what was persisted is used up
 */
TT_API int tt_hlc_now(struct tt_hlc *hlc, struct tt_hlc_time *ret);

/*
 * A timestamp for the receipt of a message that carried *remote: greater than
 * that and than all this handle has given or observed. As tt_hlc_now(), and
 *   -ERANGE  *remote is beyond latest: the sender, or whom it heard, has had a
 *            bound that was wrong, or we have. Counted, and told to timed by a
 *            datagram now and then (never waited for); nothing else changes.
 *   -EINVAL  no clock of this resolution gives such a timestamp
 */
TT_API int tt_hlc_observe(struct tt_hlc *hlc, const struct tt_hlc_time *remote,
			  struct tt_hlc_time *ret);

TT_API int tt_hlc_stats(struct tt_hlc *hlc, struct tt_hlc_stats *ret);

/* < 0, 0, > 0, as a is less than, equal to or greater than b. */
TT_API int tt_hlc_compare(const struct tt_hlc_time *a,
			  const struct tt_hlc_time *b);

/*
 * microseconds << 12 | logical, ordered as the pair is. -ERANGE: not a
 * timestamp of a TT_HLC_64 clock. All 2^64 values unpack.
 */
TT_API int tt_hlc_pack64(const struct tt_hlc_time *t, uint64_t *ret);
TT_API int tt_hlc_unpack64(uint64_t packed, struct tt_hlc_time *ret);

/*
 * Twelve bytes that memcmp() orders as the pair is: wall_ns + 2^63, then
 * logical, both big-endian. All values decode.
 */
TT_API void tt_hlc_encode(const struct tt_hlc_time *t, uint8_t ret[12]);
TT_API void tt_hlc_decode(const uint8_t in[12], struct tt_hlc_time *ret);

#ifdef __cplusplus
}
#endif

#endif
