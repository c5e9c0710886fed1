/* SPDX-License-Identifier: Apache-2.0 */
/* tt-status --report: from the daemon to a file. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chart/page_file.h"
#include "tools/history_fetch.h"
#include "tools/report/report.h"

/* One of the rings; `s` is empty where it was not to be had. */
static int fetch_series(const char *path, enum history_part part,
			struct series *s, char why[QUERY_WHY_SIZE])
{
	struct json_object *doc = NULL;
	int err = history_fetch(path, part, &doc, why);

	if (err)
		return err;
	series_add(s, doc);
	json_object_put(doc);
	return 0;
}

/* An older daemon knows no events: the report says so. */
static int fetch(const char *path, struct report_input *in,
		 struct series *minutes, struct series *hours,
		 char why[QUERY_WHY_SIZE])
{
	char unused[QUERY_WHY_SIZE];
	int err = fetch_series(path, HISTORY_MINUTES, minutes, why);

	if (!err)
		err = fetch_series(path, HISTORY_HOURS, hours, why);
	if (!err)
		history_fetch(path, HISTORY_EVENTS, &in->events, unused);
	return err;
}

static int write_report(void *arg, FILE *out)
{
	report_write(out, arg);
	return 0;
}

static int make(const struct status *s, struct series *minutes,
		struct series *hours, const char *program, const char *file)
{
	char host[HOST_NAME_MAX + 1] = "", why[QUERY_WHY_SIZE];
	struct report_input in = {.host = host,
				  .program = program,
				  .s = s,
				  .minutes = minutes,
				  .hours = hours};
	int err = s->socket_err;

	if (gethostname(host, sizeof(host) - 1))
		strcpy(host, "this host");
	snprintf(why, sizeof(why), "%s", s->socket_why);
	if (!err)
		err = fetch(s->socket_path, &in, minutes, hours, why);
	if (err) {
		fprintf(stderr, "tt-status: %s: %s: does timed run, and is its "
			"status_socket there?\n", s->socket_path, why);
	} else {
		err = page_file(file, write_report, &in);
		if (err)
			fprintf(stderr, "tt-status: %s: %s\n", file,
				strerror(-err));
	}
	json_object_put(in.events);
	return err ? STATUS_UNREADABLE : STATUS_OK;
}

int report_make(const char *segment_path, const char *socket_path,
		const char *program, const char *file)
{
	struct series minutes, hours;
	struct status s;
	int code = STATUS_UNREADABLE;

	if (series_init(&minutes) == 0) {
		if (series_init(&hours) == 0) {
			status_take(segment_path, socket_path, &s);
			code = make(&s, &minutes, &hours, program, file);
			status_drop(&s);
			series_free(&hours);
		}
		series_free(&minutes);
	}
	return code;
}
