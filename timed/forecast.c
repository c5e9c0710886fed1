/* SPDX-License-Identifier: Apache-2.0 */
/* What would be published if nothing came in. See forecast.h. */
#include "timed/forecast.h"

#include <math.h>

#include "timed/engine_private.h"

#define NS_PER_S 1e9

/* How finely a crossing is looked for: steps of a quarter, then halves. */
#define FIRST_STEP_NS INT64_C(1000000000)
#define EXACT_NS      INT64_C(1000000)

/* Rounding: a whole ns on each side of belief, line and label. */
#define ROUND_NS 4

const int64_t forecast_half_ns[FORECAST_WIDTHS] = {100000, 1000000, 10000000};

/* How long before a possible leap second the first source doubts it. */
static int64_t near_ns(const struct engine *e)
{
	for (int i = 0; i < e->source_count; i++)
		if (e->source[i].announced &&
		    e->source[i].info.scale == SCALE_UTC_SMEARED)
			return SMEAR_NEAR_NS;
	return LEAP_NEAR_NS;
}

static int64_t doubt_at(const struct engine *e, int64_t tai_ns)
{
	return audit_doubt_ns(e, tai_ns - engine_offset_ns(e, tai_ns) +
					 near_ns(e));
}

/* Past a possible leap second a second more of doubt would be published. The
 * latest is as far on as raw time is, and less than a thousandth of it more. */
static bool is_past_leap(const struct engine *e, int64_t after_ns)
{
	const int64_t tai_ns = e->bound.slot.tai_hi_ns;

	return doubt_at(e, tai_ns + after_ns + after_ns / 1000) >
	       doubt_at(e, tai_ns);
}

/* What a page opens by, beyond what is known then, until the next one: its
 * lines go as the extremes of the rate, and have A2's margin over H. */
static double page_ns(const struct engine *e, const struct range *r)
{
	const double h_s = (double)e->opt.horizon_ns / NS_PER_S;

	return (r->rate_ppb_max - r->rate_ppb_min) * h_s / 2 +
	       e->opt.axioms.wander_ppb_s * h_s * h_s / 8 + ROUND_NS;
}

/* From the beliefs. False: none of them bounds anything. */
static bool fused_half_ns(const struct engine *e, int64_t raw_ns, double *ret)
{
	struct fusion f;
	struct range r;

	fusion_compute(e->source, e->source_count, &e->opt, raw_ns,
		       e->doubt_ns, &f);
	if (!f.is_bounded)
		return false;
	r = bound_range(&e->bound, &f, &e->opt, raw_ns);
	*ret = (double)(r.hi_ns - r.lo_ns + e->opt.counter_err_ns) / 2 +
	       (double)f.utc_err_ns + page_ns(e, &r);
	return true;
}

/* From what was published last: by its rate, or by A1 until it is void. */
static double remembered_half_ns(const struct engine *e, int64_t raw_ns)
{
	const struct segment_slot *s = &e->bound.slot;
	const double d_s = (double)(raw_ns - s->anchor_raw_ns) / NS_PER_S;
	struct range r = {.rate_ppb_min = -e->opt.axioms.drift_ppb,
			  .rate_ppb_max = e->opt.axioms.drift_ppb};

	if (e->memory.samples > 0) {
		belief_range(&e->memory, &e->opt.axioms, raw_ns, &r.lo_ns,
			     &r.hi_ns);
		belief_rate(&e->memory, &e->opt.axioms, raw_ns,
			    &r.rate_ppb_min, &r.rate_ppb_max);
		return (double)(r.hi_ns - r.lo_ns) / 2 +
		       (double)s->utc_err_ns + page_ns(e, &r);
	}
	if (raw_ns >= s->void_raw_ns)
		return HUGE_VAL;
	return (double)(s->tai_hi_ns - s->tai_lo_ns) / 2 +
	       (double)s->utc_err_ns + e->opt.axioms.drift_ppb * d_s +
	       ROUND_NS;
}

static double half_ns_after(const struct engine *e, int64_t after_ns)
{
	const int64_t raw_ns = e->raw_ns + after_ns;
	double half_ns;

	if (is_past_leap(e, after_ns))
		return HUGE_VAL;
	return fused_half_ns(e, raw_ns, &half_ns)
		       ? half_ns
		       : remembered_half_ns(e, raw_ns);
}

/* The last instant within `half_ns`, between one that is and one that is not. */
static int64_t crossing_ns(const struct engine *e, int64_t half_ns,
			   int64_t within_ns, int64_t beyond_ns)
{
	while (beyond_ns - within_ns > EXACT_NS) {
		const int64_t mid = within_ns + (beyond_ns - within_ns) / 2;

		if (half_ns_after(e, mid) > (double)half_ns)
			beyond_ns = mid;
		else
			within_ns = mid;
	}
	return within_ns;
}

bool forecast_make(const struct engine *e, struct forecast *ret)
{
	int64_t before_ns = 0, at_ns = 0;
	int k = 0;

	if (e->bound.slot.state == ENGINE_UNSYNCHRONIZED)
		return false;
	ret->raw_ns = e->raw_ns;
	while (k < FORECAST_WIDTHS && at_ns < FORECAST_NS_MAX) {
		const double half_ns = half_ns_after(e, at_ns);

		for (; k < FORECAST_WIDTHS &&
		       half_ns > (double)forecast_half_ns[k]; k++)
			ret->in_ns[k] =
				at_ns == 0 ? 0
					   : crossing_ns(e, forecast_half_ns[k],
							 before_ns, at_ns);
		before_ns = at_ns;
		at_ns += at_ns / 4 + FIRST_STEP_NS;
	}
	for (; k < FORECAST_WIDTHS; k++)
		ret->in_ns[k] = FORECAST_NS_MAX;
	return true;
}
