/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon from inside: for daemon.c, reload.c and keep.c only. */
#ifndef DAEMON_PRIVATE_H
#define DAEMON_PRIVATE_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <time.h>

#include "drivers/driver.h"
#include "timed/daemon.h"
#include "timed/driftfile.h"
#include "timed/engine.h"
#include "timed/log.h"
#include "timed/publish.h"
#include "timed/status.h"
#include "timed/status_server.h"
#include "timed/suspend.h"

#define NS_PER_S INT64_C(1000000000)

#define DAEMON_EVENTS (EVENT_VERDICT + 1)

/* Lines of one kind in the present minute; the rest are counted only. */
struct limiter {
	int64_t since_raw_ns;
	int lines;
	unsigned int held_back;
};

struct daemon {
	const struct daemon_options *opt;
	struct env *env;
	struct event_base *base;
	struct event wake;         /* the next thing to do by the clock */
	struct event driver_ready; /* the driver's fd */
	int driver_fd;             /* what driver_ready watches, -1: nothing */
	bool is_looping;

	struct config cfg;
	struct config_files files;
	char clocksource[DRIFTFILE_NAME_SIZE]; /* "": unknown */

	struct engine *engine;
	struct driver *driver;     /* NULL: none is enabled */
	struct driver_sink sink;
	uint64_t sources;          /* bit n: the driver has announced n */
	struct publish publish;
	struct segment_slot slot;  /* the last publication */
	struct status_server *server;
	struct suspend suspend;

	int64_t raw_ns;            /* the last reading; it must not go back */
	int64_t next_publish_raw_ns;
	int64_t next_hourly_raw_ns;
	int64_t next_watchdog_raw_ns;
	int64_t next_told_raw_ns;  /* STATUS= for the manager */
	int64_t next_clocksource_raw_ns;
	int64_t watchdog_ns;       /* 0: none */
	uint32_t told_state;

	struct limiter limiter[DAEMON_EVENTS];
	int64_t leap_doubt_ns;     /* as last logged */
	struct timespec leap_mtime;

	struct engine_view view;
	struct status status;      /* but for what is read at each document */
	struct json_object *doc;   /* the last one, which clients may be sent */
};

/* ---- keep.c: what is kept in files ---- */

/* The table that leap_file has. At a start (is_first) the built-in one serves
 * when it cannot be read; later the one there was. True: it is a new one. */
bool keep_leap(struct daemon *d, bool is_first);

/* Has the file changed since it was read? */
bool keep_leap_changed(const struct daemon *d);

/* Log what the table's expiry means now, if that is news. */
void keep_leap_doubt(struct daemon *d);

void keep_drift_load(struct daemon *d);
void keep_drift_save(struct daemon *d);

/* ---- daemon.c, for reload.c ---- */

/* 0 or negative errno; what went wrong has been logged. */
int daemon_open_driver(struct daemon *d);
void daemon_close_driver(struct daemon *d);
void daemon_open_server(struct daemon *d);
void daemon_set_log(struct daemon *d);

/* ---- reload.c ---- */

/* SIGHUP: take over what can be, name what cannot. */
void reload(struct daemon *d);

#endif
