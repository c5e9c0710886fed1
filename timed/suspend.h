/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the machine has slept: CLOCK_MONOTONIC_RAW stops then (axiom A5).
 * The kernel counts its suspends in sysfs; where it does not, this says never.
 */
#ifndef SUSPEND_H
#define SUSPEND_H

#include <stdbool.h>

#define SUSPEND_COUNT_PATH "/sys/power/suspend_stats/success"

struct suspend {
	int fd; /* -1: the kernel does not say */
	long count;
};

void suspend_open(struct suspend *s, const char *path);
void suspend_close(struct suspend *s);

/* Has it slept since the last call? One read of a few bytes. */
bool suspend_has_slept(struct suspend *s);

#endif
