/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The status document. Every field of docs/status.md is always written; what
 * has no value is null. Fields are written in the page's order.
 */
#include "timed/status.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/timex.h>

#include "libtt/interval.h"

#define NS_PER_S INT64_C(1000000000)

/* The bound at the document's instant, as readers of the segment see it. */
struct reading {
	bool has_bound;
	int64_t lo_unix_ns, hi_unix_ns, best_unix_ns;
	int64_t lo_tai_ns, hi_tai_ns, best_tai_ns;
	int64_t half_ns;   /* of the Unix view, rounded up */
	bool has_real;
	int64_t real_ns;   /* CLOCK_REALTIME */
	int64_t real_raw_ns; /* CLOCK_REALTIME - raw */
	int64_t now_unix_ns; /* best, else CLOCK_REALTIME */
	bool has_now;
};

/* ---- json ---- */

static void put(struct json_object *o, const char *key, struct json_object *v)
{
	json_object_object_add(o, key, v);
}

static void put_int(struct json_object *o, const char *key, int64_t v)
{
	put(o, key, json_object_new_int64(v));
}

static void put_uint(struct json_object *o, const char *key, uint64_t v)
{
	put(o, key, json_object_new_uint64(v));
}

static void put_int_if(struct json_object *o, const char *key, bool has,
		       int64_t v)
{
	put(o, key, has ? json_object_new_int64(v) : NULL);
}

static void put_bool_if(struct json_object *o, const char *key, bool has,
			bool v)
{
	put(o, key, has ? json_object_new_boolean(v) : NULL);
}

/* Neither NaN nor infinity is JSON. */
static void put_number_if(struct json_object *o, const char *key, bool has,
			  double v)
{
	char text[40];

	snprintf(text, sizeof(text), "%.9g", v);
	put(o, key, has && isfinite(v) ? json_object_new_double_s(v, text)
				       : NULL);
}

/* Length of the UTF-8 character at `text`, 0: it is none. */
static int utf8_length(const unsigned char *text)
{
	static const struct {
		unsigned char mask, lead;
		int length;
	} kinds[] = { { 0x80, 0x00, 1 }, { 0xe0, 0xc0, 2 },
		      { 0xf0, 0xe0, 3 }, { 0xf8, 0xf0, 4 } };

	for (int k = 0; k < 4; k++) {
		int i = 1;

		if ((text[0] & kinds[k].mask) != kinds[k].lead)
			continue;
		while (i < kinds[k].length && (text[i] & 0xc0) == 0x80)
			i++;
		return i == kinds[k].length ? i : 0;
	}
	return 0;
}

/* Names come from files and from the network: what is not UTF-8 becomes "?",
 * what is a control character too. */
static struct json_object *new_text(const char *text)
{
	char clean[PATH_MAX];
	size_t n = 0;

	while (*text && n + 4 < sizeof(clean)) {
		int length = utf8_length((const unsigned char *)text);

		if (length == 0 || (unsigned char)*text < ' ') {
			clean[n++] = '?';
			text++;
			continue;
		}
		memcpy(clean + n, text, (size_t)length);
		n += (size_t)length;
		text += length;
	}
	return json_object_new_string_len(clean, (int)n);
}

static void put_text(struct json_object *o, const char *key, const char *v)
{
	put(o, key, new_text(v));
}

static void put_text_if(struct json_object *o, const char *key, const char *v)
{
	put(o, key, v && *v ? new_text(v) : NULL);
}

static struct json_object *put_object(struct json_object *o, const char *key)
{
	struct json_object *v = json_object_new_object();

	put(o, key, v);
	return v;
}

static struct json_object *put_array(struct json_object *o, const char *key)
{
	struct json_object *v = json_object_new_array();

	put(o, key, v);
	return v;
}

/* ---- the instant ---- */

static int64_t scale_rate(int64_t slope, int64_t d_ns)
{
	return (int64_t)(((__int128)slope * d_ns) >> SEGMENT_RATE_SHIFT);
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
		      struct reading *r)
{
	int64_t d_ns = raw_ns - slot->anchor_raw_ns;

	r->best_tai_ns = clamp(slot->best_tai_ns + d_ns +
				       scale_rate(slot->best_slope, d_ns),
			       r->lo_tai_ns, r->hi_tai_ns);
	r->best_unix_ns = clamp(unix_of_tai(slot, r->best_tai_ns),
				r->lo_unix_ns, r->hi_unix_ns);
}

static void read_bound(const struct segment_slot *slot, int64_t raw_ns,
		       struct reading *r)
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

