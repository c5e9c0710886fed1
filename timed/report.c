/* SPDX-License-Identifier: Apache-2.0 */
/* Who hears of what the engine does: the log, of events, and not too often;
 * and the service manager. */
#include <string.h>

#include "timed/daemon_private.h"
#include "timed/notify.h"

#define MINUTE_NS (60 * NS_PER_S)

/* How often the manager hears how wide the bound is. */
#define TELL_NS (10 * NS_PER_S)

/* Lines of one kind in a minute. */
#define LINES_MAX 20

static enum log_level event_level(enum engine_event event)
{
	switch (event) {
	case EVENT_STATE:
	case EVENT_EPOCH:
	case EVENT_REHEARSAL:
		return LEVEL_NOTICE;
	case EVENT_AXIOMS:
	case EVENT_CONTRADICTION:
	case EVENT_UTC:
		return LEVEL_WARNING;
	case EVENT_VIOLATION:
		return LEVEL_ERROR;
	case EVENT_VERDICT:
		break;
	}
	return LEVEL_INFO;
}

static enum event_ring_kind event_kind(enum engine_event event)
{
	switch (event) {
	case EVENT_STATE:
		return EVENT_RING_STATE;
	case EVENT_EPOCH:
		return EVENT_RING_EPOCH;
	case EVENT_REHEARSAL:
		return EVENT_RING_REHEARSAL;
	case EVENT_AXIOMS:
		return EVENT_RING_AXIOMS;
	case EVENT_CONTRADICTION:
		return EVENT_RING_CONTRADICTION;
	case EVENT_UTC:
		return EVENT_RING_UTC;
	case EVENT_VIOLATION:
		return EVENT_RING_VIOLATION;
	case EVENT_VERDICT:
		break;
	}
	return EVENT_RING_VERDICT;
}

bool report_is_let_through(struct daemon *d, struct limiter *l,
			   enum log_level level)
{
	if (d->raw_ns - l->since_raw_ns >= MINUTE_NS) {
		if (l->held_back > 0)
			log_write(level,
				  "%u more lines of this kind were held back",
				  l->held_back);
		*l = (struct limiter){.since_raw_ns = d->raw_ns};
	}
	if (l->lines < LINES_MAX) {
		l->lines++;
		return true;
	}
	l->held_back++;
	return false;
}

void report_event(void *arg, enum engine_event event, const char *text)
{
	struct daemon *d = arg;

	const enum log_level level = event_level(event);

	/* What was widened is to outlive a crash: at the next publication. */
	if (event == EVENT_AXIOMS)
		d->next_hourly_raw_ns = d->raw_ns;
	remember_event(d, event_kind(event), "%s", text);
	if (report_is_let_through(d, &d->limiter[event], level))
		log_write(level, "%s", text);
}

void report_to_manager(struct daemon *d)
{
	const struct segment_slot *s = &d->slot;
	const char *state = engine_state_name((enum engine_state)s->state);
	int64_t half_ns;

	if (s->state == d->told_state && d->raw_ns < d->next_told_raw_ns)
		return;
	d->told_state = s->state;
	d->next_told_raw_ns = d->raw_ns + TELL_NS;
	if (s->state == ENGINE_UNSYNCHRONIZED) {
		notify_send("STATUS=%s", state);
		return;
	}
	half_ns = (s->tai_hi_ns - s->tai_lo_ns + 1) / 2;
	notify_send("STATUS=%s%s, +-%lld.%03lld us", state,
		    engine_rehearsal(d->engine)->is_on ? " (rehearsal)" : "",
		    (long long)(half_ns / 1000), (long long)(half_ns % 1000));
}

void report_alive(struct daemon *d)
{
	const uint64_t sequence = publish_sequence(&d->publish);

	if (d->watchdog_ns == 0 || d->raw_ns < d->next_watchdog_raw_ns ||
	    sequence == d->fed_sequence)
		return;
	d->fed_sequence = sequence;
	d->next_watchdog_raw_ns = d->raw_ns + d->watchdog_ns;
	notify_send("WATCHDOG=1");
}
