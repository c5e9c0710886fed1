/* SPDX-License-Identifier: Apache-2.0 */
/* A node's clock that errs by order. See serve_clock.h. */
#include "sim/serve_clock.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "libtt/eval.h"
#include "timed/bound.h"
#include "tt/tt.h"

#define S_NS INT64_C(1000000000)

/* An edge must not go back for who reads the old publication up to this long
 * after the new one was composed. */
#define LATE_NS 10000000.0

/* Part of a horizon's motion that is kept between truth and an edge. */
#define RESERVE 1.05

/* Edges less truth: an honest clock's left one is <= 0, its right one >= 0. */
struct edges {
	int64_t lo_ns, hi_ns;
	double lo_ppb, hi_ppb; /* of those before, the left one's only */
};

static double horizon_motion_ns(double ppb)
{
	return fabs(ppb) * (double)SERVE_HORIZON_NS / 1e9;
}

/* How fast the clock may move and still turn back within its interval. */
static double rate_ppb_max(const struct serve_law *law)
{
	const double turning_ppb =
		(double)law->half_ns / RESERVE / (double)SERVE_HORIZON_NS * 1e9;

	return fmin(law->max_drift_ppb, turning_ppb);
}

const char *serve_law_check(const struct serve_law *law)
{
	if (law->half_ns <= 0)
		return "--half-width must be more than 0";
	if (law->ahead_ns > law->half_ns || law->ahead_ns < -law->half_ns)
		return "--offset is beyond --half-width: the interval would "
		       "not contain truth; widen it, or make it lie by "
		       "--fault kind=liar:...";
	if (fabs(law->drift_ppb) > law->max_drift_ppb)
		return "--drift is beyond --max-drift, at which the interval "
		       "opens without sources; raise that";
	if (fabs(law->drift_ppb) > rate_ppb_max(law))
		return "--drift leaves --half-width within a second, for "
		       "which a publication must hold: less of the one or "
		       "more of the other";
	return NULL;
}

void serve_clock_init(struct serve_clock *c, const struct serve_law *law,
		      int64_t origin_ns, uint64_t seed,
		      const struct segment_slot *earlier)
{
	memset(c, 0, sizeof(*c));
	c->law = *law;
	c->origin_ns = origin_ns;
	c->rate_ppb = law->drift_ppb;
	c->ahead_ns = law->ahead_ns;
	c->wants_epoch = true;
	if (earlier)
		c->slot.epoch = earlier->epoch;
	rng_seed(&c->rng, seed);
}

void serve_clock_order(struct serve_clock *c, enum serve_mode mode,
		       int64_t amount_ns)
{
	const double half_ns = (double)c->law.half_ns;

	c->is_entering = true;
	c->mode = mode;
	switch (mode) {
	case SERVE_LIAR:
		assert(amount_ns != 0);
		c->lie_ns = amount_ns;
		return;
	case SERVE_DISPUTED:
		c->wants_epoch = true;
		return;
	case SERVE_STEP:
		c->ahead_ns += amount_ns;
		c->wants_epoch = true;
		c->mode = SERVE_NORMAL;
		return;
	case SERVE_EPOCH:
		c->ahead_ns = (int64_t)rng_uniform(&c->rng, -half_ns, half_ns);
		c->wants_epoch = true;
		c->mode = SERVE_NORMAL;
		return;
	default:
		return;
	}
}

static int64_t truth_ns(const struct serve_clock *c, int64_t raw_ns)
{
	return raw_ns + c->origin_ns;
}

/* How fast the left edge that was published moves over the next LATE_NS, at
 * most: past the horizon it opens. */
static double left_ppb(const struct serve_clock *c, int64_t raw_ns)
{
	const int64_t since_ns = raw_ns - c->slot.anchor_raw_ns;
	const double ppb = (double)c->slot.lo_slope * 1e9 / 0x1p40;

	if (since_ns >= SERVE_HORIZON_NS)
		return -c->law.max_drift_ppb;
	if (since_ns + (int64_t)LATE_NS > SERVE_HORIZON_NS)
		return fmax(ppb, -c->law.max_drift_ppb);
	return ppb;
}

/* Where the edges that were published are now. */
static bool carried(const struct serve_clock *c, int64_t raw_ns,
		    struct edges *ret)
{
	if (!c->has_slot || c->slot.state == TT_UNSYNCHRONIZED ||
	    eval_tai(&c->slot, raw_ns, &ret->lo_ns, &ret->hi_ns) != 0)
		return false;
	ret->lo_ns -= truth_ns(c, raw_ns);
	ret->hi_ns -= truth_ns(c, raw_ns);
	ret->lo_ppb = left_ppb(c, raw_ns);
	ret->hi_ppb = 0;
	return true;
}

