/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Publishes as fast as readers can bear, until it is killed: a hundred times
 * without a pause, then 0 to 60 us of it. Intervals without width, that are truth
 * itself (tt-sim serve's file): so the least mixture of two publications misses.
 * usage: binding_writer PATH TRUTH
 */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "timed/publish.h"

#define S_NS  INT64_C(1000000000)
#define BURST 100

static int64_t raw_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return (int64_t)t.tv_sec * S_NS + t.tv_nsec;
}

static void pause_ns(int64_t ns)
{
	const int64_t end_ns = raw_ns() + ns;

	while (raw_ns() < end_ns)
		;
}

int main(int argc, char **argv)
{
	struct segment_slot slot = {.horizon_ns = S_NS,
				    .epoch = 1,
				    .state = 1,
				    .flags = 8,
				    .utc_offset_ns = 37 * S_NS,
				    .leap_tai_ns = INT64_MAX};
	char error[PUBLISH_ERROR_SIZE];
	struct publish publish;
	uint64_t boot_id[2];
	int64_t origin_ns;
	FILE *f = argc == 3 ? fopen(argv[2], "r") : NULL;

	if (!f ||
	    fscanf(f, "tt-sim truth 1 boot %*s unix_ns_less_raw_ns %" SCNd64,
		   &origin_ns) != 1 ||
	    segment_boot_id(boot_id) < 0 ||
	    publish_open(argv[1], boot_id, (uint64_t)getpid(), raw_ns(),
			 &publish, error) < 0)
		return 2;
	fclose(f);
	for (uint64_t n = 0;; n++) {
		slot.anchor_raw_ns = raw_ns();
		slot.tai_lo_ns = slot.anchor_raw_ns + origin_ns + 37 * S_NS;
		slot.tai_hi_ns = slot.tai_lo_ns;
		slot.void_raw_ns = slot.anchor_raw_ns + 1000 * S_NS;
		publish_write(&publish, &slot);
		if (n % BURST == 0)
			pause_ns((int64_t)(n * 7919 % 60000));
	}
}
