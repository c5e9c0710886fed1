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
	struct history_log_view told;
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
		free(r);
		return;
	}
	r->bound.half_ns_max = -1;
	r->told.sequence = -1;
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

/* ---- its health ---- */

static void tell_err(const struct daemon *d, const struct history_log_view *v,
		     const struct history_log_view *was)
{
	const char *path = d->cfg.history_log;
	const unsigned long long lost = (unsigned long long)v->lost;

	if (v->err == 0 && was->err != 0)
		log_write(LEVEL_NOTICE, "history log %s: it is written again; "
			  "%llu lines lost since the start", path, lost);
	else if (v->err == -EEXIST && was->err != v->err)
		log_write(LEVEL_ERROR, "history log %s: something else is "
			  "there: move it away, or name another file in "
			  "history.log", path);
	else if (v->err == -EBUSY && was->err != v->err)
		log_write(LEVEL_WARNING, "history log %s: another process "
			  "writes there: two must not; waiting for its end",
			  path);
	else if (v->err != was->err)
		log_write(LEVEL_ERROR, "history log %s: %s: lines wait, and "
			  "it is tried again", path, strerror(-v->err));
	if (v->lost > 0 && was->lost == 0)
		log_write(LEVEL_ERROR, "history log %s: lines are being lost",
			  path);
}

/* To the log that others keep: what was written up to here can be proved to be
 * what it was. */
static void tell_rotation(const struct daemon *d,
			  const struct history_log_view *v,
			  const struct history_log_view *was)
{
	const char *path = d->cfg.history_log;

	if (v->rotation_err != 0 && v->rotation_err != was->rotation_err)
		log_write(LEVEL_ERROR, "history log %s: it cannot be rotated "
			  "(%s), and grows on", path,
			  strerror(-v->rotation_err));
	if (v->rotations != was->rotations && v->sequence >= 0)
		log_write(LEVEL_NOTICE, "history log %s: rotated; line %lld is "
			  "sha256 %s", path, (long long)v->sequence,
			  v->sha256);
}

static void tell(struct daemon *d)
{
	struct recorder *r = d->recorder;
	struct history_log_view v;

	history_log_view(r->log, &v);
	tell_err(d, &v, &r->told);
	tell_rotation(d, &v, &r->told);
	if (v.has_ended && !r->told.has_ended)
		log_write(LEVEL_ERROR, "history log %s: its writer has ended, "
			  "nothing is recorded any more: restart timed",
			  d->cfg.history_log);
	r->told = v;
}

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
	tell(d);
}

void record_view(const struct daemon *d, struct status_history_log *ret)
{
	struct history_log_view v;

	memset(ret, 0, sizeof(*ret));
	if (!d->recorder)
		return;
	history_log_view(d->recorder->log, &v);
	ret->is_on = true;
	ret->lines = v.written;
	ret->lost = v.lost;
	ret->has_sequence = v.sequence >= 0 && *v.sha256;
	ret->sequence = v.sequence;
	memcpy(ret->sha256, v.sha256, sizeof(ret->sha256));
	if (v.has_ended)
		snprintf(ret->error, sizeof(ret->error),
			 "its writer has ended: restart timed");
	else if (v.err == -EEXIST)
		snprintf(ret->error, sizeof(ret->error),
			 "something else is there");
	else if (v.err || v.rotation_err)
		snprintf(ret->error, sizeof(ret->error), "%s%s",
			 v.err ? "" : "it cannot be rotated: ",
			 strerror(v.err ? -v.err : -v.rotation_err));
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
