/* SPDX-License-Identifier: Apache-2.0 */
/* The published bound. See bound.h. */
#include "timed/bound.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "libtt/eval.h"

#define NS_PER_S 1e9

int64_t bound_slope_floor(double ppb)
{
	return (int64_t)floor(ppb * 0x1p40 / 1e9) - 1;
}

int64_t bound_slope_ceil(double ppb)
{
	return -bound_slope_floor(-ppb);
}

void bound_init(struct bound *b, int64_t raw_ns)
{
	memset(b, 0, sizeof(*b));
	b->slot.epoch = (uint64_t)raw_ns;
	b->slot.epoch_raw_ns = raw_ns;
	b->slot.anchor_raw_ns = raw_ns;
	b->slot.void_raw_ns = raw_ns;
	b->state_since_raw_ns = raw_ns;
	snprintf(b->epoch_reason, sizeof(b->epoch_reason), "start");
}

void bound_new_epoch(struct bound *b, const char *why)
{
	b->is_new_epoch = true;
	snprintf(b->epoch_reason, sizeof(b->epoch_reason), "%s", why);
}

void bound_forget(struct bound *b, const char *why)
{
	b->has_slot = false;
	b->ghost_samples = 0;
	b->was_disputed = false;
	bound_new_epoch(b, why);
}

void bound_contradicted(struct bound *b)
{
	b->is_contradicted = true;
}

bool bound_is_hull(const struct bound *b)
{
	return b->was_disputed || b->ghost_samples > 0;
}

void bound_agreed(struct bound *b)
{
	if (b->ghost_samples > 0)
		b->ghost_samples--;
}

static bool is_mapped_now(const struct bound *b)
{
	return b->has_slot && b->slot.counter == SEGMENT_COUNTER_TSC;
}

/* What the last publication says of raw_ns, as a range. */
static bool carried(const struct bound *b, int64_t raw_ns, double drift_ppb,
		    struct range *ret)
{
	int64_t lo_ns, hi_ns;

	if (!b->has_slot || eval_tai(&b->slot, raw_ns, &lo_ns, &hi_ns) != 0)
		return false;
	*ret = range_unbounded(drift_ppb);
	ret->lo_ns = lo_ns - raw_ns;
	ret->hi_ns = hi_ns - raw_ns;
	return true;
}

/* By so much more a mapped page opens past its horizon. */
static int64_t map_slope(const struct segment_slot *slot)
{
	const int64_t slope = bound_slope_ceil(BOUND_MAP_PPB);

	if (slot->counter != SEGMENT_COUNTER_TSC)
		return 0;
	return slot->drift < slope ? slot->drift : slope;
}

void bound_unmap(struct segment_slot *slot)
{
	if (slot->counter != SEGMENT_COUNTER_TSC)
		return;
	slot->drift -= map_slope(slot);
	slot->tai_lo_ns += slot->tsc_err_ns;
	slot->counter = SEGMENT_COUNTER_RAW;
}

/*
 * Readers of a mapped publication may have had raw time up to its error later
 * than it was, and its left edge allows for it: without the map the edge is as
 * much further right, which they may have seen.
 */
static void unmap_left(struct bound *b, bool is_mapped, struct range *before)
{
	if (!is_mapped_now(b) || is_mapped)
		return;
	before->lo_ns += b->slot.tsc_err_ns;
	b->lo_margin_ns = 0;
}

/*
 * No reader has had `earliest` from this page further right by raw_ns: of one
 * that is void by then, it is what it said last. Readers of a mapped page may be
 * ahead by its error (unmap_left()) and by what the map may have run off by past
 * the horizon, but never past its end.
 */
static bool left_by(const struct segment_slot *slot, bool is_mapped,
		    int64_t raw_ns, int64_t *ret_lo_ns)
{
	struct segment_slot s = *slot;
	int64_t hi_ns;

	if (raw_ns >= s.void_raw_ns) {
		raw_ns = s.void_raw_ns > s.anchor_raw_ns ? s.void_raw_ns - 1
							 : s.anchor_raw_ns;
		s.void_raw_ns = raw_ns + 1;
		is_mapped = true;
	}
	if (!is_mapped)
		s.drift -= map_slope(&s);
	if (eval_tai(&s, raw_ns, ret_lo_ns, &hi_ns) != 0)
		return false;
	if (s.counter == SEGMENT_COUNTER_TSC && !is_mapped)
		*ret_lo_ns += s.tsc_err_ns;
	return true;
}

