/* SPDX-License-Identifier: Apache-2.0 */
/* tt-status --history: what the daemon remembers, a line a minute or hour. */
#ifndef HISTORY_TEXT_H
#define HISTORY_TEXT_H

#include <stdbool.h>
#include <stdio.h>

#include <json-c/json_object.h>

/* `doc` as history_fetch() has it: of records, of events. */
void history_text_print(FILE *out, struct json_object *doc);
void history_text_print_events(FILE *out, struct json_object *doc);

/* All of tt-status --history: an exit code. */
int history_show(const char *socket_path, const char *part, bool is_json);

#endif
