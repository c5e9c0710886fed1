/* SPDX-License-Identifier: Apache-2.0 */
/* The bound that an earlier life of the daemon left in the segment. */
#include "libtt/interval.h"
#include "timed/bound.h"
#include "timed/daemon_private.h"

/* How far the system clock may be off an earlier life's bound for that to be
 * taken on: less than any suspend lasts. */
#define RESUME_NS (NS_PER_S / 2)

/*
 * Does the system clock agree with an earlier life's bound? The counter stands
 * still in a suspend, of which nobody here has seen anything; the system clock
 * is set forward after it. One that was off before, or has been stepped since,
 * disagrees as well: that costs the memory, nothing else.
 */
static bool agrees_with_system_clock(struct daemon *d,
				     const struct segment_slot *s)
{
	struct tt_interval then;
	struct env_pair pair;

	return env_pair(d->env, &pair) == 0 &&
	       interval_at(s, SEGMENT_COUNTER_RAW, pair.raw_ns_after,
			   INTERVAL_UNIX, &then) == 0 &&
	       pair.real_ns >= then.earliest_ns - RESUME_NS &&
	       pair.real_ns <= then.latest_ns + RESUME_NS;
}

/*
 * Does what it rests on still hold, by what the drift file says of the life that
 * published it, and by the page's own A1? That is rounded up, and where the page
 * is mapped it has the map's rate in it too.
 */
static const char *doubt(const struct daemon *d, const struct segment_slot *s)
{
	int64_t least = bound_slope_floor(engine_axioms(d->engine)->drift_ppb);

	if (s->counter == SEGMENT_COUNTER_TSC)
		least += bound_slope_ceil(BOUND_MAP_PPB);
	if (d->doubt)
		return d->doubt;
	return s->drift < least ? "axioms.drift is wider now" : NULL;
}

/* It counts if it can still be in force. */
void resume(struct daemon *d)
{
	const struct segment_slot *s = &d->publish.earlier;
	const char *why;

	if (!d->publish.has_earlier || s->anchor_raw_ns > d->raw_ns ||
	    s->void_raw_ns <= d->raw_ns ||
	    s->state == ENGINE_UNSYNCHRONIZED)
		return;
	why = doubt(d, s);
	if (why) {
		log_write(LEVEL_NOTICE, "an earlier life's bound is left: %s",
			  why);
		return;
	}
	if (!counter_outlives(d, s)) {
		log_write(LEVEL_NOTICE,
			  "an earlier life's bound is left: the hypervisor has "
			  "disrupted the counter since");
		return;
	}
	if (!agrees_with_system_clock(d, s)) {
		log_write(LEVEL_NOTICE,
			  "an earlier life's bound is left: the "
			  "system clock disagrees with it (suspended, or "
			  "stepped, meanwhile?)");
		return;
	}
	engine_resume(d->engine, s, d->raw_ns);
	log_write(LEVEL_NOTICE,
		  "an earlier life's bound, %lld s old, is "
		  "taken on",
		  (long long)((d->raw_ns - s->anchor_raw_ns) / NS_PER_S));
}
