/* SPDX-License-Identifier: Apache-2.0 */
/* Measurements of the world, with every error known. See feed.h. */
#include "sim/feed.h"

#include <math.h>
#include <string.h>

#define PROCESSING_NS 20000
#define DRIVER_POLL_NS 250e6
#define REPEAT_AFTER_NS SECOND_NS

/* Halves are cut by whole ns three times on the way. */
#define HALVING_NS 3

/* The raw counter measures the round trip: A1 of it, and the ruler's. */
#define RATE_SHARE 10000

void feed_init(struct feed *f, const struct feed_law *law, uint64_t seed)
{
	memset(f, 0, sizeof(*f));
	f->law = *law;
	rng_seed(&f->rng, seed);
	phc_init(&f->phc, &f->rng);
	f->next_raw_ns = SECOND_NS + (int64_t)rng_uniform(&f->rng, 0, 1e9);
}

void feed_forget(struct feed *f)
{
	f->has_held = false;
	f->has_repeat = false;
}

int64_t feed_next_raw_ns(const struct feed *f)
{
	if (f->has_repeat && f->repeat_raw_ns < f->next_raw_ns)
		return f->repeat_raw_ns;
	return f->next_raw_ns;
}

/* An error of this term; whole ns within its limit. */
static int64_t err_of(struct feed *f, const struct term_law *t)
{
	switch (t->place) {
	case PLACE_LOW:
		return -(int64_t)t->limit_ns;
	case PLACE_HIGH:
		return (int64_t)t->limit_ns;
	case PLACE_SAWTOOTH: {
		const double part = fmod((double)f->next_raw_ns / 20e9, 1);

		return (int64_t)trunc(t->limit_ns * (2 * part - 1));
	}
	case PLACE_RANDOM:
		break;
	}
	return (int64_t)trunc(rng_uniform(&f->rng, -t->limit_ns, t->limit_ns));
}

static int64_t one_way_ns(struct feed *f, int way)
{
	const struct path_law *p = &f->law.path;
	double ns = p->base_ns[way] + f->reroute_ns +
		    rng_exponential(&f->rng, p->queue_ns[way]);

	if (way == 0)
		ns += f->asymmetry_ns;
	for (int h = 0; h < p->hops; h++) {
		if (p->transparent_ns > 0)
			ns += rng_uniform(&f->rng, -p->transparent_ns,
					  p->transparent_ns);
		else if (rng_uniform(&f->rng, 0, 1) < p->load)
			ns += rng_exponential(&f->rng, p->hop_ns);
	}
	if (p->burst > 0 && rng_uniform(&f->rng, 0, 1) < p->burst)
		ns += rng_uniform(&f->rng, 0, p->burst_ns);
	return (int64_t)ns;
}

/* A stamp as its counter gives it. */
static int64_t quantized(const struct feed *f, int64_t ns)
{
	const int64_t q = (int64_t)f->law.quantum_ns;

	return q > 1 ? ns - (ns % q + q) % q : ns;
}

/* Its own error: within its claim, and within what it has been degraded by. */
static int64_t server_err(struct feed *f)
{
	const struct term_law degraded = {f->degraded_ns,
					  f->law.server.place};
	const int64_t ns = err_of(f, &f->law.server) + err_of(f, &degraded);

	return f->is_changed ? -ns : ns;
}

static struct feed_measurement exchange(struct feed *f, struct oscillator *o,
					int64_t raw_ns, int64_t shift_ns)
{
	const int64_t out_ns = one_way_ns(f, 0);
	const int64_t back_ns = one_way_ns(f, 1);
	const int64_t t1 = oscillator_tai(o, raw_ns);
	const int64_t raw4_ns =
		oscillator_raw(o, t1 + out_ns + PROCESSING_NS + back_ns);
	const int64_t at_server = t1 + out_ns + shift_ns + server_err(f);
	const int64_t stamp1 = quantized(f, raw_ns);
	const int64_t stamp2 = quantized(f, at_server);
	const int64_t stamp3 = quantized(f, at_server + PROCESSING_NS);
	const int64_t stamp4 = quantized(f, raw4_ns);

	return (struct feed_measurement){
		.raw_ns = raw_ns + (raw4_ns - raw_ns) / 2,
		.mid_ns = (stamp2 - stamp1) / 2 + (stamp3 - stamp4) / 2 +
			  err_of(f, &f->law.stamp),
		.delay_ns = (stamp4 - stamp1) - (stamp3 - stamp2)};
}

