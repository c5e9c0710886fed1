/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the module ttlab says is true: pairs of one instant, CLOCK_MONOTONIC_RAW
 * and a clock's time at it, TAI or a PHC's own.
 */
#ifndef TRUTH_H
#define TRUTH_H

#include <stdint.h>

#define TRUTH_PATH "/sys/kernel/debug/ttlab/truth"

struct truth {
	int64_t raw_ns;
	int64_t clock_ns;
};

/* An fd or negative errno. */
int truth_open(const char *path);

struct truth truth_read(int fd);

/*
 * The clock at a reading between two pairs: on a straight line between them,
 * within 1 ns where its rate changes by less than 1 ppm and they lie within a
 * millisecond.
 */
int64_t truth_between(const struct truth *a, const struct truth *b,
		      int64_t raw_ns);

#endif