static void read_instant(const struct status *s, struct reading *ret)
{
	struct reading r = { .has_bound = false };

	if (s->publications > 0)
		read_bound(&s->view->slot, s->raw_ns, &r);
	if (s->has_pair) {
		int64_t mid_ns = s->pair.raw_ns_before +
				 (s->pair.raw_ns_after -
				  s->pair.raw_ns_before) / 2;

		r.has_real = true;
		r.real_raw_ns = s->pair.real_ns - mid_ns;
		r.real_ns = s->raw_ns + r.real_raw_ns;
	}
	r.has_now = r.has_bound || r.has_real;
	r.now_unix_ns = r.has_bound ? r.best_unix_ns : r.real_ns;
	*ret = r;
}

/* An instant of the past: raw, and its label. */
static void put_instant(struct json_object *o, const char *what,
			int64_t raw_ns, const struct reading *r)
{
	char key[48];

	snprintf(key, sizeof(key), "%s_raw_ns", what);
	put_int(o, key, raw_ns);
	snprintf(key, sizeof(key), "%s_unix_ns", what);
	put_int_if(o, key, r->has_real, raw_ns + r->real_raw_ns);
}

/* ---- the document's parts ---- */

static void put_process(struct json_object *doc, const struct status *s,
			const struct reading *r)
{
	struct json_object *o = put_object(doc, "process"), *list;
	const struct status_process *p = &s->process;
	char id[40];

	snprintf(id, sizeof(id), "%016" PRIx64 "%016" PRIx64, p->boot_id[0],
		 p->boot_id[1]);
	put_text(o, "name", "timed");
	put_text(o, "version", p->version);
	put_int(o, "pid", p->pid);
	put_text(o, "boot_id", id);
	put_instant(o, "started", p->started_raw_ns, r);
	put_text_if(o, "config_file",
		    s->files->has_main ? s->files->main : NULL);
	list = put_array(o, "config_drop_ins");
	for (int i = 0; i < s->files->drop_in_count; i++)
		json_object_array_add(list, new_text(s->files->drop_in[i]));
	put_uint(o, "reloads", p->reloads);
	put_text_if(o, "reload_error", p->reload_error);
}

static void put_flags(struct json_object *o, uint32_t flags)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} names[] = {
		{ TT_FLAG_GNSS, "GNSS" },
		{ TT_FLAG_PTP, "PTP" },
		{ TT_FLAG_PHC, "PHC" },
		{ TT_FLAG_NTP, "NTP" },
		{ TT_FLAG_SINGLE_SOURCE, "SINGLE_SOURCE" },
		{ TT_FLAG_DECLARED, "DECLARED" },
	};
	struct json_object *list = put_array(o, "flags");

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (flags & names[i].bit)
			json_object_array_add(list, new_text(names[i].name));
		flags &= ~names[i].bit;
	}
	for (int bit = 0; bit < 32; bit++) {
		char name[16];

		if (!(flags & UINT32_C(1) << bit))
			continue;
		snprintf(name, sizeof(name), "BIT_%d", bit);
		json_object_array_add(list, new_text(name));
	}
}

static void put_edges(struct json_object *o, const struct segment_slot *slot,
		      const struct reading *r)
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

static void put_clock(struct json_object *doc, const struct status *s,
		      const struct reading *r)
{
	struct json_object *o = put_object(doc, "clock");
	const struct segment_slot *slot = &s->view->slot;
	enum engine_state state = (enum engine_state)slot->state;

	if (!r->has_bound) /* past void_after too */
		state = ENGINE_UNSYNCHRONIZED;
	put_text(o, "state", engine_state_name(state));
	put_instant(o, "since", s->view->state_since_raw_ns, r);
	put_uint(o, "epoch", slot->epoch);
	put_instant(o, "epoch_since", slot->epoch_raw_ns, r);
	put_text(o, "epoch_reason", s->view->epoch_reason);
	put_flags(o, slot->flags);
	put_text(o, "counter",
		 slot->counter == SEGMENT_COUNTER_TSC ? "tsc" : "raw");
	put_edges(o, slot, r);
}

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
			     const struct source_view *hi, int64_t leap_ns,
			     int64_t half_ns)
{
	int64_t lo_rest_ns = half_ns - leap_ns, hi_rest_ns = lo_rest_ns;

	for (int t = 0; t < TERM_COUNT; t++) {
		int64_t lo_ns = lo && has_sample(lo) ? lo->lo_term_ns[t] : 0;
		int64_t hi_ns = hi && has_sample(hi) ? hi->hi_term_ns[t] : 0;

		lo_rest_ns -= lo_ns;
		hi_rest_ns -= hi_ns;
		add_term(list, budget_term_name((enum budget_term)t), lo_ns,
			 hi_ns);
	}
	add_term(list, "history", lo_rest_ns, hi_rest_ns);
	add_term(list, "leap", leap_ns, leap_ns);
}

