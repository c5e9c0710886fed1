/* SPDX-License-Identifier: Apache-2.0 */
/* A NIC's hardware clock and its servo. See phc.h. */
#include "sim/phc.h"

#define STEP_NS INT64_C(1000000000)

/* ptp4l's defaults for hardware stamps at one Sync a second (ptp4l(8):
 * pi_proportional_const, pi_integral_const). */
#define PROPORTIONAL 0.7
#define INTEGRAL     0.3

/* A NIC's crystal: 2 ppb of random walk in a second. */
#define WALK_PPB 2.0

void phc_init(struct phc *p, struct rng *rng)
{
	*p = (struct phc){.own_ppb = rng_uniform(rng, -20000, 20000)};
	/* It has been kept for long. */
	p->integral_ppb = p->adjusted_ppb = -p->own_ppb;
}

static void keep(struct phc *p, struct rng *rng, double noise_ns)
{
	const double seen_ns =
		p->off_ns + rng_uniform(rng, -noise_ns, noise_ns);

	/* Over one second 1 ns is 1 ppb. */
	p->integral_ppb -= INTEGRAL * seen_ns;
	p->adjusted_ppb = p->integral_ppb - PROPORTIONAL * seen_ns;
}

double phc_off_ns(struct phc *p, struct rng *rng, int64_t raw_ns, bool is_kept,
		  double noise_ns)
{
	while (raw_ns - p->raw_ns >= STEP_NS) {
		p->off_ns += p->own_ppb + p->adjusted_ppb;
		p->own_ppb += WALK_PPB * rng_normal(rng);
		p->raw_ns += STEP_NS;
		if (is_kept)
			keep(p, rng, noise_ns);
	}
	return p->off_ns + (p->own_ppb + p->adjusted_ppb) *
				   (double)(raw_ns - p->raw_ns) / 1e9;
}
