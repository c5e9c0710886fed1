/* SPDX-License-Identifier: Apache-2.0 */
/* What the history log says. See history_line.h. */
#include "timed/history_line.h"

#include <math.h>

#include "timed/status_private.h"

static struct json_object *new_line(const char *kind, const struct status *s,
				    const struct status_reading *r)
{
	struct json_object *o = json_object_new_object();

	if (!o)
		return NULL;
	put_text(o, "kind", kind);
	put_int(o, "raw_ns", s->raw_ns);
	put_int_if(o, "unix_ns", r->has_now, r->now_unix_ns);
	return o;
}

struct json_object *history_line_basis(const struct status *s, const char *host)
{
	struct status_reading r;
	struct json_object *o;

	status_clock_read(s, &r);
	o = new_line("basis", s, &r);
	if (!o)
		return NULL;
	put_int(o, "log_version", HISTORY_LOG_VERSION);
	put_text_if(o, "host", host);
	status_put_basis(o, s, &r);
	return o;
}

/* A1 as the publication has it, in ppb, rounded up to a thousandth. */
static double drift_ppb(const struct segment_slot *slot)
{
	const double ppb = (double)slot->drift * 1e9 /
			   (double)(INT64_C(1) << SEGMENT_RATE_SHIFT);

	return ceil(ppb * 1000) / 1000;
}

static void put_sources(struct json_object *o, const struct status *s,
			bool has_bound)
{
	struct json_object *list = put_array(o, "sources");
	const struct engine_view *v = s->view;

	for (int i = 0; i < v->source_count; i++)
		json_object_array_add(
			list, status_source_brief(&v->source[i], s, has_bound));
}

static void put_events(struct json_object *o, const struct history_bound *b)
{
	struct json_object *list = put_array(o, "events");

	for (int i = 0; i < b->event_count; i++) {
		struct json_object *e = json_object_new_object();

		put_text(e, "kind", event_ring_name(b->event[i].kind));
		put_int(e, "raw_ns", b->event[i].raw_ns);
		put_text(e, "text", b->event[i].text);
		json_object_array_add(list, e);
	}
	put_int(o, "events_left", b->events_left);
}

struct json_object *history_line_bound(const struct status *s,
				       const struct history_bound *b)
{
	const struct segment_slot *slot = &s->view->slot;
	struct status_reading r;
	struct json_object *o;

	status_clock_read(s, &r);
	o = new_line("bound", s, &r);
	if (!o)
		return NULL;
	put_number_if(o, "drift_ppb", r.has_bound, drift_ppb(slot));
	put_int_if(o, "void_raw_ns", r.has_bound, slot->void_raw_ns);
	put_int_if(o, "half_width_max_ns", b->half_ns_max >= 0,
		   b->half_ns_max);
	status_clock_put(o, s, &r);
	status_clock_put_system(o, s, &r);
	put_text(o, "steering", status_clock_steering(s));
	put_uint(o, "bound_violations", s->view->counters.bound_violations);
	put_sources(o, s, r.has_bound);
	put_events(o, b);
	return o;
}

struct json_object *history_line_end(const struct status *s)
{
	struct status_reading r;

	status_clock_read(s, &r);
	return new_line("end", s, &r);
}