/* The left edge that readers have by raw_ns, if it binds this epoch. */
static bool shown_left(const struct bound *b, bool is_mapped, int64_t raw_ns,
		       int64_t *ret_lo_ns)
{
	return b->has_shown && b->shown.epoch == b->slot.epoch &&
	       left_by(&b->shown, is_mapped, raw_ns, ret_lo_ns);
}

bool bound_is_behind(const struct bound *b, int64_t raw_ns)
{
	const bool is_mapped = is_mapped_now(b);
	int64_t lo_ns, shown_ns;

	return b->has_slot && left_by(&b->slot, is_mapped, raw_ns, &lo_ns) &&
	       shown_left(b, is_mapped, raw_ns, &shown_ns) &&
	       shown_ns - lo_ns > 1;
}

/* Nothing goes on from a page that is void: may a left edge at lo_ns be behind
 * what was read from it, or is read from an older one that readers still have? */
static bool may_go_back(const struct bound *b, bool is_mapped, int64_t raw_ns,
			int64_t lo_ns)
{
	int64_t said_ns, shown_ns;

	return !left_by(&b->slot, is_mapped, raw_ns, &said_ns) ||
	       said_ns > lo_ns ||
	       (shown_left(b, is_mapped, raw_ns, &shown_ns) &&
		shown_ns > lo_ns);
}

void bound_shown(struct bound *b)
{
	b->shown = b->slot;
	b->shown_margin_ns = b->lo_margin_ns;
	b->has_shown = b->has_slot;
}

/* Of the page of before and of what readers have, the left edge that is further
 * right binds, and the margin that it has. */
static void hold_before(struct bound *b, bool is_mapped, int64_t raw_ns,
			struct range *before)
{
	int64_t lo_ns;

	unmap_left(b, is_mapped, before);
	if (!shown_left(b, is_mapped, raw_ns, &lo_ns) ||
	    lo_ns - raw_ns <= before->lo_ns)
		return;
	before->lo_ns = lo_ns - raw_ns;
	b->lo_margin_ns = b->shown.counter == SEGMENT_COUNTER_TSC && !is_mapped
				  ? 0
				  : b->shown_margin_ns;
}

static void set_ghost(struct bound *b, const struct range *r, int64_t raw_ns,
		      uint64_t breaks)
{
	if (breaks & BREAK_HULL)
		return;
	b->ghost = *r;
	b->ghost_raw_ns = raw_ns;
	b->ghost_samples = BOUND_GHOST_SAMPLES;
}

/* Nobody knows which of the two was right, so they open by A1 alone. */
static struct range opened(struct range r, int64_t since_ns, double drift_ppb)
{
	const double open_ns = drift_ppb * (double)since_ns / NS_PER_S;

	r.lo_ns -= (int64_t)ceil(open_ns);
	r.hi_ns += (int64_t)ceil(open_ns);
	r.rate_ppb_min = -drift_ppb;
	r.rate_ppb_max = drift_ppb;
	return r;
}

static void note_dispute(struct bound *b, const struct fusion *f,
			 int64_t raw_ns)
{
	if (f->is_disputed) {
		b->was_disputed = true;
		b->dispute = f->range;
		b->dispute_raw_ns = raw_ns;
	} else if (raw_ns - b->dispute_raw_ns >= BOUND_DISPUTE_HOLD_NS) {
		b->was_disputed = false;
	}
}

/* Did something break? Then what was published joins the hull. */
static enum bound_outcome audit(struct bound *b, const struct fusion *f,
				const struct engine_options *opt,
				int64_t raw_ns)
{
	struct range before;
	const bool has_before =
		carried(b, raw_ns, opt->axioms.drift_ppb, &before);
	enum bound_outcome outcome = BOUND_KEPT;

	if (f->is_disputed && !b->was_disputed)
		outcome = BOUND_DISPUTED;
	else if (b->is_contradicted ||
		 (has_before && !f->is_disputed && !b->is_new_epoch &&
		  !range_meets(&f->range, &before)))
		outcome = BOUND_CONTRADICTED;
	b->is_contradicted = false;
	note_dispute(b, f, raw_ns);
	if (outcome == BOUND_KEPT)
		return outcome;
	if (has_before)
		set_ghost(b, &before, raw_ns, opt->breaks);
	bound_new_epoch(b, outcome == BOUND_DISPUTED
				   ? "sources contradict each other"
				   : "contradicted by measurements");
	return outcome;
}

