/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the history log says, as JSON: docs/history.md. A line that holds for
 * all that follow (the basis), and one for an instant (a bound). They are made
 * of what the status document is made of; nothing here reads a clock or a file.
 */
#ifndef HISTORY_LINE_H
#define HISTORY_LINE_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "timed/event_ring.h"
#include "timed/status.h"

#define HISTORY_LOG_VERSION 1

#define HISTORY_EVENTS_MAX 32

/* What happened since the line before. */
struct history_event {
	enum event_ring_kind kind;
	int64_t raw_ns;
	char text[EVENT_RING_TEXT_SIZE];
};

struct history_bound {
	int64_t half_ns_max;   /* the widest that readers had since; -1: none */
	int event_count;
	unsigned int events_left; /* there was no room for */
	struct history_event event[HISTORY_EVENTS_MAX];
};

/* Without memory NULL. */
struct json_object *history_line_basis(const struct status *s, const char *host);
struct json_object *history_line_bound(const struct status *s,
				       const struct history_bound *b);

/* An orderly end. */
struct json_object *history_line_end(const struct status *s);

#endif
