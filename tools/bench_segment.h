/* SPDX-License-Identifier: Apache-2.0 */
/* A clock to measure: a segment of our own in a temporary file, with a writer
 * that publishes as timed(8) does. Touches no clock of the machine. */
#ifndef TT_BENCH_SEGMENT_H
#define TT_BENCH_SEGMENT_H

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "libtt/segment.h"

struct bench_segment {
	struct segment *seg;
	char path[PATH_MAX]; /* for tt_open() */
	int64_t period_ns;
	atomic_bool is_stopped;
	pthread_t thread;
};

int64_t bench_raw_ns(void);

/* Make it, publish, and go on publishing every period_ns. 0 or negative
 * errno. */
int bench_segment_open(struct bench_segment *ret, int64_t period_ns);

void bench_segment_close(struct bench_segment *s);

#endif
