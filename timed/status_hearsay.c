/* SPDX-License-Identifier: Apache-2.0 */
/* The status document: what clients' logical clocks have met. */
#include "timed/status_private.h"

void status_hearsay_put(struct json_object *doc, const struct status *s,
			const struct status_reading *r)
{
	static const struct hearsay_view none;
	const struct hearsay_view *v = s->hearsay ? s->hearsay : &none;
	const bool has_last = v->reports > 0;
	struct json_object *o = put_object(doc, "hlc");

	put_bool_if(o, "listening", true, s->hearsay != NULL);
	put_uint(o, "reports", v->reports);
	put_uint(o, "reports_refused", v->refused);
	put_uint(o, "rejected", v->rejected);
	put_int_if(o, "excess_ns_max", has_last, v->excess_ns_max);
	put_int_if(o, "last_pid", has_last, (int64_t)v->pid);
	put_int_if(o, "last_uid", has_last, (int64_t)v->uid);
	put_int_if(o, "last_rejected", has_last,
		   v->last.rejected > INT64_MAX ? INT64_MAX
						: (int64_t)v->last.rejected);
	put_int_if(o, "last_excess_ns", has_last, v->last.excess_ns);
	put_int_if(o, "last_wall_ns", has_last, v->last.wall_ns);
	put_int_if(o, "last_latest_ns", has_last, v->last.latest_ns);
	put_int_if(o, "last_raw_ns", has_last, v->raw_ns);
	put_int_if(o, "last_unix_ns", has_last && r->has_now,
		   v->raw_ns - s->raw_ns + r->now_unix_ns);
}
