/* SPDX-License-Identifier: Apache-2.0 */
/* The report's events, axioms, configuration and versions. */
#include <inttypes.h>
#include <string.h>

#include <json-c/json.h>

#include "tools/report/report_private.h"

/* Newest first, so that the page begins with what matters. */
#define EVENTS_SHOWN 200

static const char *event_class(const char *kind)
{
	static const char *const bad[] = {"violation", "contradiction", NULL};
	static const char *const warn[] = {"state", "epoch", "axioms", NULL};

	for (int i = 0; kind && bad[i]; i++)
		if (!strcmp(kind, bad[i]))
			return "bad";
	for (int i = 0; kind && warn[i]; i++)
		if (!strcmp(kind, warn[i]))
			return "warn";
	return "dim";
}

static void put_event(const struct sheet *s, struct json_object *e)
{
	const char *kind = doc_string(e, "kind");
	char at[HUMAN_SIZE] = "";
	int64_t ns;

	if (doc_int(e, "unix_ns", &ns)) {
		human_instant(ns, at);
		at[23] = '\0'; /* to the millisecond */
	}
	fputs("<tr>", s->out);
	report_cell(s, "nowrap", at);
	report_cell(s, event_class(kind), kind);
	report_cell(s, "name", doc_string(e, "text"));
	fputs("</tr>\n", s->out);
}

static void put_events(const struct sheet *s)
{
	static const char *const column[] = {"when (UTC)", "kind", "what", NULL};
	struct json_object *list = doc_array(s->in->events, "records");
	const size_t n = list ? json_object_array_length(list) : 0;
	int64_t kept = 0;

	report_open_table(s, "Events", column);
	for (size_t i = n; i > 0 && n - i < EVENTS_SHOWN; i--)
		put_event(s, json_object_array_get_idx(list, i - 1));
	if (n == 0)
		fprintf(s->out, "<tr><td colspan=\"3\">%s</td></tr>\n",
			list ? "none" : "the daemon did not tell them");
	report_close_table(s);
	if (list && doc_int(s->in->events, "kept", &kept))
		report_note(s, "dim", "The last %" PRId64 " of each kind in this "
			    "boot%s; the times are labels.", kept,
			    n > EVENTS_SHOWN ? ", of which the newest 200 are "
					       "here"
					     : "");
}

/* Does the key end in that? Its length without it; 0: it does not. */
static size_t stem(const char *key, const char *end)
{
	const size_t n = strlen(key), m = strlen(end);

	return n > m && !strcmp(key + n - m, end) ? n - m : 0;
}

/* A number with its unit, which is the end of its name. */
static void put_quantity(const struct sheet *s, const char *key,
			 struct json_object *v)
{
	static const struct {
		const char *end, *unit;
	} unit[] = {{"_ppb_s", "ppb/s"}, {"_ppb", "ppb"}};
	char name[64], text[64];
	int64_t ns;
	double number;

	if (stem(key, "_ns") && doc_int(v, "", &ns)) {
		snprintf(name, sizeof(name), "%.*s", (int)stem(key, "_ns"),
			 key);
		report_row(s, name, human_ns(ns, text));
		return;
	}
	for (int i = 0; i < 2; i++)
		if (stem(key, unit[i].end) && doc_number(v, "", &number)) {
			snprintf(name, sizeof(name), "%.*s",
				 (int)stem(key, unit[i].end), key);
			snprintf(text, sizeof(text), "%g %s", number,
				 unit[i].unit);
			report_row(s, name, text);
			return;
		}
	report_row(s, key, json_object_get_string(v));
}

static bool is_empty(struct json_object *v)
{
	return !v || (json_object_is_type(v, json_type_array) &&
		      json_object_array_length(v) == 0);
}

static void put_members(const struct sheet *s, const char *title,
			struct json_object *o)
{
	if (!o)
		return;
	report_open_table(s, title, NULL);
	json_object_object_foreach(o, key, v)
	{
		if (!is_empty(v))
			put_quantity(s, key, v);
	}
	report_close_table(s);
}

static void put_file(const struct sheet *s, const char *name, const char *path)
{
	const char *text = doc_string(s->doc, path);

	if (text)
		report_row(s, name, text);
}

static void put_versions(const struct sheet *s)
{
	report_open_table(s, "Versions", NULL);
	put_file(s, "timed", "process.version");
	report_row(s, "made by", s->in->program);
	put_file(s, "configuration", "process.config_file");
	put_file(s, "leap seconds", "leap.file");
	put_file(s, "readers' counter", "clock.counter");
	put_file(s, "boot", "process.boot_id");
	report_close_table(s);
}

void report_details(const struct sheet *s)
{
	put_events(s);
	put_members(s, "Axioms in force", doc_object(s->doc, "axioms"));
	put_members(s, "Configuration in force", doc_object(s->doc, "config"));
	put_versions(s);
}
