/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handles, and reading the clock. What a reading is, is in tt/inline: the
 * ordinary case is inlined here as it is by those who do without the library.
 * Whatever is not ordinary goes through read_slowly().
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libtt/attach.h"
#include "libtt/clock.h"
#include "libtt/interval.h"

#define DEFAULT_PATH "/run/timed/clock"

/* Is what this slot gives fresh, so that there is no need to look further? */
static bool is_fresh(const struct segment_slot *slot, int64_t raw_ns)
{
	return slot->counter == SEGMENT_COUNTER_NONE ||
	       raw_ns - slot->anchor_raw_ns <= slot->horizon_ns;
}

/* All cases, attaching and re-attaching among them. */
static int read_any(struct tt_clock *clk, enum tt_inline_order order,
		    enum tt_inline_view view, struct segment_slot *ret_slot,
		    struct tt_interval *ret)
{
	const uint64_t *seg;
	int rc;

	if (tt_inline_segment(&clk->source) == NULL) {
		rc = attach_first(clk);
		if (rc < 0)
			return rc;
	}
	seg = tt_inline_segment(&clk->source);
	rc = tt_inline_read(&clk->source, clk->counter, order, view, ret_slot,
			    ret);
	if (rc == -EAGAIN || (rc == 0 && is_fresh(ret_slot, ret->raw_ns)))
		return rc;
	if (!attach_again(clk, seg, clock_ns(CLOCK_MONOTONIC_RAW)))
		return rc;
	return tt_inline_read(&clk->source, clk->counter, order, view, ret_slot,
			      ret);
}

static __attribute__((noinline)) int read_slowly(struct tt_clock *clk,
						 enum tt_inline_order order,
						 enum tt_inline_view view,
						 struct tt_interval *ret)
{
	struct tt_interval interval;
	struct segment_slot slot;
	int rc;

	if (clk == NULL || ret == NULL)
		return -EINVAL;
	rc = read_any(clk, order, view, &slot, &interval);
	if (rc == 0)
		*ret = interval;
	return rc;
}

TT_INLINE_ALWAYS int read_clock(struct tt_clock *clk,
				enum tt_inline_order order,
				enum tt_inline_view view,
				struct tt_interval *ret)
{
	if (clk != NULL && ret != NULL &&
	    tt_inline_try(&clk->source, order, view, ret))
		return 0;
	return read_slowly(clk, order, view, ret);
}

int clock_slot(struct tt_clock *clk, struct segment_slot *ret,
	       int64_t *ret_raw_ns)
{
	struct tt_interval interval;
	int rc;

	rc = read_any(clk, TT_INLINE_STRICT, TT_INLINE_TAI, ret, &interval);
	if (rc < 0)
		return rc;
	*ret_raw_ns = interval.raw_ns;
	return 0;
}

int clock_new(const char *path, uint32_t counter, struct tt_clock **ret)
{
	const size_t length = strlen(path);
	struct tt_clock *clk;

	clk = calloc(1, sizeof(*clk) + length + 1);
	if (clk == NULL)
		return -ENOMEM;
	memcpy(clk->path, path, length + 1);
	clk->counter = counter;
	atomic_init(&clk->commit_ns, INT64_MIN);
	*ret = clk;
	return 0;
}

int tt_open(const char *path, struct tt_clock **ret)
{
	const int errno_saved = errno;
	struct tt_clock *clk = NULL;
	int rc;

	if (ret == NULL)
		return -EINVAL;
	if (path == NULL)
		path = secure_getenv("TT_CLOCK");
	if (path == NULL)
		path = DEFAULT_PATH;
	if (path[0] == '\0')
		return -EINVAL;
	rc = clock_new(path, SEGMENT_COUNTER_RAW, &clk);
	if (rc == 0)
		rc = tt_inline_vmclock_init(&clk->source);
	if (rc == 0) {
		/* Else at the first call; and that it need not be asked now
		 * does not say that it need not be later. */
		(void)attach_first(clk);
		(void)tt_inline_vmclock_attach(&clk->source);
		*ret = clk;
	} else {
		tt_close(clk);
	}
	errno = errno_saved;
	return rc;
}

void tt_close(struct tt_clock *clk)
{
	if (clk == NULL)
		return;
	attach_close(clk);
	at_realtime_close(&clk->at_realtime);
	free(clk);
}

int tt_now(struct tt_clock *clk, struct tt_interval *ret)
{
	return read_clock(clk, TT_INLINE_PLAIN, TT_INLINE_UNIX, ret);
}

int tt_now_strict(struct tt_clock *clk, struct tt_interval *ret)
{
	return read_clock(clk, TT_INLINE_STRICT, TT_INLINE_UNIX, ret);
}

int tt_now_relaxed(struct tt_clock *clk, struct tt_interval *ret)
{
	return read_clock(clk, TT_INLINE_RELAXED, TT_INLINE_UNIX, ret);
}

int tt_now_tai(struct tt_clock *clk, struct tt_interval *ret)
{
	return read_clock(clk, TT_INLINE_PLAIN, TT_INLINE_TAI, ret);
}

int tt_after(struct tt_clock *clk, int64_t t_ns)
{
	struct tt_interval now;

	if (read_clock(clk, TT_INLINE_STRICT, TT_INLINE_UNIX, &now) < 0)
		return 0;
	return t_ns < now.earliest_ns;
}

int tt_before(struct tt_clock *clk, int64_t t_ns)
{
	struct tt_interval now;

	if (read_clock(clk, TT_INLINE_STRICT, TT_INLINE_UNIX, &now) < 0)
		return 0;
	return t_ns > now.latest_ns;
}

int tt_at_raw(struct tt_clock *clk, int64_t raw_ns, struct tt_interval *ret)
{
	int rc;

	if (clk == NULL || ret == NULL)
		return -EINVAL;
	if (tt_inline_segment(&clk->source) == NULL) {
		rc = attach_first(clk);
		if (rc < 0)
			return rc;
	}
	return tt_inline_read_at(&clk->source, clk->counter, raw_ns,
				 TT_INLINE_UNIX, ret);
}

int tt_order(const struct tt_interval *a, const struct tt_interval *b)
{
	if (a == NULL || b == NULL)
		return 0;
	if (a->latest_ns < b->earliest_ns)
		return -1;
	return b->latest_ns < a->earliest_ns ? 1 : 0;
}

int tt_tai_offset(struct tt_clock *clk, int64_t *ret_ns)
{
	struct segment_slot slot;
	int64_t raw_ns, lo_ns, hi_ns;
	int rc;

	if (clk == NULL || ret_ns == NULL)
		return -EINVAL;
	rc = clock_slot(clk, &slot, &raw_ns);
	if (rc < 0)
		return rc;
	slot.epoch_raw_ns = slot.anchor_raw_ns;
	rc = tt_inline_tai(&slot, raw_ns, &lo_ns, &hi_ns);
	if (rc == 0)
		*ret_ns = tt_inline_utc_offset(&slot, lo_ns / 2 + hi_ns / 2);
	return rc;
}
