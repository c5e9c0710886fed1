/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding and mapping the segment, without locks and without allocation:
 * every thread that finds none maps it, one wins, the others unmap. May run in
 * a signal handler; keeps errno. A thread is not canceled meanwhile: it would
 * keep its record.
 */
#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "libtt/attach.h"
#include "tt/inline/map.h"

/* How often a reader of stale data looks whether the file was replaced: an
 * fstatat(2) is some 1 us, so this costs 10 ppm. */
#define LOOK_INTERVAL_NS INT64_C(100000000)

static const uint64_t *mapped(const struct mapping *m)
{
	return atomic_load_explicit(&m->seg, memory_order_relaxed);
}

static int map_path(const char *path, struct mapping *m)
{
	const uint64_t *seg;
	struct stat st;
	int rc;

	rc = tt_inline_map(path, &seg, &st);
	if (rc < 0)
		return rc;
	m->dev = st.st_dev;
	m->ino = st.st_ino;
	/* Relaxed: who looks for it has it from the source. */
	atomic_store_explicit(&m->seg, seg, memory_order_relaxed);
	return 0;
}

/* Acquire and release pair with drop(): a record is one thread's at a time. */
static struct mapping *take(struct tt_clock *clk)
{
	for (int i = 0; i < CLOCK_MAPPINGS_MAX; i++) {
		if (!atomic_exchange_explicit(&clk->mappings[i].is_taken, true,
					      memory_order_acq_rel))
			return &clk->mappings[i];
	}
	return NULL;
}

static void drop(struct mapping *m)
{
	const uint64_t *seg = mapped(m);

	atomic_store_explicit(&m->seg, NULL, memory_order_relaxed);
	if (seg != NULL)
		munmap((void *)(uintptr_t)seg, SEGMENT_SIZE);
	atomic_store_explicit(&m->is_taken, false, memory_order_release);
}

/* Replace `seen` (NULL: none) by what the path names. `is_usable` may refuse
 * it. Losing the race is success: someone has attached. */
static int attach(struct tt_clock *clk, const uint64_t *seen,
		  bool (*is_usable)(const uint64_t *seg))
{
	struct mapping *m = take(clk);
	int rc;

	if (m == NULL)
		return -EAGAIN;
	rc = map_path(clk->path, m);
	if (rc == 0 && is_usable != NULL && !is_usable(mapped(m)))
		rc = -ENODATA;
	if (rc < 0) {
		drop(m);
		return rc;
	}
	/* Release pairs with the acquire load of tt_inline_segment(). */
	if (!__atomic_compare_exchange_n(&clk->source.segment, &seen, mapped(m),
					 false, __ATOMIC_ACQ_REL,
					 __ATOMIC_ACQUIRE))
		drop(m);
	return 0;
}

int attach_first(struct tt_clock *clk)
{
	const int errno_saved = errno, held = cancel_hold();
	int rc;

	rc = clk->path[0] == '\0' ? -ENODATA : attach(clk, NULL, NULL);
	cancel_release(held);
	errno = errno_saved;
	return rc;
}

static bool has_published(const uint64_t *seg)
{
	return tt_inline_word(&seg[TT_INLINE_AT_SEQUENCE]) != 0;
}

/* Does the path name another file than the one mapped as `seg`? */
static bool is_replaced(struct tt_clock *clk, const uint64_t *seg)
{
	struct stat st;

	if (stat(clk->path, &st) < 0)
		return false;
	for (int i = 0; i < CLOCK_MAPPINGS_MAX; i++) {
		struct mapping *m = &clk->mappings[i];

		if (mapped(m) == seg)
			return m->dev != st.st_dev || m->ino != st.st_ino;
	}
	return false;
}

bool attach_again(struct tt_clock *clk, const uint64_t *seen, int64_t raw_ns)
{
	const int errno_saved = errno;
	int64_t look_ns =
		atomic_load_explicit(&clk->look_raw_ns, memory_order_relaxed);
	bool is_new;
	int held;

	if (clk->path[0] == '\0' || raw_ns < look_ns)
		return false;
	/* Relaxed: it guards no data, only picks one thread per interval. */
	if (!atomic_compare_exchange_strong_explicit(
		    &clk->look_raw_ns, &look_ns, raw_ns + LOOK_INTERVAL_NS,
		    memory_order_relaxed, memory_order_relaxed))
		return false;
	held = cancel_hold();
	is_new = is_replaced(clk, seen) &&
		 attach(clk, seen, has_published) == 0;
	cancel_release(held);
	errno = errno_saved;
	return is_new;
}

void attach_close(struct tt_clock *clk)
{
	for (int i = 0; i < CLOCK_MAPPINGS_MAX; i++)
		drop(&clk->mappings[i]);
	if (clk->source.vmclock != NULL)
		munmap((void *)(uintptr_t)clk->source.vmclock, SEGMENT_SIZE);
}
