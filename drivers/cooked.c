/* SPDX-License-Identifier: Apache-2.0 */
/* chronyd's cooked clock against the raw counter. See cooked.h. */
#include "drivers/cooked.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/*
 * The kernel corrects S for the rounding of its multiplier (238 ppb at most)
 * at its ticks, which an idle machine leaves out for up to some 200 ms: S is
 * that much off the line that its rate describes.
 */
#define DITHER_NS 50

/* After C left its line, this long nothing is believed. */
#define DOUBT_NS INT64_C(16000000000)

/* And then a line must have been measured this well, and agree. */
#define CONFIRM_PPB 500.0

/*
 * From one line to the next C may jump as chronyd pleases: only S can tell then
 * that nobody stepped it. While chronyd slews, or after a stall, steps up to
 * the slew's rate times the gap go unseen in S; more than this is too much.
 */
#define UNSEEN_NS 500000.0

/* S's rate counts as one and the same while it varies by no more. */
#define CONSTANT_PPB 1.0

/* Beyond this age the narrowest point gives way to a newer one. */
#define BEST_NS INT64_C(16000000000)

struct range {
	double min;
	double max;
};

static struct range intersect(struct range a, struct range b)
{
	return (struct range){a.min > b.min ? a.min : b.min,
			      a.max < b.max ? a.max : b.max};
}

static struct range hull(struct range a, struct range b)
{
	return (struct range){a.min < b.min ? a.min : b.min,
			      a.max > b.max ? a.max : b.max};
}

static bool is_empty(struct range a)
{
	return a.min > a.max;
}

static bool is_same(double a, double b)
{
	return !(a < b) && !(a > b);
}

void cooked_init(struct cooked *c)
{
	memset(c, 0, sizeof(*c));
	c->disturbed_raw_ns = INT64_MIN;
	c->doubt_raw_ns = INT64_MIN;
	cooked_forget(c);
}

void cooked_disturb(struct cooked *c, int64_t raw_ns)
{
	c->has_line = false;
	if (raw_ns > c->disturbed_raw_ns)
		c->disturbed_raw_ns = raw_ns;
}

void cooked_forget(struct cooked *c)
{
	c->may_steer = true;
	c->may_be_free = true;
	c->was_synced = false;
}

struct cooked_point cooked_point_of(const struct realtime_entry *span,
				    const struct cmdmon_tracking *tracking)
{
	const double corr_ns = tracking->current_correction_s.value * 1e9;
	const double err_ns =
		tracking->current_correction_s.quantum * 1e9 + DITHER_NS;

	return (struct cooked_point){
		.raw_ns_min = span->raw_ns_min,
		.raw_ns_max = span->raw_ns_max,
		.lo_ns = span->lo_ns + (int64_t)floor(corr_ns - err_ns),
		.hi_ns = span->hi_ns + (int64_t)ceil(corr_ns + err_ns)};
}

bool cooked_is_same_line(const struct cooked *c,
			 const struct cmdmon_tracking *tracking)
{
	return c->has_line && c->ref_time.s == tracking->ref_time.s &&
	       c->ref_time.ns == tracking->ref_time.ns &&
	       is_same(c->freq_ppm, tracking->freq_ppm.value);
}

struct cooked_point cooked_carry(const struct cooked_point *point,
				 int64_t raw_ns, double rate_ppb_min,
				 double rate_ppb_max)
{
	const double far_ns = (double)(raw_ns - point->raw_ns_min) * 1e-9;
	const double near_ns = (double)(raw_ns - point->raw_ns_max) * 1e-9;
	const double corner[4] = {rate_ppb_min * far_ns, rate_ppb_min * near_ns,
				  rate_ppb_max * far_ns,
				  rate_ppb_max * near_ns};
	double lo = corner[0], hi = corner[0];

	for (int i = 1; i < 4; i++) {
		lo = corner[i] < lo ? corner[i] : lo;
		hi = corner[i] > hi ? corner[i] : hi;
	}
	return (struct cooked_point){
		.raw_ns_min = raw_ns,
		.raw_ns_max = raw_ns,
		.lo_ns = point->lo_ns + (int64_t)floor(lo) - 1,
		.hi_ns = point->hi_ns + (int64_t)ceil(hi) + 1};
}