static struct feed_measurement read_clock(struct feed *f,
					  struct oscillator *o, int64_t raw_ns,
					  int64_t shift_ns)
{
	return (struct feed_measurement){
		.raw_ns = raw_ns,
		.mid_ns = quantized(f, oscillator_tai(o, raw_ns) + shift_ns +
					       server_err(f)) -
			  raw_ns + err_of(f, &f->law.stamp)};
}

/* The edge came at raw_ns, its stamp late: the stamp's instant carries the
 * edge's label, so reference - raw seems less by the latency. */
static struct feed_measurement stamp_edge(struct feed *f,
					  struct oscillator *o, int64_t raw_ns,
					  int64_t shift_ns)
{
	struct feed_measurement m = read_clock(f, o, raw_ns, shift_ns);
	const double latency_ns =
		f->law.latency_ns[0] +
		rng_exponential(&f->rng, f->law.latency_ns[1]);

	m.mid_ns -= (int64_t)fmin(latency_ns, f->law.latency_ns_max);
	/* No edge at all, but something that looked like one. */
	if (rng_uniform(&f->rng, 0, 1) < f->spurious)
		m.mid_ns += (int64_t)rng_uniform(&f->rng, -5e8, 5e8);
	return m;
}

/* Read between two readings of the raw counter; latched somewhere there. */
static struct feed_measurement read_phc(struct feed *f, struct oscillator *o,
					int64_t raw_ns, int64_t shift_ns)
{
	const struct term_law half = {f->law.window_ns / 2, f->law.latch};
	const int64_t latch_raw_ns = raw_ns + err_of(f, &half);
	const double off_ns = phc_off_ns(&f->phc, &f->rng, latch_raw_ns,
					 !f->is_frozen, 50);
	const int64_t phc_ns = oscillator_tai(o, latch_raw_ns) + shift_ns +
			       (int64_t)llround(off_ns);

	f->is_astray = fabs(off_ns) > f->law.server.limit_ns;
	return (struct feed_measurement){.raw_ns = raw_ns,
					 .mid_ns = quantized(f, phc_ns) -
						   raw_ns};
}

static struct feed_measurement measure(struct feed *f, struct oscillator *o,
				       int64_t raw_ns, int64_t utc_offset_ns)
{
	const int64_t scale_ns = f->law.class == SOURCE_NTP ? utc_offset_ns
							   : 0;
	const int64_t shift_ns = (int64_t)trunc(f->lie_ns) - scale_ns;
	struct feed_measurement m;

	switch (f->law.kind) {
	case FEED_EXCHANGE:
		m = exchange(f, o, raw_ns, shift_ns);
		break;
	case FEED_DIRECT:
		m = read_clock(f, o, raw_ns, shift_ns);
		break;
	case FEED_PHC:
		m = read_phc(f, o, raw_ns, shift_ns);
		break;
	case FEED_EDGE:
	default:
		m = stamp_edge(f, o, raw_ns, shift_ns);
		break;
	}
	if (f->is_frozen && f->law.kind != FEED_PHC)
		m.mid_ns = f->last_mid_ns;
	f->last_mid_ns = m.mid_ns;
	m.root_ns = f->law.server.limit_ns + f->degraded_ns;
	m.stamp_ns = f->law.stamp.limit_ns;
	return m;
}

/* Half the round trip, less what A4 is declared to allow. */
static int64_t delay_term_ns(const struct feed_law *law, int64_t delay_ns)
{
	const int64_t half_ns =
		delay_ns / 2 + HALVING_NS + delay_ns / RATE_SHARE;
	double ns = (double)half_ns;

	if (delay_ns == 0)
		return 0;
	ns = fmax(ns - law->delay_ns_min, 0);
	if (law->asymmetry_ns > 0)
		ns = fmin(ns, law->asymmetry_ns);
	return (int64_t)ceil(ns);
}

/* The driver's statement at raw_ns of m, an event whose age is known to age_s,
 * carried by a ruler known to so much. */
static void state(struct feed *f, int64_t raw_ns,
		  const struct feed_measurement *m, double ruler_err_ppb,
		  struct sample *ret)
{
	const int64_t age_ns = raw_ns - m->raw_ns;
	const int64_t window_ns = (int64_t)(f->law.age_s * 1e9);
	const int64_t early_ns =
		age_ns -
		(int64_t)rng_uniform(&f->rng, 0, (double)window_ns);
	const double f_ppb = f->law.ruler_ppb;
	const double off = rng_uniform(&f->rng, -1, 1) * ruler_err_ppb;

