/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Axiom A5: the raw counter neither stops nor jumps unseen. Whoever can tell
 * that it did is asked here, and the engine is told.
 */
#include <string.h>

#include "timed/daemon_private.h"

/* How often the kernel's clock source is looked at. */
#define CLOCKSOURCE_NS NS_PER_S

/* Another clock source is another counter: its rate was never learnt. */
static bool has_clocksource_changed(struct daemon *d)
{
	char now[DRIFTFILE_NAME_SIZE];

	if (d->clocksource[0] == '\0' || d->raw_ns < d->next_clocksource_raw_ns)
		return false;
	d->next_clocksource_raw_ns = d->raw_ns + CLOCKSOURCE_NS;
	if (driftfile_clocksource(DRIFTFILE_CLOCKSOURCE, now) ||
	    strcmp(now, d->clocksource) == 0)
		return false;
	memcpy(d->clocksource, now, sizeof(now));
	return true;
}

static void start_anew(struct daemon *d)
{
	drivers_close(&d->drivers, NULL);
	engine_disrupted(d->engine, d->raw_ns, "the raw clock went back");
	equip(d, NULL);
}

bool counter_check(struct daemon *d)
{
	int64_t raw_ns = env_raw_ns(d->env);
	bool is_back = raw_ns < d->raw_ns;

	d->raw_ns = raw_ns;
	log_stamp(raw_ns);
	if (is_back) {
		d->next_clocksource_raw_ns = raw_ns;
		start_anew(d);
	}
	if (suspend_has_slept(&d->suspend))
		engine_disrupted(d->engine, raw_ns,
				 "the machine was suspended");
	if (has_clocksource_changed(d))
		engine_disrupted(d->engine, raw_ns,
				 "the kernel changed its clock source");
	return is_back;
}
