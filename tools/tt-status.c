/* SPDX-License-Identifier: Apache-2.0 */
/* tt-status: the state of the clock, for people and machines, and as an exit
 * code. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "tools/colour.h"
#include "tools/history_text.h"
#include "tools/report/report.h"
#include "tools/status_csv.h"
#include "tools/status_json.h"
#include "tools/status_metrics.h"
#include "tools/status_nagios.h"
#include "tools/status_options.h"
#include "tools/status_text.h"
#include "tools/status_wait.h"
#include "tools/watch.h"

static void print_text(const struct status *s, const struct status_options *o)
{
	bool colour = colour_is_wanted();

	if (o->parts)
		status_text_print_parts(stdout, s, colour, o->parts);
	else
		status_text_print(stdout, s, colour);
	status_text_print_limits(stdout, s, colour, &o->limits);
}

/* 0 or negative errno. */
static int print(struct status *s, const struct status_options *o)
{
	switch (o->format) {
	case FORMAT_JSON:
		status_json_keep(s, o->parts);
		return status_json_print(stdout, s, &o->limits);
	case FORMAT_CSV:
		status_csv_print(stdout, s, &o->limits, o->parts);
		return 0;
	case FORMAT_OPENMETRICS:
		status_metrics_print(stdout, s);
		return 0;
	case FORMAT_NAGIOS:
		return status_nagios_print(stdout, s, &o->limits);
	case FORMAT_TEXT:
		break;
	}
	print_text(s, o);
	return 0;
}

static int show(const struct status_options *o)
{
	struct status status;
	int code, err;

	status_take(o->segment, o->socket, &status);
	code = status_exit_code(&status, &o->limits);
	err = print(&status, o);
	status_drop(&status);
	if (!err)
		return cli_end(o->program, code, STATUS_UNREADABLE);
	fprintf(stderr, "%s: cannot write to standard output: %s\n", o->program,
		strerror(-err));
	return STATUS_UNREADABLE;
}

int main(int argc, char **argv)
{
	struct status_options opt;
	int code;

	cli_begin();
	code = status_options(argc, argv, &opt);
	if (code >= 0)
		return cli_end(opt.program, code, STATUS_UNREADABLE);
	if (opt.mode == MODE_WAIT)
		return status_wait(&opt);
	if (opt.mode == MODE_WATCH)
		return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)
			       ? watch_terminal(&opt)
			       : watch_lines(&opt);
	if (opt.mode == MODE_REPORT)
		return report_make(opt.segment, opt.socket,
				   "tt-status " TT_VERSION, opt.report);
	if (opt.mode == MODE_HISTORY)
		return history_show(opt.socket, opt.history,
				    opt.format == FORMAT_JSON);
	return show(&opt);
}
