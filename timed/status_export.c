/* SPDX-License-Identifier: Apache-2.0 */
/* The status document: whom the time is given to. */
#include "timed/status_private.h"

static void put_settings(struct json_object *o, bool has,
			 const struct ptp_settings *s)
{
	const struct ptp_quality *q = &s->quality;
	const struct ptp_time_properties *p = &s->properties;
	const bool has_utc = has && (p->flags & PTP_UTC_OFFSET_VALID);
	int64_t accuracy_ns = 0;
	const bool has_accuracy =
		has && ptpmsg_accuracy_ns(q->accuracy, &accuracy_ns) == 0;

	put_int_if(o, "clock_class", has, q->class);
	put_int_if(o, "clock_accuracy", has, q->accuracy);
	put_int_if(o, "clock_accuracy_ns", has_accuracy, accuracy_ns);
	put_int_if(o, "time_source", has, p->source);
	put_int_if(o, "utc_offset_s", has_utc, p->utc_offset_s);
	put_int_if(o, "utc_leap_s", has_utc,
		   p->flags & PTP_LEAP_61   ? 1
		   : p->flags & PTP_LEAP_59 ? -1
					    : 0);
	put_bool_if(o, "ptp_timescale", has, p->flags & PTP_TIMESCALE);
	put_bool_if(o, "time_traceable", has, p->flags & PTP_TIME_TRACEABLE);
}

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
	put_int_if(o, "leap_s", v->has_leap, v->leap_s);
	put_text_if(o, "clock", v->clock);
	put_settings(o, v->has_settings, &v->settings);
	return o;
}

void status_export_put(struct json_object *doc, const struct status *s,
		       const struct status_reading *r)
{
	struct json_object *list = put_array(doc, "exports");

	for (int i = 0; i < s->export_count; i++)
		json_object_array_add(list, new_export(s->export[i], s, r));
}
