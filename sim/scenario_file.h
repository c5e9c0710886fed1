/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A scenario as a file: tt-sim(1) has its settings. As strict as timed.conf:
 * what is unknown, missing, out of range or makes no sense together is an
 * error with file and line.
 */
#ifndef SCENARIO_FILE_H
#define SCENARIO_FILE_H

#include "sim/run.h"
#include "timed/config.h"

#define SCENARIO_TEXT_SIZE 160

struct scenario_file {
	struct scenario scenario; /* its pointers lead into this struct */
	uint64_t seed;
	char name[SOURCE_NAME_SIZE];
	char says[SCENARIO_TEXT_SIZE];
	char feed_name[FEEDS_MAX][SOURCE_NAME_SIZE];
	struct engine_group group[ENGINE_GROUPS_MAX];
	char why_broken[SCENARIO_TEXT_SIZE]; /* "": no axiom is broken from
	                                        the start or by a fault */
};

/* `cfg`: what the daemon in it is configured with. `name` is for messages. 0,
 * or negative errno with a text; `ret` is written on success only. */
int scenario_file_parse(const char *name, const char *text, size_t size,
			const struct config *cfg, struct scenario_file *ret,
			char ret_error[CONFIG_ERROR_SIZE]);

int scenario_file_load(const char *path, const struct config *cfg,
		       struct scenario_file *ret,
		       char ret_error[CONFIG_ERROR_SIZE]);

/* Did the oscillator leave A1 or A2 by itself, in so many seconds? Where a
 * fault makes it, that is told already. */
bool scenario_file_is_unfit(const struct scenario_file *f, uint64_t seconds);

/* A name to show a feed's kind by: "ntp", "ptp", "phc", "pps". */
const char *scenario_file_kind(const struct feed_law *law);

#endif
