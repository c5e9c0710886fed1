/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Axiom A5: the raw counter neither stops nor jumps unseen. Whoever can tell
 * that it did is asked here, and the engine is told.
 */
#include <errno.h>
#include <string.h>

#include "timed/daemon_private.h"
#include "tt/tt.h"

/* How often the kernel's clock source is looked at. */
#define CLOCKSOURCE_NS NS_PER_S

static void disrupted(struct daemon *d, const char *why)
{
	tick_map_forget(&d->ticks);
	engine_disrupted(d->engine, d->raw_ns, why);
	discipline_forget(d);
	log_write(LEVEL_WARNING, "new epoch: %s", why);
}

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
	disrupted(d, "the raw clock went back");
	equip(d, NULL);
}

/* A hypervisor says that it has moved the machine, or the like. A page that is
 * being changed is looked at again at the next check. */
static bool has_vmclock_changed(struct daemon *d)
{
	struct vmclock_page page;
	uint64_t before = d->vmclock_marker;

	if (!d->vmclock || vmclock_read(d->vmclock, &page))
		return false;
	d->vmclock_marker = page.marker;
	return page.marker != before;
}

/* Its first page must be whole, or there is no marker to compare with. */
static void open_vmclock(struct daemon *d)
{
	const char *path = d->cfg.vmclock;
	struct vmclock_page page;
	int err;

	if (*path == '\0')
		return;
	err = vmclock_open(path, &d->vmclock);
	if (!err)
		err = vmclock_read(d->vmclock, &page);
	if (!err) {
		d->vmclock_marker = page.marker;
		log_write(LEVEL_NOTICE, "%s: disruptions are told there", path);
		return;
	}
	vmclock_close(d->vmclock);
	d->vmclock = NULL;
	if (err != -ENOENT)
		log_write(LEVEL_WARNING, "%s: %s: no disruption will be told",
			  path, strerror(-err));
}

static void has_slept(struct daemon *d)
{
	static const char why[] = "the machine was suspended";

	disrupted(d, why);
	withdraw_end(d, why);
}

void counter_open(struct daemon *d)
{
	suspend_open(&d->suspend, SUSPEND_COUNT_PATH);
	open_vmclock(d);
	if (!d->vmclock && d->cfg.vmclock_readers == VMCLOCK_CHECK)
		log_write(LEVEL_WARNING, "vmclock_readers = \"check\": there is "
			  "no vmclock page, and readers are not told to look");
}

void counter_close(struct daemon *d)
{
	suspend_close(&d->suspend);
	vmclock_close(d->vmclock);
}

void counter_fill(const struct daemon *d, struct segment_slot *slot)
{
	slot->flags &= ~TT_FLAG_VMCLOCK;
	slot->marker = 0;
	if (!d->vmclock || d->cfg.vmclock_readers != VMCLOCK_CHECK)
		return;
	slot->flags |= TT_FLAG_VMCLOCK;
	slot->marker = d->vmclock_marker;
}

bool counter_outlives(const struct daemon *d, const struct segment_slot *slot)
{
	return !(slot->flags & TT_FLAG_VMCLOCK) || !d->vmclock ||
	       slot->marker == d->vmclock_marker;
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
		has_slept(d);
	if (has_clocksource_changed(d)) {
		mapping_end(d);
		disrupted(d, "the kernel changed its clock source");
	}
	if (has_vmclock_changed(d))
		disrupted(d, "the hypervisor disrupted the counter");
	return is_back;
}
