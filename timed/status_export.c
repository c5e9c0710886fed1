/* SPDX-License-Identifier: Apache-2.0 */
/* The status document: whom the time is given to. */
#include "timed/status_private.h"

static struct json_object *new_export(const struct export_view *v,
				      const struct status *s,
				      const struct status_reading *r)
{
	struct json_object *o = json_object_new_object();

	put_text(o, "type", v->type);
	put_text(o, "socket", v->socket);
	put_bool_if(o, "healthy", true, v->health[0] == '\0');
	put_text_if(o, "health", v->health);
	status_clock_put_instant(o, "health_since", v->health_since_raw_ns, r);
	put_bool_if(o, "serving", true, v->is_serving);
	put_text_if(o, "reason", v->reason);
	status_clock_put_instant(o, "since", v->since_raw_ns, r);
	put_uint(o, "sent", v->sent);
	put_uint(o, "failed", v->failed);
	put_int_if(o, "last_sent_age_ns", v->has_sent,
		   s->raw_ns - v->sent_raw_ns);
	put_int_if(o, "error_ns", v->has_error, v->error_ns);
	put_int_if(o, "offset_ns", v->has_offset, v->offset_ns);
	put_int_if(o, "leap_s", v->has_offset, v->leap_s);
	return o;
}

void status_export_put(struct json_object *doc, const struct status *s,
		       const struct status_reading *r)
{
	struct json_object *list = put_array(doc, "exports");

	for (int i = 0; i < s->export_count; i++)
		json_object_array_add(list, new_export(s->export[i], s, r));
}
