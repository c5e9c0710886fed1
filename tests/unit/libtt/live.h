/* SPDX-License-Identifier: Apache-2.0 */
/* A segment in a file of its own, with the test as its daemon. */
#ifndef TEST_LIVE_H
#define TEST_LIVE_H

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "libtt/segment.h"
#include "tt/tt.h"

#define S_NS  INT64_C(1000000000)
#define MS_NS INT64_C(1000000)
#define PPB   INT64_C(1100) /* one, in 2^-40, rounded up */

struct live {
	char dir[64];
	char path[80];
	struct segment *seg;
};

static inline int64_t live_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * S_NS + ts.tv_nsec;
}

static inline int64_t live_raw_ns(void)
{
	return live_ns(CLOCK_MONOTONIC_RAW);
}

/* The segment's file, made anew (another inode), zeroed, mapped. */
static inline void live_make_file(struct live *live)
{
	void *p;
	int fd;

	fd = open(live->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, SEGMENT_SIZE), 0);
	p = mmap(NULL, SEGMENT_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(p != MAP_FAILED);
	close(fd);
	live->seg = p;
}

static inline void live_init(struct live *live)
{
	uint64_t boot_id[2];

	assert_int_equal(segment_boot_id(boot_id), 0);
	segment_init(live->seg, boot_id, 1, live_raw_ns());
}

/* A directory, no segment in it yet. */
static inline void live_open_empty(struct live *live)
{
	snprintf(live->dir, sizeof(live->dir), "/tmp/libtt-test.XXXXXX");
	assert_non_null(mkdtemp(live->dir));
	snprintf(live->path, sizeof(live->path), "%s/clock", live->dir);
	live->seg = NULL;
}

/* A segment with nothing published. */
static inline void live_open(struct live *live)
{
	live_open_empty(live);
	live_make_file(live);
	live_init(live);
}

static inline void live_close(struct live *live)
{
	if (live->seg != NULL)
		munmap(live->seg, SEGMENT_SIZE);
	unlink(live->path);
	rmdir(live->dir);
}

/* 2023-11-14 22:13:20 UTC, no leap second near: tai 37 s ahead. At anchor:
 * unix [1.7e18, 1.7e18 + 1 ms]. */
#define LIVE_UNIX_NS INT64_C(1700000000000000000)
#define LIVE_TAI_NS  (LIVE_UNIX_NS + 37 * S_NS)

static inline struct segment_slot live_slot(int64_t anchor_raw_ns)
{
	return (struct segment_slot){
		.anchor_raw_ns = anchor_raw_ns,
		.tai_lo_ns = LIVE_TAI_NS,
		.tai_hi_ns = LIVE_TAI_NS + MS_NS,
		.horizon_ns = S_NS,
		.drift = 50000 * PPB,
		.void_raw_ns = anchor_raw_ns + 3600 * S_NS,
		.epoch = 7,
		.epoch_raw_ns = anchor_raw_ns - 10 * S_NS,
		.state = TT_SYNCHRONIZED,
		.flags = TT_FLAG_NTP | TT_FLAG_SINGLE_SOURCE,
		.utc_offset_ns = 37 * S_NS,
		.leap_tai_ns = INT64_MAX,
		.best_tai_ns = LIVE_TAI_NS + MS_NS / 2,
	};
}

/* Publish live_slot() anchored age_ns ago. */
static inline void live_publish(struct live *live, int64_t age_ns)
{
	const struct segment_slot slot = live_slot(live_raw_ns() - age_ns);

	segment_publish(live->seg, &slot);
}

/* xorshift64* (Vigna 2014), printed seed, replays bit for bit. */
static inline uint64_t live_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(2685821657736338717);
}

static inline uint64_t live_seed(void)
{
	const char *text = getenv("TT_SEED");
	const uint64_t seed = text != NULL ? strtoull(text, NULL, 0) :
					     (uint64_t)live_ns(CLOCK_REALTIME) | 1;

	print_message("seed: TT_SEED=%#llx\n", (unsigned long long)seed);
	return seed;
}

#endif
