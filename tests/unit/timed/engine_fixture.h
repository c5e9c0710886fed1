/* SPDX-License-Identifier: Apache-2.0 */
/* An engine that is fed by hand. Include it in one file of a test program. */
#ifndef ENGINE_FIXTURE_H
#define ENGINE_FIXTURE_H

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "timed/engine.h"
#include "timed/widen.h"

#define S INT64_C(1000000000)
/* 2026-11-22 00:00:00 UTC. */
#define UNIX_NS (INT64_C(1795305600) * S)

static struct leap_table leap;
static struct engine_view view;
static char last_event[256];
static int events[8];

static inline void note(void *arg, enum engine_event event, const char *text)
{
	(void)arg;
	events[event]++;
	snprintf(last_event, sizeof(last_event), "%s", text);
}

static inline struct engine *new_engine(void)
{
	const struct engine_options opt = {
		.axioms = {50000, 20, 200, -1, 1024 * S, -1},
		.horizon_ns = S,
		.void_after_ns = 3600 * S,
		.smear = true};
	const struct engine_sink sink = {note, NULL};
	struct engine *e;

	/* 2015-07-01 and 2017-01-01. */
	leap.count = 2;
	leap.entry[0] = (struct leap_entry){INT64_C(1435708800), 36};
	leap.entry[1] = (struct leap_entry){INT64_C(1483228800), 37};
	leap.expires_unix_s = INT64_C(4102444800);
	memset(events, 0, sizeof(events));
	assert_int_equal(engine_new(&opt, &leap, S, &sink, &e), 0);
	return e;
}

static inline int add_source(struct engine *e, const char *name,
		      enum source_scale scale)
{
	struct source_info info = {.class = SOURCE_NTP,
				   .scale = scale,
				   .reachable = true};

	snprintf(info.name, sizeof(info.name), "%s", name);
	return engine_source(e, &info);
}

static inline struct sample sample_at(int64_t raw_ns, int64_t offset_ns)
{
	struct sample m = {.raw_ns = raw_ns,
			   .mid_ns = UNIX_NS + offset_ns,
			   .fresh_ns = 64 * S};

	m.lo_ns[TERM_DELAY] = m.hi_ns[TERM_DELAY] = 1000;
	return m;
}

static inline const struct engine_view *viewed(struct engine *e, int64_t raw_ns)
{
	struct segment_slot slot;

	engine_publish(e, raw_ns, &slot);
	engine_view(e, &view);
	assert_memory_equal(&slot, &view.slot, sizeof(slot));
	return &view;
}

#endif
