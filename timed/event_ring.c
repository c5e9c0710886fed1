/* SPDX-License-Identifier: Apache-2.0 */
/* The last events. See event_ring.h. */
#include "timed/event_ring.h"

#include <assert.h>
#include <string.h>

/* No daemon lives for so many. */
#define COUNT_MAX INT64_MAX

const char *event_ring_name(enum event_ring_kind kind)
{
	static const char *const names[EVENT_RING_KINDS] = {
		[EVENT_RING_STATE] = "state",
		[EVENT_RING_EPOCH] = "epoch",
		[EVENT_RING_VIOLATION] = "violation",
		[EVENT_RING_VERDICT] = "verdict",
		[EVENT_RING_CONTRADICTION] = "contradiction",
		[EVENT_RING_UTC] = "utc",
		[EVENT_RING_AXIOMS] = "axioms",
		[EVENT_RING_REHEARSAL] = "rehearsal",
		[EVENT_RING_STEERING] = "steering",
		[EVENT_RING_LEAP] = "leap",
		[EVENT_RING_DRIVER] = "driver",
		[EVENT_RING_DAEMON] = "daemon",
	};

	assert(kind < EVENT_RING_KINDS);
	return names[kind];
}

void event_ring_add(struct event_ring *r, const struct event_ring_entry *e,
		    const char *text)
{
	struct event_ring_entry *to;

	assert(e->kind < EVENT_RING_KINDS);
	to = &r->entry[e->kind][r->written[e->kind] % EVENT_RING_KEPT];
	*to = *e;
	to->number = r->count + 1;
	strncpy(to->text, text, sizeof(to->text) - 1);
	to->text[sizeof(to->text) - 1] = '\0';
	r->written[e->kind]++;
	r->count++;
}

const struct event_ring_entry *event_ring_next(const struct event_ring *r,
					       uint64_t from)
{
	const struct event_ring_entry *next = NULL;

	for (int k = 0; k < EVENT_RING_KINDS; k++)
		for (int i = 0; i < EVENT_RING_KEPT; i++) {
			const struct event_ring_entry *e = &r->entry[k][i];

			if (e->number != 0 && e->number >= from &&
			    (!next || e->number < next->number))
				next = e;
		}
	return next;
}

static void tame_kind(struct event_ring *r, uint32_t kind)
{
	for (int i = 0; i < EVENT_RING_KEPT; i++) {
		struct event_ring_entry *e = &r->entry[kind][i];

		e->kind = kind;
		e->text[sizeof(e->text) - 1] = '\0';
		if (e->number > r->count)
			e->number = 0;
	}
}

void event_ring_tame(struct event_ring *r)
{
	if (r->count > COUNT_MAX)
		memset(r, 0, sizeof(*r));
	for (uint32_t kind = 0; kind < EVENT_RING_KINDS; kind++)
		tame_kind(r, kind);
}
