/* SPDX-License-Identifier: Apache-2.0 */
/* The status document: what the published clock and the system's show. */
#include <stdio.h>
#include <sys/timex.h>

#include "libtt/interval.h"
#include "timed/status_private.h"

static int64_t scale_rate(int64_t slope, int64_t d_ns)
{
	return (int64_t)(((__int128)slope * d_ns) >> SEGMENT_RATE_SHIFT);
}

int64_t status_clock_best_ns(const struct segment_slot *slot, int64_t raw_ns)
{
	int64_t d_ns = raw_ns - slot->anchor_raw_ns;

	return slot->best_tai_ns - slot->anchor_raw_ns +
	       scale_rate(slot->best_slope, d_ns);
}

static double slope_ppb(int64_t slope)
{
	return (double)slope * 1e9 / (double)(INT64_C(1) << SEGMENT_RATE_SHIFT);
}

static int64_t clamp(int64_t v, int64_t lo, int64_t hi)
{
	return v < lo ? lo : v > hi ? hi : v;
}

/* The middle of the labels an instant can have. */
static int64_t unix_of_tai(const struct segment_slot *slot, int64_t tai_ns)
{
	int64_t lo_ns = eval_unix_min(slot, tai_ns);

	return lo_ns + (eval_unix_max(slot, tai_ns) - lo_ns) / 2;
}

static void read_best(const struct segment_slot *slot, int64_t raw_ns,
		      struct status_reading *r)
{
	int64_t d_ns = raw_ns - slot->anchor_raw_ns;

	r->best_tai_ns = clamp(slot->best_tai_ns + d_ns +
				       scale_rate(slot->best_slope, d_ns),
			       r->lo_tai_ns, r->hi_tai_ns);
	r->best_unix_ns = clamp(unix_of_tai(slot, r->best_tai_ns),
				r->lo_unix_ns, r->hi_unix_ns);
}

static void read_bound(const struct segment_slot *slot, int64_t raw_ns,
		       struct status_reading *r)
{
	struct tt_interval unix_view, tai_view;

	if (interval_at(slot, slot->counter, raw_ns, INTERVAL_UNIX,
			&unix_view) ||
	    interval_at(slot, slot->counter, raw_ns, INTERVAL_TAI, &tai_view))
		return;
	r->has_bound = true;
	r->lo_unix_ns = unix_view.earliest_ns;
	r->hi_unix_ns = unix_view.latest_ns;
	r->lo_tai_ns = tai_view.earliest_ns;
	r->hi_tai_ns = tai_view.latest_ns;
	r->half_ns = (r->hi_unix_ns - r->lo_unix_ns + 1) / 2;
	read_best(slot, raw_ns, r);
}

void status_clock_read(const struct status *s, struct status_reading *ret)
{
	struct status_reading r = {.has_bound = false};

	if (s->publications > 0)
		read_bound(&s->view->slot, s->raw_ns, &r);
	if (s->has_pair) {
		int64_t mid_ns =
			s->pair.raw_ns_before +
			(s->pair.raw_ns_after - s->pair.raw_ns_before) / 2;

		r.has_real = true;
		r.real_raw_ns = s->pair.real_ns - mid_ns;
		r.real_ns = s->raw_ns + r.real_raw_ns;
	}
	r.has_now = r.has_bound || r.has_real;
	r.now_unix_ns = r.has_bound ? r.best_unix_ns : r.real_ns;
	*ret = r;
}

/* An instant of the past: raw, and its label. */
void status_clock_put_instant(struct json_object *o, const char *what,
			      int64_t raw_ns, const struct status_reading *r)
{
	char key[48];

	snprintf(key, sizeof(key), "%s_raw_ns", what);
	put_int(o, key, raw_ns);
	snprintf(key, sizeof(key), "%s_unix_ns", what);
	put_int_if(o, key, r->has_real, raw_ns + r->real_raw_ns);
}

static void put_flags(struct json_object *o, uint32_t flags)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} names[] = {
		{TT_FLAG_GNSS, "GNSS"},
		{TT_FLAG_PTP, "PTP"},
		{TT_FLAG_PHC, "PHC"},
		{TT_FLAG_NTP, "NTP"},
		{TT_FLAG_SINGLE_SOURCE, "SINGLE_SOURCE"},
		{TT_FLAG_DECLARED, "DECLARED"},
		{TT_FLAG_VMCLOCK, "VMCLOCK"},
	};
	struct json_object *list = put_array(o, "flags");

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (flags & names[i].bit)
			put_item(list, names[i].name);
		flags &= ~names[i].bit;
	}
	for (int bit = 0; bit < 32; bit++) {
		char name[16];

		if (!(flags & UINT32_C(1) << bit))
			continue;
		snprintf(name, sizeof(name), "BIT_%d", bit);
		put_item(list, name);
	}
}

