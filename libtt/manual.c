/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The clock set by hand: a segment of its own, in anonymous memory, whose
 * publications are frozen. Reading it is clock.c's work, as of any other.
 */
#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>

#include "libtt/clock.h"

static const int64_t tai_offset_ns = INT64_C(37000000000); /* since 2017 */

static int map_own(struct tt_clock *clk)
{
	static const uint64_t boot_id[2] = { 0, 0 };
	struct mapping *m = &clk->mappings[0];
	struct segment *seg;

	seg = mmap(NULL, SEGMENT_SIZE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (seg == MAP_FAILED)
		return -ENOMEM;
	segment_init(seg, boot_id, 0, 0);
	atomic_store(&m->is_taken, true);
	atomic_store(&m->seg, segment_words(seg));
	clk->own = seg;
	clk->source.segment = segment_words(seg);
	return 0;
}

int tt_manual_open(struct tt_clock **ret)
{
	const int errno_saved = errno;
	struct tt_clock *clk;
	int rc;

	if (ret == NULL)
		return -EINVAL;
	rc = clock_new("", SEGMENT_COUNTER_NONE, &clk);
	if (rc < 0)
		return rc;
	rc = map_own(clk);
	errno = errno_saved;
	if (rc < 0) {
		tt_close(clk);
		return rc;
	}
	clk->manual.counter = SEGMENT_COUNTER_NONE;
	clk->manual.leap_tai_ns = INT64_MAX;
	clk->manual.utc_offset_ns = tai_offset_ns;
	*ret = clk;
	return 0;
}

static int check(const struct tt_clock *clk, int64_t earliest_ns,
		 int64_t latest_ns, enum tt_state state)
{
	if (clk == NULL || clk->counter != SEGMENT_COUNTER_NONE)
		return -EINVAL;
	if (state == TT_UNSYNCHRONIZED)
		return 0;
	if ((unsigned int)state > TT_DISPUTED || earliest_ns > latest_ns)
		return -EINVAL;
	if (earliest_ns <= -SEGMENT_TIME_MAX ||
	    latest_ns >= SEGMENT_TIME_MAX - tai_offset_ns)
		return -ERANGE;
	return 0;
}

static void publish(struct tt_clock *clk, int64_t earliest_ns,
		    int64_t latest_ns, enum tt_state state)
{
	struct segment_slot *slot = &clk->manual;
	const int64_t lo_ns = earliest_ns + tai_offset_ns;

	if (slot->state == TT_UNSYNCHRONIZED || lo_ns < slot->tai_lo_ns)
		slot->epoch++;
	slot->tai_lo_ns = lo_ns;
	slot->tai_hi_ns = latest_ns + tai_offset_ns;
	slot->state = (uint32_t)state;
	segment_publish(clk->own, slot);
}

int tt_manual_set(struct tt_clock *clk, int64_t earliest_ns, int64_t latest_ns,
		  enum tt_state state)
{
	int rc;

	rc = check(clk, earliest_ns, latest_ns, state);
	if (rc < 0)
		return rc;
	lock_take(&clk->lock);
	if (state == TT_UNSYNCHRONIZED) {
		clk->manual.state = TT_UNSYNCHRONIZED;
		segment_publish(clk->own, &clk->manual);
	} else {
		publish(clk, earliest_ns, latest_ns, state);
	}
	lock_give(&clk->lock);
	clock_wake(clk);
	return 0;
}
