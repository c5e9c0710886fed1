/* SPDX-License-Identifier: Apache-2.0 */
/* An order, taken apart. See control_request.h. */
#include "timed/control_request.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "timed/rehearsal.h"
#include "timed/units.h"

/* The line is an object of plain values. */
#define DEPTH 2

static const char *const actions[] = {
	[CONTROL_STEP] = "step",
	[CONTROL_RELOAD] = "reload",
	[CONTROL_HOLDOVER_START] = "holdover-start",
	[CONTROL_HOLDOVER_STOP] = "holdover-stop",
	[CONTROL_SOURCE_ENABLE] = "source-enable",
	[CONTROL_SOURCE_DISABLE] = "source-disable",
	[CONTROL_LOG_LEVEL] = "log-level",
	[CONTROL_WITHDRAW] = "withdraw",
	[CONTROL_RESTORE] = "restore",
};

#define ACTIONS (sizeof(actions) / sizeof(actions[0]))

static const char *const levels[] = {
	[LEVEL_ERROR] = "error", [LEVEL_WARNING] = "warning",
	[LEVEL_NOTICE] = "notice", [LEVEL_INFO] = "info",
	[LEVEL_DEBUG] = "debug",
};

#define LEVELS (sizeof(levels) / sizeof(levels[0]))

const char *control_action_name(enum control_action action)
{
	return actions[action];
}

const char *control_level_name(enum log_level level)
{
	return levels[level];
}

__attribute__((format(printf, 2, 3))) static int
fail(char ret_error[CONTROL_ERROR_SIZE], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(ret_error, CONTROL_ERROR_SIZE, format, args);
	va_end(args);
	return -EINVAL;
}

static bool is_blank(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] != ' ' && s[i] != '\t' && s[i] != '\r')
			return false;
	}
	return true;
}

static int read_json(const char *text, size_t size, struct json_object **ret,
		     char ret_error[CONTROL_ERROR_SIZE])
{
	struct json_tokener *tok = json_tokener_new_ex(DEPTH);
	enum json_tokener_error err;
	struct json_object *o;
	size_t end;

	if (!tok)
		return fail(ret_error, "the daemon is out of memory");
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT |
					    JSON_TOKENER_ALLOW_TRAILING_CHARS |
					    JSON_TOKENER_VALIDATE_UTF8);
	o = json_tokener_parse_ex(tok, text, (int)size);
	err = json_tokener_get_error(tok);
	end = json_tokener_get_parse_end(tok);
	json_tokener_free(tok);
	if (err == json_tokener_success && is_blank(text + end, size - end) &&
	    json_object_is_type(o, json_type_object)) {
		*ret = o;
		return 0;
	}
	json_object_put(o);
	return fail(ret_error,
		    "the request is no JSON object of plain values%s%s",
		    err == json_tokener_success ? "" : ": ",
		    err == json_tokener_success
			    ? ""
			    : json_tokener_error_desc(err));
}

/* NULL: it is not there, or is no text without a NUL in it. */
static const char *text_of(struct json_object *o, const char *key)
{
	struct json_object *v = json_object_object_get(o, key);
	const char *text;

	if (!json_object_is_type(v, json_type_string))
		return NULL;
	text = json_object_get_string(v);
	return strlen(text) == (size_t)json_object_get_string_len(v) ? text
								     : NULL;
}

static int find(const char *const names[], size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(names[i], name) == 0)
			return (int)i;
	}
	return -ENOENT;
}

static int read_version(struct json_object *o,
			char ret_error[CONTROL_ERROR_SIZE])
{
	struct json_object *v = json_object_object_get(o, "schema_version");

	if (!json_object_is_type(v, json_type_int))
		return fail(ret_error, "schema_version is missing: this daemon "
			    "knows %d", CONTROL_SCHEMA_VERSION);
	if (json_object_get_int64(v) != CONTROL_SCHEMA_VERSION)
		return fail(ret_error, "schema_version %lld is not known: this "
			    "daemon knows %d; use the tt-ctl that came with it",
			    (long long)json_object_get_int64(v),
			    CONTROL_SCHEMA_VERSION);
	return 0;
}

static int read_action(struct json_object *o, struct control_request *ret,
		       char ret_error[CONTROL_ERROR_SIZE])
{
	const char *name = text_of(o, "action");
	int action = name ? find(actions, ACTIONS, name) : -ENOENT;

	if (action < 0)
		return fail(ret_error, "action \"%.40s\" is not known: step, "
			    "reload, holdover-start, holdover-stop, "
			    "source-enable, source-disable, log-level, "
			    "withdraw or restore",
			    name ? name : "");
	ret->action = (enum control_action)action;
	return 0;
}

/* False: it is there, and is no length within these. */
static bool read_for(struct json_object *o, int64_t ns, int64_t ns_min,
		     int64_t ns_max, struct control_request *ret)
{
	struct json_object *v;

	ret->for_ns = ns;
	if (!json_object_object_get_ex(o, "for_ns", &v))
		return true;
	ret->for_ns = json_object_get_int64(v);
	return json_object_is_type(v, json_type_int) && ret->for_ns >= ns_min &&
	       ret->for_ns <= ns_max;
}

