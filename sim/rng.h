/* SPDX-License-Identifier: Apache-2.0 */
/* Chance, seeded: the same seed gives the same world, bit for bit. */
#ifndef RNG_H
#define RNG_H

#include <stdint.h>

/* xoshiro256** (Blackman and Vigna, 2018), seeded by splitmix64. */
struct rng {
	uint64_t s[4];
};

void rng_seed(struct rng *r, uint64_t seed);
uint64_t rng_next(struct rng *r);
double rng_uniform(struct rng *r, double lo, double hi);
/* Evenly in its logarithm; lo > 0. */
double rng_log_uniform(struct rng *r, double lo, double hi);
double rng_exponential(struct rng *r, double mean);
double rng_normal(struct rng *r);

#endif