static void put_budget(struct json_object *doc, const struct engine_view *v,
		       const struct reading *r)
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
		put_budget_terms(list, lo, hi, v->slot.utc_err_ns, r->half_ns);
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
	int64_t best_ns = slot->best_tai_ns - slot->anchor_raw_ns +
			  scale_rate(slot->best_slope,
				     view_raw_ns - slot->anchor_raw_ns);
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
	put_text_if(o, "note", v->info.note);
	put_range(o, v, s->view->raw_ns, &s->view->slot, has_bound);
	put_last_sample(o, v, s->raw_ns);
	put_uint(o, "samples", v->samples);
	put_uint(o, "contradictions", v->contradictions);
	put_uint(o, "excursions", v->excursions);
	return o;
}

static void put_sources(struct json_object *doc, const struct status *s,
			const struct reading *r)
{
	struct json_object *list = put_array(doc, "sources");

	for (int i = 0; i < s->view->source_count; i++)
		json_object_array_add(list, new_source(&s->view->source[i], s,
						       r->has_bound));
}

/* 1 within, 0 without, -1 the reading is too coarse to say. */
static int within_bound(const struct reading *r, int64_t error_ns)
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

static void put_system_clock(struct json_object *doc, const struct status *s,
			     const struct reading *r)
{
	struct json_object *o = put_object(doc, "system_clock");
	int64_t error_ns = (s->pair.raw_ns_after - s->pair.raw_ns_before + 1) /
			   2;
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

static void put_counters(struct json_object *doc, const struct status *s)
{
	struct json_object *o = put_object(doc, "counters");
	const struct engine_counters *c = &s->view->counters;

	put_uint(o, "publications", s->publications);
	put_uint(o, "samples", c->samples);
	put_uint(o, "samples_refused", c->samples_refused);
	put_uint(o, "contradictions", c->contradictions);
	put_uint(o, "bound_violations", c->bound_violations);
	put_uint(o, "excursions", c->excursions);
	put_uint(o, "disputes", c->disputes);
	put_uint(o, "stalls", s->stalls);
	put_uint(o, "status_clients", s->clients);
	put_uint(o, "status_refused", s->clients_refused);
}

static void put_drivers(struct json_object *doc, const struct status *s,
			const struct reading *r)
{
	struct json_object *list = put_array(doc, "drivers");

	for (int i = 0; i < s->driver_count; i++) {
		const struct status_driver *d = &s->driver[i];
		struct json_object *o = json_object_new_object();

		put_text(o, "name", d->name);
		put_bool_if(o, "healthy", true, d->health[0] == '\0');
		put_text_if(o, "health", d->health);
		put_instant(o, "since", d->since_raw_ns, r);
		json_object_array_add(list, o);
	}
}

static void put_axioms(struct json_object *doc, const struct config *cfg)
{
	static const char *const names[] = { "vm", "server", "steady", "tcxo",
					     "ocxo" };
	struct json_object *o = put_object(doc, "axioms"), *list;
	struct axioms a;

	config_axioms(cfg, &a);
	put_text(o, "oscillator", names[cfg->oscillator]);
	put_number_if(o, "drift_ppb", true, a.drift_ppb);
	put_number_if(o, "wander_ppb_s", true, a.wander_ppb_s);
	put_number_if(o, "jitter_ppb", true, a.jitter_ppb);
	put_number_if(o, "swing_ppb", a.swing_ppb >= 0, a.swing_ppb);
	put_int(o, "memory_ns", a.memory_ns);
	put_int_if(o, "liars", a.liars >= 0, a.liars);
	put_int_if(o, "asymmetry_ns", cfg->chrony_asymmetry_ns >= 0,
		   cfg->chrony_asymmetry_ns);
	put_int(o, "delay_min_ns", cfg->chrony_delay_ns_min);
	put_number_if(o, "server_scale", true, cfg->chrony_server_scale);
	put_bool_if(o, "smeared_upstream", true, cfg->chrony_smeared);
	list = put_array(o, "overridden");
	if (cfg->drift_ppb >= 0)
		json_object_array_add(list, new_text("drift"));
	if (cfg->wander_ppb_s >= 0)
		json_object_array_add(list, new_text("wander"));
	if (cfg->jitter_ppb >= 0)
		json_object_array_add(list, new_text("jitter"));
}

/* The last entry in force at `unix_ns`, the first one at the least. */
static int entry_at(const struct leap_table *t, int64_t unix_ns)
{
	int i = t->count - 1;

	while (i > 0 && unix_ns < t->entry[i].unix_s * NS_PER_S)
		i--;
	return i;
}

static void put_leap_now(struct json_object *o, const struct leap_table *t,
			 const struct reading *r)
{
	int i = entry_at(t, r->now_unix_ns);
	int64_t expires_ns = t->expires_unix_s * NS_PER_S;
	bool has_next = r->has_now && i + 1 < t->count;
	const struct leap_entry *next = &t->entry[has_next ? i + 1 : i];

	put_int_if(o, "tai_offset_ns", r->has_now,
		   t->entry[i].offset_s * NS_PER_S);
	put_int(o, "expires_unix_ns", expires_ns);
	put_bool_if(o, "expired", r->has_now, r->now_unix_ns >= expires_ns);
	put_int_if(o, "doubt_ns", r->has_now,
		   r->has_now ? leap_doubt_ns(t, r->now_unix_ns) : 0);
	put_int_if(o, "next_unix_ns", has_next, next->unix_s * NS_PER_S);
	put_int_if(o, "next_delta_ns", has_next,
		   (next->offset_s - t->entry[i].offset_s) * NS_PER_S);
}

static void put_leap(struct json_object *doc, const struct status *s,
		     const struct reading *r)
{
	struct json_object *o = put_object(doc, "leap");

	put_text(o, "mode", s->cfg->leap == LEAP_MODE_STEP ? "step" : "smear");
	put_text_if(o, "file", s->leap.is_builtin ? NULL : s->cfg->leap_file);
	put_text_if(o, "error", s->leap.error);
	put_int(o, "entries", s->leap.table.count);
	put_leap_now(o, &s->leap.table, r);
}

static void put_segment(struct json_object *doc, const struct status *s)
{
	struct json_object *o = put_object(doc, "segment");
	const struct segment_slot *slot = &s->view->slot;
	bool has = s->publications > 0;

	put_text(o, "path", s->cfg->segment);
	put_uint(o, "sequence", s->sequence);
	put_int_if(o, "anchor_raw_ns", has, slot->anchor_raw_ns);
	put_int_if(o, "horizon_ns", has, slot->horizon_ns);
	put_int_if(o, "void_raw_ns", has, slot->void_raw_ns);
}

static void put_drift(struct json_object *doc, const struct status *s)
{
	struct json_object *o = put_object(doc, "drift_file");
	const struct status_drift *d = &s->drift;

	put_text_if(o, "path", s->cfg->drift_file);
	put_bool_if(o, "seeded", true, d->seeded);
	put_text_if(o, "note", d->note);
	put_int_if(o, "written_unix_ns", d->is_written, d->written_unix_ns);
	put_number_if(o, "rate_ppb_min", d->has_rate, d->rate_ppb_min);
	put_number_if(o, "rate_ppb_max", d->has_rate, d->rate_ppb_max);
}

static void put_config(struct json_object *doc, const struct config *cfg)
{
	struct json_object *o = put_object(doc, "config"), *list;
	char text[CONFIG_VALUE_SIZE];

	for (const struct config_key *k = config_keys; k->name; k++) {
		if (k->type == CONFIG_GROUPS)
			continue;
		put(o, k->name, config_key_format(k, cfg, text)
					? new_text(text)
					: NULL);
	}
	list = put_array(doc, "groups");
	for (int i = 0; i < config_group_count(cfg); i++) {
		const struct engine_group *g = &cfg->group[i];
		struct json_object *group = json_object_new_object(), *members;

		put_text(group, "name", g->name);
		members = put_array(group, "members");
		for (int j = 0; j < g->count; j++)
			json_object_array_add(members, new_text(g->member[j]));
		json_object_array_add(list, group);
	}
}

struct json_object *status_new(const struct status *s)
{
	struct json_object *doc = json_object_new_object();
	struct reading r;

	if (!doc)
		return NULL;
	read_instant(s, &r);
	put_int(doc, "schema_version", STATUS_SCHEMA_VERSION);
	put_int(doc, "raw_ns", s->raw_ns);
	put_process(doc, s, &r);
	put_clock(doc, s, &r);
	put_budget(doc, s->view, &r);
	put_sources(doc, s, &r);
	put_system_clock(doc, s, &r);
	put_counters(doc, s);
	put_drivers(doc, s, &r);
	put_axioms(doc, s->cfg);
	put_leap(doc, s, &r);
	put_segment(doc, s);
	put_drift(doc, s);
	put_config(doc, s->cfg);
	return doc;
}
