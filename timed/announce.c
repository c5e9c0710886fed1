/* SPDX-License-Identifier: Apache-2.0 */
/* What a grandmaster may announce. See announce.h. */
#include "timed/announce.h"

#include <math.h>
#include <string.h>

#include "libtt/eval.h"
#include "timed/engine.h"

#define NS_PER_S INT64_C(1000000000)

/* A look is not better than this: its own arithmetic. */
#define ROUND_NS 4

/* A leap second at the end of this UTC day is no further off. */
#define DAY_NS (86401 * NS_PER_S)

#define REFERENCES (1U << SOURCE_GNSS | 1U << SOURCE_PTP | 1U << SOURCE_PHC)

/* So long an accuracy must be better before it is announced. */
#define BETTER_NS (30 * NS_PER_S)

/* Beyond this an error says nothing; sums of some do not overflow. */
#define ERROR_NS_MAX (100000 * NS_PER_S)

/* TAI - raw of the bound and the best estimate, as of the look and over lead. */
struct edges {
	int64_t lo_ns, hi_ns; /* TAI, views' errors not added */
	int64_t best_ns;
	int64_t opens_ns; /* so far may either go until the lead is over */
};

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t scaled(int64_t slope, int64_t d_ns)
{
	return (int64_t)(((__int128)slope * d_ns) >> SEGMENT_RATE_SHIFT);
}

static int64_t upward(double ns)
{
	return ns < (double)ERROR_NS_MAX ? (int64_t)ceil(ns) : ERROR_NS_MAX;
}

/* The slopes are right over the horizon; from then on A2 says how fast they
 * change. */
static int64_t opens_ns(const struct announce *a,
			const struct segment_slot *slot)
{
	const double lead_s = (double)a->opt.lead_ns / 1e9;
	const int64_t lo =
		scaled(slot->best_slope - slot->lo_slope, a->opt.lead_ns);
	const int64_t hi =
		scaled(slot->hi_slope - slot->best_slope, a->opt.lead_ns);

	return larger(larger(lo, hi), 0) + 1 +
	       upward(a->opt.wander_ppb_s * lead_s * lead_s);
}

static bool find_edges(const struct announce *a,
		       const struct segment_slot *slot, int64_t raw_ns,
		       struct edges *ret)
{
	const int64_t d_ns = raw_ns - slot->anchor_raw_ns;

	if (slot->state == ENGINE_UNSYNCHRONIZED ||
	    eval_tai(slot, raw_ns, &ret->lo_ns, &ret->hi_ns) != 0)
		return false;
	ret->best_ns =
		slot->best_tai_ns + d_ns + scaled(slot->best_slope, d_ns);
	if (ret->best_ns < ret->lo_ns)
		ret->best_ns = ret->lo_ns;
	if (ret->best_ns > ret->hi_ns)
		ret->best_ns = ret->hi_ns;
	ret->opens_ns = opens_ns(a, slot);
	return true;
}

/* The edges in the scale that the clock shows. PTP knows no smear. */
static void to_scale(const struct segment_slot *slot, bool is_utc,
		     struct edges *e)
{
	struct segment_slot step = *slot;

	if (!is_utc) {
		e->lo_ns -= slot->tai_err_ns;
		e->hi_ns += slot->tai_err_ns;
		return;
	}
	step.leap_mode = SEGMENT_LEAP_STEP;
	e->lo_ns = eval_unix_min(&step, e->lo_ns) - slot->utc_err_ns;
	e->hi_ns = eval_unix_max(&step, e->hi_ns) + slot->utc_err_ns;
	e->best_ns = eval_unix_min(&step, e->best_ns);
}

/* ---- how far the clock moves ---- */

static void see(struct announce_span *s, int64_t off_ns)
{
	if (!s->has_any || off_ns < s->off_ns_min)
		s->off_ns_min = off_ns;
	if (!s->has_any || off_ns > s->off_ns_max)
		s->off_ns_max = off_ns;
	s->has_any = true;
}

