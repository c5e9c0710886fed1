/* SPDX-License-Identifier: Apache-2.0 */
/* One line of a history log. See trail_line.h. */
#include "tools/trail_line.h"

#include <errno.h>
#include <json-c/json.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tools/duration.h"
#include "tools/status.h"
#include "tools/status_doc.h"

#define LOG_VERSION 1

/* No honest line has more (docs/segment.md); differences stay in 64 bits. */
#define TIME_MAX (INT64_C(1) << 62)
#define RAW_MAX	 (INT64_C(1) << 61)
#define SPAN_MAX (INT64_C(1) << 60)

struct parsing {
	struct json_object *doc;
	char *why;
};

__attribute__((format(printf, 2, 3))) static bool
fail(const struct parsing *p, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(p->why, TRAIL_WHY_SIZE, format, args);
	va_end(args);
	return false;
}

static bool take_int(const struct parsing *p, const char *path, int64_t least,
		     int64_t most, int64_t *ret)
{
	if (!doc_int(p->doc, path, ret))
		return fail(p, "%s is no integer", path);
	if (*ret < least || *ret > most)
		return fail(p, "%s is out of range", path);
	return true;
}

static bool take_time(const struct parsing *p, const char *path, int64_t *ret)
{
	return take_int(p, path, 0, TIME_MAX - 1, ret);
}

static bool take_raw(const struct parsing *p, const char *path, int64_t *ret)
{
	return take_int(p, path, -RAW_MAX, RAW_MAX - 1, ret);
}

static bool take_span(const struct parsing *p, const char *path, int64_t *ret)
{
	return take_int(p, path, 0, SPAN_MAX, ret);
}

static bool take_text(const struct parsing *p, const char *path, size_t size,
		      char *ret)
{
	const char *text = doc_string(p->doc, path);

	if (!text)
		return fail(p, "%s is no string", path);
	snprintf(ret, size, "%s", text);
	return true;
}

static bool is_null(const struct parsing *p, const char *key)
{
	struct json_object *v;

	return json_object_object_get_ex(p->doc, key, &v) && v == NULL;
}

static bool is_hex(const char *text, size_t size)
{
	return strlen(text) == size &&
	       strspn(text, "0123456789abcdef") == size;
}

/* ---- kinds ---- */

static bool take_instant(const struct parsing *p, struct trail_line *l)
{
	l->has_unix = !is_null(p, "unix_ns");
	return take_raw(p, "raw_ns", &l->raw_ns) &&
	       (!l->has_unix || take_time(p, "unix_ns", &l->unix_ns));
}

static bool take_basis(const struct parsing *p, struct trail_line *l)
{
	struct trail_basis *b = &l->basis;
	char interval[TRAIL_TEXT_SIZE];
	struct json_object *config;
	int64_t version;

	if (!take_int(p, "log_version", 0, INT_MAX, &version))
		return false;
	if (version != LOG_VERSION)
		return fail(p, "log_version %lld: this tt-audit reads %d",
			    (long long)version, LOG_VERSION);
	if (!take_instant(p, l) ||
	    !take_text(p, "process.boot_id", sizeof(b->boot_id), b->boot_id) ||
	    !take_text(p, "process.version", sizeof(b->version), b->version) ||
	    !take_int(p, "process.pid", 0, INT_MAX, &b->pid) ||
	    !take_raw(p, "process.started_raw_ns", &b->started_raw_ns))
		return false;
	if (!is_hex(b->boot_id, 32))
		return fail(p, "process.boot_id is none");
	if (!is_null(p, "host") &&
	    !take_text(p, "host", sizeof(b->host), b->host))
		return false;
	/* A dot in a key is none of doc_string()'s paths. */
	config = doc_object(p->doc, "config");
	config = config ? json_object_object_get(config, "history.log_interval")
			: NULL;
	snprintf(interval, sizeof(interval), "%s",
		 config ? json_object_get_string(config) : "");
	if (duration_parse(interval, &b->interval_ns) ||
	    b->interval_ns > SPAN_MAX)
		return fail(p, "config[\"history.log_interval\"] is no "
			    "duration");
	return true;
}

static bool take_state(const struct parsing *p, struct trail_bound *b)
{
	const char *text = doc_string(p->doc, "clock.state");
	struct json_object *clock = doc_object(p->doc, "clock"), *epoch;

	for (b->state = 0; text && b->state < TRAIL_STATES; b->state++)
		if (!strcmp(text, status_state_name((uint32_t)b->state)))
			break;
	if (!text || b->state == TRAIL_STATES)
		return fail(p, "clock.state is no state");
	if (!json_object_object_get_ex(clock, "epoch", &epoch) ||
	    !json_object_is_type(epoch, json_type_int))
		return fail(p, "clock.epoch is no integer");
	b->epoch = json_object_get_uint64(epoch);
	return true;
}

