/* SPDX-License-Identifier: Apache-2.0 */
/* A rehearsal of holdover as JSON: in the status document, and in the answer to
 * who has ended one. */
#ifndef STATUS_REHEARSAL_H
#define STATUS_REHEARSAL_H

#include <json-c/json.h>

#include "timed/rehearsal.h"

/* A member `key` of `o`; returns it. */
struct json_object *status_rehearsal_put(struct json_object *o,
					 const char *key,
					 const struct rehearsal *r);

#endif
