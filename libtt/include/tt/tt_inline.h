/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The clock of tt/tt.h read without the library: nothing to link, and the call
 * itself is inlined. libtt is built from the same code (tt/inline/), so the two
 * give the same answers, to the bit. C99 to C17 and C++11 to C++20, gcc and
 * clang, 64-bit little-endian machines; define _POSIX_C_SOURCE 200809L or more
 * before any #include where the dialect hides POSIX (-std=c99).
 *
 *	struct tt_inline clk;
 *	struct tt_interval now;
 *
 *	if (tt_inline_open(NULL, &clk) == 0 && tt_inline_now(&clk, &now) == 0)
 *		...
 *
 * The calls mean what those of tt.h without `inline_` mean, and give the same
 * errors. The differences:
 *  - The segment must be there when the clock is opened (else -ENOENT, try
 *    again later), and is mapped for as long as it is open: where the file was
 *    replaced, against the rules, readings become -ESTALE; open it anew.
 *  - The handle is the caller's memory, and stays where it is.
 *  - What a later release of libtt repairs, this code gets by being compiled
 *    again.
 * Any number of threads may use one handle; no call takes a lock or allocates,
 * and all but the opening are async-signal-safe.
 */
#ifndef TT_TT_INLINE_H
#define TT_TT_INLINE_H

#include <tt/inline/interval.h>
#include <tt/tt.h>

/* Unmap. No call may be under way or follow. NULL is allowed. */
TT_INLINE_RARE void tt_inline_close(struct tt_inline *clk)
{
	if (clk == NULL)
		return;
	if (clk->segment != NULL)
		munmap((void *)(uintptr_t)clk->segment, TT_INLINE_SIZE);
	if (clk->vmclock != NULL)
		munmap((void *)(uintptr_t)clk->vmclock, TT_INLINE_SIZE);
	clk->segment = NULL;
	clk->vmclock = NULL;
}

/* `path` as in tt_open(). 0, or an error of tt_now(), and then there is
 * nothing to close; -EINVAL: NULL, or a path that is empty or too long. */
TT_INLINE_RARE int tt_inline_open(const char *path, struct tt_inline *ret)
{
	const int errno_saved = errno;
	struct tt_inline clk;
	struct stat st;
	int rc;

	if (ret == NULL)
		return -EINVAL;
	memset(&clk, 0, sizeof(clk));
	if (path == NULL && !getauxval(AT_SECURE))
		path = getenv("TT_CLOCK");
	if (path == NULL)
		path = "/run/timed/clock";
	rc = path[0] == '\0' ? -EINVAL : tt_inline_vmclock_init(&clk);
	if (rc == 0)
		rc = tt_inline_map(path, &clk.segment, &st);
	if (rc == 0) {
		/* At once, if there is one: it may be asked for later. */
		(void)tt_inline_vmclock_attach(&clk);
		*ret = clk;
	}
	errno = errno_saved;
	return rc;
}

TT_INLINE_RARE int tt_inline_slowly(struct tt_inline *clk,
				    enum tt_inline_order order,
				    enum tt_inline_view view,
				    struct tt_interval *ret)
{
	struct tt_inline_slot slot;

	if (clk == NULL || ret == NULL)
		return -EINVAL;
	if (tt_inline_segment(clk) == NULL)
		return -ENOENT;
	return tt_inline_read(clk, TT_INLINE_COUNTER_RAW, order, view, &slot,
			      ret);
}

TT_INLINE_ALWAYS int tt_inline_get(struct tt_inline *clk,
				   enum tt_inline_order order,
				   enum tt_inline_view view,
				   struct tt_interval *ret)
{
	if (clk != NULL && ret != NULL && tt_inline_try(clk, order, view, ret))
		return 0;
	return tt_inline_slowly(clk, order, view, ret);
}

static inline int tt_inline_now(struct tt_inline *clk, struct tt_interval *ret)
{
	return tt_inline_get(clk, TT_INLINE_PLAIN, TT_INLINE_UNIX, ret);
}

static inline int tt_inline_now_strict(struct tt_inline *clk,
				       struct tt_interval *ret)
{
	return tt_inline_get(clk, TT_INLINE_STRICT, TT_INLINE_UNIX, ret);
}

static inline int tt_inline_now_relaxed(struct tt_inline *clk,
					struct tt_interval *ret)
{
	return tt_inline_get(clk, TT_INLINE_RELAXED, TT_INLINE_UNIX, ret);
}

static inline int tt_inline_now_tai(struct tt_inline *clk,
				    struct tt_interval *ret)
{
	return tt_inline_get(clk, TT_INLINE_PLAIN, TT_INLINE_TAI, ret);
}

static inline int tt_inline_at_raw(struct tt_inline *clk, int64_t raw_ns,
				   struct tt_interval *ret)
{
	if (clk == NULL || ret == NULL)
		return -EINVAL;
	if (tt_inline_segment(clk) == NULL)
		return -ENOENT;
	return tt_inline_read_at(clk, TT_INLINE_COUNTER_RAW, raw_ns,
				 TT_INLINE_UNIX, ret);
}

/* 1 or 0 and nothing else, as tt_after() and tt_before(). */
static inline int tt_inline_after(struct tt_inline *clk, int64_t t_ns)
{
	struct tt_interval now;

	return tt_inline_now_strict(clk, &now) == 0 && t_ns < now.earliest_ns;
}

static inline int tt_inline_before(struct tt_inline *clk, int64_t t_ns)
{
	struct tt_interval now;

	return tt_inline_now_strict(clk, &now) == 0 && t_ns > now.latest_ns;
}

#endif
