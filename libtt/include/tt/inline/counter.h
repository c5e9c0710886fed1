/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The counters a reading of the present starts from: the kernel's raw clock,
 * and the CPU's own (the TSC on x86-64, the virtual generic timer on arm64),
 * whose readings mean something only through a mapping that timed(8) has
 * published (docs/segment.md, "The CPU's counter"). Part of tt/tt_inline.h.
 */
#ifndef TT_INLINE_COUNTER_H
#define TT_INLINE_COUNTER_H

#include <time.h>

#include <tt/inline/segment.h>
#include <tt/tt.h>

#if !defined(CLOCK_MONOTONIC_RAW)
#error "tt_inline.h: define _POSIX_C_SOURCE 200809L (or _GNU_SOURCE) before any #include"
#endif

enum tt_inline_order {
	TT_INLINE_RELAXED,
	TT_INLINE_PLAIN,
	TT_INLINE_STRICT
};

TT_INLINE_ALWAYS int64_t tt_inline_clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* Is there one here? (A process that is forbidden to read it, by PR_SET_TSC,
 * cannot read the kernel's clocks either: the vDSO reads it too.) */
static inline bool tt_inline_has_ticks(void)
{
#if defined(__x86_64__) || defined(__aarch64__)
	return true;
#else
	return false;
#endif
}

/* Not before what precedes: LFENCE waits for all earlier instructions and
 * loads (on AMD as Linux sets it up), and is cheaper than RDTSCP on the
 * machines at hand, 15 ns to 18; ISB does on arm64. */
TT_INLINE_ALWAYS uint64_t tt_inline_ticks_ordered(void)
{
#if defined(__x86_64__)
	uint32_t lo, hi;

	__asm__ volatile("lfence; rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return (uint64_t)hi << 32 | lo;
#elif defined(__aarch64__)
	uint64_t ticks;

	__asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(ticks) : : "memory");
	return ticks;
#else
	return 0;
#endif
}

/* At no certain place among the instructions around it. */
TT_INLINE_ALWAYS uint64_t tt_inline_ticks_relaxed(void)
{
#if defined(__x86_64__)
	uint32_t lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return (uint64_t)hi << 32 | lo;
#elif defined(__aarch64__)
	uint64_t ticks;

	__asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
	return ticks;
#else
	return 0;
#endif
}

/*
 * Before all: on arm64 the ISB before CNTVCT waits for a load only if a branch
 * hangs on it, as one does on the load of the segment's magic; this makes that
 * one wait for the loads that precede the call. (Arm ARM, B2.3: DMB ISHLD, and
 * control dependency with ISB.) Elsewhere the fence at the counter does it.
 */
TT_INLINE_ALWAYS void tt_inline_fence_loads(enum tt_inline_order order)
{
#if defined(__aarch64__)
	if (order != TT_INLINE_RELAXED)
		__asm__ volatile("dmb ishld" ::: "memory");
#else
	(void)order;
#endif
}

/*
 * Before the counter read nothing is needed on x86-64 and arm64: the kernel's
 * own read of the counter (vDSO or system call) waits for all earlier
 * instructions and loads, by RDTSCP or LFENCE before RDTSC (rdtsc_ordered()),
 * by ISB before CNTVCT (and see above), and so does ours.
 */
TT_INLINE_ALWAYS void tt_inline_fence_before(enum tt_inline_order order)
{
#if defined(__x86_64__) || defined(__aarch64__)
	(void)order;
#else
	if (order != TT_INLINE_RELAXED)
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

/* After the counter read: nothing that follows may start before it is done.
 * LFENCE does that on Intel, and on AMD as Linux sets it up. */
TT_INLINE_ALWAYS void tt_inline_fence_after(enum tt_inline_order order)
{
	if (order != TT_INLINE_STRICT)
		return;
#if defined(__x86_64__)
	__asm__ volatile("lfence" ::: "memory");
#elif defined(__aarch64__)
	__asm__ volatile("isb" ::: "memory");
#else
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

/* Raw time by the CPU's counter, for any words: an honest writer's product
 * stays within int64_t, and what another's wraps to is a raw time as good as
 * the rest of that slot. */
TT_INLINE_ALWAYS int64_t tt_inline_raw_of_ticks(const uint64_t *w,
					     int64_t anchor_raw_ns,
					     uint64_t ticks)
{
	const uint64_t mult = tt_inline_word(&w[TT_INLINE_TSC_MULT]) &
			      TT_INLINE_TICK_MASK;
	const int64_t since =
		(int64_t)(ticks - tt_inline_word(&w[TT_INLINE_TSC_ANCHOR]));

	return (int64_t)((uint64_t)anchor_raw_ns +
			 (uint64_t)((tt_inline_int128)since * (int64_t)mult >>
				    TT_INLINE_TICK_SHIFT));
}

/*
 * Raw time since the anchor, as tt_inline_raw_of_ticks() has it, for no more
 * than TT_INLINE_TICKS_MAX ticks since then (39 hours at 1 GHz): the upper half
 * of a product, which is to be had without a shift.
 */
#define TT_INLINE_TICKS_MAX ((UINT64_C(1) << 47) - 1)

TT_INLINE_ALWAYS uint64_t tt_inline_ns_of_ticks(uint64_t ticks, uint64_t mult)
{
	return (uint64_t)((tt_inline_uint128)(ticks << 16) *
				  (mult & TT_INLINE_TICK_MASK) >>
			  64);
}

/* Is the CPU's counter mapped? Before the counter is read; a publication in
 * between is seen as any other. */
TT_INLINE_ALWAYS bool tt_inline_maps_ticks(const uint64_t *w)
{
	return tt_inline_has_ticks() &&
	       (uint32_t)tt_inline_word(&w[TT_INLINE_COUNTER_LEAP]) ==
		       TT_INLINE_COUNTER_TSC;
}

TT_INLINE_ALWAYS uint64_t tt_inline_ticks(enum tt_inline_order order)
{
	return order == TT_INLINE_RELAXED ? tt_inline_ticks_relaxed()
					  : tt_inline_ticks_ordered();
}

/* The counter that the publication maps, as raw time, and the publication. */
TT_INLINE_ALWAYS void tt_inline_read_counter(const uint64_t *w,
					     enum tt_inline_order order,
					     struct tt_inline_slot *ret,
					     int64_t *ret_raw_ns)
{
	const bool has_ticks = tt_inline_maps_ticks(w);
	uint64_t ticks = 0;

	tt_inline_fence_before(order);
	if (has_ticks)
		ticks = tt_inline_ticks(order);
	else
		*ret_raw_ns = tt_inline_clock_ns(CLOCK_MONOTONIC_RAW);
	tt_inline_load(w, ret);
	tt_inline_fence_after(order);
	if (has_ticks)
		*ret_raw_ns =
			tt_inline_raw_of_ticks(w, ret->anchor_raw_ns, ticks);
}

/*
 * Words 0 to 15 (and the marker, where it counts) of the publication in force
 * when the counter was read: its words may be loaded after the counter or
 * before, as both lie between the two loads of the sequence. One try. -EPROTO
 * no such header, -ENODATA nothing published, -EAGAIN torn.
 */
TT_INLINE_ALWAYS int tt_inline_take(const uint64_t *seg,
				    enum tt_inline_order order,
				    struct tt_inline_slot *ret,
				    int64_t *ret_raw_ns)
{
	const uint64_t *w;
	uint64_t sequence;

	tt_inline_fence_loads(order);
	if (!tt_inline_is_readable(seg))
		return -EPROTO;
	sequence = tt_inline_word(&seg[TT_INLINE_AT_SEQUENCE]);
	if (sequence == 0)
		return -ENODATA;
	w = tt_inline_slot_at(seg, sequence);
	tt_inline_read_counter(w, order, ret, ret_raw_ns);
	ret->marker = 0;
	if (ret->flags & TT_FLAG_VMCLOCK)
		ret->marker = tt_inline_word(&w[TT_INLINE_MARKER]);
	return tt_inline_word(&seg[TT_INLINE_AT_SEQUENCE]) == sequence
		       ? 0
		       : -EAGAIN;
}

#endif
