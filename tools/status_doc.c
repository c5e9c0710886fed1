/* SPDX-License-Identifier: Apache-2.0 */
/* Values of the status document by dotted path. */
#include "tools/status_doc.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* The value at `path` if it has this type, else NULL. Each round of the loop
 * takes one name off the path. */
static struct json_object *find(struct json_object *o, const char *path,
				enum json_type type)
{
	char name[DOC_PATH_SIZE];

	while (*path) {
		size_t len = strcspn(path, ".");

		if (len >= sizeof(name) ||
		    !json_object_is_type(o, json_type_object))
			return NULL;
		memcpy(name, path, len);
		name[len] = '\0';
		if (!json_object_object_get_ex(o, name, &o))
			return NULL;
		path += len + (path[len] == '.');
	}
	return json_object_is_type(o, type) ? o : NULL;
}

bool doc_int(struct json_object *o, const char *path, int64_t *ret)
{
	struct json_object *v = find(o, path, json_type_int);

	if (!v)
		return false;
	*ret = json_object_get_int64(v);
	return true;
}

bool doc_number(struct json_object *o, const char *path, double *ret)
{
	struct json_object *v = find(o, path, json_type_double);

	if (!v)
		v = find(o, path, json_type_int);
	if (!v || !isfinite(json_object_get_double(v)))
		return false;
	*ret = json_object_get_double(v);
	return true;
}

bool doc_bool(struct json_object *o, const char *path, bool *ret)
{
	struct json_object *v = find(o, path, json_type_boolean);

	if (!v)
		return false;
	*ret = json_object_get_boolean(v);
	return true;
}

static bool is_plain(const char *s)
{
	for (; *s; s++) {
		if (*s < 0x20 || *s > 0x7e)
			return false;
	}
	return true;
}

const char *doc_string(struct json_object *o, const char *path)
{
	struct json_object *v = find(o, path, json_type_string);
	const char *s;

	if (!v)
		return NULL;
	s = json_object_get_string(v);
	if (is_plain(s))
		return s;

	char *copy = strdup(s);

	if (!copy)
		return NULL;
	for (char *p = copy; *p; p++) {
		if (*p < 0x20 || *p > 0x7e)
			*p = '?';
	}
	json_object_set_string(v, copy);
	free(copy);
	return json_object_get_string(v);
}

struct json_object *doc_array(struct json_object *o, const char *path)
{
	return find(o, path, json_type_array);
}

struct json_object *doc_object(struct json_object *o, const char *path)
{
	return find(o, path, json_type_object);
}
