/* SPDX-License-Identifier: Apache-2.0 */
/* tt-status's command line. */
#ifndef STATUS_OPTIONS_H
#define STATUS_OPTIONS_H

#include "cli/cli.h"
#include "tools/status_limits.h"

enum status_format {
	FORMAT_TEXT,
	FORMAT_JSON,
	FORMAT_CSV,
	FORMAT_OPENMETRICS,
	FORMAT_NAGIOS,
};

enum status_mode {
	MODE_SHOW,
	MODE_WAIT,
	MODE_WATCH,
	MODE_HISTORY,
	MODE_REPORT,
};

/* Parts of the page: --budget, --sources, --axioms. 0: all of it. */
#define PART_BUDGET  1U
#define PART_SOURCES 2U
#define PART_AXIOMS  4U

struct status_options {
	const char *program; /* argv[0] without its folder */
	const char *segment;
	const char *socket;
	enum status_mode mode;
	const char *report;  /* --report: the file to make */
	const char *history; /* --history: which; NULL: the last hour */
	enum status_format format;
	bool has_format;
	unsigned parts;
	struct status_limits limits;
	int64_t half_ns_max; /* --max-uncertainty; INT64_MAX: any */
	int64_t timeout_ns;  /* --timeout; -1: none */
	int64_t interval_ns; /* --interval; -1: not given */
};

/* -1: go on with `ret`; else exit with this: all is said. */
int status_options(int argc, char **argv, struct status_options *ret);

#endif