static int64_t middle(const struct edges *e)
{
	return e->lo_ns + (e->hi_ns - e->lo_ns) / 2;
}

static double clamped(double v, double most)
{
	return fmax(-most, fmin(most, v));
}

/* The rate wanders; with sources it is turned back before the clock's error
 * would be more than its half-width. */
static void move(struct serve_clock *c, int64_t raw_ns)
{
	const double since_s =
		c->has_slot ? (double)(raw_ns - c->slot.anchor_raw_ns) / S_NS
			    : 0;
	const double step_ppb =
		c->law.wander_ppb_s * rng_uniform(&c->rng, -1, 1) * since_s;
	double ahead_ns;

	c->rate_ppb = clamped(c->rate_ppb + step_ppb, rate_ppb_max(&c->law));
	if (c->mode == SERVE_HOLDOVER)
		return;
	ahead_ns = (double)c->ahead_ns;
	if (ahead_ns * c->rate_ppb > 0 &&
	    fabs(ahead_ns) + RESERVE * horizon_motion_ns(c->rate_ppb) >
		    (double)c->law.half_ns)
		c->rate_ppb = -c->rate_ppb;
}

/* Truth lies within, now and for a horizon to come. A step may have led the
 * clock out of its half-width: then that is wider until it has come back. */
static struct edges honest(const struct serve_clock *c)
{
	const int64_t away_ns = c->ahead_ns < 0 ? -c->ahead_ns : c->ahead_ns;
	const int64_t least_ns =
		away_ns +
		(int64_t)ceil((RESERVE - 1) * horizon_motion_ns(c->rate_ppb));
	int64_t half_ns = c->law.half_ns;

	if (half_ns < least_ns)
		half_ns = least_ns;
	if (c->mode == SERVE_DISPUTED)
		half_ns *= 2;
	return (struct edges){c->ahead_ns - half_ns, c->ahead_ns + half_ns,
			      c->rate_ppb, c->rate_ppb};
}

static struct edges lie(const struct serve_clock *c)
{
	const int64_t width_ns = 2 * c->law.half_ns;
	const int64_t lo_ns = c->lie_ns > 0 ? c->lie_ns : c->lie_ns - width_ns;

	return (struct edges){lo_ns, lo_ns + width_ns, 0, 0};
}

/* Each edge opens at A1's rate, the middle goes on as it did. */
static struct edges opened(const struct serve_clock *c, struct edges e)
{
	e.lo_ppb = c->rate_ppb - c->law.max_drift_ppb;
	e.hi_ppb = c->rate_ppb + c->law.max_drift_ppb;
	return e;
}

static struct edges wanted(const struct serve_clock *c,
			   const struct edges *before)
{
	if (c->mode == SERVE_LIAR)
		return lie(c);
	if (c->mode != SERVE_HOLDOVER)
		return honest(c);
	return opened(c, before ? *before : honest(c));
}

/*
 * An honest left edge that is not behind the one before, for whoever reads that
 * up to LATE_NS after this was composed, nor passes truth before the horizon.
 * Lines: no less than before at both ends of that span, no more than 0 at the
 * end of the horizon, where the one before was right.
 */
static void hold_line(const struct edges *before, struct edges *want)
{
	const double lo_ns = (double)before->lo_ns;
	const double late_ns = lo_ns + before->lo_ppb * LATE_NS / 1e9;
	const double end_ns = (double)SERVE_HORIZON_NS;
	double ppb = fmin(want->lo_ppb, -lo_ns * 1e9 / end_ns);

	if (want->lo_ns >= before->lo_ns &&
	    (double)want->lo_ns + want->lo_ppb * LATE_NS / 1e9 >= late_ns)
		return;
	want->lo_ns = before->lo_ns;
	if (ppb < before->lo_ppb) {
		ppb = fmin(want->lo_ppb, -late_ns * 1e9 / (end_ns - LATE_NS));
		want->lo_ns = (int64_t)ceil(late_ns - ppb * LATE_NS / 1e9);
	}
	/* Truth is at the very edge: it goes left as slowly as it did. */
	if (want->lo_ns > 0) {
		want->lo_ns = 0;
		ppb = fmin(late_ns, 0) * 1e9 / LATE_NS;
	}
	want->lo_ppb = ppb;
}

