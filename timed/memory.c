/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was published last, going on while no source bounds anything: after a
 * restart in holdover, or when the last source is gone. A belief whose polygon
 * begins as the page has it: x between its edges, y between its slopes, which
 * are wider than what was known of y by J and more.
 */
#include "timed/engine_private.h"

static double slope_ppb(int64_t slope)
{
	return (double)slope * 1e9 / (double)(INT64_C(1) << SEGMENT_RATE_SHIFT);
}

void memory_forget(struct engine *e)
{
	belief_clear(&e->memory);
	e->may_remember = false;
}

static void begin(struct engine *e)
{
	const struct segment_slot *s = &e->bound.slot;
	const struct belief_constraint c = {
		.raw_ns = s->anchor_raw_ns,
		.lo_ns = s->tai_lo_ns - s->anchor_raw_ns,
		.hi_ns = s->tai_hi_ns - s->anchor_raw_ns};
	double lo_ppb = slope_ppb(s->lo_slope);
	double hi_ppb = slope_ppb(s->hi_slope);

	if (e->opt.breaks & BREAK_RECALL)
		lo_ppb = hi_ppb = (lo_ppb + hi_ppb) / 2;
	belief_start(&e->memory, &e->opt.axioms, &c, lo_ppb, hi_ppb);
}

/* The page doubts the leap table no more than it did when it was made. */
static bool is_beyond_doubt(const struct engine *e, int64_t tai_ns)
{
	return audit_doubt_ns(e, tai_ns - engine_offset_ns(e, tai_ns) +
					 LEAP_NEAR_NS) == e->doubt_ns;
}

bool memory_recall(struct engine *e, int64_t raw_ns)
{
	struct range r;

	if (e->memory.samples == 0 && e->may_remember && e->bound.has_slot &&
	    raw_ns < e->bound.slot.void_raw_ns)
		begin(e);
	if (e->memory.samples == 0 || raw_ns < e->memory.raw_ns)
		return false;
	belief_range(&e->memory, &e->opt.axioms, raw_ns, &r.lo_ns, &r.hi_ns);
	belief_rate(&e->memory, &e->opt.axioms, raw_ns, &r.rate_ppb_min,
		    &r.rate_ppb_max);
	if (!is_beyond_doubt(e, raw_ns + r.hi_ns)) {
		memory_forget(e);
		return false;
	}
	e->fusion.is_memory = true;
	e->fusion.range = r;
	return true;
}
