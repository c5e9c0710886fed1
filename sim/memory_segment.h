/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The segment of a simulated daemon, in memory and under no name, and libtt's
 * handle on it. The memory stays until it is closed: who reads it is safe.
 */
#ifndef MEMORY_SEGMENT_H
#define MEMORY_SEGMENT_H

#include "libtt/segment.h"
#include "tt/tt.h"

struct memory_segment {
	struct segment *segment;
	struct tt_clock *clock;
	int fd;
};

/* With nothing published. 0 or negative errno: close it all the same. */
int memory_segment_open(struct memory_segment *m);

/* Again with nothing published, as after a boot, and a new handle. 0 or
 * negative errno. */
int memory_segment_renew(struct memory_segment *m);

void memory_segment_close(struct memory_segment *m);

#endif
