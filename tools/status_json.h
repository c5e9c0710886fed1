/* SPDX-License-Identifier: Apache-2.0 */
/* The machine-readable form of tt-status; its fields are in tt-status(1). */
#ifndef STATUS_JSON_H
#define STATUS_JSON_H

#include <stdio.h>

#include "tools/status_limits.h"

/* 0 or -ENOMEM. */
int status_json_print(FILE *out, const struct status *s,
		      const struct status_limits *l);

/* Leave of the document these parts (PART_* of status_options.h; 0: all), for
 * status_json_print() after it. */
void status_json_keep(struct status *s, unsigned parts);

#endif
