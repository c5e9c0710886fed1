/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of tt-status's page on holdover: what becomes of the bound if nothing
 * comes from any source from now on, and what is known of the oscillator. */
#ifndef STATUS_HOLDOVER_H
#define STATUS_HOLDOVER_H

#include <stdio.h>

#include <json-c/json_object.h>

/* Nothing, where the document (which may be NULL) has no forecast. */
void status_holdover_print(FILE *out, struct json_object *doc);

/* Under axiom A2: how it was widened, and what was measured of the oscillator.
 * Nothing, where the document tells of neither. */
void status_oscillator_print(FILE *out, struct json_object *doc);

#endif
