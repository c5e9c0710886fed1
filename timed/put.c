/* SPDX-License-Identifier: Apache-2.0 */
/* Members of JSON objects. See put.h. */
#include "timed/put.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

void put(struct json_object *o, const char *key, struct json_object *v)
{
	json_object_object_add(o, key, v);
}

void put_int(struct json_object *o, const char *key, int64_t v)
{
	put(o, key, json_object_new_int64(v));
}

void put_uint(struct json_object *o, const char *key, uint64_t v)
{
	put(o, key, json_object_new_uint64(v));
}

void put_int_if(struct json_object *o, const char *key, bool has, int64_t v)
{
	put(o, key, has ? json_object_new_int64(v) : NULL);
}

void put_bool_if(struct json_object *o, const char *key, bool has, bool v)
{
	put(o, key, has ? json_object_new_boolean(v) : NULL);
}

/* Neither NaN nor infinity is JSON. */
void put_number_if(struct json_object *o, const char *key, bool has, double v)
{
	char text[40];

	snprintf(text, sizeof(text), "%.9g", v);
	put(o, key,
	    has && isfinite(v) ? json_object_new_double_s(v, text) : NULL);
}

/* Length of the UTF-8 character at `text`, 0: it is none. */
static int utf8_length(const unsigned char *text)
{
	static const struct {
		unsigned char mask, lead;
		int length;
	} kinds[] = {{0x80, 0x00, 1},
		     {0xe0, 0xc0, 2},
		     {0xf0, 0xe0, 3},
		     {0xf8, 0xf0, 4}};

	for (int k = 0; k < 4; k++) {
		int i = 1;

		if ((text[0] & kinds[k].mask) != kinds[k].lead)
			continue;
		while (i < kinds[k].length && (text[i] & 0xc0) == 0x80)
			i++;
		return i == kinds[k].length ? i : 0;
	}
	return 0;
}

/* Names come from files and from the network: what is not UTF-8 becomes "?",
 * what is a control character too. */
static struct json_object *new_text(const char *text)
{
	char clean[PATH_MAX];
	size_t n = 0;

	while (*text && n + 4 < sizeof(clean)) {
		int length = utf8_length((const unsigned char *)text);

		if (length == 0 || (unsigned char)*text < ' ') {
			clean[n++] = '?';
			text++;
			continue;
		}
		memcpy(clean + n, text, (size_t)length);
		n += (size_t)length;
		text += length;
	}
	return json_object_new_string_len(clean, (int)n);
}

void put_text(struct json_object *o, const char *key, const char *v)
{
	put(o, key, new_text(v));
}

void put_text_if(struct json_object *o, const char *key, const char *v)
{
	put(o, key, v && *v ? new_text(v) : NULL);
}

struct json_object *put_object(struct json_object *o, const char *key)
{
	struct json_object *v = json_object_new_object();

	put(o, key, v);
	return v;
}

struct json_object *put_array(struct json_object *o, const char *key)
{
	struct json_object *v = json_object_new_array();

	put(o, key, v);
	return v;
}

void put_item(struct json_object *list, const char *v)
{
	json_object_array_add(list, new_text(v));
}
