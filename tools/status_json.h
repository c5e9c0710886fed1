/* SPDX-License-Identifier: Apache-2.0 */
/* The machine-readable form of tt-status; its fields are in tt-status(1). */
#ifndef STATUS_JSON_H
#define STATUS_JSON_H

#include <stdio.h>

#include "tools/status.h"

/* 0 or -ENOMEM. */
int status_json_print(FILE *out, const struct status *s);

#endif
