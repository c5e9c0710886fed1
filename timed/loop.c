/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's event loop. See loop.h. */
#include "timed/loop.h"

#include <event2/event.h>
#include <stddef.h>

/* poll(2) only, and CLOCK_MONOTONIC itself rather than its coarse sister: what
 * simulated worlds provide. */
static int configure(struct event_config *cfg)
{
	if (event_config_avoid_method(cfg, "epoll") ||
	    event_config_set_flag(cfg, EVENT_BASE_FLAG_NOLOCK |
					       EVENT_BASE_FLAG_PRECISE_TIMER |
					       EVENT_BASE_FLAG_IGNORE_ENV))
		return -1;
	return event_config_set_max_dispatch_interval(cfg, NULL, 1,
						      LOOP_CLIENTS);
}

/* libevent gives an event the middle one of the priorities: of two, the second. */
_Static_assert(LOOP_CLIENTS == LOOP_PRIORITIES / 2, "clients are the default");

struct event_base *loop_new(void)
{
	struct event_config *cfg = event_config_new();
	struct event_base *base = NULL;

	if (!cfg)
		return NULL;
	if (configure(cfg) == 0)
		base = event_base_new_with_config(cfg);
	event_config_free(cfg);
	if (base && event_base_priority_init(base, LOOP_PRIORITIES)) {
		event_base_free(base);
		base = NULL;
	}
	return base;
}