/*
 * `earliest` never goes back within an epoch: an earlier left edge still holds,
 * and as truth has been no further left until now, from here on it goes left no
 * faster than what is known of its rate now allows. It is let go of faster, as
 * nothing may be remembered for ever: by the end of the horizon it is where the
 * present left edge will be; but no faster than A1 opens. Where a hull must go
 * further left, the epoch ends; and where a left edge is behind what a page said
 * that is void, of which nothing is remembered.
 */
static void hold_left(struct bound *b, struct range *want,
		      const struct engine_options *opt, bool is_hull,
		      bool is_mapped, int64_t raw_ns)
{
	const int64_t margin_ns = b->lo_margin_ns;
	const double drift_ppb = opt->axioms.drift_ppb;
	struct range before;

	b->remembers_lo = false;
	b->lo_margin_ns = opt->counter_err_ns;
	if ((opt->breaks & BREAK_CLAMP) || b->is_new_epoch || !b->has_slot)
		return;
	if (!carried(b, raw_ns, drift_ppb, &before)) {
		if (may_go_back(b, is_mapped, raw_ns, raw_ns + want->lo_ns))
			bound_new_epoch(b, "the bound was void, and goes back");
		return;
	}
	b->lo_margin_ns = margin_ns;
	hold_before(b, is_mapped, raw_ns, &before);
	if (before.lo_ns <= want->lo_ns) {
		b->lo_margin_ns = opt->counter_err_ns;
		return;
	}
	if (is_hull || before.lo_ns > want->hi_ns) {
		b->lo_margin_ns = opt->counter_err_ns;
		bound_new_epoch(b, "the hull of contradicting sources grew");
		return;
	}
	want->rate_ppb_min -= (double)(before.lo_ns - want->lo_ns) /
			      (double)opt->horizon_ns * NS_PER_S;
	want->lo_ns = before.lo_ns;
	b->remembers_lo = true;
}

/* May this publication be mapped? Its left edge must allow for all of the
 * map's error. */
static void set_counter(struct bound *b, const struct engine_options *opt,
			bool is_mapped)
{
	is_mapped = is_mapped && opt->counter_err_ns > 0 &&
		    b->lo_margin_ns >= opt->counter_err_ns;
	b->slot.counter = is_mapped ? SEGMENT_COUNTER_TSC : SEGMENT_COUNTER_RAW;
	b->slot.tsc_err_ns = opt->counter_err_ns;
	/* Past the horizon the line goes its own way. */
	if (is_mapped)
		b->slot.drift += bound_slope_ceil(BOUND_MAP_PPB);
}

static void set_state(struct bound *b, enum engine_state state, int64_t raw_ns)
{
	if (b->slot.state != (uint32_t)state)
		b->state_since_raw_ns = raw_ns;
	b->slot.state = state;
}

static void begin_epoch(struct bound *b, int64_t raw_ns, uint64_t breaks)
{
	if (!b->is_new_epoch)
		return;
	b->is_new_epoch = false;
	if (breaks & BREAK_EPOCH)
		return;
	b->slot.epoch++;
	b->slot.epoch_raw_ns = raw_ns;
}

/*
 * The edges as lines over the horizon H: with slow rate y >= ymin now,
 * x(d) >= x + (ymin - J - W H / 2) d for all d <= H, and never below A1.
 */
