/* SPDX-License-Identifier: Apache-2.0 */
/* tt-status --report: what the clock was like, on one page. */
#ifndef REPORT_H
#define REPORT_H

#include <stdio.h>

#include <json-c/json.h>

/* `history` as history_fetch() has it, `status` as status_fetch() has. One HTML
 * file that needs nothing else. */
void report_write(FILE *out, const char *host, struct json_object *history,
		  struct json_object *status);

/* All of tt-status --report: an exit code. The file appears whole or not. */
int report_make(const char *socket_path, const char *file);

#endif
