/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A NIC's hardware clock: an oscillator of its own, and a PI servo that holds
 * it to a grandmaster once a second, as ptp4l does.
 */
#ifndef PHC_H
#define PHC_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/rng.h"

struct phc {
	int64_t raw_ns;      /* the state is of this moment */
	double off_ns;       /* PHC - TAI */
	double own_ppb;      /* what its oscillator would do */
	double adjusted_ppb; /* what the servo has it do besides */
	double integral_ppb;
};

void phc_init(struct phc *p, struct rng *rng);

/* PHC - TAI at a later raw moment. While nobody keeps it, it runs on as it was
 * set last. `noise_ns`: of the servo's measurements. */
double phc_off_ns(struct phc *p, struct rng *rng, int64_t raw_ns,
		  bool is_kept, double noise_ns);

#endif
