/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The CPU's own counter, read without the kernel: the TSC on x86-64, the
 * virtual generic timer on arm64. Its readings mean something only through a
 * mapping that timed(8) has published (docs/segment.md, "The CPU's counter").
 */
#ifndef TT_TICKS_H
#define TT_TICKS_H

#include <stdbool.h>
#include <stdint.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

/* Is there one here? (A process that is forbidden to read it, by PR_SET_TSC,
 * cannot read the kernel's clocks either: the vDSO reads it too.) */
static inline bool ticks_are_readable(void)
{
#if defined(__x86_64__) || defined(__aarch64__)
	return true;
#else
	return false;
#endif
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

/* Not before what precedes: LFENCE waits for all earlier instructions and
 * loads (on AMD as Linux sets it up), and is cheaper than RDTSCP on the
 * machines at hand, 15 ns to 18; ISB does on arm64. */
static inline uint64_t ticks_ordered(void)
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
static inline uint64_t ticks_relaxed(void)
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

#endif
