/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the history log does: what its writer tells, looked at once a second, is
 * said in the log where it changes, and in the status. Reads no clock.
 */
#ifndef RECORD_HEALTH_H
#define RECORD_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "timed/history_log.h"
#include "timed/status.h"

struct record_health {
	const char *path;
	struct history_log_view told; /* as it was looked at last */
	bool has_written;
	int64_t written_raw_ns;       /* when a line was last seen to be */
	bool is_waiting;
	int64_t waiting_raw_ns;       /* since when none was, while some wait */
	bool is_stalled;
};

/* `path` stays the caller's. */
void record_health_init(struct record_health *h, const char *path);

/* Log what has changed. */
void record_health_look(struct record_health *h,
			const struct history_log_view *v, int64_t raw_ns);

/* As it is now: `v` is newer than what was looked at. */
void record_health_status(const struct record_health *h,
			  const struct history_log_view *v, int64_t raw_ns,
			  struct status_history_log *ret);

/* None is kept; `path`, if one is named, could not be: 0 or negative errno. */
void record_health_none(const char *path, int err,
			struct status_history_log *ret);

#endif
