/* SPDX-License-Identifier: Apache-2.0 */
/* tt-status --format=json. */
#include "tools/status_json.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>

#include <json-c/json_visit.h>
#include <json-c/printbuf.h>

#include "tools/status_options.h"

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

static struct json_object *limits_part(const struct status *s,
				       const struct status_limits *l)
{
	const struct status_limit *broken = status_limits_broken(s, l);
	struct json_object *o = json_object_new_object();

	add_string(o, "warning", l ? l->warning.text : NULL);
	add_string(o, "critical", l ? l->critical.text : NULL);
	add_string(o, "broken",
		   !broken		    ? NULL
		   : broken == &l->critical ? "critical"
					    : "warning");
	return o;
}

/* A document with 1e999 in it has an infinity, which is no JSON. */
static int print_null(struct json_object *o, struct printbuf *buf, int level,
		      int flags)
{
	(void)o, (void)level, (void)flags;
	return printbuf_memappend(buf, "null", 4);
}

static int null_if_infinite(struct json_object *o, int flags,
			    struct json_object *parent, const char *key,
			    size_t *index, void *arg)
{
	(void)flags, (void)parent, (void)key, (void)index, (void)arg;
	if (json_object_is_type(o, json_type_double) &&
	    !isfinite(json_object_get_double(o)))
		json_object_set_serializer(o, print_null, NULL, NULL);
	return JSON_C_VISIT_RETURN_CONTINUE;
}

void status_json_keep(struct status *s, unsigned parts)
{
	static const struct {
		const char *key;
		unsigned part;
	} of[] = {{"schema_version", ~0U}, {"raw_ns", ~0U},
		  {"budget", PART_BUDGET}, {"sources", PART_SOURCES},
		  {"axioms", PART_AXIOMS}};
	struct json_object *kept, *value;

	if (!parts || !s->doc)
		return;
	kept = json_object_new_object();
	for (size_t i = 0; i < sizeof(of) / sizeof(*of); i++) {
		if (of[i].part & parts &&
		    json_object_object_get_ex(s->doc, of[i].key, &value))
			json_object_object_add(kept, of[i].key,
					       json_object_get(value));
	}
	json_object_put(s->doc);
	s->doc = kept;
}

int status_json_print(FILE *out, const struct status *s,
		      const struct status_limits *l)
{
	struct json_object *o = json_object_new_object();
	const char *text;

	add_int(o, "schema_version", 1);
	add_string(o, "verdict", status_verdict_name(status_judge(s)));
	add_int(o, "exit_code", status_exit_code(s, l));
	json_object_object_add(o, "contradictory",
			       json_object_new_boolean(s->is_contradictory));
	json_object_object_add(o, "limits", limits_part(s, l));
	json_object_object_add(o, "segment", segment(s));
	json_object_object_add(o, "daemon", daemon_part(s));
	json_c_visit(o, 0, null_if_infinite, NULL);
	text = json_object_to_json_string_ext(
		o, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
			   JSON_C_TO_STRING_NOSLASHESCAPE);
	if (text)
		fprintf(out, "%s\n", text);
	json_object_put(o);
	return text ? 0 : -ENOMEM;
}
