/* SPDX-License-Identifier: Apache-2.0 */
/* See wait_spin.h. */
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <unistd.h>

#include "libtt/wait_spin.h"

/* pid << 32 | spinners: a child of fork(2) has none of its parent's threads,
 * and its first spinner counts from 0. */
static _Atomic uint64_t spinning;

/* 0: not asked yet. */
static _Atomic unsigned int spinning_max;

static unsigned int half(unsigned int processors)
{
	return processors < 4 ? 1 : processors / 2;
}

/* Relaxed, here and below: a number that orders nothing. */
unsigned int wait_spin_max(void)
{
	unsigned int max =
		atomic_load_explicit(&spinning_max, memory_order_relaxed);
	cpu_set_t set;

	if (max != 0)
		return max;
	/* Fails where there are more than 1024: then 512 are not too many. */
	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		max = half((unsigned int)CPU_COUNT(&set));
	else
		max = CPU_SETSIZE / 2;
	atomic_store_explicit(&spinning_max, max, memory_order_relaxed);
	return max;
}

bool wait_spin_enter(void)
{
	const uint64_t pid = (uint64_t)getpid() << 32;
	uint64_t seen = atomic_load_explicit(&spinning, memory_order_relaxed);
	uint64_t count;

	/* Lock-free: a failed exchange means another thread got through. */
	do {
		count = seen >> 32 == pid >> 32 ? (uint32_t)seen : 0;
		if (count >= wait_spin_max())
			return false;
	} while (!atomic_compare_exchange_weak_explicit(
		&spinning, &seen, pid | (count + 1), memory_order_relaxed,
		memory_order_relaxed));
	return true;
}

void wait_spin_leave(void)
{
	atomic_fetch_sub_explicit(&spinning, 1, memory_order_relaxed);
}
