/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Others' bounds in the same world, as observers only: they see what the feeds
 * measured and nothing else, and claim at any moment that true time is within
 * `half_ns` of their clock. Written from what their makers publish;
 * docs/simulator.md says what is modelled and what is simplified, in whose
 * favour.
 */
#ifndef RIVAL_H
#define RIVAL_H

#include "sim/run.h"

struct rival_claim {
	int64_t unix_ns; /* its clock */
	double half_ns;
};

struct rival;

struct rival_ops {
	const char *name;
	void (*measurement)(struct rival *r, int feed,
			    const struct feed_measurement *m, int64_t raw_ns);
	/* False: it gives no answer now. raw_ns never goes back. */
	bool (*claim)(struct rival *r, int64_t raw_ns,
		      struct rival_claim *ret);
	void (*close)(struct rival *r);
};

struct rival {
	const struct rival_ops *ops;
};

/* 0, -ENOMEM, or -ENODEV: it could not be used in this scenario. `sc` outlives
 * the rival. */

/* chronyd's published bound, with chronyd as it is by default. */
int rival_chrony_open(const struct scenario *sc, uint64_t seed,
		      struct rival **ret);

/* ClockBound over a chronyd with maxclockerror set to the same drift, as its
 * manual tells. */
#define RIVAL_CLOCKBOUND_PPB 50000.0
int rival_clockbound_open(const struct scenario *sc, uint64_t seed,
			  double drift_ppb, struct rival **ret);

/* fbclock over ptp4l: needs a PTP or PHC feed. */
int rival_fbclock_open(const struct scenario *sc, uint64_t seed,
		       struct rival **ret);

#endif
