/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The CPU's own counter, for who maps it to raw time: readers have what they
 * need in tt/inline/counter.h.
 */
#ifndef TT_TICKS_H
#define TT_TICKS_H

#include "tt/inline/counter.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

static inline bool ticks_are_readable(void)
{
	return tt_inline_has_ticks();
}

/* Does it run at one rate in all states of the CPU? (Intel SDM 18.17.1; AMD
 * APM 3, Fn8000_0007 EDX[8]; Arm ARM D12: always.) */
static inline bool ticks_are_invariant(void)
{
#if defined(__x86_64__)
	unsigned int a, b, c, d;

	return __get_cpuid(0x80000007, &a, &b, &c, &d) && (d & 1u << 8);
#elif defined(__aarch64__)
	return true;
#else
	return false;
#endif
}

/* Not before what precedes. */
static inline uint64_t ticks_ordered(void)
{
	return tt_inline_ticks_ordered();
}

#endif
