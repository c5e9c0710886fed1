/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fbclock's window, over a PHC that ptp4l's PI servo steers. The PHC runs on
 * the scenario's oscillator. See rival.h.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/rival.h"

#define RING          100  /* fbclock's samples */
#define DELAYS        10   /* ptp4l's delay_filter_length */
#define STEP_NS       20e3 /* ptp4l's first_step_threshold */
#define UTC_OFFSET_NS (37 * SECOND_NS)

struct ring {
	double value[RING];
	int count, next;
};

struct rival_fbclock {
	struct rival rival;
	int feed;
	bool is_read;              /* a PHC without packets */
	double kp, ki;
	int64_t base_ns;
	bool has_base;
	/* PHC - raw - base. */
	double phc_ns, phc_s, rate_ppb;
	double integral_ppb;
	bool has_step, is_locked;
	double first_offset_ns, first_s;
	double delay_ns[DELAYS];
	int delay_count;
	struct ring accuracy, offset, change, m;
	double window_ns, drift_ppb; /* W, and H per second */
	bool has_window;
	double ingress_s;
};

static void ring_push(struct ring *r, double value)
{
	r->value[r->next] = value;
	r->next = (r->next + 1) % RING;
	r->count += r->count < RING;
}

static double ring_mean(const struct ring *r)
{
	double sum = 0;

	for (int i = 0; i < r->count; i++)
		sum += r->value[i];
	return r->count > 0 ? sum / r->count : 0;
}

static double ring_stddev(const struct ring *r)
{
	const double mean = ring_mean(r);
	double sum = 0;

	for (int i = 0; i < r->count; i++)
		sum += (r->value[i] - mean) * (r->value[i] - mean);
	return r->count > 1 ? sqrt(sum / (r->count - 1)) : 0;
}

static double phc_at_ns(const struct rival_fbclock *f, double t_s)
{
	return f->phc_ns + f->rate_ppb * (t_s - f->phc_s);
}

