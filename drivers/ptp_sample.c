/* SPDX-License-Identifier: Apache-2.0 */
/* From PTP exchanges to samples. See ptp_sample.h. */
#include "drivers/ptp_sample.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define NS_PER_S INT64_C(1000000000)

/* A budget term that is larger is no bound; offsets beyond would overflow. */
#define TERM_NS_MAX  (100000 * NS_PER_S)
#define STAMP_NS_MAX (INT64_C(1) << 62)
#define RAW_NS_MAX   (INT64_C(1) << 61)
#define AGE_NS_MAX   (100 * NS_PER_S)

/* No free clock is further off nominal: those of transparent clocks, which
 * measure how long a message was kept, and our raw counter (axiom A1), on which
 * we measure how far two events lay apart. */
#define RATE_ERR 100e-6

/* A ruler faster than any clock's error would only widen. */
#define RULER_PPB_MAX 500e3

/* So long a rate is looked at before it is one. */
#define RATE_NS_MIN (2 * NS_PER_S)

/* ptp4l rounds the correction of the message and of its follow-up each to whole
 * ns, downward. */
#define CORRECTION_NS 2

int64_t ptp_leg_stamp_ns(const struct ptp_leg *leg)
{
	return leg->is_forward ? leg->received_ns : leg->sent_ns;
}

/* The reference's time at the event, but for the delay, which is to be added
 * (forward) or taken away (backward). */
static int64_t reference_ns(const struct ptp_leg *leg)
{
	return leg->is_forward ? leg->sent_ns + leg->correction_ns
			       : leg->received_ns - leg->correction_ns;
}

static int64_t middle_ns(const struct ptp_place *p)
{
	return p->raw_ns_min + (p->raw_ns_max - p->raw_ns_min) / 2;
}

static int64_t half_ns(const struct ptp_place *p)
{
	return (p->raw_ns_max - p->raw_ns_min + 1) / 2;
}

/* The readings' own quantum is in the place's width too, and is told with the
 * stamps: the two sum up to half of the width at least. */
static int64_t mapping_ns(const struct ptp_place *p)
{
	const int64_t ns = half_ns(p) - p->stamp_ns;

	return ns > 0 ? ns : 0;
}

static bool is_possible(const struct ptp_context *c, const struct ptp_event *e)
{
	return c->standing.error_ns >= 0 &&
	       c->standing.error_ns < TERM_NS_MAX &&
	       llabs(e->leg.correction_ns) < TERM_NS_MAX &&
	       e->leg.sent_ns >= 0 && e->leg.sent_ns < STAMP_NS_MAX &&
	       e->leg.received_ns >= 0 && e->leg.received_ns < STAMP_NS_MAX &&
	       e->place.raw_ns_min >= 0 &&
	       e->place.raw_ns_max >= e->place.raw_ns_min &&
	       e->place.raw_ns_max - e->place.raw_ns_min < TERM_NS_MAX &&
	       e->place.raw_ns_max <= c->raw_ns && c->raw_ns < RAW_NS_MAX &&
	       c->raw_ns - e->place.raw_ns_min <= AGE_NS_MAX;
}

static int64_t stamp_ns(const struct ptp_context *c, const struct ptp_event *e)
{
	const double kept_ns = fabs((double)e->leg.correction_ns);

	return c->opt->stamp_ns + e->place.stamp_ns + CORRECTION_NS +
	       (int64_t)ceil(kept_ns * RATE_ERR);
}

