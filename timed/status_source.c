/* SPDX-License-Identifier: Apache-2.0 */
/* The status document: the sources, and the budget that they make. */
#include "timed/status_private.h"

static void add_term(struct json_object *list, const char *name, int64_t lo_ns,
		     int64_t hi_ns)
{
	struct json_object *o = json_object_new_object();

	put_text(o, "name", name);
	put_int(o, "lo_ns", lo_ns);
	put_int(o, "hi_ns", hi_ns);
	json_object_array_add(list, o);
}

static const struct source_view *holder(const struct engine_view *v, int i)
{
	return i >= 0 && i < v->source_count ? &v->source[i] : NULL;
}

static bool has_sample(const struct source_view *s)
{
	return s->last_raw_ns != INT64_MIN;
}

/* Each column adds up to the half-width: `history` is what remains. */
static void put_budget_terms(struct json_object *list,
			     const struct source_view *lo,
			     const struct source_view *hi,
			     const struct segment_slot *slot, int64_t half_ns)
{
	const int64_t leap_ns = slot->utc_err_ns;
	int64_t lo_rest_ns = half_ns - leap_ns - slot->tsc_err_ns;
	int64_t hi_rest_ns = half_ns - leap_ns;

	for (int t = 0; t < TERM_COUNT; t++) {
		int64_t lo_ns = lo && has_sample(lo) ? lo->lo_term_ns[t] : 0;
		int64_t hi_ns = hi && has_sample(hi) ? hi->hi_term_ns[t] : 0;

		lo_rest_ns -= lo_ns;
		hi_rest_ns -= hi_ns;
		add_term(list, budget_term_name((enum budget_term)t), lo_ns,
			 hi_ns);
	}
	add_term(list, "counter", slot->tsc_err_ns, 0);
	add_term(list, "history", lo_rest_ns, hi_rest_ns);
	add_term(list, "leap", leap_ns, leap_ns);
}

void status_source_put_budget(struct json_object *doc,
			      const struct engine_view *v,
			      const struct status_reading *r)
{
	struct json_object *o = put_object(doc, "budget");
	const struct source_view *lo = holder(v, v->lo_source);
	const struct source_view *hi = holder(v, v->hi_source);
	struct json_object *list;

	put_int_if(o, "half_width_ns", r->has_bound, r->half_ns);
	put_text_if(o, "lo_source", r->has_bound && lo ? lo->info.name : NULL);
	put_text_if(o, "hi_source", r->has_bound && hi ? hi->info.name : NULL);
	list = put_array(o, "terms");
	if (r->has_bound)
		put_budget_terms(list, lo, hi, &v->slot, r->half_ns);
}

static const char *class_name(enum source_class class)
{
	switch (class) {
	case SOURCE_GNSS:
		return "gnss";
	case SOURCE_PTP:
		return "ptp";
	case SOURCE_PHC:
		return "phc";
	case SOURCE_NTP:
		return "ntp";
	}
	return "?";
}

static const char *scale_name(enum source_scale scale)
{
	switch (scale) {
	case SCALE_TAI:
		return "tai";
	case SCALE_UTC:
		return "utc";
	case SCALE_UTC_SMEARED:
		return "utc-smeared";
	}
	return "?";
}

/* a - b; a source that knows nothing may have an endless range. */
static int64_t difference(int64_t a, int64_t b)
{
	int64_t d;

	if (__builtin_sub_overflow(a, b, &d))
		return a < b ? INT64_MIN : INT64_MAX;
	return d;
}

/* Its range is of TAI - raw; so is best_tai - raw_now. */
static void put_range(struct json_object *o, const struct source_view *v,
		      int64_t view_raw_ns, const struct segment_slot *slot,
		      bool has_bound)
{
	int64_t best_ns = status_clock_best_ns(slot, view_raw_ns);
	int64_t width_ns = difference(v->hi_ns, v->lo_ns);
	int64_t error_ns = width_ns / 2 + width_ns % 2;
	int64_t mid_ns = v->lo_ns + width_ns / 2;
	bool both = v->has_range && has_bound;

	put_int_if(o, "lo_ns", both, difference(v->lo_ns, best_ns));
	put_int_if(o, "hi_ns", both, difference(v->hi_ns, best_ns));
	put_int_if(o, "offset_ns", both, difference(mid_ns, best_ns));
	put_int_if(o, "error_ns", v->has_range, error_ns);
	put_number_if(o, "rate_ppb_min", v->has_range, v->rate_ppb_min);
	put_number_if(o, "rate_ppb_max", v->has_range, v->rate_ppb_max);
}