static bool take_edges(const struct parsing *p, struct trail_bound *b)
{
	return take_time(p, "clock.earliest_tai_ns", &b->lo_tai_ns) &&
	       take_time(p, "clock.latest_tai_ns", &b->hi_tai_ns) &&
	       take_time(p, "clock.best_tai_ns", &b->best_tai_ns) &&
	       take_time(p, "clock.earliest_unix_ns", &b->lo_unix_ns) &&
	       take_time(p, "clock.latest_unix_ns", &b->hi_unix_ns) &&
	       take_time(p, "clock.best_unix_ns", &b->best_unix_ns) &&
	       take_span(p, "clock.tai_error_ns", &b->tai_err_ns) &&
	       take_span(p, "clock.utc_error_ns", &b->utc_err_ns) &&
	       take_span(p, "clock.half_width_ns", &b->half_ns) &&
	       take_raw(p, "void_raw_ns", &b->void_raw_ns);
}

static bool take_bound(const struct parsing *p, struct trail_line *l)
{
	struct trail_bound *b = &l->bound;

	if (!take_instant(p, l) || !take_state(p, b) ||
	    !take_int(p, "bound_violations", 0, INT64_MAX, &b->violations))
		return false;
	b->half_ns_max = -1;
	if (!is_null(p, "half_width_max_ns") &&
	    !take_span(p, "half_width_max_ns", &b->half_ns_max))
		return false;
	l->events = doc_array(p->doc, "events");
	if (!l->events)
		return fail(p, "events is no array");
	b->has_bound = b->state != TT_UNSYNCHRONIZED;
	if (!b->has_bound)
		return true;
	if (!doc_number(p->doc, "drift_ppb", &b->drift_ppb) ||
	    !(b->drift_ppb >= 0 && b->drift_ppb <= 1e9))
		return fail(p, "drift_ppb is no rate");
	return take_edges(p, b);
}

/* Logs of before have no `whole`. */
static bool take_torn(const struct parsing *p, struct trail_line *l)
{
	struct json_object *v;

	if (!take_int(p, "pieces", 1, INT64_MAX, &l->count) ||
	    !take_int(p, "bytes", 0, INT64_MAX, &l->bytes))
		return false;
	l->has_whole = json_object_object_get_ex(p->doc, "whole", &v);
	if (!v)
		return true;
	if (!take_text(p, "whole", sizeof(l->whole), l->whole))
		return false;
	return is_hex(l->whole, TRAIL_SHA256_SIZE - 1) ||
	       fail(p, "whole is no SHA-256");
}

static bool take_kind(const struct parsing *p, struct trail_line *l)
{
	const char *kind = doc_string(p->doc, "kind");

	if (!kind)
		return fail(p, "kind is no string");
	if (!strcmp(kind, "basis")) {
		l->kind = TRAIL_BASIS;
		return take_basis(p, l);
	}
	if (!strcmp(kind, "bound")) {
		l->kind = TRAIL_BOUND;
		return take_bound(p, l);
	}
	if (!strcmp(kind, "end")) {
		l->kind = TRAIL_END;
		return take_instant(p, l);
	}
	if (!strcmp(kind, "lost")) {
		l->kind = TRAIL_LOST;
		return take_int(p, "lines", 1, INT64_MAX, &l->count);
	}
	if (!strcmp(kind, "torn")) {
		l->kind = TRAIL_TORN;
		return take_torn(p, l);
	}
	return fail(p, "no kind \"%.40s\" is known", kind);
}

static bool take_all(const struct parsing *p, struct trail_line *l)
{
	if (!json_object_is_type(p->doc, json_type_object))
		return fail(p, "it is no JSON object");
	if (!take_int(p, "seq", 0, INT64_MAX - 1, &l->sequence))
		return false;
	if (!is_null(p, "prev")) {
		if (!take_text(p, "prev", sizeof(l->prev), l->prev))
			return false;
		if (!is_hex(l->prev, TRAIL_SHA256_SIZE - 1))
			return fail(p, "prev is no SHA-256");
	}
	return take_kind(p, l);
}

int trail_line_parse(const char *text, size_t size, struct trail_line *ret,
		     char ret_why[TRAIL_WHY_SIZE])
{
	struct json_tokener *tok = json_tokener_new();
	struct trail_line l = {.doc = NULL};
	struct parsing p = {.why = ret_why};
	bool is_well = false;

	if (!tok) {
		fail(&p, "out of memory");
		return -EINVAL;
	}
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT |
					    JSON_TOKENER_VALIDATE_UTF8);
	if (size > INT_MAX)
		fail(&p, "it is too long");
	else if (size > 0)
		p.doc = json_tokener_parse_ex(tok, text, (int)size);
	if (size <= INT_MAX &&
	    (size == 0 || json_tokener_get_error(tok) != json_tokener_success ||
	     json_tokener_get_parse_end(tok) != size))
		fail(&p, "it is no JSON");
	else if (size <= INT_MAX)
		is_well = take_all(&p, &l);
	json_tokener_free(tok);
	if (!is_well) {
		json_object_put(p.doc);
		return -EINVAL;
	}
	l.doc = p.doc;
	*ret = l;
	return 0;
}

const char *trail_line_text(struct json_object *event, const char *key)
{
	return doc_string(event, key);
}

bool trail_line_raw_ns(struct json_object *event, int64_t *ret)
{
	return doc_int(event, "raw_ns", ret) && *ret >= -RAW_MAX &&
	       *ret < RAW_MAX;
}

void trail_line_drop(struct trail_line *l)
{
	json_object_put(l->doc);
	l->doc = NULL;
	l->events = NULL;
}
