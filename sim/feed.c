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
	f->next_raw_ns = SECOND_NS + (int64_t)rng_uniform(&f->rng, 0, 1e9);
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
	if (p->burst > 0 && rng_uniform(&f->rng, 0, 1) < p->burst)
		ns += rng_uniform(&f->rng, 0, p->burst_ns);
	return (int64_t)ns;
}

static struct feed_measurement exchange(struct feed *f, struct oscillator *o,
					int64_t raw_ns, int64_t shift_ns)
{
	const int64_t out_ns = one_way_ns(f, 0);
	const int64_t back_ns = one_way_ns(f, 1);
	const int64_t t1 = oscillator_tai(o, raw_ns);
	const int64_t raw4_ns =
		oscillator_raw(o, t1 + out_ns + PROCESSING_NS + back_ns);
	const int64_t server2 = t1 + out_ns + shift_ns +
				err_of(f, &f->law.server);
	const int64_t server3 = server2 + PROCESSING_NS;

	return (struct feed_measurement){
		.raw_ns = raw_ns + (raw4_ns - raw_ns) / 2,
		.mid_ns = (server2 - raw_ns) / 2 + (server3 - raw4_ns) / 2 +
			  err_of(f, &f->law.stamp),
		.delay_ns = (raw4_ns - raw_ns) - (server3 - server2)};
}

static struct feed_measurement read_clock(struct feed *f,
					  struct oscillator *o, int64_t raw_ns,
					  int64_t shift_ns)
{
	return (struct feed_measurement){
		.raw_ns = raw_ns,
		.mid_ns = oscillator_tai(o, raw_ns) - raw_ns + shift_ns +
			  err_of(f, &f->law.server) + err_of(f, &f->law.stamp)};
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
	return m;
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
	case FEED_EDGE:
	default:
		m = stamp_edge(f, o, raw_ns, shift_ns);
		break;
	}
	if (f->is_frozen)
		m.mid_ns = f->last_mid_ns;
	f->last_mid_ns = m.mid_ns;
	m.root_ns = f->law.server.limit_ns;
	m.stamp_ns = f->law.stamp.limit_ns;
	return m;
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
	ret->lo_ns[TERM_SERVER] = (int64_t)ceil(f->law.server.limit_ns);
	ret->lo_ns[TERM_DELAY] = m->delay_ns == 0
					 ? 0
					 : m->delay_ns / 2 + HALVING_NS +
						   m->delay_ns / RATE_SHARE;
	ret->lo_ns[TERM_STAMP] = (int64_t)ceil(f->law.stamp.limit_ns);
	ret->lo_ns[TERM_MAPPING] = (int64_t)ceil(f->law.mapping.limit_ns);
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

bool feed_poll(struct feed *f, struct oscillator *o, int64_t utc_offset_ns,
	       struct sample *ret, struct feed_measurement *ret_measurement)
{
	int64_t raw_ns;

	if (f->has_repeat && f->repeat_raw_ns < f->next_raw_ns) {
		f->has_repeat = false;
		*ret = f->repeat;
		return true;
	}
	raw_ns = f->next_raw_ns;
	f->next_raw_ns += (int64_t)(f->law.poll_s * 1e9 *
				    rng_uniform(&f->rng, 0.98, 1.02));
	*ret_measurement = measure(f, o, raw_ns, utc_offset_ns);
	if (rng_uniform(&f->rng, 0, 1) < f->law.path.loss || f->is_silent)
		return false;
	raw_ns = delivery_ns(f, ret_measurement);
	state(f, raw_ns, ret_measurement, f->law.ruler_err_ppb, ret);
	if (f->law.age_s <= 0)
		return true;
	f->repeat_raw_ns = raw_ns + REPEAT_AFTER_NS;
	state(f, f->repeat_raw_ns, ret_measurement, f->law.ruler_err_ppb / 10,
	      &f->repeat);
	f->repeat.repeat = true;
	f->has_repeat = true;
	return true;
}
