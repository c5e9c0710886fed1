/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handles, and reading the clock. A reading is: load the sequence, read the
 * counter, load that publication, see that the sequence is still the same,
 * evaluate. So the publication was in force when the counter was read; its
 * words may be loaded after the counter or before, as both lie between the two
 * loads of the sequence. The ordinary case is inlined here; whatever is not
 * ordinary goes through read_slowly().
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libtt/attach.h"
#include "libtt/clock.h"
#include "libtt/interval.h"
#include "libtt/ticks.h"

#define DEFAULT_PATH "/run/timed/clock"

enum order { ORDER_RELAXED, ORDER_PLAIN, ORDER_STRICT };

/*
 * Before the counter read nothing is needed on x86-64 and arm64: the kernel's
 * own read of the counter (vDSO or system call) waits for all earlier
 * instructions and loads, by RDTSCP or LFENCE before RDTSC (rdtsc_ordered()),
 * by ISB before CNTVCT, and so does ours (ticks.h).
 */
static inline void fence_before(enum order order)
{
#if defined(__x86_64__) || defined(__aarch64__)
	(void)order;
#else
	if (order != ORDER_RELAXED)
		atomic_thread_fence(memory_order_seq_cst);
#endif
}

/* After the counter read: nothing that follows may start before it is done.
 * LFENCE does that on Intel, and on AMD as Linux sets it up. */
static inline void fence_after(enum order order)
{
	if (order != ORDER_STRICT)
		return;
#if defined(__x86_64__)
	__asm__ volatile("lfence" ::: "memory");
#elif defined(__aarch64__)
	__asm__ volatile("isb" ::: "memory");
#else
	atomic_thread_fence(memory_order_seq_cst);
#endif
}

/* The counter that the publication maps, as raw time, and the publication. */
static inline void read_counter(const struct tt_clock *clk,
				const _Atomic uint64_t *w, enum order order,
				struct segment_slot *ret, int64_t *ret_raw_ns)
{
	uint64_t ticks;

	if (!clk->reads_ticks || !latch_maps_ticks(w)) {
		fence_before(order);
		*ret_raw_ns = clock_ns(CLOCK_MONOTONIC_RAW);
		latch_load(w, ret);
		fence_after(order);
		return;
	}
	fence_before(order);
	ticks = order == ORDER_RELAXED ? ticks_relaxed() : ticks_ordered();
	latch_load(w, ret);
	fence_after(order);
	*ret_raw_ns = latch_raw_of_ticks(w, ret->anchor_raw_ns, ticks);
}

/* Words 0 to 15 of the publication in force when the counter was read. -EPROTO
 * no such header, -ENODATA nothing published, -EAGAIN torn each time. */
static inline int take(const struct tt_clock *clk, const struct segment *seg,
		       enum order order, struct segment_slot *ret,
		       int64_t *ret_raw_ns)
{
	uint64_t sequence;

	for (int i = 0; i < LATCH_TRIES; i++) {
		if (!latch_is_readable(seg))
			return -EPROTO;
		sequence = latch_word(&seg->sequence);
		if (sequence == 0)
			return -ENODATA;
		read_counter(clk, seg->slot[sequence & 1], order, ret,
			     ret_raw_ns);
		if (latch_word(&seg->sequence) == sequence)
			return 0;
	}
	return -EAGAIN;
}

static struct segment *current(struct tt_clock *clk)
{
	return atomic_load_explicit(&clk->current, memory_order_acquire);
}

/* Is what this slot gives fresh, so that there is no need to look further? */
static bool is_fresh(const struct segment_slot *slot, int64_t raw_ns)
{
	return slot->counter == SEGMENT_COUNTER_NONE ||
	       raw_ns - slot->anchor_raw_ns <= slot->horizon_ns;
}

static int read_once(struct tt_clock *clk, const struct segment *seg,
		     enum order order, enum interval_view view,
		     struct segment_slot *ret_slot, struct tt_interval *ret)
{
	int64_t raw_ns;
	int rc;

	rc = take(clk, seg, order, ret_slot, &raw_ns);
	if (rc < 0)
		return rc;
	return interval_now(ret_slot, clk->counter, raw_ns, view, ret);
}

/* All cases, attaching and re-attaching among them. */
static int read_any(struct tt_clock *clk, enum order order,
		    enum interval_view view, struct segment_slot *ret_slot,
		    struct tt_interval *ret)
{
	struct segment *seg;
	int rc;

	if (current(clk) == NULL) {
		rc = attach_first(clk);
		if (rc < 0)
			return rc;
	}
	seg = current(clk);
	rc = read_once(clk, seg, order, view, ret_slot, ret);
	if (rc == -EAGAIN || (rc == 0 && is_fresh(ret_slot, ret->raw_ns)))
		return rc;
	if (!attach_again(clk, seg, clock_ns(CLOCK_MONOTONIC_RAW)))
		return rc;
	return read_once(clk, current(clk), order, view, ret_slot, ret);
}

static __attribute__((noinline)) int read_slowly(struct tt_clock *clk,
						 enum order order,
						 enum interval_view view,
						 struct tt_interval *ret)
{
	struct tt_interval interval;
	struct segment_slot slot;
	int rc;

