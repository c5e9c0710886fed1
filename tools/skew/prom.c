/* SPDX-License-Identifier: Apache-2.0 */
/* Prometheus' answers. Where one sample ends and the next begins is found by
 * counting braces outside of strings; what is between is JSON for json-c. */
#include "tools/skew/prom.h"

#include <errno.h>
#include <json-c/json.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLE_MAX 65536 /* bytes */
#define DEPTH_MAX  8
#define SHOWN_MAX  120

static const char opening[] = "\"result\":[";

static int complain(char why[PROM_WHY_SIZE], const char *text)
{
	snprintf(why, PROM_WHY_SIZE, "%s", text);
	for (char *c = why; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return -EPROTO;
}

/* The length of the object that `text` begins with; 0: it does not end. */
static size_t object_length(const char *text, size_t size)
{
	bool is_string = false;
	int depth = 0;

	for (size_t i = 0; i < size; i++) {
		if (is_string) {
			if (text[i] == '\\')
				i++;
			else if (text[i] == '"')
				is_string = false;
			continue;
		}
		is_string = text[i] == '"';
		depth += text[i] == '{';
		depth -= text[i] == '}';
		if (depth == 0)
			return i + 1;
	}
	return 0;
}

static const char *label(struct json_object *metric, const char *name)
{
	struct json_object *o;

	return json_object_object_get_ex(metric, name, &o) &&
			       json_object_is_type(o, json_type_string)
		       ? json_object_get_string(o)
		       : NULL;
}

static bool read_value(struct json_object *sample, int64_t *ret)
{
	struct json_object *pair, *o;
	const char *text;
	double ns;
	char *end;

	if (!json_object_object_get_ex(sample, "value", &pair) ||
	    !json_object_is_type(pair, json_type_array) ||
	    json_object_array_length(pair) != 2)
		return false;
	o = json_object_array_get_idx(pair, 1);
	if (!json_object_is_type(o, json_type_string))
		return false;
	text = json_object_get_string(o);
	ns = strtod(text, &end) * 1e9;
	if (end == text || *end || !(fabs(ns) <= (double)EDGE_NS_MAX))
		return false;
	*ret = llround(ns);
	return true;
}

static bool read_sample(struct json_object *o, struct prom_sample *ret)
{
	struct json_object *metric;
	const char *from, *to, *text;

	if (!json_object_object_get_ex(o, "metric", &metric) ||
	    !json_object_is_type(metric, json_type_object))
		return false;
	from = label(metric, "from");
	to = label(metric, "to");
	if (!from || !to || !edge_is_name(from) || !edge_is_name(to) ||
	    !strcmp(from, to))
		return false;
	*ret = (struct prom_sample){.kind = EDGE_HARD};
	strcpy(ret->from, from);
	strcpy(ret->to, to);
	text = label(metric, "kind");
	if (text && !edge_kind_parse(text, &ret->kind))
		return false;
	text = label(metric, "stamping");
	if (text && !edge_stamping_parse(text, &ret->stamping))
		return false;
	text = label(metric, "interleaved");
	ret->is_interleaved = text && !strcmp(text, "true");
	return read_value(o, &ret->ns);
}

bool prom_refusal(const char *text, size_t size, char ret_why[PROM_WHY_SIZE])
{
	struct json_tokener *t = json_tokener_new_ex(DEPTH_MAX);
	struct json_object *o = NULL, *error;
	char words[PROM_WHY_SIZE];
	bool is_one;

	if (t && size < SAMPLE_MAX)
		o = json_tokener_parse_ex(t, text, (int)size);
	is_one = o && json_object_object_get_ex(o, "error", &error);
	if (is_one) {
		snprintf(words, sizeof(words), "it says: %.*s", SHOWN_MAX,
			 json_object_get_string(error));
		complain(ret_why, words);
	}
	json_object_put(o);
	if (t)
		json_tokener_free(t);
	return is_one;
}

static int take_one(struct json_tokener *t, const char *text, size_t size,
		    prom_taker take, void *arg, size_t *skipped)
{
	struct prom_sample sample;
	struct json_object *o;
	bool is_good;

	json_tokener_reset(t);
	o = size < SAMPLE_MAX ? json_tokener_parse_ex(t, text, (int)size)
			      : NULL;
	is_good = o && read_sample(o, &sample);
	json_object_put(o);
	if (is_good)
		return take(&sample, arg);
	(*skipped)++;
	return 0;
}

int prom_parse(const char *text, size_t size, prom_taker take, void *arg,
	       size_t *ret_skipped, char ret_why[PROM_WHY_SIZE])
{
	const char *at =
		size ? memmem(text, size, opening, strlen(opening)) : NULL;
	const char *const end = text + size;
	struct json_tokener *t;
	int err = 0;

	if (!at || !memmem(text, (size_t)(at - text), "\"vector\"", 8))
		return prom_refusal(text, size, ret_why)
			       ? -EPROTO
			       : complain(ret_why, "its answer is none of "
						   "Prometheus' to a query");
	t = json_tokener_new_ex(DEPTH_MAX);
	if (!t)
		return complain(ret_why, "no memory");
	for (at += strlen(opening); !err && at < end && *at == '{';) {
		const size_t n = object_length(at, (size_t)(end - at));

		if (n == 0)
			break;
		err = take_one(t, at, n, take, arg, ret_skipped);
		at += n;
		at += at < end && *at == ',';
	}
	json_tokener_free(t);
	if (!err && (at >= end || *at != ']'))
		return complain(ret_why, "its answer is cut short, or is no "
					 "list of samples");
	return err;
}
