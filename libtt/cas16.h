/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sixteen bytes, compared and swapped as one. Written in assembly: compilers
 * call libatomic for it, which may take a lock. Freestanding, so that it can be
 * compiled for other machines in tests.
 *
 * A swap that succeeds is an acquire and a release at once, and its partner is
 * any other swap of the same cell. What a peek or a swap that fails has seen
 * may be two halves of different values: believe it after a swap has succeeded
 * (swapping a value for itself, if need be).
 */
#ifndef TT_CAS16_H
#define TT_CAS16_H

#include <stdbool.h>
#include <stdint.h>

/* CAS16_LOCKED may be defined to try what other machines get. */
#if !defined(__x86_64__) && !defined(__aarch64__) && !defined(CAS16_LOCKED)
#define CAS16_LOCKED
#endif

struct cas16 {
	uint64_t lo;
	uint64_t hi;
};

struct cas16_cell {
	_Alignas(16) struct cas16 value;
#if defined(CAS16_LOCKED)
	bool is_locked;
#endif
};

/* Relaxed: see above. */
static inline struct cas16 cas16_peek(const struct cas16_cell *cell)
{
	struct cas16 seen;

	seen.lo = __atomic_load_n(&cell->value.lo, __ATOMIC_RELAXED);
	seen.hi = __atomic_load_n(&cell->value.hi, __ATOMIC_RELAXED);
	return seen;
}

#if defined(CAS16_LOCKED)

/* A spinlock: right, but not lock-free. */
static inline bool cas16_swap(struct cas16_cell *cell, struct cas16 *seen,
			      struct cas16 next)
{
	struct cas16 now;
	bool is_done;

	while (__atomic_test_and_set(&cell->is_locked, __ATOMIC_ACQUIRE))
		;
	now = cell->value;
	is_done = now.lo == seen->lo && now.hi == seen->hi;
	if (is_done) {
		__atomic_store_n(&cell->value.lo, next.lo, __ATOMIC_RELAXED);
		__atomic_store_n(&cell->value.hi, next.hi, __ATOMIC_RELAXED);
	} else {
		*seen = now;
	}
	__atomic_clear(&cell->is_locked, __ATOMIC_RELEASE);
	return is_done;
}

#elif defined(__x86_64__)

/* CMPXCHG16B: in every x86-64 processor since 2006. */
static inline bool cas16_swap(struct cas16_cell *cell, struct cas16 *seen,
			      struct cas16 next)
{
	bool is_done;

	__asm__ volatile("lock cmpxchg16b %1"
			 : "=@ccz"(is_done), "+m"(cell->value), "+a"(seen->lo),
			   "+d"(seen->hi)
			 : "b"(next.lo), "c"(next.hi)
			 : "memory");
	return is_done;
}

#else

/* The exclusive pair is in every arm64 processor; CASP came with ARMv8.1. The
 * store fails if anything else was stored since the load: so the loop goes on
 * only while others get through. */
static inline bool cas16_swap(struct cas16_cell *cell, struct cas16 *seen,
			      struct cas16 next)
{
	uint64_t lo, hi;
	uint32_t failed;
	bool is_done;

	__asm__ volatile("1:	ldaxp	%[lo], %[hi], %[cell]\n"
			 "	cmp	%[lo], %[seen_lo]\n"
			 "	ccmp	%[hi], %[seen_hi], #0, eq\n"
			 "	b.ne	2f\n"
			 "	stlxp	%w[failed], %[nlo], %[nhi], %[cell]\n"
			 "	cbnz	%w[failed], 1b\n"
			 "2:"
			 : [lo] "=&r"(lo), [hi] "=&r"(hi),
			   [failed] "=&r"(failed), [cell] "+Q"(cell->value)
			 : [seen_lo] "r"(seen->lo), [seen_hi] "r"(seen->hi),
			   [nlo] "r"(next.lo), [nhi] "r"(next.hi)
			 : "memory", "cc");
	is_done = lo == seen->lo && hi == seen->hi;
	seen->lo = lo;
	seen->hi = hi;
	return is_done;
}

#endif

#endif
