/* SPDX-License-Identifier: Apache-2.0 */
/* A timed that is held up for 50 ms between making a page and giving it to
 * readers, every fifth time, and tells when a page is old by then. */
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "timed/engine.h"
#include "timed/publish.h"

#define NS_PER_S   INT64_C(1000000000)
#define HELD_UP_NS 50000000
#define OLD_NS	   20000000

void __real_engine_publish(struct engine *e, int64_t raw_ns,
			   struct segment_slot *ret);
void __wrap_engine_publish(struct engine *e, int64_t raw_ns,
			   struct segment_slot *ret);
void __real_publish_write(struct publish *p, const struct segment_slot *slot);
void __wrap_publish_write(struct publish *p, const struct segment_slot *slot);

static int64_t raw_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

void __wrap_engine_publish(struct engine *e, int64_t raw_ns,
			   struct segment_slot *ret)
{
	static const struct timespec while_ts = {.tv_nsec = HELD_UP_NS};
	static int calls;

	__real_engine_publish(e, raw_ns, ret);
	if (++calls % 5)
		return;
	nanosleep(&while_ts, NULL);
	fprintf(stderr, "held up %d\n", calls / 5);
}

void __wrap_publish_write(struct publish *p, const struct segment_slot *slot)
{
	if (raw_now_ns() - slot->anchor_raw_ns > OLD_NS)
		fprintf(stderr, "an old page\n");
	__real_publish_write(p, slot);
}
