/* SPDX-License-Identifier: Apache-2.0 */
/* The faults' names. See fault.h. */
#include "sim/fault.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *name, *says, *unit, *breaks;
} faults[FAULT_COUNT] = {
	[FAULT_LIE] = {"lie", "a source is off by a constant", "ns", NULL},
	[FAULT_RAMP] = {"ramp", "a source leaves at a constant rate", "ppb",
			NULL},
	[FAULT_FREEZE] = {"freeze", "a source tells its last offset for ever",
			  "", NULL},
	[FAULT_DEGRADE] = {"degrade",
			   "a source errs by more, and says so", "ns", NULL},
	[FAULT_SPURIOUS] = {"spurious", "some of a source's pulses are none",
			    "%", NULL},
	[FAULT_SILENCE] = {"silence", "nothing comes from a source", "", NULL},
	[FAULT_ASYMMETRY] = {"asymmetry", "one direction becomes longer", "ns",
			     NULL},
	[FAULT_REROUTE] = {"reroute", "both directions become longer", "ns",
			   NULL},
	[FAULT_RATE_JUMP] = {"rate-jump", "the counter's rate jumps", "ppb",
			     "A2"},
	[FAULT_STOP_SEEN] = {"stop-seen",
			     "the counter stops, and the daemon is told", "s",
			     NULL},
	[FAULT_STOP_UNSEEN] = {"stop-unseen",
			       "the counter stops, and nobody is told", "s",
			       "A5"},
	[FAULT_PAUSE] = {"pause", "the daemon stands still", "", NULL},
	[FAULT_KILL] = {"kill", "the daemon is killed, and restarted later",
			"", NULL},
	[FAULT_CHANGE] = {"change", "another server answers in a source's name",
			  "ns", NULL},
	[FAULT_ANNOUNCE] = {"announce",
			    "a source announces a leap second (1, -1; 0: none)",
			    "leap seconds", NULL},
	[FAULT_REBOOT] = {"reboot", "the host is down, and comes back", "s",
			  NULL},
	[FAULT_PREEMPT] = {"preempt",
			   "a reader is held up between its two reads", "",
			   NULL},
	[FAULT_TABLE] = {"table", "the daemon is given the true leap table",
			 "", NULL},
	[FAULT_REHEARSE] = {"rehearse", "the operator rehearses holdover", "",
			    NULL},
	[FAULT_DISABLE] = {"disable", "the operator disables a source", "",
			   NULL},
};

const char *fault_name(enum fault_kind kind)
{
	return faults[kind].name;
}

bool fault_parse(const char *name, enum fault_kind *ret)
{
	for (int k = 0; k < FAULT_COUNT; k++)
		if (!strcmp(faults[k].name, name)) {
			*ret = (enum fault_kind)k;
			return true;
		}
	return false;
}

const char *fault_says(enum fault_kind kind)
{
	return faults[kind].says;
}

const char *fault_unit(enum fault_kind kind)
{
	return faults[kind].unit;
}

const char *fault_breaks(enum fault_kind kind)
{
	return faults[kind].breaks;
}

bool fault_is_of_feed(enum fault_kind kind)
{
	switch (kind) {
	case FAULT_RATE_JUMP:
	case FAULT_STOP_SEEN:
	case FAULT_STOP_UNSEEN:
	case FAULT_PAUSE:
	case FAULT_KILL:
	case FAULT_REBOOT:
	case FAULT_PREEMPT:
	case FAULT_TABLE:
	case FAULT_REHEARSE:
		return false;
	default:
		return true;
	}
}

bool fault_is_once(enum fault_kind kind)
{
	return kind == FAULT_RATE_JUMP || kind == FAULT_STOP_SEEN ||
	       kind == FAULT_STOP_UNSEEN || kind == FAULT_REBOOT ||
	       kind == FAULT_TABLE;
}
