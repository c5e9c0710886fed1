/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the raw stamps of PTP exchanges, each with its place on the raw counter,
 * to samples with their budgets. Pure.
 *
 * Forward (Sync): the reference showed t1 when it was sent, so at the moment of
 * t2 it shows t1 + correction + d, of which d >= d_min is all that is known: a
 * lower bound of reference - raw there. Backward (Delay_Req): at the moment of
 * t3 it shows t4 - correction - d: an upper bound. These are the hard samples,
 * one side each; the best of either kind need not be of one exchange.
 *
 * With peer-to-peer delays a correction has what transparent clocks have measured
 * of their links, too: means of two ways, of which one may take no time. Then
 * all that is certain is that the message came after t1.
 *
 * An exchange, both legs together, has two sides. With g(t) = (reference -
 * raw)(t) + f (r - t) for a ruler of any rate f, the mean of g at the two events
 * is
 *   (t1 + c + t4 - c') / 2 - (r2 + r3) / 2 + f (r - (r2 + r3) / 2)
 *                                                      + (d - d') / 2:
 * a sample that is the mean over the two moments (driver.h), so that what the
 * raw counter may have done since is charged for their mean age and not for the
 * older one's. |d - d'| / 2 is at most the declared asymmetry, and half of the
 * round trip less the least delays.
 */
#ifndef PTP_SAMPLE_H
#define PTP_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/ptp.h"
#include "drivers/ptp_clock.h"
#include "drivers/ptp_master.h"
#include "drivers/ptpmsg.h"

/* A leg whose local event is placed. */
struct ptp_event {
	struct ptp_leg leg;
	struct ptp_place place;
};

/* What all samples of one moment share. */
struct ptp_context {
	const struct ptp_options *opt;
	struct ptp_standing standing;
	int64_t raw_ns; /* of the samples: not before the events */
	int64_t fresh_ns;
	bool is_peer; /* peer-to-peer delays */
	double ruler_ppb; /* about how fast the reference gains on raw: the
	                        nearer, the narrower; any is true */
};

/* The local stamp: t2, or t3. */
int64_t ptp_leg_stamp_ns(const struct ptp_leg *leg);

/* `delay_ns` is a guess of the delay, >= 0: it places the middle, no bound.
 * 0, or -ERANGE: figures that cannot be. */
int ptp_sample_leg(const struct ptp_context *c, const struct ptp_event *event,
		   int64_t delay_ns, struct sample *ret);

/*
 * 0, or -ERANGE. -EDOM: the sample is good, but the round trip is shorter than
 * the declared least delays allow (axiom A4 is wrong), and it was not lessened
 * by them. `ret_delay_ns`: half of the round trip, >= 0, as nearly as the
 * ruler's rate tells what the raw counter did between the two: a guess.
 */
int ptp_sample_exchange(const struct ptp_context *c,
			const struct ptp_event *forward,
			const struct ptp_event *backward, struct sample *ret,
			int64_t *ret_delay_ns);

#define PTP_RATE_POINTS 16

/* The reference's rate against raw, from the middles of exchanges. */
struct ptp_rate {
	int count;
	int newest;
	int64_t raw_ns[PTP_RATE_POINTS];
	int64_t x_ns[PTP_RATE_POINTS];
};

void ptp_rate_add(struct ptp_rate *rate, const struct ptp_event *forward,
		  const struct ptp_event *backward);
double ptp_rate_ppb(const struct ptp_rate *rate); /* 0 while there is none */

#endif
