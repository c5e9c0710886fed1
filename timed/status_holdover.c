/* SPDX-License-Identifier: Apache-2.0 */
/* The status document: what becomes of the bound without sources. */
#include "timed/status_private.h"

/* Of a forecast made up to a second ago; what has passed since is passed. */
static int64_t left_ns(const struct forecast *f, int64_t in_ns, int64_t raw_ns)
{
	const int64_t since_ns = raw_ns - f->raw_ns;

	return in_ns > since_ns ? in_ns - since_ns : 0;
}

static void put_width(struct json_object *list, const struct forecast *f, int i,
		      int64_t raw_ns, const struct status_reading *r)
{
	struct json_object *o = json_object_new_object();
	const int64_t in_ns = left_ns(f, f->in_ns[i], raw_ns);
	const bool is_known = f->in_ns[i] < FORECAST_NS_MAX;

	put_int(o, "half_width_ns", forecast_half_ns[i]);
	put_int_if(o, "in_ns", is_known, in_ns);
	put_int_if(o, "at_unix_ns", is_known && r->has_now,
		   r->now_unix_ns + in_ns);
	json_object_array_add(list, o);
}

void status_holdover_put(struct json_object *doc, const struct status *s,
			 const struct status_reading *r)
{
	struct json_object *o = put_object(doc, "holdover");
	struct json_object *list = put_array(o, "forecast");

	for (int i = 0; s->has_forecast && r->has_bound && i < FORECAST_WIDTHS;
	     i++)
		put_width(list, &s->forecast, i, s->raw_ns, r);
}