static void put_edges(struct json_object *o, const struct segment_slot *slot,
		      const struct status_reading *r)
{
	bool has = r->has_bound;

	put_int_if(o, "earliest_unix_ns", has, r->lo_unix_ns);
	put_int_if(o, "latest_unix_ns", has, r->hi_unix_ns);
	put_int_if(o, "best_unix_ns", has, r->best_unix_ns);
	put_int_if(o, "half_width_ns", has, r->half_ns);
	put_int_if(o, "earliest_tai_ns", has, r->lo_tai_ns);
	put_int_if(o, "latest_tai_ns", has, r->hi_tai_ns);
	put_int_if(o, "best_tai_ns", has, r->best_tai_ns);
	put_int_if(o, "utc_error_ns", has, slot->utc_err_ns);
	put_int_if(o, "tai_error_ns", has, slot->tai_err_ns);
	put_number_if(o, "rate_ppb", has, slope_ppb(slot->best_slope));
	put_number_if(o, "earliest_rate_ppb", has, slope_ppb(slot->lo_slope));
	put_number_if(o, "latest_rate_ppb", has, slope_ppb(slot->hi_slope));
}

void status_clock_put(struct json_object *doc, const struct status *s,
		      const struct status_reading *r)
{
	struct json_object *o = put_object(doc, "clock");
	const struct segment_slot *slot = &s->view->slot;
	enum engine_state state = (enum engine_state)slot->state;

	if (!r->has_bound) /* past void_after too */
		state = ENGINE_UNSYNCHRONIZED;
	put_text(o, "state", engine_state_name(state));
	status_clock_put_instant(o, "since", s->view->state_since_raw_ns, r);
	put_uint(o, "epoch", slot->epoch);
	status_clock_put_instant(o, "epoch_since", slot->epoch_raw_ns, r);
	put_text(o, "epoch_reason", s->view->epoch_reason);
	put_flags(o, slot->flags);
	put_text(o, "counter",
		 slot->counter == SEGMENT_COUNTER_TSC ? "tsc" : "raw");
	put_edges(o, slot, r);
}

/* 1 within, 0 without, -1 the reading is too coarse to say. */
static int within_bound(const struct status_reading *r, int64_t error_ns)
{
	int64_t real_ns = r->real_ns;

	if (real_ns - error_ns >= r->lo_unix_ns &&
	    real_ns + error_ns <= r->hi_unix_ns)
		return 1;
	if (real_ns + error_ns < r->lo_unix_ns ||
	    real_ns - error_ns > r->hi_unix_ns)
		return 0;
	return -1;
}

void status_clock_put_system(struct json_object *doc, const struct status *s,
			     const struct status_reading *r)
{
	struct json_object *o = put_object(doc, "system_clock");
	int64_t error_ns =
		(s->pair.raw_ns_after - s->pair.raw_ns_before + 1) / 2;
	bool both = r->has_bound && r->has_real;
	int within = both ? within_bound(r, error_ns) : -1;
	const struct env_steering *k = &s->steering;

	put_int_if(o, "realtime_unix_ns", r->has_real, r->real_ns);
	put_int_if(o, "read_error_ns", r->has_real, error_ns);
	put_int_if(o, "offset_ns", both, r->best_unix_ns - r->real_ns);
	put_int_if(o, "earliest_offset_ns", both, r->lo_unix_ns - r->real_ns);
	put_int_if(o, "latest_offset_ns", both, r->hi_unix_ns - r->real_ns);
	put_bool_if(o, "within_bound", within >= 0, within > 0);
	put_bool_if(o, "kernel_synchronized", s->has_steering,
		    !(k->status & STA_UNSYNC));
	put_number_if(o, "kernel_rate_ppb", s->has_steering, k->rate_ppb);
	put_int_if(o, "kernel_tai_offset_s",
		   s->has_steering && k->tai_offset_s != 0, k->tai_offset_s);
}

const char *status_clock_steering(const struct status *s)
{
	if (!s->discipline.is_on)
		return "observe";
	return s->discipline.err ? "refused" : steer_state_name(s->steer->state);
}

static void put_order(struct json_object *o, const struct steer_view *v,
		      bool has)
{
	put_number_if(o, "rate_ppb", has, has ? v->order.rate_ppb : 0);
	put_number_if(o, "slew_ns", has, has ? v->order.slew_ns : 0);
	put_int_if(o, "error_ns", has, has ? v->order.error_ns : 0);
	put_int_if(o, "error_max_ns", has, has ? v->order.error_ns_max : 0);
}

void status_clock_put_steering(struct json_object *doc, const struct status *s,
			       const struct status_reading *r)
{
	static const struct steer_view none;
	static const char *const modes[] = {"observe", "steer", "auto"};
	struct json_object *o = put_object(doc, "steering");
	const struct status_discipline *d = &s->discipline;
	const struct steer_view *v = d->is_on ? s->steer : &none;

	put_text(o, "discipline", modes[s->cfg->discipline]);
	put_text(o, "state", status_clock_steering(s));
	status_clock_put_instant(o, "since",
				 d->since_raw_ns, r);
	put_text_if(o, "reason", v->reason);
	put_text_if(o, "others", d->others);
	put_number_if(o, "offset_ns", v->has_offset, v->offset_ns);
	put_number_if(o, "sigma_ns", v->has_offset, v->sigma_ns);
	put_order(o, v, v->has_order);
	put_uint(o, "orders", v->orders);
	put_uint(o, "steps", v->steps);
	put_uint(o, "yields", v->yields);
}
