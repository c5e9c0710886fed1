/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The status document. Every field of docs/status.md is always written; what
 * has no value is null. Fields are written in the page's order.
 */
#include <inttypes.h>
#include <stdio.h>

#include "timed/status_private.h"
#include "timed/status_rehearsal.h"

#define NS_PER_S INT64_C(1000000000)

static void put_process(struct json_object *doc, const struct status *s,
			const struct status_reading *r)
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
	status_clock_put_instant(o, "started", p->started_raw_ns, r);
	put_text_if(o, "config_file",
		    s->files->has_main ? s->files->main : NULL);
	list = put_array(o, "config_drop_ins");
	for (int i = 0; i < s->files->drop_in_count; i++)
		put_item(list, s->files->drop_in[i]);
	put_uint(o, "reloads", p->reloads);
	put_text_if(o, "reload_error", p->reload_error);
	put_text_if(o, "log_level", p->log_level);
	put_bool_if(o, "sandbox", true, s->sandbox.is_on);
	put_text_if(o, "sandbox_off_reason",
		    s->sandbox.is_on ? NULL : s->sandbox.why_not);
}

static void put_rehearsal(struct json_object *doc, const struct status *s,
			  const struct status_reading *r)
{
	const struct rehearsal *h = &s->view->rehearsal;
	struct json_object *o = status_rehearsal_put(doc, "rehearsal", h);

	put_int_if(o, "since_unix_ns", h->is_known && r->has_real,
		   h->since_raw_ns + r->real_raw_ns);
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
	put_uint(o, "axiom_widenings", c->widenings);
	put_uint(o, "disputes", c->disputes);
	put_uint(o, "utc_disagreements", c->utc_disagreements);
	put_uint(o, "stalls", s->stalls);
	put_uint(o, "status_clients", s->clients);
	put_uint(o, "status_refused", s->clients_refused);
	put_uint(o, "orders", s->orders);
	put_uint(o, "orders_refused", s->orders_refused);
}

static void put_drivers(struct json_object *doc, const struct status *s,
			const struct status_reading *r)
{
	struct json_object *list = put_array(doc, "drivers");

	for (int i = 0; i < s->driver_count; i++) {
		const struct status_driver *d = &s->driver[i];
		struct json_object *o = json_object_new_object();

		put_text(o, "name", d->name);
		put_bool_if(o, "healthy", true, d->health[0] == '\0');
		put_text_if(o, "health", d->health);
		status_clock_put_instant(o, "since", d->since_raw_ns, r);
		json_object_array_add(list, o);
	}
}

static void put_axioms(struct json_object *doc, const struct status *s)
{
	static const char *const names[] = { "vm", "server", "steady", "tcxo",
					     "ocxo" };
	struct json_object *o = put_object(doc, "axioms"), *list;
	const struct config *cfg = s->cfg;
	struct axioms a;

	config_axioms(cfg, &a);
	if (s->widening.is_on) {
		a.wander_ppb_s = s->widening.wander_ppb_s;
		a.jitter_ppb = s->widening.jitter_ppb;
	}
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
		put_item(list, "drift");
	if (cfg->wander_ppb_s >= 0)
		put_item(list, "wander");
	if (cfg->jitter_ppb >= 0)
		put_item(list, "jitter");
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
			 const struct status_reading *r)
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
		     const struct status_reading *r)
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

static void put_history_log(struct json_object *doc, const struct status *s)
{
	struct json_object *o = put_object(doc, "history_log");
	const struct status_history_log *l = &s->history_log;

	put_text_if(o, "path", l->is_on ? s->cfg->history_log : NULL);
	put_bool_if(o, "writer_alive", l->is_on, l->is_alive);
	put_uint(o, "lines", l->lines);
	put_uint(o, "lines_lost", l->lost);
	put_uint(o, "lines_waiting", l->waiting);
	put_uint(o, "bytes", l->bytes);
	put_uint(o, "bytes_waiting", l->bytes_waiting);
	put_uint(o, "bytes_waiting_max", l->bytes_waiting_max);
	put_uint(o, "rotations", l->rotations);
	put_int_if(o, "last_written_age_ns", l->has_written,
		   s->raw_ns - l->written_raw_ns);
	put_int_if(o, "sequence", l->has_sequence, l->sequence);
	put_text_if(o, "sha256", l->has_sequence ? l->sha256 : NULL);
	put_text_if(o, "error", l->error);
}

static void put_config(struct json_object *doc, const struct config *cfg)
{
	struct json_object *o = put_object(doc, "config"), *list;
	struct config_walk w = { .i = 0 };
	char text[CONFIG_VALUE_SIZE];

	while (config_walk(cfg, &w)) {
		if (w.key.type == CONFIG_GROUPS)
			continue;
		if (config_key_format(&w.key, cfg, text))
			put_text(o, w.name, text);
		else
			put(o, w.name, NULL);
	}
	list = put_array(doc, "groups");
	for (int i = 0; i < config_group_count(cfg); i++) {
		const struct engine_group *g = &cfg->group[i];
		struct json_object *group = json_object_new_object(), *members;

		put_text(group, "name", g->name);
		members = put_array(group, "members");
		for (int j = 0; j < g->count; j++)
			put_item(members, g->member[j]);
		json_object_array_add(list, group);
	}
}

void status_put_basis(struct json_object *o, const struct status *s,
		      const struct status_reading *r)
{
	put_process(o, s, r);
	put_axioms(o, s);
	put_leap(o, s, r);
	put_config(o, s->cfg);
}

struct json_object *status_new(const struct status *s)
{
	struct json_object *doc = json_object_new_object();
	struct status_reading r;

	if (!doc)
		return NULL;
	status_clock_read(s, &r);
	put_int(doc, "schema_version", STATUS_SCHEMA_VERSION);
	put_int(doc, "raw_ns", s->raw_ns);
	put_process(doc, s, &r);
	status_clock_put(doc, s, &r);
	status_source_put_budget(doc, s->view, &r);
	status_source_put(doc, s, &r);
	status_clock_put_system(doc, s, &r);
	status_clock_put_steering(doc, s, &r);
	status_holdover_put(doc, s, &r);
	status_export_put(doc, s, &r);
	put_rehearsal(doc, s, &r);
	put_counters(doc, s);
	status_hearsay_put(doc, s, &r);
	put_drivers(doc, s, &r);
	put_axioms(doc, s);
	status_oscillator_put(doc, s, &r);
	put_leap(doc, s, &r);
	put_segment(doc, s);
	put_drift(doc, s);
	put_history_log(doc, s);
	put_config(doc, s->cfg);
	return doc;
}
