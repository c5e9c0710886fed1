/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last events, one by one: EVENT_RING_KEPT of each kind, so that a source
 * that comes and goes pushes no change of the state out. Plain memory of fixed
 * size: it lies in the history's file. No clock and no IO.
 */
#ifndef EVENT_RING_H
#define EVENT_RING_H

#include <stdbool.h>
#include <stdint.h>

#define EVENT_RING_KEPT      32 /* of each kind */
#define EVENT_RING_TEXT_SIZE 192

enum event_ring_kind {
	EVENT_RING_STATE,         /* of what is published */
	EVENT_RING_EPOCH,         /* a new one */
	EVENT_RING_VIOLATION,     /* what axioms rule out */
	EVENT_RING_VERDICT,       /* on a source */
	EVENT_RING_CONTRADICTION, /* a source against its own belief */
	EVENT_RING_UTC,           /* a source's word and the leap table */
	EVENT_RING_AXIOMS,        /* widened, or given back */
	EVENT_RING_REHEARSAL,
	EVENT_RING_STEERING,
	EVENT_RING_LEAP,          /* the table */
	EVENT_RING_DRIVER,        /* its health */
	EVENT_RING_DAEMON,        /* started, reloaded, stopped */
	EVENT_RING_KINDS
};

struct event_ring_entry {
	uint64_t number;     /* of all kinds, from 1 on; 0: none yet */
	int64_t raw_ns;
	int64_t unix_raw_ns; /* Unix time - raw, then: a label */
	uint32_t kind;
	uint32_t has_unix;
	char text[EVENT_RING_TEXT_SIZE];
};

struct event_ring {
	uint64_t count;                    /* so far */
	uint64_t written[EVENT_RING_KINDS];
	struct event_ring_entry entry[EVENT_RING_KINDS][EVENT_RING_KEPT];
};

/* "state", "epoch", ... */
const char *event_ring_name(enum event_ring_kind kind);

/* One more. `e` gives instant, label and kind; the rest is set here, the text
 * cut to its room. */
void event_ring_add(struct event_ring *r, const struct event_ring_entry *e,
		    const char *text);

/* The oldest of those with a number of `from` or more; NULL: there is none. */
const struct event_ring_entry *event_ring_next(const struct event_ring *r,
					       uint64_t from);

/* Whatever is in it, the above can read it. */
void event_ring_tame(struct event_ring *r);

#endif
