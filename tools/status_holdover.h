/* SPDX-License-Identifier: Apache-2.0 */
/* The line of tt-status's page that tells what becomes of the bound if nothing
 * comes from any source from now on. */
#ifndef STATUS_HOLDOVER_H
#define STATUS_HOLDOVER_H

#include <stdio.h>

#include <json-c/json_object.h>

/* Nothing, where the document (which may be NULL) has no forecast. */
void status_holdover_print(FILE *out, struct json_object *doc);

#endif
