/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chronyd, as chrony.conf(5), chronyc(1) and chrony's own reports describe it:
 * all settings at their defaults unless said otherwise. See rival_chronyd.h.
 */
#include "sim/rival_chronyd.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define UTC_OFFSET_NS      (37 * SECOND_NS) /* TAI sources: tai offset known */
#define SAMPLES_MIN        6          /* minsamples */
#define MAXDELAYDEVRATIO   10.0
#define CORRTIMERATIO      3.0
#define MAXSLEWRATE_PPB    83333333.0
#define MAXUPDATESKEW_PPB  1e6
#define RESELECTDIST_NS    100e3
#define COMBINELIMIT       3.0
#define REACH_POLLS        8
#define SLEW_S_MIN         1.0
#define SLEW_S_MAX         1e4
#define SKEW_PPB_START     1e9
#define SD_TO_DISTANCE     0.7        /* a median's distance from the least */

void chronyd_init(struct chronyd *c, const struct scenario *sc,
		  double max_clock_error_ppb, uint64_t seed)
{
	memset(c, 0, sizeof(*c));
	c->scenario = sc;
	c->max_clock_error_ppb = max_clock_error_ppb;
	c->selected = -1;
	c->skew_ppb = SKEW_PPB_START;
	rng_seed(&c->rng, seed ^ UINT64_C(0xc407));
	for (int i = 0; i < sc->feed_count; i++)
		c->source[i].poll_s = sc->feed[i].poll_s;
}

void chronyd_reset(struct chronyd *c)
{
	for (int i = 0; i < c->scenario->feed_count; i++) {
		c->source[i].count = c->source[i].start = 0;
		c->source[i].has_line = false;
	}
	c->selected = -1;
	c->has_reference = false;
	c->has_base = false;
	c->skew_ppb = SKEW_PPB_START;
	c->update_interval_s = 0;
}

/* --- the clock ---------------------------------------------------------- */

static double ntp_clock_ns(const struct chronyd *c, double t_s)
{
	return c->n_ns + c->n_rate_ppb * (t_s - c->n_s);
}

/* NTP clock - system clock. */
static double correction_ns(const struct chronyd *c, double t_s)
{
	const double part = (t_s - c->slew_s) / c->slew_for_s;

	return part >= 1 ? 0 : c->slew_ns * (1 - fmax(part, 0));
}

/* Correct `left_ns` such that amount and time are inversely proportional: as
 * chrony.conf(5) has it under corrtimeratio. */
static void start_slew(struct chronyd *c, double left_ns, double offset_sd_ns,
		       double t_s)
{
	const double area = CORRTIMERATIO * 0.5 * offset_sd_ns *
			    c->update_interval_s;
	double for_s = SLEW_S_MAX;

	if (fabs(left_ns) > 0)
		for_s = fmin(fmax(area / fabs(left_ns), SLEW_S_MIN),
			     SLEW_S_MAX);
	c->slew_ns = left_ns;
	c->slew_s = t_s;
	c->slew_for_s = fmax(for_s, fabs(left_ns) / MAXSLEWRATE_PPB);
}

/* --- a source ----------------------------------------------------------- */

/* The limits a reference clock is declared with go into its `delay`. */
static double declared_ns(const struct feed_law *law)
{
	double ns = law->server.limit_ns + law->stamp.limit_ns +
		    law->quantum_ns + law->window_ns / 2;

	if (law->kind == FEED_EDGE)
		ns += law->latency_ns_max;
	return ns;
}

/* Of an exchange: what its stamps are declared to be good for. */
static double precision_ns(const struct feed_law *law)
{
	return fmax(law->stamp.limit_ns + law->quantum_ns +
			    law->path.transparent_ns * law->path.hops,
		    1);
}

static void make_sample(const struct chronyd *c, int feed,
			const struct feed_measurement *m,
			struct chronyd_sample *ret)
{
	const struct feed_law *law = &c->scenario->feed[feed];
	const int64_t scale_ns = law->class == SOURCE_NTP ? 0 : UTC_OFFSET_NS;
	const bool is_refclock = law->kind != FEED_EXCHANGE;

	ret->t_s = (double)m->raw_ns / 1e9;
	ret->y_ns = (double)(m->mid_ns - scale_ns - c->base_ns);
	ret->peer_delay_ns = is_refclock ? 2 * declared_ns(law)
					 : (double)m->delay_ns;
	if (law->class == SOURCE_PHC && c->knows_phc_error)
		ret->peer_delay_ns += 2 * (m->root_ns - law->server.limit_ns);
	ret->peer_dispersion_ns = is_refclock ? 1 : precision_ns(law);
	ret->root_delay_ns = ret->peer_delay_ns;
	ret->root_dispersion_ns = ret->peer_dispersion_ns +
				  (is_refclock ? 0 : m->root_ns);
}

