/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cadence SEGMENT SECONDS: how regularly a daemon publishes: the distances of its
 * publications by their own anchors, in ms, of which a line at the end tells. What this
 * program itself has slept through is told as unseen. Reports, and judges nothing.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "libtt/segment.h"

#define GAPS_MAX 65536
#define LOOK_US	 500

static double gap_ms[GAPS_MAX];
static int gaps;

static int compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double at(double part)
{
	return gaps > 0 ? gap_ms[(int)(part * (gaps - 1))] : 0;
}

int main(int argc, char **argv)
{
	uint64_t sequence = 0, unseen = 0;
	int64_t anchor_ns = 0;
	const struct segment *seg;
	struct segment_slot slot;
	time_t end;
	int fd;

	if (argc != 3 || (fd = open(argv[1], O_RDONLY | O_CLOEXEC)) < 0) {
		fprintf(stderr, "usage: cadence SEGMENT SECONDS\n");
		return 64;
	}
	seg = mmap(NULL, SEGMENT_SIZE, PROT_READ, MAP_SHARED, fd, 0);
	if (seg == MAP_FAILED) {
		perror(argv[1]);
		return 1;
	}
	end = time(NULL) + atoi(argv[2]);
	while (time(NULL) < end && gaps < GAPS_MAX) {
		uint64_t now;

		if (segment_read(seg, &slot, &now) == 0 && now != sequence) {
			if (sequence > 0 && now == sequence + 1)
				gap_ms[gaps++] =
					(double)(slot.anchor_raw_ns -
						 anchor_ns) / 1e6;
			else if (sequence > 0)
				unseen += now - sequence;
			sequence = now;
			anchor_ns = slot.anchor_raw_ns;
		}
		usleep(LOOK_US);
	}
	qsort(gap_ms, (size_t)gaps, sizeof(gap_ms[0]), compare);
	printf("publications=%d median_ms=%.1f p90_ms=%.1f p99_ms=%.1f "
	       "most_ms=%.1f unseen=%llu\n",
	       gaps, at(0.5), at(0.9), at(0.99), at(1),
	       (unsigned long long)unseen);
	return gaps > 0 ? 0 : 1;
}