/* Two spans, so that one of them at least is whole. */
static void watch(struct announce *a, int64_t raw_ns, int64_t off_ns)
{
	if (!a->now.has_any)
		a->now.since_raw_ns = raw_ns;
	if (raw_ns - a->now.since_raw_ns > a->opt.lead_ns) {
		a->before = a->now;
		a->now = (struct announce_span){.since_raw_ns = raw_ns};
	}
	see(&a->now, off_ns);
}

static bool is_watched(const struct announce *a, int64_t raw_ns)
{
	return a->before.has_any ||
	       raw_ns - a->now.since_raw_ns >= a->opt.lead_ns;
}

static int64_t moves_ns(const struct announce *a)
{
	int64_t min_ns = a->now.off_ns_min, max_ns = a->now.off_ns_max;

	if (a->before.has_any && a->before.off_ns_min < min_ns)
		min_ns = a->before.off_ns_min;
	if (a->before.has_any && a->before.off_ns_max > max_ns)
		max_ns = a->before.off_ns_max;
	return max_ns - min_ns;
}

/* ---- the error ---- */

static void measure(struct announce *a, const struct announce_look *look,
		    struct edges *e, struct announce_word *ret)
{
	const struct ptp_served *s = &look->served;
	const int64_t lo_ns = s->raw_ns + s->lo_ns,
		      hi_ns = s->raw_ns + s->hi_ns;
	const int64_t mid_ns = lo_ns + (hi_ns - lo_ns) / 2;
	int64_t far_ns;

	to_scale(look->slot, s->is_utc, e);
	far_ns = larger(larger(hi_ns - e->lo_ns, e->hi_ns - lo_ns), 0);
	ret->has_offset = true;
	ret->offset_ns = e->best_ns - mid_ns;
	watch(a, s->raw_ns, mid_ns - e->best_ns);
	ret->has_error = is_watched(a, s->raw_ns);
	ret->error_ns = far_ns < ERROR_NS_MAX
				? far_ns + moves_ns(a) + e->opens_ns + ROUND_NS
				: ERROR_NS_MAX;
	if (!ret->has_error)
		ret->reason = "the clock that is served is watched first";
}

static void declare(const struct announce *a, const struct announce_look *look,
		    struct edges *e, struct announce_word *ret)
{
	to_scale(look->slot, look->served.is_utc, e);
	ret->has_error = true;
	ret->error_ns = larger(e->hi_ns - e->best_ns, e->best_ns - e->lo_ns) +
			a->opt.clock_error_ns + e->opens_ns + ROUND_NS;
}

/* ---- what follows ---- */

static uint8_t time_source(unsigned int fresh)
{
	if (fresh & 1U << SOURCE_GNSS)
		return PTP_SOURCE_GNSS;
	if (fresh & 1U << SOURCE_PTP)
		return PTP_SOURCE_PTP;
	if (fresh & 1U << SOURCE_PHC)
		return PTP_SOURCE_OTHER;
	if (fresh & 1U << SOURCE_NTP)
		return PTP_SOURCE_NTP;
	return PTP_SOURCE_OSCILLATOR;
}

void announce_nothing(const struct leap_table *leap, bool is_utc,
		      struct ptp_settings *ret)
{
	const int64_t offset_s = leap->entry[leap->count - 1].offset_s;

	*ret = (struct ptp_settings){
		.quality = {.class = PTP_CLASS_DEFAULT,
			    .accuracy = PTP_ACCURACY_UNKNOWN,
			    .variance = PTP_VARIANCE_UNKNOWN},
		.properties = {.utc_offset_s = (int16_t)offset_s,
			       .flags = is_utc ? 0 : PTP_TIMESCALE,
			       .source = PTP_SOURCE_OSCILLATOR}};
}

/* TAI - UTC means something in PTP's own scale only (IEEE 1588-2008, 8.2.4). */
static void say_utc(const struct announce_look *look, int64_t tai_ns,
		    struct ptp_time_properties *ret)
{
	const struct segment_slot *slot = look->slot;
	const bool has_leap = slot->leap_tai_ns != INT64_MAX;
	const int64_t ahead_ns = has_leap ? slot->leap_tai_ns - tai_ns : 0;
	int64_t offset_ns = slot->utc_offset_ns;

