/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the status document is written with: a member of a JSON object, of each
 * kind. Without memory a member is null.
 */
#ifndef PUT_H
#define PUT_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

void put(struct json_object *o, const char *key, struct json_object *v);
void put_int(struct json_object *o, const char *key, int64_t v);
void put_uint(struct json_object *o, const char *key, uint64_t v);
void put_text(struct json_object *o, const char *key, const char *v);

/* Null, unless it `has` a value, or the text is neither NULL nor "". */
void put_int_if(struct json_object *o, const char *key, bool has, int64_t v);
void put_bool_if(struct json_object *o, const char *key, bool has, bool v);
void put_number_if(struct json_object *o, const char *key, bool has, double v);
void put_text_if(struct json_object *o, const char *key, const char *v);

/* A new member to be filled. */
struct json_object *put_object(struct json_object *o, const char *key);
struct json_object *put_array(struct json_object *o, const char *key);

/* One more text in an array. */
void put_item(struct json_object *list, const char *v);

#endif
