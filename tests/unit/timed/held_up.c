/* SPDX-License-Identifier: Apache-2.0 */
/* A timed whose every fifth page is found behind what readers have, as if it had
 * been held up. Tells what becomes of such a page, and when readers are said to
 * have one that they were not given. */
#include <stdbool.h>
#include <stdio.h>

#include "timed/engine.h"
#include "timed/publish.h"

void __real_engine_publish(struct engine *e, int64_t raw_ns,
			   struct segment_slot *ret);
void __wrap_engine_publish(struct engine *e, int64_t raw_ns,
			   struct segment_slot *ret);
bool __real_engine_is_behind(const struct engine *e, int64_t raw_ns);
bool __wrap_engine_is_behind(const struct engine *e, int64_t raw_ns);
void __real_engine_shown(struct engine *e);
void __wrap_engine_shown(struct engine *e);
void __real_publish_write(struct publish *p, const struct segment_slot *slot);
void __wrap_publish_write(struct publish *p, const struct segment_slot *slot);

static bool is_behind; /* the last one that was composed */
static bool is_stored;

void __wrap_engine_publish(struct engine *e, int64_t raw_ns,
			   struct segment_slot *ret)
{
	if (is_behind)
		fprintf(stderr, "made anew\n");
	is_behind = is_stored = false;
	__real_engine_publish(e, raw_ns, ret);
}

bool __wrap_engine_is_behind(const struct engine *e, int64_t raw_ns)
{
	static int looks;

	is_behind = __real_engine_is_behind(e, raw_ns) || ++looks % 5 == 0;
	return is_behind;
}

void __wrap_engine_shown(struct engine *e)
{
	if (!is_stored)
		fprintf(stderr, "shown but not stored\n");
	__real_engine_shown(e);
}

void __wrap_publish_write(struct publish *p, const struct segment_slot *slot)
{
	if (is_behind)
		fprintf(stderr, "stored though behind\n");
	is_stored = true;
	__real_publish_write(p, slot);
}