	memset(ret, 0, sizeof(*ret));
	ret->raw_ns = raw_ns;
	ret->mid_ns = m->mid_ns +
		      (int64_t)llround(f_ppb * (double)age_ns / 1e9) +
		      err_of(f, &f->law.mapping);
	ret->lo_ns[TERM_SERVER] = (int64_t)ceil(
		m->root_ns *
		(f->law.server_scale > 0 ? f->law.server_scale : 1));
	ret->lo_ns[TERM_DELAY] = delay_term_ns(&f->law, m->delay_ns);
	ret->declared = m->delay_ns > 0 && (f->law.asymmetry_ns > 0 ||
					    f->law.delay_ns_min > 0);
	/* Each of the four stamps is cut by less than a quantum: the middle by
	 * less than one. */
	ret->lo_ns[TERM_STAMP] = (int64_t)ceil(f->law.stamp.limit_ns) +
				 (int64_t)ceil(f->law.quantum_ns) +
				 (int64_t)ceil(f->law.path.transparent_ns *
					       f->law.path.hops);
	ret->lo_ns[TERM_MAPPING] = (int64_t)ceil(f->law.mapping.limit_ns) +
				   (int64_t)ceil(f->law.window_ns / 2);
	memcpy(ret->hi_ns, ret->lo_ns, sizeof(ret->hi_ns));
	/* Latency is one-sided: the edge was at or before its stamp. */
	if (f->law.kind == FEED_EDGE)
		ret->hi_ns[TERM_STAMP] +=
			(int64_t)ceil(f->law.latency_ns_max) + 1;
	ret->age_ns_min = early_ns > 0 ? early_ns : 0;
	ret->age_ns_max = ret->age_ns_min + window_ns > age_ns
				  ? ret->age_ns_min + window_ns
				  : age_ns;
	ret->ruler_ppb_min = f_ppb + off - ruler_err_ppb;
	ret->ruler_ppb_max = f_ppb + off + ruler_err_ppb;
	ret->fresh_ns = (int64_t)(4e9 * f->law.poll_s);
}

static int64_t delivery_ns(struct feed *f, const struct feed_measurement *m)
{
	/* A driver that asks an engine sees it at its next round; one that
	 * reads its own device, at once. */
	const double wait_ns =
		f->law.age_s > 0 ? rng_uniform(&f->rng, 0, DRIVER_POLL_NS)
				 : PROCESSING_NS;

	return m->raw_ns + m->delay_ns + PROCESSING_NS + (int64_t)wait_ns;
}

/* Interleaved: what is told now is the exchange before. */
static bool hold(struct feed *f, struct feed_measurement *m)
{
	const struct feed_measurement now = *m;
	const bool had = f->has_held;

	if (!f->law.is_interleaved)
		return true;
	*m = f->held;
	f->held = now;
	f->has_held = true;
	return had;
}

bool feed_poll(struct feed *f, struct oscillator *o, int64_t utc_offset_ns,
	       struct sample *ret, struct feed_measurement *ret_measurement)
{
	int64_t raw_ns, told_ns;

	if (f->has_repeat && f->repeat_raw_ns < f->next_raw_ns) {
		f->has_repeat = false;
		*ret = f->repeat;
		return true;
	}
	raw_ns = f->next_raw_ns;
	f->next_raw_ns += (int64_t)(f->law.poll_s * 1e9 *
				    rng_uniform(&f->rng, 0.98, 1.02));
	*ret_measurement = measure(f, o, raw_ns, utc_offset_ns);
	told_ns = delivery_ns(f, ret_measurement);
	if (rng_uniform(&f->rng, 0, 1) < f->law.path.loss || f->is_silent ||
	    !hold(f, ret_measurement))
		return false;
	state(f, told_ns, ret_measurement, f->law.ruler_err_ppb, ret);
	if (f->law.age_s <= 0)
		return true;
	f->repeat_raw_ns = told_ns + REPEAT_AFTER_NS;
	state(f, f->repeat_raw_ns, ret_measurement, f->law.ruler_err_ppb / 10,
	      &f->repeat);
	f->repeat.repeat = true;
	f->has_repeat = true;
	return true;
}