static int read_rehearsal(struct json_object *o, struct control_request *ret,
			  char ret_error[CONTROL_ERROR_SIZE])
{
	if (read_for(o, REHEARSAL_NS, REHEARSAL_NS_MIN, REHEARSAL_NS_MAX, ret))
		return 0;
	return fail(ret_error, "for_ns: a rehearsal lasts 1 s to 24 h, in ns");
}

static int read_withdrawal(struct json_object *o, struct control_request *ret,
			   char ret_error[CONTROL_ERROR_SIZE])
{
	if (read_for(o, WITHDRAW_NS, WITHDRAW_NS_MIN, WITHDRAW_NS_MAX, ret))
		return 0;
	return fail(ret_error, "for_ns: a bound is withdrawn for 1 s to 1 h, in "
		    "ns");
}

static int read_source(struct json_object *o, struct control_request *ret,
		       char ret_error[CONTROL_ERROR_SIZE])
{
	const char *name = text_of(o, "source");

	if (!name || *name == '\0' || strlen(name) >= sizeof(ret->source))
		return fail(ret_error, "source: the name of a source, as "
			    "tt-status shows it, below %zu bytes",
			    sizeof(ret->source));
	snprintf(ret->source, sizeof(ret->source), "%s", name);
	return 0;
}

static int read_level(struct json_object *o, struct control_request *ret,
		      char ret_error[CONTROL_ERROR_SIZE])
{
	const char *name = text_of(o, "level");
	int level = name ? find(levels, LEVELS, name) : -ENOENT;

	if (level < 0)
		return fail(ret_error, "level \"%.40s\" is not known: error, "
			    "warning, notice, info or debug", name ? name : "");
	ret->level = (enum log_level)level;
	return 0;
}

/* What goes with an action, besides; NULL: nothing. */
static const char *argument_of(enum control_action action)
{
	switch (action) {
	case CONTROL_HOLDOVER_START:
	case CONTROL_WITHDRAW:
		return "for_ns";
	case CONTROL_SOURCE_ENABLE:
	case CONTROL_SOURCE_DISABLE:
		return "source";
	case CONTROL_LOG_LEVEL:
		return "level";
	case CONTROL_STEP:
	case CONTROL_RELOAD:
	case CONTROL_HOLDOVER_STOP:
	case CONTROL_RESTORE:
		break;
	}
	return NULL;
}

static int check_keys(struct json_object *o, enum control_action action,
		      char ret_error[CONTROL_ERROR_SIZE])
{
	const char *argument = argument_of(action);

	json_object_object_foreach(o, key, v)
	{
		(void)v;
		if (strcmp(key, "schema_version") && strcmp(key, "action") &&
		    (!argument || strcmp(key, argument)))
			return fail(ret_error, "%s has no \"%.40s\"",
				    actions[action], key);
	}
	return 0;
}

static int read_argument(struct json_object *o, struct control_request *ret,
			 char ret_error[CONTROL_ERROR_SIZE])
{
	switch (ret->action) {
	case CONTROL_HOLDOVER_START:
		return read_rehearsal(o, ret, ret_error);
	case CONTROL_WITHDRAW:
		return read_withdrawal(o, ret, ret_error);
	case CONTROL_SOURCE_ENABLE:
	case CONTROL_SOURCE_DISABLE:
		return read_source(o, ret, ret_error);
	case CONTROL_LOG_LEVEL:
		return read_level(o, ret, ret_error);
	case CONTROL_STEP:
	case CONTROL_RELOAD:
	case CONTROL_HOLDOVER_STOP:
	case CONTROL_RESTORE:
		break;
	}
	return 0;
}

int control_request_parse(const char *text, size_t size,
			  struct control_request *ret,
			  char ret_error[CONTROL_ERROR_SIZE])
{
	struct control_request r = { .for_ns = 0 };
	struct json_object *o;
	int err = read_json(text, size, &o, ret_error);

	if (err)
		return err;
	err = read_version(o, ret_error);
	if (!err)
		err = read_action(o, &r, ret_error);
	if (!err)
		err = check_keys(o, r.action, ret_error);
	if (!err)
		err = read_argument(o, &r, ret_error);
	json_object_put(o);
	if (!err)
		*ret = r;
	return err;
}

void control_request_print(const struct control_request *r,
			   char ret[CONTROL_TEXT_SIZE])
{
	const char *name = actions[r->action];
	char length[UNITS_TEXT_SIZE];

	switch (r->action) {
	case CONTROL_HOLDOVER_START:
	case CONTROL_WITHDRAW:
		units_format_duration(r->for_ns, length);
		snprintf(ret, CONTROL_TEXT_SIZE, "%s for %s", name, length);
		return;
	case CONTROL_SOURCE_ENABLE:
	case CONTROL_SOURCE_DISABLE:
		snprintf(ret, CONTROL_TEXT_SIZE, "%s %s", name, r->source);
		return;
	case CONTROL_LOG_LEVEL:
		snprintf(ret, CONTROL_TEXT_SIZE, "%s %s", name,
			 levels[r->level]);
		return;
	case CONTROL_STEP:
	case CONTROL_RELOAD:
	case CONTROL_HOLDOVER_STOP:
	case CONTROL_RESTORE:
		snprintf(ret, CONTROL_TEXT_SIZE, "%s", name);
		return;
	}
}