/* Mean rates that lead from a to b, a wholly before b. */
static struct range measured(const struct cooked_point *a,
			     const struct cooked_point *b)
{
	const double lo_ns = (double)(b->lo_ns - a->hi_ns);
	const double hi_ns = (double)(b->hi_ns - a->lo_ns);
	const double longest_ns = (double)(b->raw_ns_max - a->raw_ns_min);
	const double shortest_ns = (double)(b->raw_ns_min - a->raw_ns_max);

	if (shortest_ns <= 0)
		return (struct range){-INFINITY, INFINITY};
	return (struct range){
		1e9 * lo_ns / (lo_ns < 0 ? shortest_ns : longest_ns),
		1e9 * hi_ns / (hi_ns > 0 ? shortest_ns : longest_ns)};
}

/* C's rate where chronyd steers. */
static struct range steered(const struct cooked *c)
{
	const double err_ppb = c->freq_ppm_err * 1e3 + REALTIME_SLACK_PPB;

	return (struct range){-c->freq_ppm * 1e3 - err_ppb,
			      -c->freq_ppm * 1e3 + err_ppb};
}

/* C's rate where S runs free of chronyd: (1 + s)(1 - freq) - 1. */
static int freely(const struct cooked *c, const struct realtime *rt,
		  int64_t raw_ns_from, int64_t raw_ns_to, struct range *ret,
		  bool *ret_constant)
{
	const double err_ppb = c->freq_ppm_err * 1e3 + REALTIME_SLACK_PPB;
	const double scale = 1 - c->freq_ppm * 1e-6;
	struct range s;
	int err = realtime_rates(rt, raw_ns_from, raw_ns_to, &s.min, &s.max);

	if (err)
		return err;
	ret->min = s.min * scale - c->freq_ppm * 1e3 - err_ppb;
	ret->max = s.max * scale - c->freq_ppm * 1e3 + err_ppb;
	*ret_constant = s.max - s.min <= CONSTANT_PPB;
	return 0;
}

static void begin_line(struct cooked *c, const struct cmdmon_tracking *tracking,
		       const struct cooked_point *point)
{
	c->has_line = true;
	c->ref_time = tracking->ref_time;
	c->freq_ppm = tracking->freq_ppm.value;
	c->freq_ppm_err = tracking->freq_ppm.quantum;
	c->first = *point;
	c->best = *point;
	c->mean_ppb_min = c->line_ppb_min = -INFINITY;
	c->mean_ppb_max = c->line_ppb_max = INFINITY;
}

/* After a start chronyd is not synchronised, and its first update has no
 * interval to the one before: either is unlike any update of a chronyd that
 * went on. */
static bool began_anew(const struct cooked *c,
		       const struct cmdmon_tracking *tracking)
{
	const bool synced = tracking->leap != CMDMON_LEAP_UNSYNC;
	const bool first = !(tracking->last_update_interval_s.value > 0);

	return c->was_synced &&
	       (!synced || (first && !cooked_is_same_line(c, tracking)));
}

static void measure(struct cooked *c, const struct cooked_point *point)
{
	const struct range mean = measured(&c->first, point);
	const struct range recent = measured(&c->best, point);
	const struct range all =
		intersect((struct range){c->line_ppb_min, c->line_ppb_max},
			  intersect(mean, recent));

	c->mean_ppb_min = mean.min;
	c->mean_ppb_max = mean.max;
	c->line_ppb_min = all.min;
	c->line_ppb_max = all.max;
	if (point->hi_ns - point->lo_ns <= c->best.hi_ns - c->best.lo_ns ||
	    point->raw_ns_max - c->best.raw_ns_max > BEST_NS)
		c->best = *point;
}

