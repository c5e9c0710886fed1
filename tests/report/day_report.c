/* SPDX-License-Identifier: Apache-2.0 */
/*
 * day_report SCENARIO [empty]: the report of a simulated day, on standard output,
 * as tt-status would write it. With `empty` the daemon has just started to
 * remember.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/report/day.h"
#include "tools/report/report.h"
#include "tools/status_doc.h"

static int fetch(struct series *s, int is_hours)
{
	int64_t next = 0, end = 1;
	int err = series_init(s);

	while (!err && next < end) {
		struct json_object *page = day_history(is_hours, next);

		series_add(s, page);
		if (!doc_int(page, "next", &next) ||
		    !doc_int(page, "end", &end))
			err = -EPROTO;
		json_object_put(page);
	}
	return err;
}

int main(int argc, char **argv)
{
	static struct series minutes, hours;
	static struct day day;
	struct status s = {.segment_path = "(a simulated page)",
			   .socket_path = "(a simulated socket)"};
	struct report_input in = {.host = "a simulated host",
				  .program = "day_report",
				  .s = &s,
				  .minutes = &minutes,
				  .hours = &hours};
	const bool is_empty = argc == 3 && !strcmp(argv[2], "empty");

	if (argc != 2 && !is_empty) {
		fprintf(stderr, "usage: day_report SCENARIO [empty]\n");
		return 64;
	}
	if (day_run(argv[1], &day) || fetch(&minutes, 0) || fetch(&hours, 1))
		return 1;
	if (is_empty)
		minutes.count = hours.count = 0;
	else
		in.events = day.events;
	s.doc = day.status;
	s.segment_err = day.now_err ? -ENODATA : 0;
	s.now = day.now;
	report_write(stdout, &in);
	json_object_put(day.status);
	json_object_put(day.events);
	series_free(&minutes);
	series_free(&hours);
	return fflush(stdout) || ferror(stdout);
}
