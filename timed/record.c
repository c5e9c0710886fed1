/* SPDX-License-Identifier: Apache-2.0 */
/* What goes into the history log, and when. Trouble with it is logged and stops
 * nothing. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "libtt/interval.h"
#include "timed/control_request.h"
#include "timed/daemon_private.h"
#include "timed/history_line.h"
#include "timed/history_log.h"
#include "timed/record_health.h"

/* What is no news of the state or the epoch waits so long for more of it. */
#define GATHER_NS NS_PER_S

/* Of lines that do not wait, in a minute. */
#define URGENT_MAX 20
#define MINUTE_NS  (60 * NS_PER_S)

/* How often the writer is looked at. */
#define TELL_NS NS_PER_S

#define MIB (INT64_C(1) << 20)

/* What the basis rests on: another one, and it is written anew. */
struct foundation {
	uint64_t reloads, epoch;
	double wander_ppb_s, jitter_ppb;
	int64_t leap_expires_s, leap_doubt_ns, leap_entries;
};

struct recorder {
	struct history_log *log;
	struct record_health health;
	int64_t next_raw_ns;       /* of the next line, at the latest */
	int64_t next_tell_raw_ns;
	int64_t line_raw_ns;       /* of the last one */
	bool is_urgent;
	int64_t minute_raw_ns;     /* of which urgent lines are counted */
	int urgent_lines;
	bool has_basis;
	struct foundation foundation;
	bool has_slot;
	struct segment_slot slot;  /* as published before */
	struct history_bound bound;
};

void record_open(struct daemon *d)
{
	const struct config *cfg = &d->cfg;
	const struct history_log_options opt = {
		.files = { .path = cfg->history_log,
			   .size_max = cfg->history_log_mib * MIB,
			   .keep = cfg->history_log_keep,
			   .syncs_each = cfg->history_log_sync ==
					 LOG_SYNC_LINE },
	};
	struct recorder *r;
	int err;

	if (*cfg->history_log == '\0')
		return;
	r = calloc(1, sizeof(*r));
	err = r ? history_log_open(&opt, &r->log) : -ENOMEM;
	if (err) {
		log_write(LEVEL_ERROR, "history log %s: %s: none is kept",
			  cfg->history_log, strerror(-err));
		d->record_err = err;
		free(r);
		return;
	}
	r->bound.half_ns_max = -1;
	record_health_init(&r->health, cfg->history_log);
	d->recorder = r;
}

/* ---- lines ---- */

/* Each is made of what the status document would be made of now. */
static const struct status *look(struct daemon *d)
{
	struct status *s = &d->status;

	engine_view(d->engine, &d->view);
	engine_widening(d->engine, &s->widening);
	s->process.log_level = control_level_name(log_get_level());
	s->raw_ns = d->raw_ns;
	s->publications = d->publish.written;
	s->has_pair = env_pair(d->env, &s->pair) == 0;
	s->has_steering = env_steering(d->env, &s->steering) == 0;
	return s;
}

static void write_line(struct recorder *r, struct json_object *line,
		       bool is_basis)
{
	size_t size = 0;
	const char *text = line ? json_object_to_json_string_length(
					  line,
					  JSON_C_TO_STRING_PLAIN |
						  JSON_C_TO_STRING_NOSLASHESCAPE,
					  &size)
				: NULL;

	/* Without memory it is one that is too long. */
	if (!text)
		history_log_write(r->log, "", HISTORY_LINE_SIZE + 1);
	else if (is_basis)
		history_log_basis(r->log, text + 1, size - 1);
	else
		history_log_write(r->log, text + 1, size - 1);
	json_object_put(line);
}

static void write_basis(struct daemon *d, const struct status *s)
{
	struct utsname uts;

	if (uname(&uts) < 0)
		uts.nodename[0] = '\0';
	write_line(d->recorder, history_line_basis(s, uts.nodename), true);
}

static void write_bound(struct daemon *d)
{
	struct recorder *r = d->recorder;
	const struct status *s = look(d);

	if (!r->has_basis)
		write_basis(d, s);
	r->has_basis = true;
	write_line(r, history_line_bound(s, &r->bound), false);
	r->bound.event_count = 0;
	r->bound.events_left = 0;
	r->bound.half_ns_max = -1;
	r->is_urgent = false;
	r->line_raw_ns = d->raw_ns;
	r->next_raw_ns = d->raw_ns + d->cfg.history_log_interval_ns;
}

/* ---- events ---- */