static void put_last_sample(struct json_object *o, const struct source_view *v,
			    int64_t raw_ns)
{
	struct json_object *list;

	put_int_if(o, "last_sample_age_ns", has_sample(v),
		   raw_ns - (has_sample(v) ? v->last_raw_ns : 0));
	list = put_array(o, "terms");
	for (int t = 0; has_sample(v) && t < TERM_COUNT; t++)
		add_term(list, budget_term_name((enum budget_term)t),
			 v->lo_term_ns[t], v->hi_term_ns[t]);
}

/* What it says of UTC, and what the leap table says to that. */
static void put_utc(struct json_object *source, const struct source_view *v)
{
	const struct utc_word *w = &v->info.utc;
	struct json_object *o = put_object(source, "utc");

	put_int_if(o, "offset_s", w->has_offset, w->offset_s);
	put_int_if(o, "leap_s", w->has_leap, w->leap_s);
	put_text_if(o, "verdict",
		    w->has_offset || w->has_leap ? utc_verdict_name(v->utc)
						 : "");
}

/* What a satellite receiver tells of itself. */
static void put_receiver(struct json_object *source, const struct source_view *v)
{
	const struct receiver_word *w = &v->info.receiver;
	struct json_object *o = put_object(source, "receiver");

	put_int_if(o, "fix", w->is_known, w->fix);
	put_int_if(o, "satellites_used", w->is_known && w->used >= 0, w->used);
	put_int_if(o, "satellites_visible", w->is_known && w->visible >= 0,
		   w->visible);
	put_int_if(o, "pulse_jitter_ns", w->is_known && w->jitter_ns >= 0,
		   w->jitter_ns);
	put_text_if(o, "labels", w->is_known ? w->labels : "");
}

static struct json_object *new_source(const struct source_view *v,
				      const struct status *s, bool has_bound)
{
	struct json_object *o = json_object_new_object();

	put_text(o, "name", v->info.name);
	put_text(o, "class", class_name(v->info.class));
	put_text(o, "scale", scale_name(v->info.scale));
	put_text_if(o, "group", v->group);
	put_bool_if(o, "reachable", true, v->info.reachable);
	put_int_if(o, "stratum", v->info.stratum > 0, v->info.stratum);
	put_int_if(o, "poll_ns", v->info.poll_ns > 0, v->info.poll_ns);
	put_text(o, "verdict", source_verdict_name(v->verdict));
	put_text_if(o, "via", v->info.via);
	put_text_if(o, "note", v->info.note);
	put_range(o, v, s->view->raw_ns, &s->view->slot, has_bound);
	put_last_sample(o, v, s->raw_ns);
	put_uint(o, "samples", v->samples);
	put_uint(o, "samples_refused", v->refused);
	put_uint(o, "contradictions", v->contradictions);
	put_uint(o, "excursions", v->excursions);
	put_bool_if(o, "disabled", true, v->disabled);
	put_uint(o, "samples_ignored", v->ignored);
	put_int_if(o, "last_ignored_age_ns", v->ignored > 0,
		   s->raw_ns - (v->ignored > 0 ? v->ignored_raw_ns : 0));
	put_utc(o, v);
	put_receiver(o, v);
	return o;
}

struct json_object *status_source_brief(const struct source_view *v,
					const struct status *s, bool has_bound)
{
	const int64_t best_ns = status_clock_best_ns(&s->view->slot,
						     s->view->raw_ns);
	const int64_t width_ns = difference(v->hi_ns, v->lo_ns);
	struct json_object *o = json_object_new_object();

	put_text(o, "name", v->info.name);
	put_text(o, "class", class_name(v->info.class));
	put_text(o, "verdict", source_verdict_name(v->verdict));
	put_int_if(o, "offset_ns", v->has_range && has_bound,
		   difference(v->lo_ns + width_ns / 2, best_ns));
	put_int_if(o, "error_ns", v->has_range, width_ns / 2 + width_ns % 2);
	put_int_if(o, "last_sample_age_ns", has_sample(v),
		   s->raw_ns - (has_sample(v) ? v->last_raw_ns : 0));
	put_uint(o, "samples", v->samples);
	put_bool_if(o, "disabled", true, v->disabled);
	return o;
}

void status_source_put(struct json_object *doc, const struct status *s,
		       const struct status_reading *r)
{
	struct json_object *list = put_array(doc, "sources");

	for (int i = 0; i < s->view->source_count; i++)
		json_object_array_add(
			list, new_source(&s->view->source[i], s, r->has_bound));
}