	rc = read_any(clk, order, view, &slot, &interval);
	if (rc == 0)
		*ret = interval;
	return rc;
}

/* A bound in raw time, published no longer ago than its horizon. */
static inline bool is_ordinary(const struct segment_slot *slot, int64_t raw_ns)
{
	const uint64_t d = (uint64_t)raw_ns - (uint64_t)slot->anchor_raw_ns;

	return latch_is_sane(slot) && slot->state != TT_UNSYNCHRONIZED &&
	       slot->counter != SEGMENT_COUNTER_NONE &&
	       d <= (uint64_t)slot->horizon_ns &&
	       raw_ns < slot->void_raw_ns;
}

static inline __attribute__((always_inline)) int
read_clock(struct tt_clock *clk, enum order order, enum interval_view view,
	   struct tt_interval *ret)
{
	const struct segment *seg;
	struct segment_slot slot;
	int64_t raw_ns, lo_ns, hi_ns;

	if (clk == NULL || ret == NULL)
		return -EINVAL;
	seg = current(clk);
	if (seg == NULL || take(clk, seg, order, &slot, &raw_ns) < 0 ||
	    !is_ordinary(&slot, raw_ns))
		return read_slowly(clk, order, view, ret);
	eval_within(&slot, raw_ns - slot.anchor_raw_ns, &lo_ns, &hi_ns);
	if (lo_ns > hi_ns)
		return read_slowly(clk, order, view, ret);
	interval_edges(&slot, view, lo_ns, hi_ns, ret);
	interval_rest(&slot, raw_ns, slot.state, ret);
	return 0;
}

int clock_slot(struct tt_clock *clk, struct segment_slot *ret,
	       int64_t *ret_raw_ns)
{
	struct tt_interval interval;
	int rc;

	rc = read_any(clk, ORDER_STRICT, INTERVAL_TAI, ret, &interval);
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
	clk->reads_ticks = counter == SEGMENT_COUNTER_RAW &&
			   ticks_are_readable();
	atomic_init(&clk->commit_ns, INT64_MIN);
	pthread_mutex_init(&clk->lock, NULL);
	*ret = clk;
	return 0;
}

int tt_open(const char *path, struct tt_clock **ret)
{
	const int errno_saved = errno;
	int rc;

	if (ret == NULL)
		return -EINVAL;
	if (path == NULL)
		path = secure_getenv("TT_CLOCK");
	if (path == NULL)
		path = DEFAULT_PATH;
	if (path[0] == '\0')
		return -EINVAL;
	rc = clock_new(path, SEGMENT_COUNTER_RAW, ret);
	if (rc == 0)
		(void)attach_first(*ret); /* else at the first call */
	errno = errno_saved;
	return rc;
}

void tt_close(struct tt_clock *clk)
{
	if (clk == NULL)
		return;
	attach_close(clk);
	at_realtime_close(&clk->at_realtime);
	pthread_mutex_destroy(&clk->lock);
	free(clk);
}

int tt_now(struct tt_clock *clk, struct tt_interval *ret)
{
	return read_clock(clk, ORDER_PLAIN, INTERVAL_UNIX, ret);
}

int tt_now_strict(struct tt_clock *clk, struct tt_interval *ret)
{
	return read_clock(clk, ORDER_STRICT, INTERVAL_UNIX, ret);
}

int tt_now_relaxed(struct tt_clock *clk, struct tt_interval *ret)
{
	return read_clock(clk, ORDER_RELAXED, INTERVAL_UNIX, ret);
}

int tt_now_tai(struct tt_clock *clk, struct tt_interval *ret)
{
	return read_clock(clk, ORDER_PLAIN, INTERVAL_TAI, ret);
}

int tt_after(struct tt_clock *clk, int64_t t_ns)
{
	struct tt_interval now;

	if (read_clock(clk, ORDER_STRICT, INTERVAL_UNIX, &now) < 0)
		return 0;
	return t_ns < now.earliest_ns;
}

int tt_before(struct tt_clock *clk, int64_t t_ns)
{
	struct tt_interval now;

	if (read_clock(clk, ORDER_STRICT, INTERVAL_UNIX, &now) < 0)
		return 0;
	return t_ns > now.latest_ns;
}

int tt_at_raw(struct tt_clock *clk, int64_t raw_ns, struct tt_interval *ret)
{
	struct tt_interval interval;
	struct segment_slot slot;
	struct segment *seg;
	uint64_t sequence;
	int rc;

	if (clk == NULL || ret == NULL)
		return -EINVAL;
	if (current(clk) == NULL) {
		rc = attach_first(clk);
		if (rc < 0)
			return rc;
	}
	seg = current(clk);
	if (segment_check_header(seg, NULL) < 0)
		return -EPROTO;
	rc = segment_read(seg, &slot, &sequence);
	if (rc < 0)
		return rc;
	rc = interval_at(&slot, clk->counter, raw_ns, INTERVAL_UNIX, &interval);
	if (rc == 0)
		*ret = interval;
	return rc;
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
	rc = eval_tai(&slot, raw_ns, &lo_ns, &hi_ns);
	if (rc == 0)
		*ret_ns = eval_utc_offset(&slot,
					  lo_ns + (hi_ns - lo_ns) / 2);
	return rc;
}
