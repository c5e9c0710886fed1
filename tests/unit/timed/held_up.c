/* SPDX-License-Identifier: Apache-2.0 */
/* A timed that is held up for 50 ms between making a page and giving it to
 * readers, every fifth time, and tells when readers get such a page. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "timed/engine.h"
#include "timed/publish.h"

#define HELD_UP_NS 50000000

void __real_engine_publish(struct engine *e, int64_t raw_ns,
			   struct segment_slot *ret);
void __wrap_engine_publish(struct engine *e, int64_t raw_ns,
			   struct segment_slot *ret);
void __real_publish_write(struct publish *p, const struct segment_slot *slot);
void __wrap_publish_write(struct publish *p, const struct segment_slot *slot);

static bool is_first = true; /* it is not made anew */
static bool was_held_up;     /* over the last one that was made */

void __wrap_engine_publish(struct engine *e, int64_t raw_ns,
			   struct segment_slot *ret)
{
	static const struct timespec while_ts = {.tv_nsec = HELD_UP_NS};
	static int pages;

	__real_engine_publish(e, raw_ns, ret);
	was_held_up = is_first && ++pages % 5 == 0;
	is_first = false;
	if (!was_held_up)
		return;
	nanosleep(&while_ts, NULL);
	fprintf(stderr, "held up %d\n", pages / 5);
}

void __wrap_publish_write(struct publish *p, const struct segment_slot *slot)
{
	if (was_held_up)
		fprintf(stderr, "an old page\n");
	is_first = true;
	__real_publish_write(p, slot);
}