	if (has_leap && ahead_ns <= 0)
		offset_ns += slot->leap_delta_ns;
	ret->utc_offset_s = (int16_t)(offset_ns / NS_PER_S);
	if (look->served.is_utc ||
	    tai_ns - offset_ns >= look->leap->expires_unix_s * NS_PER_S)
		return;
	ret->flags |= PTP_UTC_OFFSET_VALID;
	if (ahead_ns > 0 && ahead_ns <= DAY_NS)
		ret->flags |= slot->leap_delta_ns > 0	? PTP_LEAP_61
			      : slot->leap_delta_ns < 0 ? PTP_LEAP_59
							: 0;
}

static uint8_t choose_accuracy(struct announce *a, int64_t error_ns,
			       int64_t raw_ns)
{
	const uint8_t accuracy = ptpmsg_accuracy_of(error_ns);

	if (accuracy >= a->accuracy || a->accuracy == 0 ||
	    raw_ns - a->accuracy_raw_ns >= BETTER_NS) {
		a->accuracy = accuracy;
		a->accuracy_raw_ns = raw_ns;
	}
	return a->accuracy;
}

/* Once beyond the limit, it is to be clearly within it. */
static bool is_within(struct announce *a, int64_t error_ns)
{
	const int64_t max_ns = a->opt.error_ns_max;

	a->was_good = error_ns <= (a->was_good ? max_ns : max_ns - max_ns / 4);
	return a->was_good;
}

static void choose_class(struct announce *a, const struct announce_look *look,
			 struct announce_word *w)
{
	const bool is_locked = look->slot->state == ENGINE_SYNCHRONIZED &&
			       (look->fresh & REFERENCES);
	const bool is_good = is_within(a, w->error_ns);
	struct ptp_settings *s = &w->settings;

	if (is_good && is_locked)
		a->was_locked = true;
	if (!a->was_locked) {
		w->reason = is_good ? "no reference (GNSS, PTP, PHC) is fresh"
				    : "the error is beyond error_max";
		return;
	}
	s->quality.class = !is_good    ? PTP_CLASS_DEGRADED
			   : is_locked ? PTP_CLASS_LOCKED
				       : PTP_CLASS_HOLDOVER;
	s->quality.accuracy =
		choose_accuracy(a, w->error_ns, look->served.raw_ns);
	s->properties.source = time_source(look->fresh);
	if (is_good)
		s->properties.flags |=
			PTP_TIME_TRACEABLE | PTP_FREQUENCY_TRACEABLE;
	else
		w->reason = "the error is beyond error_max";
}

void announce_update(struct announce *a, const struct announce_look *look,
		     struct announce_word *ret)
{
	struct edges e;

	memset(ret, 0, sizeof(*ret));
	announce_nothing(look->leap, look->served.is_utc, &ret->settings);
	if (!find_edges(a, look->slot, look->served.raw_ns, &e)) {
		ret->reason = "there is no bound";
		announce_forget(a);
		return;
	}
	say_utc(look, e.best_ns, &ret->settings.properties);
	if (look->is_seen)
		measure(a, look, &e, ret);
	else if (a->opt.clock_error_ns >= 0)
		declare(a, look, &e, ret);
	else
		ret->reason = look->unseen;
	if (look->slot->state == ENGINE_DISPUTED)
		ret->reason = "the sources contradict each other";
	if (!ret->reason)
		choose_class(a, look, ret);
}

void announce_forget(struct announce *a)
{
	a->was_locked = a->was_good = false;
	a->accuracy = 0;
	memset(&a->now, 0, sizeof(a->now));
	memset(&a->before, 0, sizeof(a->before));
}

void announce_init(struct announce *a, const struct announce_options *opt)
{
	memset(a, 0, sizeof(*a));
	a->opt = *opt;
}
