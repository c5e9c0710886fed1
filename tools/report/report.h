/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report: what the clock is like and was like, on one page that needs
 * nothing from elsewhere and runs no script; HTML that is XML too. tt-status
 * --report writes it to a file, tt-exporter serves it. What others said is
 * escaped.
 */
#ifndef REPORT_H
#define REPORT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "tools/report/series.h"
#include "tools/status.h"

/* One reading of the segment. */
struct report_reading {
	int64_t raw_ns;
	int64_t half_ns; /* -1: there was no bound */
	uint32_t state;	 /* enum tt_state */
};

struct report_input {
	const char *host;    /* whose clock it is */
	const char *program; /* "tt-status 0.1.0" */
	int refresh_s;	     /* 0: it stays as it is */
	const struct status *s;
	/* NULL: there are none. */
	const struct series *minutes, *hours;
	struct json_object *events; /* as docs/history.md has them */
	const char *history_why;    /* why the daemon did not tell; NULL */
	/* One a second, oldest first. */
	const struct report_reading *reading;
	size_t readings;
};

void report_write(FILE *out, const struct report_input *in);

/* All of tt-status --report: an exit code. The file appears whole or not. */
int report_make(const char *segment_path, const char *socket_path,
		const char *program, const char *file);

#endif