static void set_edges(struct bound *b, const struct range *r,
		      const struct engine_options *opt, int64_t raw_ns)
{
	const struct axioms *ax = &opt->axioms;
	const double h_s = (double)opt->horizon_ns / NS_PER_S;
	const double more_ppb = ax->jitter_ppb + ax->wander_ppb_s * h_s / 2;
	const double lo_ppb = fmax(r->rate_ppb_min - more_ppb, -ax->drift_ppb);
	const double hi_ppb = fmin(r->rate_ppb_max + more_ppb, ax->drift_ppb);
	struct segment_slot *s = &b->slot;

	s->anchor_raw_ns = raw_ns;
	s->tai_lo_ns = raw_ns + r->lo_ns;
	s->tai_hi_ns = raw_ns + r->hi_ns;
	s->lo_slope = bound_slope_floor(lo_ppb);
	s->hi_slope = bound_slope_ceil(hi_ppb);
	if (opt->breaks & BREAK_HORIZON)
		s->lo_slope = s->hi_slope = 0;
	s->horizon_ns = opt->horizon_ns;
	s->drift = opt->breaks & BREAK_OPENING
			   ? 0
			   : bound_slope_ceil(ax->drift_ppb);
}

/* No source bounds anything now: what was published opens by A2, where its rate
 * is known to be this counter's; else by A1, until it is void. */
static void compose_from_memory(struct bound *b, const struct fusion *f,
				const struct engine_options *opt,
				bool is_mapped, int64_t raw_ns)
{
	const int64_t void_raw_ns = f->is_memory ? raw_ns + opt->void_after_ns
						 : b->slot.void_raw_ns;
	struct range r;

	if (!b->is_new_epoch && carried(b, raw_ns, opt->axioms.drift_ppb, &r)) {
		if (f->is_memory)
			r = range_intersection(&r, &f->range);
		hold_before(b, is_mapped, raw_ns, &r);
		set_edges(b, &r, opt, raw_ns);
		set_counter(b, opt, is_mapped);
		b->slot.void_raw_ns = void_raw_ns;
		set_state(b, ENGINE_HOLDOVER, raw_ns);
		return;
	}
	if (b->has_slot)
		bound_forget(b, "the bound was lost");
	b->slot.anchor_raw_ns = raw_ns;
	b->slot.void_raw_ns = raw_ns;
	b->slot.flags = 0;
	b->slot.counter = SEGMENT_COUNTER_RAW;
	set_state(b, ENGINE_UNSYNCHRONIZED, raw_ns);
}

struct range bound_range(const struct bound *b, const struct fusion *f,
			 const struct engine_options *opt, int64_t raw_ns)
{
	const double drift_ppb = opt->axioms.drift_ppb;
	struct range want = f->range, other;

	if (b->ghost_samples > 0) {
		other = opened(b->ghost, raw_ns - b->ghost_raw_ns, drift_ppb);
		want = range_hull(&want, &other);
	}
	if (b->was_disputed && !(opt->breaks & BREAK_HULL)) {
		other = opened(b->dispute, raw_ns - b->dispute_raw_ns,
			       drift_ppb);
		want = range_hull(&want, &other);
	}
	return want;
}

enum bound_outcome bound_compose(struct bound *b, const struct fusion *f,
				 const struct engine_options *opt,
				 bool is_mapped, int64_t raw_ns)
{
	enum bound_outcome outcome;
	struct range want;
	bool is_hull;

	if (!f->is_bounded) {
		compose_from_memory(b, f, opt, is_mapped, raw_ns);
		return BOUND_KEPT;
	}
	if (b->has_slot && !(opt->breaks & BREAK_BASIS) &&
	    (f->tai_err_ns != b->slot.tai_err_ns ||
	     f->utc_err_ns != b->slot.utc_err_ns))
		bound_forget(b, "what the page's TAI rests on has changed");
	outcome = audit(b, f, opt, raw_ns);
	want = bound_range(b, f, opt, raw_ns);
	is_hull = bound_is_hull(b);
	if (opt->counter_err_ns > 0)
		want.lo_ns -= opt->counter_err_ns + 1;
	hold_left(b, &want, opt, is_hull, is_mapped, raw_ns);
	begin_epoch(b, raw_ns, opt->breaks);
	set_edges(b, &want, opt, raw_ns);
	set_counter(b, opt, is_mapped);
	b->slot.void_raw_ns = raw_ns + opt->void_after_ns;
	b->slot.flags = f->flags;
	b->slot.tai_err_ns = f->tai_err_ns;
	b->slot.utc_err_ns = f->utc_err_ns;
	b->has_slot = true;
	set_state(b,
		  is_hull	? ENGINE_DISPUTED
		  : f->is_fresh ? ENGINE_SYNCHRONIZED
				: ENGINE_HOLDOVER,
		  raw_ns);
	return outcome;
}
