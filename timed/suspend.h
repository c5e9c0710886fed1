/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the machine has slept: CLOCK_MONOTONIC_RAW stops then (axiom A5).
 * Told by CLOCK_BOOTTIME, which goes on, and before anybody is woken; and by the
 * kernel's count of suspends in sysfs, which it moves on after that, and not for
 * a hibernation, but on machines without a clock that runs meanwhile too.
 */
#ifndef SUSPEND_H
#define SUSPEND_H

#include <stdbool.h>
#include <stdint.h>

#define SUSPEND_COUNT_PATH "/sys/power/suspend_stats/success"

struct suspend {
	int fd; /* -1: the kernel does not count */
	long count;
	/* CLOCK_BOOTTIME - CLOCK_MONOTONIC, which nothing but a sleep changes:
	 * within this by all readings since the last. */
	bool has_apart;
	int64_t apart_ns_min, apart_ns_max;
};

void suspend_open(struct suspend *s, const char *path);
void suspend_close(struct suspend *s);

/* Has it slept since the last call? One read of a few bytes, and three of
 * clocks. */
bool suspend_has_slept(struct suspend *s);

/* One more reading of what the two clocks are apart. True: it was another. */
bool suspend_note(struct suspend *s, int64_t apart_ns_min,
		  int64_t apart_ns_max);

#endif