/* IEEE 1588's enumeration: the least that is not below the claim. */
static double accuracy_ns(double claim_ns)
{
	static const double steps[] = {25,   100,   250,   1e3, 2.5e3, 10e3,
				       25e3, 100e3, 250e3, 1e6, 2.5e6, 10e6};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (claim_ns <= steps[i])
			return steps[i];
	return 25e6;
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* ptp4l's moving median of the path delay, this one included. */
static double mean_path_delay_ns(struct rival_fbclock *f, double delay_ns)
{
	double d[DELAYS];
	int n;

	f->delay_ns[f->delay_count++ % DELAYS] = delay_ns;
	n = f->delay_count < DELAYS ? f->delay_count : DELAYS;
	memcpy(d, f->delay_ns, sizeof(d));
	qsort(d, (size_t)n, sizeof(d[0]), by_value);
	return n % 2 ? d[n / 2] : (d[n / 2 - 1] + d[n / 2]) / 2;
}

/* The rate from here on. */
static void set_rate(struct rival_fbclock *f, double t_s, double rate_ppb)
{
	f->phc_ns = phc_at_ns(f, t_s);
	f->phc_s = t_s;
	f->rate_ppb = rate_ppb;
}

/* ptp4l's pi servo: two samples give the rate and a step, then it is a PI
 * controller. `offset_ns`: PHC - master. */
static void steer(struct rival_fbclock *f, double t_s, double offset_ns)
{
	if (!f->has_step) {
		f->has_step = true;
		f->first_offset_ns = offset_ns;
		f->first_s = t_s;
		return;
	}
	if (!f->is_locked) {
		f->integral_ppb = -(offset_ns - f->first_offset_ns) /
				  (t_s - f->first_s);
		set_rate(f, t_s, f->rate_ppb + f->integral_ppb);
		f->integral_ppb = f->rate_ppb;
		if (fabs(offset_ns) > STEP_NS)
			f->phc_ns -= offset_ns;
		f->is_locked = true;
		return;
	}
	f->integral_ppb -= f->ki * offset_ns;
	set_rate(f, t_s, f->integral_ppb - f->kp * offset_ns);
}

/* The three formulas. */
static void take_sample(struct rival_fbclock *f, double t_s, double offset_ns,
			double was_rate_ppb, double claim_ns)
{
	ring_push(&f->accuracy, accuracy_ns(claim_ns));
	ring_push(&f->offset, offset_ns);
	ring_push(&f->change, fabs(f->rate_ppb - was_rate_ppb));
	ring_push(&f->m, ring_mean(&f->accuracy) +
				 fabs(ring_mean(&f->offset)) +
				 ring_stddev(&f->offset));
	f->ingress_s = t_s;
	f->has_window = f->m.count == RING;
	f->window_ns = ring_mean(&f->m) + 4 * ring_stddev(&f->m);
	f->drift_ppb = 1.5 * ring_mean(&f->change);
}

static void fbclock_measurement(struct rival *r, int feed,
				const struct feed_measurement *m,
				int64_t raw_ns)
{
	struct rival_fbclock *f = (struct rival_fbclock *)r;
	const double one_way_ns = (double)m->delay_ns / 2;
	const double t_s = (double)m->raw_ns / 1e9;
	const double was_ppb = f->rate_ppb;
	double offset_ns;
	bool was_locked;

	(void)raw_ns;
	if (feed != f->feed)
		return;
	if (!f->has_base)
		f->base_ns = m->mid_ns;
	f->has_base = true;
	/* The Sync alone, with the filtered delay taken off. */
	offset_ns = phc_at_ns(f, t_s) - (double)(m->mid_ns - f->base_ns) +
		    one_way_ns - mean_path_delay_ns(f, one_way_ns);
	was_locked = f->is_locked;
	steer(f, t_s, offset_ns);
	if (was_locked)
		take_sample(f, t_s, offset_ns, was_ppb,
			    m->root_ns + (f->is_read ? m->stamp_ns : 0));
}

static bool fbclock_claim(struct rival *r, int64_t raw_ns,
			  struct rival_claim *ret)
{
	const struct rival_fbclock *f = (const struct rival_fbclock *)r;
	const double now_s = (double)raw_ns / 1e9;

	if (!f->has_window)
		return false;
	ret->unix_ns = raw_ns + f->base_ns +
		       (int64_t)llround(phc_at_ns(f, now_s)) - UTC_OFFSET_NS;
	ret->half_ns = f->window_ns +
		       f->drift_ppb * fmax(now_s - f->ingress_s, 0);
	return true;
}

static void fbclock_close(struct rival *r)
{
	free(r);
}

static const struct rival_ops rival_fbclock = {
	"fbclock", fbclock_measurement, fbclock_claim, fbclock_close};

/* ptp4l's packets; or a clock that is read, taken as if it had sent them. Not a
 * PHC that somebody else's servo keeps: what that servo sees is not known. */
static bool can_follow(const struct feed_law *law)
{
	return law->class == SOURCE_PTP ||
	       (law->class == SOURCE_PHC && law->kind == FEED_DIRECT);
}

static int find_feed(const struct scenario *sc)
{
	for (int i = 0; i < sc->feed_count; i++)
		if (can_follow(&sc->feed[i]))
			return i;
	return -1;
}

int rival_fbclock_open(const struct scenario *sc, uint64_t seed,
		       struct rival **ret)
{
	const int feed = find_feed(sc);
	const struct feed_law *law;
	struct rival_fbclock *f;

	(void)seed;
	if (feed < 0)
		return -ENODEV;
	f = calloc(1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	law = &sc->feed[feed];
	f->rival.ops = &rival_fbclock;
	f->feed = feed;
	f->is_read = law->kind == FEED_DIRECT;
	/* ptp4l(8): pi_proportional_* and pi_integral_* for hardware stamps. */
	f->kp = fmin(0.7 * pow(law->poll_s, -0.3), 0.7 / law->poll_s);
	f->ki = fmin(0.3 * pow(law->poll_s, 0.4), 0.3 / law->poll_s);
	*ret = &f->rival;
	return 0;
}
