/* SPDX-License-Identifier: Apache-2.0 */
/* A status of known numbers, and the document that is made of it. Include it in
 * one file of a test program. */
#ifndef STATUS_FIXTURE_H
#define STATUS_FIXTURE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>

#include <cmocka.h>

#include "timed/status.h"
#include "tt/tt.h"

#define S   INT64_C(1000000000)
#define TAI (INT64_C(1795380037) * S) /* at the anchor; Unix ...000 */

static struct engine_view view;
static struct config cfg;
static struct config_files files;
static struct status status;
static struct json_object *doc;

/* Two servers: `a` holds the lower edge, `b` the upper one. */
static inline void make_sources(void)
{
	struct source_view *a = &view.source[0], *b = &view.source[1];

	view.source_count = 2;
	strcpy(a->info.name, "192.0.2.1");
	a->info.class = SOURCE_NTP;
	a->info.scale = SCALE_UTC;
	a->info.reachable = true;
	a->info.stratum = 1;
	a->info.poll_ns = 16 * S;
	strcpy(a->group, "roof");
	a->has_range = true;
	a->lo_ns = TAI - 100 * S - 50000; /* x = TAI - raw; raw = 100 s */
	a->hi_ns = TAI - 100 * S + 70000;
	a->rate_ppb_min = -100;
	a->rate_ppb_max = 200.5;
	a->last_raw_ns = 96 * S;
	a->lo_term_ns[TERM_SERVER] = 1000;
	a->lo_term_ns[TERM_DELAY] = 40000;
	a->lo_term_ns[TERM_STAMP] = 300;
	a->lo_term_ns[TERM_MAPPING] = 20;
	a->verdict = VERDICT_USED;
	a->samples = 5;
	*b = *a;
	strcpy(b->info.name, "192.0.2.2");
	b->group[0] = '\0';
	b->hi_term_ns[TERM_DELAY] = 90000;
	b->rate_ppb_min = -INFINITY; /* says nothing of the rate */
	b->rate_ppb_max = NAN;
	b->lo_ns = INT64_MIN;        /* nor where it begins */
	view.lo_source = 0;
	view.hi_source = 1;
}

static struct export_view export;

static inline void make_slot(void)
{
	view.slot = (struct segment_slot){
		.anchor_raw_ns = 100 * S,
		.tai_lo_ns = TAI - 50000,
		.tai_hi_ns = TAI + 70001,
		.lo_slope = -1099512,  /* -1000.0004 ppb */
		.hi_slope = 1099512,
		.horizon_ns = S,
		.drift = 54975581,
		.void_raw_ns = 3700 * S,
		.epoch = 77,
		.epoch_raw_ns = 50 * S,
		.state = ENGINE_SYNCHRONIZED,
		.flags = TT_FLAG_NTP | TT_FLAG_SINGLE_SOURCE | 1u << 20,
		.leap_mode = SEGMENT_LEAP_SMEAR,
		.utc_offset_ns = 37 * S,
		.leap_tai_ns = INT64_MAX,
		.tai_err_ns = S,
		.best_tai_ns = TAI + 10000,
		.best_slope = 1099512,
	};
}

static inline void make(void)
{
	memset(&view, 0, sizeof(view));
	memset(&status, 0, sizeof(status));
	memset(&files, 0, sizeof(files));
	config_defaults(&cfg);
	make_slot();
	make_sources();
	view.raw_ns = 100 * S;
	view.state_since_raw_ns = 60 * S;
	strcpy(view.epoch_reason, "start");
	view.counters.bound_violations = 3;
	view.rehearsal = (struct rehearsal){
		.is_on = true,
		.is_known = true,
		.since_raw_ns = 70 * S,
		.until_raw_ns = 3670 * S,
		.half_ns_before = 1000,
		.half_ns = 60001,
		.source_count = 1,
		.source = { { .name = "192.0.2.1",
			      .samples = 3,
			      .has_offset = true,
			      .offset_ns = -20,
			      .offset_ns_most = 400 } }
	};
	status.raw_ns = 100 * S;
	status.view = &view;
	status.cfg = &cfg;
	status.files = &files;
	status.process.version = "1.2.3";
	status.process.log_level = "notice";
	status.process.pid = 4711;
	status.process.started_raw_ns = 40 * S;
	leap_builtin(&status.leap.table);
	status.leap.is_builtin = true;
	status.driver_count = 1;
	strcpy(status.driver[0].name, "chrony");
	status.export_count = 1;
	status.export[0] = &export;
	export = (struct export_view){.type = "chrony",
				      .socket = "/run/chrony/timed.sock",
				      .is_serving = true,
				      .reason = "",
				      .sent = 7,
				      .has_sent = true,
				      .sent_raw_ns = 99 * S,
				      .has_error = true,
				      .error_ns = 8000,
				      .has_offset = true,
				      .offset_ns = -3872,
				      .has_leap = true};
	status.has_pair = true;
	/* CLOCK_REALTIME reads 5 us less than TAI - 37 s. */
	status.pair.raw_ns_before = 100 * S - 100;
	status.pair.raw_ns_after = 100 * S + 100;
	status.pair.real_ns = TAI - 37 * S - 5000;
	status.has_steering = true;
	status.steering.rate_ppb = -12.5;
	status.steering.status = STA_UNSYNC;
	status.has_forecast = true;
	status.forecast.raw_ns = 100 * S - 400000000;
	status.forecast.in_ns[1] = 30 * S;
	status.publications = 9;
	status.sequence = 12;
}

/* Through its text and back, as a client has it. */
static inline void render(void)
{
	struct json_object *made = status_new(&status);

	assert_non_null(made);
	json_object_put(doc);
	doc = json_tokener_parse(json_object_to_json_string_ext(
		made, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(made);
	assert_non_null(doc);
}

/* "clock.half_width_ns", "sources[].name" (of the first one). */
static inline bool find(const char *field, struct json_object **ret)
{
	struct json_object *at = doc;
	char copy[128], *next = copy, *part;

	snprintf(copy, sizeof(copy), "%s", field);
	while ((part = strsep(&next, ".")) != NULL) {
		char *list = strstr(part, "[]");

		if (list)
			*list = '\0';
		if (!json_object_object_get_ex(at, part, &at))
			return false;
		if (!list)
			continue;
		if (json_object_array_length(at) == 0)
			return false;
		at = json_object_array_get_idx(at, 0);
	}
	*ret = at;
	return true;
}

static inline struct json_object *get(const char *field)
{
	struct json_object *o = NULL;

	if (!find(field, &o))
		fail_msg("no %s", field);
	return o;
}

static inline int64_t get_int(const char *field)
{
	struct json_object *o = get(field);

	if (!json_object_is_type(o, json_type_int))
		fail_msg("%s is no integer", field);
	return json_object_get_int64(o);
}

static inline const char *get_text(const char *field)
{
	return json_object_get_string(get(field));
}

static inline bool is_null(const char *field)
{
	return get(field) == NULL;
}

static inline int free_document(void **state)
{
	(void)state;
	json_object_put(doc);
	return 0;
}

#endif
