/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The time master: timed's time, given to engines that serve it to others. A
 * vtable, of which export_chrony.c and export_ptp4l.c are the two. None of them
 * blocks; what an engine does not take is health, and tried again.
 *
 * The one rule: nothing is given, or announced, that is better than what is
 * proven at that moment.
 */
#ifndef EXPORT_H
#define EXPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/env.h"
#include "drivers/ptp_export.h"
#include "libtt/segment.h"
#include "timed/config.h"
#include "timed/leap.h"
#include "timed/look.h"

#define EXPORT_NAME_SIZE   (CONFIG_SOCKET_SIZE + 16)
#define EXPORT_HEALTH_SIZE 256

/* What there is to give. */
struct export_now {
	int64_t raw_ns;
	const struct segment_slot *slot; /* as published */
	unsigned int fresh; /* bit n: a source of class n is fresh and used */
	const struct leap_table *leap;
	double wander_ppb_s; /* axiom A2, as it is in force */
};

struct export;

/* For people: of each export, in the order of the configuration. */
struct export_view {
	const char *type;
	char name[EXPORT_NAME_SIZE]; /* "chrony /run/chrony/timed.sock" */
	const char *socket;
	char health[EXPORT_HEALTH_SIZE]; /* of the engine; "": well */
	int64_t health_since_raw_ns;
	bool is_serving;
	char reason[EXPORT_HEALTH_SIZE]; /* why not; "" */
	int64_t since_raw_ns;		 /* of is_serving and reason */
	uint64_t sent, failed;
	bool has_sent;
	int64_t sent_raw_ns; /* the last one */
	bool has_error;
	int64_t error_ns; /* proven of what is served, at the last look */
	bool has_offset;
	int64_t offset_ns; /* best estimate - what is served (chrony: what it
	                      is made of, CLOCK_REALTIME) */
	bool has_leap;	   /* chrony */
	int leap_s;
	bool has_settings; /* ptp4l: as it has them */
	struct ptp_settings settings;
	const char *clock; /* ptp4l: the one that it serves; NULL or "" */
};

struct export_ops {
	/* NULL without memory. `cfg` lives as long. `own`: a path for a socket
	 * of ours. */
	struct export *(*open)(const struct config_export *cfg, const char *own,
			       struct env *env);
	/* When it is due, or the state has changed. */
	void (*update)(struct export *x, const struct export_now *now);
	/* At each publication: what the engine has answered. NULL: nothing */
	void (*listen)(struct export *x, const struct export_now *now);
	/* The raw counter was disrupted. NULL: that is nothing to it. */
	void (*forget)(struct export *x);
	/* The engine is told that nobody vouches any more. */
	void (*close)(struct export *x);
};

/* The generic part comes first in each. */
struct export
{
	const struct export_ops *ops;
	const struct config_export *cfg;
	struct env *env;
	int64_t next_raw_ns;
	uint32_t state; /* of the clock, when it was last updated */
	struct export_view view;
};

extern const struct export_ops export_chrony, export_ptp4l;

struct exports {
	struct env *env;
	int count;
	struct config_export cfg[CONFIG_EXPORT_MAX];
	struct export *one[CONFIG_EXPORT_MAX];
};

/* As configured. One that has no memory is left out, and logged. */
void exports_open(struct exports *all, const struct config *cfg,
		  struct env *env);
void exports_close(struct exports *all);

/* After each publication. */
void exports_update(struct exports *all, const struct export_now *now);

/* The counter that everything waits by was disrupted. */
void exports_forget(struct exports *all);

int exports_view(const struct exports *all,
		 const struct export_view *ret[CONFIG_EXPORT_MAX]);

/* ---- for the exports themselves ---- */

/* How the engine fares: logged when it changes. "": well. */
void export_health(struct export *x, const char *text);

/* Is it served, and if not, why: logged when it changes. NULL: it is. */
void export_serving(struct export *x, const char *reason);

#endif
