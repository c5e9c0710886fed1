/* SPDX-License-Identifier: Apache-2.0 */
/* A rehearsal of holdover as JSON. */
#include "timed/status_rehearsal.h"

#include "timed/put.h"

static struct json_object *new_source(const struct rehearsal_source *s)
{
	struct json_object *o = json_object_new_object();

	put_text(o, "name", s->name);
	put_uint(o, "samples", s->samples);
	put_int_if(o, "offset_ns", s->has_offset, s->offset_ns);
	put_int_if(o, "offset_most_ns", s->has_offset, s->offset_ns_most);
	put_uint(o, "outside", s->outside);
	return o;
}

struct json_object *status_rehearsal_put(struct json_object *doc,
					 const char *key,
					 const struct rehearsal *r)
{
	const bool is_over = r->is_known && !r->is_on;
	struct json_object *o = put_object(doc, key), *list;

	put_bool_if(o, "active", true, r->is_on);
	put_int_if(o, "since_raw_ns", r->is_known, r->since_raw_ns);
	put_int_if(o, "until_raw_ns", r->is_known, r->until_raw_ns);
	put_int_if(o, "ended_raw_ns", is_over, r->ended_raw_ns);
	put_text_if(o, "end_reason", r->why);
	put_int_if(o, "half_width_before_ns", r->is_known, r->half_ns_before);
	put_int_if(o, "half_width_ns", r->is_known, r->half_ns);
	list = put_array(o, "sources");
	for (int i = 0; i < r->source_count; i++)
		json_object_array_add(list, new_source(&r->source[i]));
	return o;
}
