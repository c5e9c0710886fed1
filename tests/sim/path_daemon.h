/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon in a path test, but for its loop: a real driver, what it says on
 * its way to the real engine, and what that publishes on a segment.
 */
#ifndef PATH_DAEMON_H
#define PATH_DAEMON_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/driver.h"
#include "sim/memory_segment.h"
#include "sim/oscillator.h"
#include "timed/engine.h"
#include "timed/leap.h"

/* The driver is asked again at least so often: daemon.c's WAKE_NS. */
#define PATH_WAKE_NS	(SECOND_NS / 5)
#define PATH_PUBLISH_NS (SECOND_NS / 10)

struct path_daemon {
	struct driver *driver; /* NULL: it is not there */
	struct engine *engine; /* ditto */
	struct leap_table leap;
	struct memory_segment memory;
	int64_t publish_raw_ns; /* the next one */
	/* A sample before the engine has it; what the driver says of its own
	 * health. NULL: neither is looked at. */
	void (*look)(void *arg, struct sample *m);
	void (*health)(void *arg, const char *text);
	void *arg;
};

/* What the errors of samples were made of. */
struct path_terms {
	uint64_t samples;
	double sum_ns[TERM_COUNT]; /* of half-widths */
};

/* A segment with nothing published; `leap` is the built-in table. */
void path_daemon_open(struct path_daemon *d);
void path_daemon_close(struct path_daemon *d);

/* The engine; `ret` is what the driver is to be opened with. */
void path_daemon_start(struct path_daemon *d, const struct engine_options *opt,
		       const struct engine_sink *events, int64_t raw_ns,
		       struct driver_sink *ret);

/* It dies; the segment stays. */
void path_daemon_stop(struct path_daemon *d);

/* When it does something next by itself. */
int64_t path_daemon_wakes(const struct path_daemon *d);

bool path_daemon_is_due(const struct path_daemon *d, int64_t raw_ns);

void path_daemon_publish(struct path_daemon *d, int64_t raw_ns,
			 struct segment_slot *ret);

void path_daemon_note(struct path_terms *terms, const struct sample *m);
double path_daemon_term_ns(const struct path_terms *terms,
			   enum budget_term term);

/* Since the engine was started. */
void path_daemon_counters(const struct path_daemon *d,
			  struct engine_counters *ret);

#endif
