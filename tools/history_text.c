/* SPDX-License-Identifier: Apache-2.0 */
/* The history as a table. */
#include "tools/history_text.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "cli/cli.h"
#include "tools/history_fetch.h"
#include "tools/human.h"
#include "tools/status.h"
#include "tools/status_doc.h"

#define SOCKET_DEFAULT "/run/timed/status.sock"

static const char *bound_of(struct json_object *r, const char *path,
			    char ret[HUMAN_SIZE])
{
	int64_t ns;

	return doc_int(r, path, &ns) ? human_bound(ns, ret) : "-";
}

/* The state that lasted longest; others, whatever their length, after it. */
static const char *states_of(struct json_object *r, char ret[80])
{
	static const char *const names[] = {"SYNCHRONIZED", "HOLDOVER",
					    "DISPUTED", "UNSYNCHRONIZED"};
	int64_t ns[4] = {0};
	int most = 0;
	char path[40];

	for (int i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "state_ns.%s", names[i]);
		if (doc_int(r, path, &ns[i]) && ns[i] > ns[most])
			most = i;
	}
	snprintf(ret, 80, "%s", ns[most] > 0 ? names[most] : "-");
	for (int i = 0; i < 4; i++) {
		size_t n = strlen(ret);

		if (i != most && ns[i] > 0)
			snprintf(ret + n, 80 - n, ", %s %.1f s", names[i],
				 (double)ns[i] / 1e9);
	}
	return ret;
}

static void put_record(FILE *out, struct json_object *r)
{
	char label[HUMAN_SIZE] = "-", half[3][HUMAN_SIZE], offset[HUMAN_SIZE];
	char states[80];
	int64_t unix_ns, ns, changes = 0, violations = 0;
	bool complete = true;

	if (doc_int(r, "unix_ns", &unix_ns)) {
		human_instant(unix_ns, label);
		label[19] = '\0'; /* to the second: of the counter's minutes */
	}
	doc_bool(r, "complete", &complete);
	doc_int(r, "epoch_changes", &changes);
	doc_int(r, "bound_violations", &violations);
	fprintf(out, "%-19s%c %9s %9s %9s %10s  %s", label,
		complete ? ' ' : '+', bound_of(r, "half_width_ns.min", half[0]),
		bound_of(r, "half_width_ns.mean", half[1]),
		bound_of(r, "half_width_ns.max", half[2]),
		doc_int(r, "realtime_offset_ns.mean", &ns)
			? human_offset(ns, offset)
			: "-",
		states_of(r, states));
	if (changes)
		fprintf(out, "; new epochs: %lld", (long long)changes);
	if (violations)
		fprintf(out, "; violations: %lld", (long long)violations);
	fputc('\n', out);
}

void history_text_print(FILE *out, struct json_object *doc)
{
	struct json_object *list = doc_array(doc, "records");
	size_t n = list ? json_object_array_length(list) : 0;

	fprintf(out, "%-20s %9s %9s %9s %10s  %s\n", "from, UTC", "+- min", "+- mean",
		"+- max", "system off", "state");
	for (size_t i = 0; i < n; i++)
		put_record(out, json_object_array_get_idx(list, i));
	if (!n)
		fputs("nothing yet\n", out);
}

static void put_event(FILE *out, struct json_object *e)
{
	const char *kind = doc_string(e, "kind"), *text = doc_string(e, "text");
	char at[HUMAN_SIZE] = "-";
	int64_t ns;

	if (doc_int(e, "unix_ns", &ns)) {
		human_instant(ns, at);
		at[23] = '\0'; /* to the millisecond */
	}
	fprintf(out, "%-23s  %-13s  %s\n", at, kind ? kind : "-",
		text ? text : "-");
}

void history_text_print_events(FILE *out, struct json_object *doc)
{
	struct json_object *list = doc_array(doc, "records");
	size_t n = list ? json_object_array_length(list) : 0;

	fprintf(out, "%-23s  %-13s  %s\n", "UTC", "kind", "what");
	for (size_t i = 0; i < n; i++)
		put_event(out, json_object_array_get_idx(list, i));
	if (!n)
		fputs("nothing yet\n", out);
}

static int print_json(struct json_object *doc)
{
	const char *text = json_object_to_json_string_ext(
		doc, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);

	if (!text)
		return -ENOMEM;
	puts(text);
	return 0;
}

int history_show(const char *socket_path, const char *part, bool is_json)
{
	const char *path = socket_path ? socket_path : SOCKET_DEFAULT;
	struct json_object *doc = NULL;
	char why[QUERY_WHY_SIZE];
	enum history_part what;
	int err;

	if (history_part_parse(part, &what)) {
		fprintf(stderr, "tt-status: no history '%s': minutes, hours or "
			"events\n", part);
		return EXIT_USAGE;
	}
	err = history_fetch(path, what, &doc, why);
	if (err) {
		fprintf(stderr, "tt-status: %s: %s\n", path, why);
		return STATUS_UNREADABLE;
	}
	if (is_json)
		err = print_json(doc);
	else if (what == HISTORY_EVENTS)
		history_text_print_events(stdout, doc);
	else
		history_text_print(stdout, doc);
	json_object_put(doc);
	if (!err && fflush(stdout) == 0)
		return STATUS_OK;
	fprintf(stderr, "tt-status: cannot write to standard output: %s\n",
		strerror(err ? -err : errno));
	return STATUS_UNREADABLE;
}
