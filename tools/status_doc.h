/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading values out of the status document (docs/status.md) by dotted path.
 * A value that is absent, null or of another type is "no value": false or
 * NULL. What is returned by pointer lives as long as the document.
 */
#ifndef STATUS_DOC_H
#define STATUS_DOC_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json_object.h>

#define DOC_PATH_SIZE 64

bool doc_int(struct json_object *o, const char *path, int64_t *ret);
bool doc_number(struct json_object *o, const char *path, double *ret);
bool doc_bool(struct json_object *o, const char *path, bool *ret);

/* Control characters and bytes beyond ASCII are replaced by '?' in place: the
 * text goes to terminals. */
const char *doc_string(struct json_object *o, const char *path);

struct json_object *doc_array(struct json_object *o, const char *path);
struct json_object *doc_object(struct json_object *o, const char *path);

#endif
