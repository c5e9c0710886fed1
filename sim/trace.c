/* SPDX-License-Identifier: Apache-2.0 */
/* A run at a page's resolution. See trace.h. */
#include "sim/trace.h"

#include <math.h>
#include <string.h>

#include "tt/tt.h"

#define TICK_S    0.1
#define WARM_UP_S 1000.0
#define SHORT_S   7200.0 /* so short that the start is part of it */

void trace_init(struct trace *t, double hours)
{
	memset(t, 0, sizeof(*t));
	t->length_s = hours * 3600;
	t->from_s = t->length_s > SHORT_S ? WARM_UP_S : 0;
	for (int i = 0; i < TRACE_COLUMNS; i++) {
		t->column[i].half_ns_min = HUGE_VAL;
		t->column[i].place_min = HUGE_VAL;
		t->column[i].place_max = -HUGE_VAL;
	}
}

static struct trace_column *column_at(struct trace *t, double now_s)
{
	const int i = (int)(now_s / t->length_s * TRACE_COLUMNS);

	return &t->column[i < TRACE_COLUMNS ? i : TRACE_COLUMNS - 1];
}

static void add_event(struct trace *t, enum trace_event_kind kind, double at_s,
		      int state)
{
	if (t->events < TRACE_EVENTS_MAX)
		t->event[t->events] = (struct trace_event){
			kind, at_s, state, t->has_last ? t->last_half_ns : 0};
	t->events++;
}

static void note_changes(struct trace *t, double now_s, int state,
			 const struct tt_interval *i)
{
	if (!t->has_last || state != t->last_state)
		add_event(t, TRACE_STATE, now_s, state);
	else if (i && i->epoch != t->last_epoch)
		add_event(t, TRACE_EPOCH, now_s, state);
	t->has_last = true;
	t->last_state = state;
	t->last_epoch = i ? i->epoch : 0;
}

const double trace_mark_s[TRACE_MARKS] = {60,        600,       3600,
					  6 * 3600,  12 * 3600, 24 * 3600};

/* The longest stretch of holdover is the one to tell of. */
static void note_holdover(struct trace *t, double now_s, int state,
			  double half_ns)
{
	struct trace_holdover *h = &t->now;

	if (state != TT_HOLDOVER) {
		h->length_s = 0;
		return;
	}
	if (!(h->length_s > 0)) {
		memset(h, 0, sizeof(*h));
		h->from_s = now_s;
	}
	h->length_s = now_s - h->from_s + TICK_S;
	h->half_ns = half_ns;
	for (int i = 0; i < TRACE_MARKS; i++)
		if (!(h->mark_half_ns[i] > 0) &&
		    h->length_s >= trace_mark_s[i])
			h->mark_half_ns[i] = half_ns;
	if (h->length_s >= t->longest.length_s)
		t->longest = *h;
}

void trace_tick(struct trace *t, int64_t raw_ns, int64_t unix_ns,
		const struct tt_interval *interval)
{
	const double now_s = (double)raw_ns / 1e9;
	struct trace_column *c = column_at(t, now_s);
	const int state = interval ? (int)interval->state : 0;
	double half_ns, place;

	note_changes(t, now_s, state, interval);
	c->reads++;
	t->reads++;
	c->state_reads[state]++;
	t->state_s[state] += TICK_S;
	c->errors += !interval;
	t->last_half_ns = 0;
	if (!interval) {
		note_holdover(t, now_s, state, 0);
		return;
	}
	half_ns = (double)(interval->latest_ns - interval->earliest_ns) / 2;
	note_holdover(t, now_s, state, half_ns);
	place = (double)(unix_ns - interval->earliest_ns) / half_ns - 1;
	t->last_half_ns = half_ns;
	if (now_s >= t->from_s)
		widths_add(&t->width, half_ns);
	c->half_ns_min = fmin(c->half_ns_min, half_ns);
	c->half_ns_max = fmax(c->half_ns_max, half_ns);
	c->place_min = fmin(c->place_min, place);
	c->place_max = fmax(c->place_max, place);
	if (unix_ns < interval->earliest_ns ||
	    unix_ns > interval->latest_ns) {
		c->misses++;
		t->misses++;
	}
	if (now_s >= t->from_s && half_ns > t->half_ns_max) {
		t->half_ns_max = half_ns;
		t->half_ns_max_at_s = now_s;
	}
}
