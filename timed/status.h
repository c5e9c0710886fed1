/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The status document: docs/status.md. It is made of what the daemon hands
 * over; nothing here reads a clock or a file.
 */
#ifndef STATUS_H
#define STATUS_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "drivers/env.h"
#include "timed/config.h"
#include "timed/engine.h"
#include "timed/export.h"
#include "timed/forecast.h"
#include "timed/hearsay.h"
#include "timed/history_writer.h"
#include "timed/leap.h"
#include "timed/sandbox.h"
#include "timed/steer.h"
#include "timed/temperature.h"
#include "timed/widen.h"

#define STATUS_SCHEMA_VERSION 1
#define STATUS_DRIVERS_MAX    16
#define STATUS_DRIVER_NAME_SIZE 80
#define STATUS_NOTE_SIZE      CONFIG_ERROR_SIZE

struct status_driver {
	char name[STATUS_DRIVER_NAME_SIZE]; /* "chrony" */
	char health[STATUS_NOTE_SIZE]; /* "": well */
	int64_t since_raw_ns;
};

struct status_process {
	const char *version;
	int pid;
	uint64_t boot_id[2];
	int64_t started_raw_ns;
	uint64_t reloads;
	char reload_error[STATUS_NOTE_SIZE]; /* "": none */
	const char *log_level;               /* in force */
};

struct status_drift {
	bool seeded;
	char note[STATUS_NOTE_SIZE];
	bool is_written;
	int64_t written_unix_ns;
	bool has_rate;
	double rate_ppb_min, rate_ppb_max;
};

struct status_leap {
	struct leap_table table;
	bool is_builtin;
	char error[STATUS_NOTE_SIZE];
};

struct status_history_log {
	bool is_on;              /* one is configured */
	bool is_alive;           /* its writer */
	uint64_t lines, lost, waiting;
	uint64_t bytes, bytes_waiting, bytes_waiting_max;
	uint64_t rotations;
	bool has_written;        /* a line; when the last one was seen to be */
	int64_t written_raw_ns;
	bool has_sequence;       /* of the last line, with its hash */
	int64_t sequence;
	char sha256[HISTORY_SHA256_SIZE];
	char error[STATUS_NOTE_SIZE]; /* "": well */
};

struct status_discipline {
	bool is_on;
	int err;                 /* of the last order, 0 or negative errno */
	int64_t since_raw_ns;    /* of its state */
	char others[STATUS_NOTE_SIZE]; /* who may be steering; "": unknown */
};

struct status {
	int64_t raw_ns;
	const struct engine_view *view;
	const struct config *cfg;
	const struct config_files *files;
	struct status_process process;
	struct sandbox sandbox;
	struct status_leap leap;
	struct status_drift drift;
	struct status_history_log history_log;
	struct status_discipline discipline;
	struct widening widening;
	struct oscillator_level oscillator[OSCILLATOR_LEVELS];
	struct temperature temperature;
	bool has_forecast;
	struct forecast forecast;
	const struct steer_view *steer; /* where discipline.is_on */
	int driver_count;
	struct status_driver driver[STATUS_DRIVERS_MAX];
	int export_count;
	const struct export_view *export[CONFIG_EXPORT_MAX];
	bool has_pair;
	struct env_pair pair;
	bool has_steering;
	struct env_steering steering;
	uint64_t sequence, publications, stalls;
	uint64_t clients, clients_refused;
	uint64_t orders, orders_refused; /* of the control socket */
	const struct hearsay_view *hearsay; /* NULL: nobody is listened to */
};

/* The document, or NULL without memory. json_object_put() frees it. */
struct json_object *status_new(const struct status *s);

#endif
