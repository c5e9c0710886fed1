/* SPDX-License-Identifier: Apache-2.0 */
/* Chance, seeded. See rng.h. */
#include "sim/rng.h"

#include <math.h>

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

double rng_log_uniform(struct rng *r, double lo, double hi)
{
	return exp(rng_uniform(r, log(lo), log(hi)));
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
