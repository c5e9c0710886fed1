/* SPDX-License-Identifier: Apache-2.0 */
/* True time, the raw counter, chance. See world.h. */
#include "sim/world.h"

#include <assert.h>
#include <math.h>
#include <string.h>

void rng_seed(struct rng *r, uint64_t seed)
{
	for (int i = 0; i < 4; i++) {
		uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);

		z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
		z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
		r->s[i] = z ^ (z >> 31);
	}
}

static uint64_t rotate(uint64_t x, int k)
{
	return (x << k) | (x >> (64 - k));
}

uint64_t rng_next(struct rng *r)
{
	const uint64_t ret = rotate(r->s[1] * 5, 7) * 9;
	const uint64_t t = r->s[1] << 17;

	r->s[2] ^= r->s[0];
	r->s[3] ^= r->s[1];
	r->s[1] ^= r->s[2];
	r->s[0] ^= r->s[3];
	r->s[2] ^= t;
	r->s[3] = rotate(r->s[3], 45);
	return ret;
}

double rng_uniform(struct rng *r, double lo, double hi)
{
	return lo + (hi - lo) * ((double)(rng_next(r) >> 11) * 0x1p-53);
}

double rng_exponential(struct rng *r, double mean)
{
	return -mean * log(1 - rng_uniform(r, 0, 1));
}

double rng_normal(struct rng *r)
{
	const double radius = sqrt(-2 * log(1 - rng_uniform(r, 0, 1)));

	return radius * cos(rng_uniform(r, 0, 2 * M_PI));
}

void oscillator_init(struct oscillator *o, const struct oscillator_law *law,
		     int64_t tai_ns, uint64_t seed)
{
	memset(o, 0, sizeof(*o));
	o->law = *law;
	o->x0_ns = tai_ns;
	o->y_ppb = law->start_ppb;
	o->direction = 1;
	o->fast_sign = 1;
	rng_seed(&o->rng, seed);
}

static double clamp(double v, double lo, double hi)
{
	return v < lo ? lo : v > hi ? hi : v;
}

/* How the slow part moves over the next second, ppb. */
static double slow_step(struct oscillator *o)
{
	const double w = o->law.axioms.wander_ppb_s;
	const double day = 2 * M_PI / 86400;

	switch (o->law.slow) {
	case SLOW_STILL:
		return 0;
	case SLOW_WALK:
		return clamp(rng_normal(&o->rng) * w / 10, -w, w);
	case SLOW_BANG:
		if (rng_uniform(&o->rng, 0, 1) < 1 / 60.0)
			o->direction = -o->direction;
		return w * o->direction;
	case SLOW_SINE:
		return w * cos(day * (double)o->seconds);
	}
	return 0;
}

static double fast_part(struct oscillator *o)
{
	const double j = o->law.axioms.jitter_ppb;

	switch (o->law.fast) {
	case FAST_NONE:
		return 0;
	case FAST_RANDOM:
		return rng_uniform(&o->rng, -j, j);
	case FAST_LONG:
		if (rng_uniform(&o->rng, 0, 1) < 1 / 300.0)
			o->fast_sign = -o->fast_sign;
		return j * o->fast_sign;
	}
	return 0;
}

static void generate_second(struct oscillator *o)
{
	const int64_t n = o->seconds;
	struct oscillator_second *s = &o->ring[n % OSCILLATOR_RING];
	const double limit = o->law.axioms.drift_ppb - o->law.axioms.jitter_ppb;
	double next_ppb;

	s->x_ns = 0;
	if (n > 0) {
		const struct oscillator_second *p =
			&o->ring[(n - 1) % OSCILLATOR_RING];

		s->x_ns = p->x_ns + p->y_ppb + p->j_ppb + p->w_ppb_s / 2;
	}
	if (o->law.jump_ppb != 0 && (double)n == floor(o->law.jump_raw_s))
		o->y_ppb += o->law.jump_ppb;
	next_ppb = clamp(o->y_ppb + slow_step(o), -limit, limit);
	s->y_ppb = o->y_ppb;
	s->w_ppb_s = next_ppb - o->y_ppb;
	s->j_ppb = fast_part(o);
	o->y_ppb = next_ppb;
	o->seconds++;
}

int64_t oscillator_tai(struct oscillator *o, int64_t raw_ns)
{
	const int64_t n = raw_ns / SECOND_NS;
	const double d_s = (double)(raw_ns % SECOND_NS) / 1e9;
	const struct oscillator_second *s;

	assert(raw_ns >= 0);
	while (o->seconds <= n)
		generate_second(o);
	assert(n > o->seconds - OSCILLATOR_RING);
	s = &o->ring[n % OSCILLATOR_RING];
	return o->x0_ns + raw_ns +
	       (int64_t)llround(s->x_ns + (s->y_ppb + s->j_ppb) * d_s +
				s->w_ppb_s * d_s * d_s / 2);
}

int64_t oscillator_raw(struct oscillator *o, int64_t tai_ns)
{
	int64_t raw_ns = tai_ns - o->x0_ns;

	/* Each round divides the error by 1 / rate, 20,000 or more. */
	for (int i = 0; i < 4; i++)
		raw_ns += tai_ns - oscillator_tai(o, raw_ns > 0 ? raw_ns : 0);
	return raw_ns;
}
