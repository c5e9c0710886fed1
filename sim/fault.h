/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The faults, each by name. What a fault does is told by its kind; when, to
 * whom and how much by the scenario. Some break an axiom, most do not.
 */
#ifndef FAULT_H
#define FAULT_H

#include <stdbool.h>

enum fault_kind {
	FAULT_LIE,          /* a source is off by `value` ns */
	FAULT_RAMP,         /* ... leaves by `value` ppb from `from_s` on */
	FAULT_FREEZE,       /* ... tells its last offset for ever, as if new */
	FAULT_DEGRADE,      /* ... errs by up to `value` ns more, and says so */
	FAULT_SPURIOUS,     /* `value` of its pulses in a hundred are none */
	FAULT_SILENCE,      /* nothing comes from it */
	FAULT_ASYMMETRY,    /* the way out takes `value` ns more */
	FAULT_REROUTE,      /* both ways take `value` ns more */
	FAULT_RATE_JUMP,    /* the counter's rate jumps by `value` ppb: A2 */
	FAULT_STOP_SEEN,    /* the counter stands for `value` s; the daemon is
	                       told (vmclock, a resume hook) */
	FAULT_STOP_UNSEEN,  /* ... is not told: A5 */
	FAULT_PAUSE,        /* the daemon stands still */
	FAULT_KILL,         /* ... is dead, and restarted at `to_s` */
	FAULT_CHANGE,       /* another server or grandmaster answers in its
	                       name: its error lies at the other end, the way
	                       to it is `value` ns longer */
	FAULT_ANNOUNCE,     /* it announces a leap second of `value` s (1, -1;
	                       0: none) for the end of the month */
	FAULT_REBOOT,       /* `value` s pass; another counter, no page */
	FAULT_PREEMPT,      /* a reader is held up between its two reads */
	FAULT_TABLE,        /* the daemon is given the true leap table */
	FAULT_REHEARSE,     /* the operator rehearses holdover */
	FAULT_DISABLE,      /* ... has a source not be used */
	FAULT_COUNT
};

#define FAULT_ALL_FEEDS (-1)

struct fault {
	enum fault_kind kind;
	double from_s, to_s; /* raw time; to_s unused where it happens once */
	int feed;            /* whose, where it is a source's */
	double value;
};

const char *fault_name(enum fault_kind kind);       /* "lie" ... */
bool fault_parse(const char *name, enum fault_kind *ret);
const char *fault_says(enum fault_kind kind);       /* a line for people */
const char *fault_unit(enum fault_kind kind);       /* of value, "" none */

/* Which axiom it breaks whenever it happens ("A2", "A5"), or NULL: none, or
 * (lies) it depends on how many there are. */
const char *fault_breaks(enum fault_kind kind);

/* Does it happen to a feed (`feed`), not to the host? And once, or for a
 * while? */
bool fault_is_of_feed(enum fault_kind kind);
bool fault_is_once(enum fault_kind kind);

static inline bool fault_is_on(const struct fault *f, double now_s)
{
	return now_s >= f->from_s && now_s < f->to_s;
}

#endif
