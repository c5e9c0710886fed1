/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tt-status knows: one reading of the segment through libtt, the daemon's
 * own document, and the verdict that becomes the exit code.
 */
#ifndef STATUS_H
#define STATUS_H

#include <stdbool.h>

#include <tt/tt.h>

#include "tools/status_fetch.h"

/* Exit codes, as tt-status(1) promises them. */
enum status_verdict {
	STATUS_OK,	 /* SYNCHRONIZED */
	STATUS_DEGRADED, /* HOLDOVER or DISPUTED: bounded, but look at it */
	STATUS_UNSYNCHRONIZED, /* the daemon runs, there is no bound */
	STATUS_UNREADABLE      /* no daemon, or it or the segment talks junk */
};

struct status {
	const char *segment_path;
	const char *socket_path; /* "": not asked */
	int segment_err;	 /* 0 or what tt_now said */
	struct tt_interval now;	 /* when segment_err is 0 */
	int socket_err;
	char socket_why[STATUS_FETCH_WHY_SIZE]; /* when socket_err is not 0 */
	struct json_object *doc; /* NULL: not asked, or socket_err */
	bool is_contradictory;	 /* segment and document share no instant */
};

/* Fill `ret`, whatever is there or not. status_drop() it. The paths must
 * outlive it; NULL means the default. Takes at most some 2 s. */
void status_take(const char *segment_path, const char *socket_path,
		 struct status *ret);
void status_drop(struct status *s);

/* The parts of status_take(), for who gets the document by himself: the paths;
 * then, with `doc` in its place or NULL, one reading of the segment. */
void status_begin(const char *segment_path, const char *socket_path,
		  struct status *ret);
void status_read_segment(struct status *s);

enum status_verdict status_judge(const struct status *s);
const char *status_verdict_name(enum status_verdict verdict);
const char *status_state_name(uint32_t state); /* of enum tt_state */

/* Half of latest - earliest, rounded up. */
int64_t status_half_width_ns(const struct status *s);

/* Names of the flags in `now`, at most 6; returns how many. */
#define STATUS_FLAGS_MAX 7
int status_flag_names(const struct status *s,
		      const char *ret[STATUS_FLAGS_MAX]);

#endif
