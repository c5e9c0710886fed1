/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A model of chronyd: samples in, a steered clock and `tracking` out. What the
 * two rivals that rest on chronyd's figures share.
 *
 * It works in the raw frame: n(raw) = NTP clock - raw - base. chronyd's own
 * clock is linear between updates, so its regression over samples against that
 * clock is the regression over reference - raw.
 */
#ifndef RIVAL_CHRONYD_H
#define RIVAL_CHRONYD_H

#include "sim/rival_regress.h"
#include "sim/run.h"

struct chronyd_sample {
	double t_s;              /* raw */
	double y_ns;             /* reference - raw - base */
	double peer_delay_ns, peer_dispersion_ns;
	double root_delay_ns, root_dispersion_ns;
};

struct chronyd_source {
	struct chronyd_sample sample[REGRESS_SAMPLES_ALL];
	int count, start;        /* those from start on are in use */
	bool has_line;
	struct regress_line line; /* t = 0 at the last sample */
	double skew_ppb;
	int best;                /* sample of the least root distance */
	double poll_s;
	/* Of the last selection. */
	double distance_ns, lo_ns, hi_ns;
	bool is_selectable, is_truechimer;
};

struct chronyd {
	const struct scenario *scenario;
	double max_clock_error_ppb;
	bool knows_phc_error;    /* ClockBound reads a PHC's own bound */
	struct rng rng;
	int64_t base_ns;
	bool has_base;
	struct chronyd_source source[FEEDS_MAX];
	int selected;            /* -1: none yet */
	/* The NTP clock. */
	bool has_reference;
	double n_ns, n_s, n_rate_ppb;
	/* The system clock is behind it by what is still to be slewed. */
	double slew_ns, slew_s, slew_for_s;
	/* Of the last update of the reference. */
	double reference_s, update_s, update_interval_s;
	double skew_ppb, residual_ppb;
	double root_delay_ns, root_dispersion_ns;
};

/* What `chronyc tracking` says, and the clock itself. */
struct chronyd_tracking {
	int64_t unix_ns;         /* the system clock */
	double correction_ns;    /* what it has yet to be slewed by */
	double root_delay_ns, root_dispersion_ns;
	double since_update_s;
	double update_interval_s;
};

void chronyd_init(struct chronyd *c, const struct scenario *sc,
		  double max_clock_error_ppb, uint64_t seed);

/* All samples and the reference are lost: `chronyc reset sources`. */
void chronyd_reset(struct chronyd *c);

void chronyd_measurement(struct chronyd *c, int feed,
			 const struct feed_measurement *m, int64_t raw_ns);

/* False: not synchronised yet. */
bool chronyd_tracking(const struct chronyd *c, int64_t raw_ns,
		      struct chronyd_tracking *ret);

#endif
