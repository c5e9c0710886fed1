/* SPDX-License-Identifier: Apache-2.0 */
/* NTP exchanges, with every error known. See ntp.h. */
#include "sim/ntp.h"

#include <math.h>
#include <string.h>

#define PROCESSING_NS 20000
#define DRIVER_POLL_NS 250e6
#define REPEAT_AFTER_NS SECOND_NS

void server_init(struct server *s, const struct server_law *law, uint64_t seed)
{
	memset(s, 0, sizeof(*s));
	s->law = *law;
	rng_seed(&s->rng, seed);
	s->next_raw_ns = SECOND_NS + (int64_t)rng_uniform(&s->rng, 0, 1e9);
}

int64_t server_next_raw_ns(const struct server *s)
{
	if (s->has_repeat && s->repeat_raw_ns < s->next_raw_ns)
		return s->repeat_raw_ns;
	return s->next_raw_ns;
}

static double place(struct rng *r, enum placement p, double limit)
{
	switch (p) {
	case PLACE_LOW:
		return -limit;
	case PLACE_HIGH:
		return limit;
	case PLACE_RANDOM:
		break;
	}
	return rng_uniform(r, -limit, limit);
}

static double lie_ns(const struct server *s, double now_s)
{
	for (int i = 0; i < LIES_MAX; i++) {
		const struct lie *l = &s->law.lie[i];

		if (now_s >= l->from_s && now_s < l->to_s)
			return l->offset_ns +
			       l->ramp_ppb * (now_s - l->from_s);
	}
	return 0;
}

/* One exchange at raw_ns: reference - raw at its middle, and its round trip. */
static void exchange(struct server *s, struct oscillator *o, int64_t raw_ns,
		     int64_t utc_offset_ns, int64_t *ret_middle_ns,
		     int64_t *ret_mid_ns, int64_t *ret_delay_ns)
{
	const struct link_law *l = &s->law.link;
	const int64_t out_ns = (int64_t)(l->base_ns[0] +
					 rng_exponential(&s->rng,
							 l->queue_ns[0]));
	const int64_t back_ns = (int64_t)(l->base_ns[1] +
					  rng_exponential(&s->rng,
							  l->queue_ns[1]));
	const double err_ns =
		place(&s->rng, s->law.root, s->law.root_ns) +
		lie_ns(s, (double)raw_ns / 1e9);
	const int64_t t1 = oscillator_tai(o, raw_ns);
	const int64_t raw4_ns = oscillator_raw(
		o, t1 + out_ns + PROCESSING_NS + back_ns);
	const int64_t server2 = t1 + out_ns - utc_offset_ns +
				(int64_t)trunc(err_ns);
	const int64_t server3 = server2 + PROCESSING_NS;

	*ret_middle_ns = raw_ns + (raw4_ns - raw_ns) / 2;
	*ret_mid_ns = (server2 - raw_ns) / 2 + (server3 - raw4_ns) / 2 +
		      (int64_t)trunc(place(&s->rng, s->law.stamp,
					   s->law.stamp_ns));
	*ret_delay_ns = (raw4_ns - raw_ns) - (server3 - server2);
}

/* The driver's statement at raw_ns of an event at middle_ns: its age known to
 * a second, carried by a ruler known to so much. */
static void state(struct server *s, int64_t raw_ns, int64_t middle_ns,
		  int64_t mid_ns, int64_t delay_ns, double ruler_err_ppb,
		  struct sample *ret)
{
	const int64_t age_ns = raw_ns - middle_ns;
	const int64_t early_ns =
		age_ns - (int64_t)rng_uniform(&s->rng, 0, 1e9);
	const double f_ppb = s->law.ruler_ppb;
	const double off = rng_uniform(&s->rng, -1, 1) * ruler_err_ppb;

	memset(ret, 0, sizeof(*ret));
	ret->raw_ns = raw_ns;
	ret->mid_ns = mid_ns +
		      (int64_t)llround(f_ppb * (double)age_ns / 1e9) +
		      (int64_t)trunc(place(&s->rng, s->law.mapping,
					   s->law.mapping_ns));
	ret->lo_ns[TERM_SERVER] = (int64_t)ceil(s->law.root_ns);
	/* Halves were cut three times, and the raw counter measured the round
	 * trip: A1 of it. */
	ret->lo_ns[TERM_DELAY] = delay_ns / 2 + 3 + delay_ns / 10000;
	ret->lo_ns[TERM_STAMP] = (int64_t)ceil(s->law.stamp_ns);
	ret->lo_ns[TERM_MAPPING] = (int64_t)ceil(s->law.mapping_ns);
	memcpy(ret->hi_ns, ret->lo_ns, sizeof(ret->hi_ns));
	ret->age_ns_min = early_ns > 0 ? early_ns : 0;
	ret->age_ns_max = ret->age_ns_min + SECOND_NS > age_ns
				  ? ret->age_ns_min + SECOND_NS
				  : age_ns;
	ret->ruler_ppb_min = f_ppb + off - ruler_err_ppb;
	ret->ruler_ppb_max = f_ppb + off + ruler_err_ppb;
	ret->fresh_ns = (int64_t)(4e9 * s->law.poll_s);
}

static bool is_silent(const struct server *s, int64_t raw_ns)
{
	const double now_s = (double)raw_ns / 1e9;

	return now_s >= s->law.silent_from_s && now_s < s->law.silent_to_s;
}

bool server_poll(struct server *s, struct oscillator *o, int64_t utc_offset_ns,
		 struct sample *ret)
{
	int64_t raw_ns, middle_ns, mid_ns, delay_ns;

	if (s->has_repeat && s->repeat_raw_ns < s->next_raw_ns) {
		s->has_repeat = false;
		*ret = s->repeat;
		return true;
	}
	raw_ns = s->next_raw_ns;
	s->next_raw_ns += (int64_t)(s->law.poll_s * 1e9 *
				    rng_uniform(&s->rng, 0.98, 1.02));
	exchange(s, o, raw_ns, utc_offset_ns, &middle_ns, &mid_ns, &delay_ns);
	if (rng_uniform(&s->rng, 0, 1) < s->law.link.loss ||
	    is_silent(s, raw_ns))
		return false;
	raw_ns = middle_ns + delay_ns + PROCESSING_NS +
		 (int64_t)rng_uniform(&s->rng, 0, DRIVER_POLL_NS);
	state(s, raw_ns, middle_ns, mid_ns, delay_ns, s->law.ruler_err_ppb,
	      ret);
	s->repeat_raw_ns = raw_ns + REPEAT_AFTER_NS;
	state(s, s->repeat_raw_ns, middle_ns, mid_ns, delay_ns,
	      s->law.ruler_err_ppb / 10, &s->repeat);
	s->repeat.repeat = true;
	s->has_repeat = true;
	return true;
}
