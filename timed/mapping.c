/* SPDX-License-Identifier: Apache-2.0 */
/* The CPU's counter for the segment's readers: learnt from reading to reading,
 * published while it holds. */
#include "timed/daemon_private.h"
#include "timed/tick_probe.h"

int64_t mapping_open(struct daemon *d)
{
	char reason[TICK_PROBE_REASON_SIZE] = "";
	int64_t err_ns = 0;

	if (d->cfg.counter == COUNTER_AUTO)
		err_ns = tick_probe(d->env, d->clocksource, reason);
	if (reason[0] != '\0')
		log_write(LEVEL_NOTICE, "readers use the kernel's raw clock, "
			  "not the CPU's counter: %s", reason);
	tick_map_init(&d->ticks, err_ns, d->cfg.horizon_ns);
	return err_ns;
}

void mapping_end(struct daemon *d)
{
	tick_map_init(&d->ticks, 0, 0);
	engine_map_counter(d->engine, false);
}

void mapping_update(struct daemon *d)
{
	const uint64_t failures = d->ticks.failures;
	struct env_ticks reading;

	if (d->ticks.err_ns == 0)
		return;
	env_ticks(d->env, &reading);
	engine_map_counter(d->engine, tick_map_add(&d->ticks, &reading));
	if (d->ticks.failures == failures)
		return;
	/* One of the two has jumped, and no telling which. */
	engine_disrupted(d->engine, d->raw_ns,
			 "the raw clock and the CPU's counter ran apart");
}

void mapping_fill(const struct daemon *d, struct segment_slot *slot)
{
	if (slot->counter == SEGMENT_COUNTER_TSC)
		tick_map_page(&d->ticks, slot->anchor_raw_ns,
			      &slot->tsc_anchor, &slot->tsc_mult);
}