void record_event(struct daemon *d, enum event_ring_kind kind,
		  const char *text)
{
	struct recorder *r = d->recorder;
	struct history_bound *b;

	if (!r)
		return;
	b = &r->bound;
	if (b->event_count < HISTORY_EVENTS_MAX) {
		struct history_event *e = &b->event[b->event_count++];

		e->kind = kind;
		e->raw_ns = d->raw_ns;
		snprintf(e->text, sizeof(e->text), "%s", text);
	} else {
		b->events_left++;
	}
	r->is_urgent |= kind == EVENT_RING_STATE || kind == EVENT_RING_EPOCH ||
			kind == EVENT_RING_VIOLATION;
}

static void read_foundation(const struct daemon *d, struct foundation *ret)
{
	const struct leap_table *leap = &d->status.leap.table;
	struct widening w;

	memset(ret, 0, sizeof(*ret));
	engine_widening(d->engine, &w);
	ret->reloads = d->status.process.reloads;
	ret->epoch = d->slot.epoch;
	ret->wander_ppb_s = w.is_on ? w.wander_ppb_s : 0;
	ret->jitter_ppb = w.is_on ? w.jitter_ppb : 0;
	ret->leap_expires_s = leap->expires_unix_s;
	ret->leap_entries = leap->count;
	ret->leap_doubt_ns = d->leap_doubt_ns;
}

/* ---- publications ---- */

static void widest(struct recorder *r, const struct segment_slot *slot,
		   int64_t raw_ns)
{
	struct tt_interval now;
	int64_t half_ns;

	if (interval_at(slot, slot->counter, raw_ns, INTERVAL_UNIX, &now))
		return;
	half_ns = (now.latest_ns - now.earliest_ns + 1) / 2;
	if (half_ns > r->bound.half_ns_max)
		r->bound.half_ns_max = half_ns;
}

/* ---- lines that are due ---- */

/* Not so often that a state that flaps would rotate all else away. */
static bool may_be_urgent(struct recorder *r, int64_t raw_ns)
{
	if (raw_ns - r->minute_raw_ns >= MINUTE_NS ||
	    raw_ns < r->minute_raw_ns) {
		r->minute_raw_ns = raw_ns;
		r->urgent_lines = 0;
	}
	return r->urgent_lines++ < URGENT_MAX;
}

static bool is_due(struct recorder *r, int64_t raw_ns)
{
	const bool has_news = r->bound.event_count > 0 || !r->has_basis;

	if (raw_ns >= r->next_raw_ns || raw_ns < r->line_raw_ns ||
	    (has_news && raw_ns - r->line_raw_ns >= GATHER_NS))
		return true;
	return r->is_urgent && may_be_urgent(r, raw_ns);
}

void record(struct daemon *d)
{
	struct recorder *r = d->recorder;
	struct history_log_view v;
	struct foundation now;

	if (!r)
		return;
	if (r->has_slot && d->raw_ns >= r->slot.anchor_raw_ns)
		widest(r, &r->slot, d->raw_ns); /* just before */
	widest(r, &d->slot, d->raw_ns);
	read_foundation(d, &now);
	if (memcmp(&now, &r->foundation, sizeof(now)) != 0)
		r->has_basis = false;
	r->foundation = now;
	r->slot = d->slot;
	r->has_slot = true;
	if (is_due(r, d->raw_ns))
		write_bound(d);
	if (d->raw_ns < r->next_tell_raw_ns &&
	    r->next_tell_raw_ns - d->raw_ns <= TELL_NS)
		return;
	r->next_tell_raw_ns = d->raw_ns + TELL_NS;
	history_log_look(r->log);
	history_log_view(r->log, &v);
	record_health_look(&r->health, &v, d->raw_ns);
}

void record_view(const struct daemon *d, struct status_history_log *ret)
{
	struct history_log_view v;

	memset(ret, 0, sizeof(*ret));
	if (!d->recorder) {
		record_health_none(d->cfg.history_log, d->record_err, ret);
		return;
	}
	history_log_view(d->recorder->log, &v);
	record_health_status(&d->recorder->health, &v, d->status.raw_ns, ret);
}

/* Said in order, unless the start failed before anything was. */
void record_close(struct daemon *d)
{
	struct recorder *r = d->recorder;

	if (!r)
		return;
	if (r->has_slot && r->bound.event_count > 0)
		write_bound(d);
	if (r->has_slot)
		write_line(r, history_line_end(look(d)), false);
	if (!history_log_close(r->log))
		log_write(LEVEL_ERROR, "history log %s: not all of it was "
			  "written", d->cfg.history_log);
	free(r);
	d->recorder = NULL;
}
