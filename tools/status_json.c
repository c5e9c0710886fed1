/* SPDX-License-Identifier: Apache-2.0 */
/* tt-status --format=json. */
#include "tools/status_json.h"

#include <errno.h>
#include <stddef.h>

static void add_string(struct json_object *o, const char *key, const char *text)
{
	json_object_object_add(o, key,
			       text ? json_object_new_string(text) : NULL);
}

static void add_int(struct json_object *o, const char *key, int64_t n)
{
	json_object_object_add(o, key, json_object_new_int64(n));
}

static void add_flags(struct json_object *o, const struct status *s)
{
	const char *name[STATUS_FLAGS_MAX];
	int n = status_flag_names(s, name);
	struct json_object *flags = json_object_new_array();

	for (int i = 0; i < n; i++)
		json_object_array_add(flags, json_object_new_string(name[i]));
	json_object_object_add(o, "flags", flags);
}

static struct json_object *segment(const struct status *s)
{
	static const char *const value[] = {"state",
					    "epoch",
					    "flags",
					    "raw_ns",
					    "earliest_unix_ns",
					    "latest_unix_ns",
					    "half_width_ns"};
	struct json_object *o = json_object_new_object();

	add_string(o, "path", s->segment_path);
	add_string(o, "error",
		   s->segment_err ? tt_strerror(s->segment_err) : NULL);
	if (s->segment_err) {
		for (size_t i = 0; i < sizeof(value) / sizeof(*value); i++)
			add_string(o, value[i], NULL);
		return o;
	}
	add_string(o, "state", status_state_name(s->now.state));
	json_object_object_add(o, "epoch",
			       json_object_new_uint64(s->now.epoch));
	add_flags(o, s);
	add_int(o, "raw_ns", s->now.raw_ns);
	add_int(o, "earliest_unix_ns", s->now.earliest_ns);
	add_int(o, "latest_unix_ns", s->now.latest_ns);
	add_int(o, "half_width_ns", status_half_width_ns(s));
	return o;
}

static struct json_object *daemon_part(const struct status *s)
{
	struct json_object *o = json_object_new_object();

	add_string(o, "socket", *s->socket_path ? s->socket_path : NULL);
	add_string(o, "error", s->socket_err ? s->socket_why : NULL);
	json_object_object_add(o, "status", json_object_get(s->doc));
	return o;
}

int status_json_print(FILE *out, const struct status *s)
{
	enum status_verdict verdict = status_judge(s);
	struct json_object *o = json_object_new_object();
	const char *text;

	add_int(o, "schema_version", 1);
	add_string(o, "verdict", status_verdict_name(verdict));
	add_int(o, "exit_code", (int64_t)verdict);
	json_object_object_add(o, "contradictory",
			       json_object_new_boolean(s->is_contradictory));
	json_object_object_add(o, "segment", segment(s));
	json_object_object_add(o, "daemon", daemon_part(s));
	text = json_object_to_json_string_ext(
		o, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
			   JSON_C_TO_STRING_NOSLASHESCAPE);
	if (text)
		fprintf(out, "%s\n", text);
	json_object_put(o);
	return text ? 0 : -ENOMEM;
}