/* `earliest` does not go back within an epoch: an honest left edge is kept, as
 * truth was right of it; with a lie about, the epoch ends. */
static void hold_left(struct serve_clock *c, const struct edges *before,
		      struct edges *want)
{
	const bool lies = c->was_lying || c->mode == SERVE_LIAR;

	if (!before)
		c->wants_epoch = true;
	if (c->wants_epoch)
		return;
	if (lies)
		c->wants_epoch = want->lo_ns < before->lo_ns;
	else
		hold_line(before, want);
}

static void begin_epoch(struct serve_clock *c, int64_t raw_ns)
{
	if (!c->wants_epoch)
		return;
	c->wants_epoch = false;
	/* As timed: the raw time of its start, and then one by one. */
	if (!c->has_slot && c->slot.epoch < (uint64_t)raw_ns)
		c->slot.epoch = (uint64_t)raw_ns;
	else
		c->slot.epoch++;
	c->slot.epoch_raw_ns = raw_ns;
}

static void fill(struct serve_clock *c, int64_t raw_ns, const struct edges *e)
{
	struct segment_slot *s = &c->slot;

	s->anchor_raw_ns = raw_ns;
	s->tai_lo_ns = truth_ns(c, raw_ns) + e->lo_ns;
	s->tai_hi_ns = truth_ns(c, raw_ns) + e->hi_ns;
	s->lo_slope = bound_slope_floor(e->lo_ppb);
	s->hi_slope = bound_slope_ceil(e->hi_ppb);
	if (c->mode == SERVE_LIAR)
		s->lo_slope = s->hi_slope = 0; /* by as much as was ordered */
	s->horizon_ns = SERVE_HORIZON_NS;
	s->drift = bound_slope_ceil(c->law.max_drift_ppb);
	if (c->mode != SERVE_HOLDOVER || c->is_entering)
		s->void_raw_ns = raw_ns + c->law.void_after_ns;
	s->flags = c->law.flags;
	s->utc_offset_ns = SERVE_UTC_NS;
	s->leap_tai_ns = INT64_MAX;
	s->best_tai_ns = truth_ns(c, raw_ns) + middle(e);
	s->best_slope = (int64_t)(c->rate_ppb * 0x1p40 / 1e9);
	s->state = c->mode == SERVE_HOLDOVER   ? TT_HOLDOVER
		   : c->mode == SERVE_DISPUTED ? TT_DISPUTED
					       : TT_SYNCHRONIZED;
}

void serve_clock_withdraw(const struct serve_clock *c, int64_t raw_ns,
			  struct segment_slot *ret)
{
	*ret = c->slot;
	ret->anchor_raw_ns = raw_ns;
	ret->void_raw_ns = raw_ns;
	ret->flags = 0;
	ret->state = TT_UNSYNCHRONIZED;
}

/* The error goes on where the last publication has led it; a new mode may
 * bring it back to what its half-width allows. */
static void follow(struct serve_clock *c, const struct edges *before)
{
	const double room_ns = (double)c->law.half_ns -
			       RESERVE * horizon_motion_ns(c->rate_ppb);

	if (before && !c->was_lying && !c->wants_epoch)
		c->ahead_ns = middle(before);
	if (c->is_entering && c->mode == SERVE_NORMAL && !c->wants_epoch)
		c->ahead_ns = (int64_t)clamped((double)c->ahead_ns, room_ns);
}

bool serve_clock_compose(struct serve_clock *c, int64_t raw_ns,
			 struct segment_slot *ret)
{
	struct edges before, want;
	const bool has_before = carried(c, raw_ns, &before);
	const bool is_over =
		c->mode == SERVE_HOLDOVER && !c->is_entering && !has_before;

	if (c->mode == SERVE_STALE)
		return false;
	if (c->mode == SERVE_UNSYNCHRONIZED || is_over) {
		serve_clock_withdraw(c, raw_ns, ret);
		c->slot = *ret;
		c->is_entering = false;
		c->was_lying = false;
		return true;
	}
	follow(c, has_before ? &before : NULL);
	move(c, raw_ns);
	want = wanted(c, has_before && !c->was_lying ? &before : NULL);
	hold_left(c, has_before ? &before : NULL, &want);
	begin_epoch(c, raw_ns);
	fill(c, raw_ns, &want);
	c->has_slot = true;
	c->is_entering = false;
	c->was_lying = c->mode == SERVE_LIAR;
	*ret = c->slot;
	return true;
}