static void set_both(struct sample *m, enum budget_term term, int64_t ns)
{
	m->lo_ns[term] = m->hi_ns[term] = ns;
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t clamped(int64_t ns, int64_t min, int64_t max)
{
	return ns < min ? min : ns > max ? max : ns;
}

static struct sample sample_of(const struct ptp_context *c)
{
	struct sample m = {.raw_ns = c->raw_ns,
			   .fresh_ns = c->fresh_ns,
			   .declared = c->standing.is_declared};

	set_both(&m, TERM_SERVER, c->standing.error_ns);
	return m;
}

/* The side on which the delay is known to be so much at least, and the side of
 * what it may be at most. */
static void set_delay(const struct ptp_options *opt, int64_t delay_ns,
		      int64_t *ret_near_ns, int64_t *ret_far_ns)
{
	*ret_near_ns = delay_ns - opt->delay_ns_min;
	*ret_far_ns = opt->delay_ns_max < 0 ? SAMPLE_NO_BOUND
					    : opt->delay_ns_max - delay_ns;
}

int ptp_sample_leg(const struct ptp_context *c, const struct ptp_event *event,
		   int64_t delay_ns, struct sample *ret)
{
	const struct ptp_options *opt = c->opt;
	const bool is_forward = event->leg.is_forward;
	struct sample m = sample_of(c);

	if (!is_possible(c, event))
		return -ERANGE;
	delay_ns = clamped(delay_ns, opt->delay_ns_min,
			   opt->delay_ns_max < 0 ? TERM_NS_MAX
						 : opt->delay_ns_max);
	m.mid_ns = reference_ns(&event->leg) - middle_ns(&event->place) +
		   (is_forward ? delay_ns : -delay_ns);
	m.age_ns_min = c->raw_ns - event->place.raw_ns_max;
	m.age_ns_max = c->raw_ns - event->place.raw_ns_min;
	set_both(&m, TERM_STAMP, stamp_ns(c, event));
	set_both(&m, TERM_MAPPING, mapping_ns(&event->place));
	if (is_forward)
		set_delay(opt, delay_ns, &m.lo_ns[TERM_DELAY],
			  &m.hi_ns[TERM_DELAY]);
	else
		set_delay(opt, delay_ns, &m.hi_ns[TERM_DELAY],
			  &m.lo_ns[TERM_DELAY]);
	if (c->is_peer && is_forward)
		m.lo_ns[TERM_DELAY] += most(event->leg.correction_ns, 0);
	m.declared |= opt->delay_ns_min > 0 || opt->delay_ns_max >= 0;
	*ret = m;
	return 0;
}

/* Reference - raw at an event, but for the delay. */
static int64_t offset_ns(const struct ptp_event *e)
{
	return reference_ns(&e->leg) - middle_ns(&e->place);
}

/* The round trip is what the two differ by, and how far reference - raw moved
 * between the events, which A1 bounds. */
static int64_t apart_ns(const struct ptp_event *f, const struct ptp_event *b)
{
	const int64_t span_ns = most(f->place.raw_ns_max, b->place.raw_ns_max) -
				least(f->place.raw_ns_min, b->place.raw_ns_min);

	return (int64_t)ceil((double)span_ns * RATE_ERR);
}

/* How far reference - raw has moved from f to b, if it ran as it did before:
 * nobody's word for it, so for a guess only. */
static int64_t run_ns(const struct ptp_context *c, const struct ptp_place *f,
		      const struct ptp_place *b)
{
	const double span_ns = (double)(middle_ns(b) - middle_ns(f));

	return (int64_t)llround(c->ruler_ppb * 1e-9 * span_ns);
}

/* Half the difference of the two delays, at most. */
static int set_asymmetry(const struct ptp_options *opt, int64_t trip_ns,
			 struct sample *m)
{
	const int64_t whole_ns = most((trip_ns + 1) / 2, 0);
	int64_t delay_ns = whole_ns;
	int err = 0;

	if (whole_ns < opt->delay_ns_min)
		err = -EDOM;
	else
		delay_ns -= opt->delay_ns_min;
	if (opt->asymmetry_ns >= 0)
		delay_ns = least(delay_ns, opt->asymmetry_ns);
	set_both(m, TERM_DELAY, delay_ns);
	m->declared |= delay_ns < whole_ns;
	return err;
}

/* The sample is the mean over the two events, and its age theirs. */
static void set_ages(const struct ptp_context *c, const struct ptp_place *f,
		     const struct ptp_place *b, struct sample *m)
{
	m->age_ns_min = (c->raw_ns - f->raw_ns_max) / 2 +
			(c->raw_ns - b->raw_ns_max) / 2;
	m->age_ns_max = (c->raw_ns - f->raw_ns_min) / 2 +
			(c->raw_ns - b->raw_ns_min) / 2 + 1;
	m->age_ns_oldest = c->raw_ns - least(f->raw_ns_min, b->raw_ns_min);
}

int ptp_sample_exchange(const struct ptp_context *c,
			const struct ptp_event *forward,
			const struct ptp_event *backward, struct sample *ret,
			int64_t *ret_delay_ns)
{
	const struct ptp_place *f = &forward->place, *b = &backward->place;
	struct sample m = sample_of(c);
	int64_t f_ns, b_ns, old_ns, width_ns, trip_ns;
	int err;

	if (!is_possible(c, forward) || !is_possible(c, backward) ||
	    !(fabs(c->ruler_ppb) <= RULER_PPB_MAX))
		return -ERANGE;
	f_ns = offset_ns(forward);
	b_ns = offset_ns(backward);
	if (llabs(b_ns - f_ns) > TERM_NS_MAX)
		return -ERANGE;
	old_ns = c->raw_ns - middle_ns(f) / 2 - middle_ns(b) / 2;
	m.mid_ns = f_ns + (b_ns - f_ns) / 2 +
		   (int64_t)llround(c->ruler_ppb * 1e-9 * (double)old_ns);
	set_ages(c, f, b, &m);
	m.ruler_ppb_min = m.ruler_ppb_max = c->ruler_ppb;
	set_both(&m, TERM_STAMP,
		 most(stamp_ns(c, forward), stamp_ns(c, backward)));
	width_ns = mapping_ns(f) + mapping_ns(b);
	/* four halves were rounded above; and the ruler runs across it */
	set_both(&m, TERM_MAPPING, (width_ns + 1) / 2 + width_ns / 1000 + 3);
	trip_ns = b_ns - f_ns + width_ns + apart_ns(forward, backward) +
		  2 * m.lo_ns[TERM_STAMP];
	if (trip_ns < 0)
		return -ERANGE; /* the grandmaster was stepped in between */
	err = set_asymmetry(c->opt, trip_ns, &m);
	*ret = m;
	*ret_delay_ns = most((b_ns - f_ns - run_ns(c, f, b)) / 2, 0);
	return err;
}

void ptp_rate_add(struct ptp_rate *rate, const struct ptp_event *forward,
		  const struct ptp_event *backward)
{
	const int64_t f_ns = middle_ns(&forward->place);
	const int64_t b_ns = middle_ns(&backward->place);
	const int at =
		rate->count == 0 ? 0 : (rate->newest + 1) % PTP_RATE_POINTS;

	rate->raw_ns[at] = f_ns / 2 + b_ns / 2;
	rate->x_ns[at] = offset_ns(forward) / 2 + offset_ns(backward) / 2;
	rate->newest = at;
	if (rate->count < PTP_RATE_POINTS)
		rate->count++;
}

double ptp_rate_ppb(const struct ptp_rate *rate)
{
	const int oldest = rate->count < PTP_RATE_POINTS
				   ? 0
				   : (rate->newest + 1) % PTP_RATE_POINTS;
	double span_ns, ppb;

	if (rate->count < 2)
		return 0;
	span_ns = (double)(rate->raw_ns[rate->newest] - rate->raw_ns[oldest]);
	if (span_ns < (double)RATE_NS_MIN)
		return 0;
	ppb = (double)(rate->x_ns[rate->newest] - rate->x_ns[oldest]) /
	      span_ns * 1e9;
	return fabs(ppb) <= RULER_PPB_MAX ? ppb : 0;
}
