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
	uint64_t tick_mult; /* ns a tick of the CPU's counter, 2^-48; 0: the
			       kernel's raw clock is read instead */
	atomic_bool is_stopped;
	pthread_t thread;
};

int64_t bench_raw_ns(void);

/* ns a tick of the CPU's counter, in 2^-48, as good as a moment tells; 0: the
 * kernel does not keep time by it, and so timed(8) would not use it. */
uint64_t bench_tick_mult(void);

/* Make it, publish, and go on publishing every period_ns: in raw time, or by
 * the CPU's counter. 0 or negative errno. */
int bench_segment_open(struct bench_segment *ret, int64_t period_ns,
		       uint64_t tick_mult);

void bench_segment_close(struct bench_segment *s);

#endif
