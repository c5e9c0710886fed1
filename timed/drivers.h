/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The drivers that run: each with its fd in the loop, its sources in the
 * engine, and its health for the status and the log. Which they are is the
 * configuration's to say (equip.c).
 */
#ifndef DRIVERS_H
#define DRIVERS_H

#include <event2/event.h>
#include <event2/event_struct.h>

#include "drivers/driver.h"
#include "timed/engine.h"
#include "timed/status.h"

struct drivers;

struct drivers_slot {
	struct drivers *all;
	const char *section;    /* of the configuration; NULL: a free slot */
	struct driver *driver;  /* NULL: it could not be opened ... */
	int open_err;           /* ... the last time, for this */
	struct driver_sink sink;
	struct event ready;
	int fd;                 /* what `ready` watches, -1: nothing */
	uint64_t sources;       /* bit n: it has announced n */
	struct status_driver status;
};

struct drivers {
	struct event_base *base;
	struct env *env;
	struct engine *engine;
	/* A driver's fd is readable: what must precede and follow its call is
	 * the daemon's. */
	void (*ready)(void *arg, struct drivers_slot *slot);
	/* Its health is another; "": it is well. NULL: nobody asks. */
	void (*told)(void *arg, const char *name, const char *health);
	void *arg;
	/* Announced sources by number, "" for none: their names, which are
	 * unique, and what their drivers call them. */
	char name[ENGINE_SOURCES_MAX][SOURCE_NAME_SIZE];
	char called[ENGINE_SOURCES_MAX][SOURCE_NAME_SIZE];
	struct drivers_slot slot[STATUS_DRIVERS_MAX];
};

/* The members above `name` are set by whoever owns it. */
void drivers_init(struct drivers *all);

/* A driver's own open function. */
typedef int (*drivers_open_fn)(const void *opt, struct env *env,
			       const struct driver_sink *sink,
			       struct driver **ret);

/*
 * One more, unless one of that section and name runs already; one that could
 * not be opened is tried again. `name` is for people, and is copied; `section`
 * is not. 0 or negative errno, which is its health too: -ENOSPC too many, or
 * what `open` says.
 */
int drivers_add(struct drivers *all, const char *section, const char *name,
		drivers_open_fn open, const void *opt);

/*
 * The driver of that section and name could not be opened: a source that says
 * nothing stands for its own until it is. Axiom A3 counts what is configured; one
 * fewer would be fewer lies that are outvoted. 0 or negative errno.
 */
int drivers_stand_in(struct drivers *all, const char *section, const char *name,
		     const struct source_info *info);

/* Those of one section, or all with NULL; their sources go. */
void drivers_close(struct drivers *all, const char *section);

int drivers_count(const struct drivers *all);

/* Is there one that could not be opened? */
bool drivers_has_failed(const struct drivers *all);

/* The earliest time that one of them waits for; INT64_MAX: none does. */
int64_t drivers_next_raw_ns(const struct drivers *all);

/* Those whose time has come. */
void drivers_tick(struct drivers *all, int64_t raw_ns);

/* The fd may change at any call to a driver: look again. */
void drivers_watch(struct drivers *all);

/* For the status document: as many as there are. */
int drivers_status(const struct drivers *all,
		   struct status_driver ret[STATUS_DRIVERS_MAX]);

#endif