static double line_at_ns(const struct chronyd_source *s, double t_s)
{
	return s->line.offset_ns +
	       s->line.rate_ppb * (t_s - s->sample[s->count - 1].t_s);
}

/* maxdelaydevratio: a delay far beyond the least, which the offset does not
 * explain otherwise. */
static bool is_delay_odd(const struct chronyd *c,
			 const struct chronyd_source *s,
			 const struct chronyd_sample *x)
{
	double delay_ns_min = HUGE_VAL, limit_ns, more_ns;

	if (!s->has_line)
		return false;
	for (int i = s->start; i < s->count; i++)
		delay_ns_min = fmin(delay_ns_min, s->sample[i].peer_delay_ns);
	limit_ns = MAXDELAYDEVRATIO * s->line.sd_ns +
		   (x->t_s - s->sample[s->count - 1].t_s) *
			   (s->skew_ppb + c->max_clock_error_ppb);
	more_ns = (x->peer_delay_ns - delay_ns_min) / 2;
	return more_ns > limit_ns &&
	       fabs(x->y_ns - line_at_ns(s, x->t_s)) - more_ns <= limit_ns;
}

static void append(struct chronyd_source *s, const struct chronyd_sample *x)
{
	if (s->count == REGRESS_SAMPLES_ALL) {
		memmove(&s->sample[0], &s->sample[1],
			(REGRESS_SAMPLES_ALL - 1) * sizeof(s->sample[0]));
		s->count--;
		s->start -= s->start > 0;
	}
	s->sample[s->count++] = *x;
	if (s->count - s->start > REGRESS_SAMPLES)
		s->start = s->count - REGRESS_SAMPLES;
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double distance_ns(const struct chronyd_sample *x)
{
	return x->peer_delay_ns / 2 + x->peer_dispersion_ns;
}

static double median_ns(const struct chronyd_source *s)
{
	const int n = s->count - s->start;
	double d[REGRESS_SAMPLES];

	for (int i = 0; i < n; i++)
		d[i] = distance_ns(&s->sample[s->start + i]);
	qsort(d, (size_t)n, sizeof(d[0]), by_value);
	return n % 2 ? d[n / 2] : (d[n / 2 - 1] + d[n / 2]) / 2;
}

/* A sample counts the less, the longer its distance is against the others. */
static void weigh(const struct chronyd_source *s, double *ret)
{
	double least_ns = HUGE_VAL, sd_ns;

	for (int i = s->start; i < s->count; i++)
		least_ns = fmin(least_ns, distance_ns(&s->sample[i]));
	sd_ns = fmin(fmax((median_ns(s) - least_ns) / SD_TO_DISTANCE, 1),
		     fmax(least_ns, 1));
	for (int i = s->start; i < s->count; i++) {
		const double more_ns =
			distance_ns(&s->sample[i]) - least_ns - 1;
		const double sd = 1 + fmax(more_ns, 0) / sd_ns;

		ret[i] = sd * sd;
	}
}

static void find_best(struct chronyd_source *s)
{
	const double now_s = s->sample[s->count - 1].t_s;
	double least_ns = HUGE_VAL;

	for (int i = s->start; i < s->count; i++) {
		const struct chronyd_sample *x = &s->sample[i];
		const double ns = x->root_delay_ns / 2 +
				  x->root_dispersion_ns +
				  s->skew_ppb * (now_s - x->t_s);

		if (ns < least_ns) {
			least_ns = ns;
			s->best = i;
		}
	}
}

static void regress(struct chronyd_source *s)
{
	const double now_s = s->sample[s->count - 1].t_s;
	double t_s[REGRESS_SAMPLES_ALL], y_ns[REGRESS_SAMPLES_ALL];
	double weight[REGRESS_SAMPLES_ALL];

	for (int i = 0; i < s->count; i++) {
		t_s[i] = s->sample[i].t_s - now_s;
		y_ns[i] = s->sample[i].y_ns;
	}
	weigh(s, weight);
	s->has_line = regress_fit(t_s, y_ns, weight, s->count, s->start,
				  SAMPLES_MIN, &s->line);
	if (!s->has_line)
		return;
	s->start = s->line.first;
	s->skew_ppb = fmax(s->line.rate_sd_ppb *
				   regress_t(s->line.used - 2),
			   1e-3);
	find_best(s);
}

/* --- selection ---------------------------------------------------------- */

static bool is_reachable(const struct chronyd_source *s, double now_s)
{
	return s->count > 0 && now_s - s->sample[s->count - 1].t_s <
				       (REACH_POLLS + 0.5) * s->poll_s;
}

/* maxunreach: an unreachable one only while it has a sample more recent than
 * the oldest of all the reachable ones. */
static void mark_selectable(struct chronyd *c, double now_s)
{
	double oldest_s = HUGE_VAL;

	for (int i = 0; i < c->scenario->feed_count; i++) {
		const struct chronyd_source *s = &c->source[i];

		if (s->has_line && is_reachable(s, now_s))
			oldest_s = fmin(oldest_s, s->sample[s->start].t_s);
	}
	for (int i = 0; i < c->scenario->feed_count; i++) {
		struct chronyd_source *s = &c->source[i];
		const struct chronyd_sample *x = &s->sample[s->best];
		double mid_ns;

		s->is_selectable =
			s->has_line &&
			(is_reachable(s, now_s) || oldest_s >= HUGE_VAL ||
			 s->sample[s->count - 1].t_s > oldest_s);
		if (!s->is_selectable)
			continue;
		mid_ns = x->y_ns + s->line.rate_ppb * (now_s - x->t_s);
		s->distance_ns = x->root_delay_ns / 2 +
				 x->root_dispersion_ns +
				 s->skew_ppb * (now_s - x->t_s);
		s->lo_ns = mid_ns - s->distance_ns;
		s->hi_ns = mid_ns + s->distance_ns;
	}
}

static int depth_at(const struct chronyd *c, double ns)
{
	int depth = 0;

	for (int i = 0; i < c->scenario->feed_count; i++)
		depth += c->source[i].is_selectable &&
			 c->source[i].lo_ns <= ns && c->source[i].hi_ns >= ns;
	return depth;
}

/* From the first point that most intervals share to the last such point;
 * truechimers hold all of it. False: no majority. */
static bool mark_truechimers(struct chronyd *c)
{
	double lo_ns = HUGE_VAL, hi_ns = -HUGE_VAL;
	int best = 0, selectable = 0;

	for (int i = 0; i < c->scenario->feed_count; i++) {
		const struct chronyd_source *s = &c->source[i];
		const int depth =
			s->is_selectable ? depth_at(c, s->lo_ns) : 0;

		selectable += s->is_selectable;
		best = depth > best ? depth : best;
	}
	if (best <= selectable / 2)
		return false;
	for (int i = 0; i < c->scenario->feed_count; i++) {
		const struct chronyd_source *s = &c->source[i];

		if (s->is_selectable && depth_at(c, s->lo_ns) == best)
			lo_ns = fmin(lo_ns, s->lo_ns);
		if (s->is_selectable && depth_at(c, s->hi_ns) == best)
			hi_ns = fmax(hi_ns, s->hi_ns);
	}
	for (int i = 0; i < c->scenario->feed_count; i++) {
		struct chronyd_source *s = &c->source[i];

		s->is_truechimer = s->is_selectable && s->lo_ns <= lo_ns &&
				   s->hi_ns >= hi_ns;
	}
	return true;
}

static bool select_source(struct chronyd *c, double now_s)
{
	double least_ns = HUGE_VAL;
	int selected = -1;

	mark_selectable(c, now_s);
	if (!mark_truechimers(c))
		return false;
	for (int i = 0; i < c->scenario->feed_count; i++) {
		const struct chronyd_source *s = &c->source[i];
		const double ns = s->distance_ns +
				  (i == c->selected ? 0 : RESELECTDIST_NS);

		if (s->is_truechimer && ns < least_ns) {
			least_ns = ns;
			selected = i;
		}
	}
	c->selected = selected;
	return selected >= 0;
}

/* --- the reference ------------------------------------------------------ */

struct estimate {
	double offset_ns, offset_sd_ns, rate_ppb, skew_ppb;
};

static bool is_combined(const struct chronyd *c, int i)
{
	const struct chronyd_source *best = &c->source[c->selected];
	const struct chronyd_source *s = &c->source[i];

	if (!s->is_truechimer)
		return false;
	return i == c->selected ||
	       (s->distance_ns <= COMBINELIMIT * (best->distance_ns +
						  RESELECTDIST_NS) &&
		fabs(s->line.rate_ppb - best->line.rate_ppb) <=
			COMBINELIMIT * (best->skew_ppb + s->skew_ppb +
					c->max_clock_error_ppb));
}

/* combinelimit: offsets by their distance, rates by their accuracy. */
static void combine(const struct chronyd *c, double t_s, struct estimate *ret)
{
	const struct chronyd_source *best = &c->source[c->selected];
	const double best_ns = line_at_ns(best, t_s);
	double sw = 0, so = 0, sv = 0, sf = 0, sr = 0, sk = 0;

	for (int i = 0; i < c->scenario->feed_count; i++) {
		const struct chronyd_source *s = &c->source[i];
		double ns, sd_ns, rate_sd_ppb;

		if (!is_combined(c, i))
			continue;
		ns = line_at_ns(s, t_s);
		rate_sd_ppb = fmax(s->line.rate_sd_ppb, 1e-3);
		sd_ns = s->line.offset_sd_ns +
			rate_sd_ppb *
				fabs(t_s - s->sample[s->count - 1].t_s);
		sw += 1 / s->distance_ns;
		so += ns / s->distance_ns;
		sv += (sd_ns * sd_ns + (ns - best_ns) * (ns - best_ns)) /
		      s->distance_ns;
		sf += 1 / (rate_sd_ppb * rate_sd_ppb);
		sr += s->line.rate_ppb / (rate_sd_ppb * rate_sd_ppb);
		sk += 1 / (s->skew_ppb * s->skew_ppb);
	}
	ret->offset_ns = so / sw;
	ret->offset_sd_ns = sqrt(sv / sw);
	ret->rate_ppb = sr / sf;
	ret->skew_ppb = 1 / sqrt(sk);
}

/* The frequency is a mean of what is kept to and what was measured, weighted by
 * their skews. */
static void take_rate(struct chronyd *c, const struct estimate *e)
{
	const double more_ppb = e->rate_ppb - c->n_rate_ppb;
	const double kept = 3 * c->skew_ppb * c->skew_ppb;
	const double gain =
		e->skew_ppb > MAXUPDATESKEW_PPB
			? 0
			: kept / (kept + e->skew_ppb * e->skew_ppb);
	const double step_ppb = gain * more_ppb;

	c->residual_ppb = more_ppb - step_ppb;
	c->skew_ppb += gain * (e->skew_ppb - c->skew_ppb) +
		       sqrt(step_ppb * step_ppb * (1 - gain) +
			    c->residual_ppb * c->residual_ppb * gain);
	c->n_rate_ppb += step_ppb;
}

static void update_reference(struct chronyd *c, double now_s)
{
	const struct chronyd_source *s = &c->source[c->selected];
	const struct chronyd_sample *best = &s->sample[s->best];
	const double last_s = s->sample[s->count - 1].t_s;
	struct estimate e;
	double system_ns;

	combine(c, last_s, &e);
	c->update_interval_s = c->has_reference ? now_s - c->update_s : 0;
	c->root_delay_ns = best->root_delay_ns;
	c->root_dispersion_ns = best->root_dispersion_ns +
				s->skew_ppb * (last_s - best->t_s) +
				s->line.offset_sd_ns;
	/* chronyd blurs the reference time by up to a second. */
	c->reference_s = last_s - rng_uniform(&c->rng, 0, 1);
	c->update_s = now_s;
	system_ns = ntp_clock_ns(c, now_s) - correction_ns(c, now_s);
	take_rate(c, &e);
	c->n_ns = e.offset_ns + e.rate_ppb * (now_s - last_s);
	c->n_s = now_s;
	/* makestep: the first update steps, the rest slew. */
	start_slew(c, c->has_reference ? c->n_ns - system_ns : 0,
		   e.offset_sd_ns, now_s);
	c->has_reference = true;
}

void chronyd_measurement(struct chronyd *c, int feed,
			 const struct feed_measurement *m, int64_t raw_ns)
{
	struct chronyd_source *s = &c->source[feed];
	const double now_s = (double)raw_ns / 1e9;
	struct chronyd_sample x;

	if (!c->has_base)
		c->base_ns = m->mid_ns;
	c->has_base = true;
	make_sample(c, feed, m, &x);
	if (is_delay_odd(c, s, &x))
		return;
	append(s, &x);
	regress(s);
	if (s->has_line && select_source(c, now_s) && c->selected == feed)
		update_reference(c, now_s);
}

bool chronyd_tracking(const struct chronyd *c, int64_t raw_ns,
		      struct chronyd_tracking *ret)
{
	const double now_s = (double)raw_ns / 1e9;

	if (!c->has_reference)
		return false;
	ret->correction_ns = correction_ns(c, now_s);
	ret->unix_ns = raw_ns + c->base_ns +
		       (int64_t)llround(ntp_clock_ns(c, now_s) -
					ret->correction_ns);
	ret->root_delay_ns = c->root_delay_ns;
	ret->root_dispersion_ns =
		c->root_dispersion_ns +
		fabs(now_s - c->reference_s) *
			(c->skew_ppb + fabs(c->residual_ppb) +
			 c->max_clock_error_ppb);
	ret->since_update_s = now_s - c->reference_s;
	ret->update_interval_s = c->update_interval_s;
	return true;
}