static bool may_still_be_free(const struct cooked *c, const struct realtime *rt,
			      const struct cooked_point *point)
{
	struct range free_ppb;
	bool constant;

	if (freely(c, rt, c->first.raw_ns_min, point->raw_ns_max, &free_ppb,
		   &constant))
		return true; /* further back than the ring: no evidence */
	if (constant)
		free_ppb = intersect(free_ppb, (struct range){c->line_ppb_min,
							      c->line_ppb_max});
	return !is_empty(intersect(
		free_ppb, (struct range){c->mean_ppb_min, c->mean_ppb_max}));
}

/* False: neither can be, C is off its line. */
static bool judge(struct cooked *c, const struct realtime *rt,
		  const struct cooked_point *point)
{
	const struct range line = {c->line_ppb_min, c->line_ppb_max};

	if (c->may_steer && is_empty(intersect(steered(c), line)))
		c->may_steer = false;
	if (c->may_be_free && !may_still_be_free(c, rt, point))
		c->may_be_free = false;
	return c->may_steer || c->may_be_free;
}

static void settle_doubt(struct cooked *c, int64_t raw_ns)
{
	if (c->is_doubted && raw_ns > c->doubt_raw_ns &&
	    c->mean_ppb_max - c->mean_ppb_min <= CONFIRM_PPB)
		c->is_doubted = false;
}

bool cooked_add(struct cooked *c, const struct cmdmon_tracking *tracking,
		const struct cooked_point *point, const struct realtime *rt)
{
	const bool anew = began_anew(c, tracking);
	bool is_vouched;

	if (anew) {
		cooked_forget(c);
		cooked_disturb(c, point->raw_ns_max);
	}
	c->was_synced = tracking->leap != CMDMON_LEAP_UNSYNC;
	c->last_raw_ns = point->raw_ns_max;
	is_vouched = rt->slack_ns - c->slack_ns <= UNSEEN_NS;
	c->slack_ns = rt->slack_ns;
	if (!cooked_is_same_line(c, tracking)) {
		if (!is_vouched)
			cooked_disturb(c, point->raw_ns_max);
		begin_line(c, tracking, point);
		return !anew;
	}
	measure(c, point);
	if (!judge(c, rt, point)) {
		cooked_forget(c);
		cooked_disturb(c, point->raw_ns_max);
		c->is_doubted = true;
		c->doubt_raw_ns = point->raw_ns_max + DOUBT_NS;
		return false;
	}
	settle_doubt(c, point->raw_ns_max);
	return true;
}

int cooked_rate(const struct cooked *c, const struct realtime *rt,
		int64_t raw_ns_from, int64_t raw_ns_to, double *ret_ppb_min,
		double *ret_ppb_max)
{
	const struct range line = {c->line_ppb_min, c->line_ppb_max};
	struct range rate = {INFINITY, -INFINITY}, free_ppb;
	bool constant;
	int err;

	if (!c->has_line || c->is_doubted)
		return -EAGAIN;
	if (c->may_steer)
		rate = intersect(steered(c), line);
	if (c->may_be_free) {
		int64_t from = c->first.raw_ns_min;

		from = raw_ns_from < from ? raw_ns_from : from;
		err = freely(c, rt, raw_ns_from, raw_ns_to, &free_ppb,
			     &constant);
		if (err)
			return err;
		/* the line's measure is of this span only where S kept to
		 * one rate over both */
		if (!freely(c, rt, from, raw_ns_to, &(struct range){0, 0},
			    &constant) &&
		    constant)
			free_ppb = intersect(free_ppb, line);
		if (is_empty(rate))
			rate = free_ppb;
		else if (!is_empty(free_ppb))
			rate = hull(rate, free_ppb);
	}
	if (is_empty(rate))
		return -EAGAIN;
	*ret_ppb_min = rate.min;
	*ret_ppb_max = rate.max;
	return 0;
}
