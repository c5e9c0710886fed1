/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A day of the simulator's, remembered as timed remembers one: its engine in a
 * scenario's world (sim/run.h), and its history, its events and its status
 * document of the run's end.
 */
#ifndef DAY_H
#define DAY_H

#include <json-c/json.h>
#include <tt/tt.h>

struct day {
	struct json_object *status, *events;
	int now_err;		/* 0, or what a reader is told at the end ... */
	struct tt_interval now; /* ... and has then */
};

/* Run it. 0, or negative errno with a text on standard error. `ret` holds until
 * the next call. */
int day_run(const char *scenario_path, struct day *ret);

/* An answer to "history minutes|hours FROM": json_object_put() it. */
struct json_object *day_history(int is_hours, int64_t from);

#endif
