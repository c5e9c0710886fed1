/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Withdrawing the bound before the machine sleeps. CLOCK_MONOTONIC_RAW stands
 * still meanwhile, and a reader that runs before timed does afterwards would
 * take the page of before for a page of now. Whatever ends it, what was known
 * before stays void: the kernel need not tell of every sleep (hibernation).
 */
#include <errno.h>

#include "timed/daemon_private.h"

void withdraw(struct daemon *d, int64_t for_ns)
{
	d->is_withdrawn = true;
	d->withdrawn_raw_ns = d->raw_ns;
	d->withdrawn_for_ns = for_ns;
	tick_map_forget(&d->ticks);
	engine_withdraw(d->engine, d->raw_ns, "withdrawn before a sleep");
	discipline_forget(d);
	daemon_publish(d);
}

int withdraw_end(struct daemon *d, const char *why)
{
	if (!d->is_withdrawn)
		return -EALREADY;
	d->is_withdrawn = false;
	tick_map_forget(&d->ticks);
	engine_restore(d->engine, d->raw_ns, "the bound had been withdrawn");
	discipline_forget(d);
	log_write(LEVEL_NOTICE, "the bound is no longer withdrawn: %s", why);
	return 0;
}

void withdraw_look(struct daemon *d)
{
	const int64_t since_ns = d->raw_ns - d->withdrawn_raw_ns;

	if (d->is_withdrawn && (since_ns < 0 || since_ns >= d->withdrawn_for_ns))
		withdraw_end(d, "its time was over");
}
