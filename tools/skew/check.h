/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Do the bounds of two nodes agree with what one has measured of the other?
 * Pure: numbers in, a verdict out. docs/skew.md tells it to people.
 *
 * Let R be a node's CLOCK_REALTIME, T true time, x = T - R. A node publishes,
 * once a second, an interval [lo, hi] that contains x, with the R it belongs to
 * (instant.h). A probe from a to b says: at a time t, when a's clock showed
 * something in [real_min, real_max],
 *
 *     R_b(t) - R_a(t)  is in  [offset - error, offset + error]           (1)
 *
 * with error at least half the round trip: that needs no assumption about the
 * path but that packets do not arrive before they are sent. T is the same for
 * both, so R_b - R_a = x_a - x_b, and if both bounds hold,
 *
 *     R_b(t) - R_a(t)  is in  [lo_a - hi_b, hi_a - lo_b]                 (2)
 *
 * Where (1) and (2) share no point, one of three is false: a's bound, b's
 * bound, the measurement. By how much they miss each other is the excess.
 *
 * The intervals at t. x changes as the clock is steered and as the counter
 * wanders. Of the instants published around t the hull of their intervals is
 * taken, widened by half the time between two of them, times the rate by which
 * x may have strayed meanwhile: what was declared for it (stray_ppb), and the
 * whole range of rates that REALTIME is seen to have had against the raw
 * counter in the seconds around. That covers a rate that changes once in a
 * second, and a step at any moment of it (proof: docs/skew.md). Where no
 * instant was published around t, or without a bound, nothing is said.
 *
 * Scales. A node gives x in TAI and in Unix time. The narrower (2) is taken:
 * Unix only where both nodes have the same whole offset TAI - Unix, for else
 * their Unix times are not the same thing.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/skew/instant.h"

/* No error is larger, no bound of use. */
#define CHECK_NS_MAX INT64_C(1000000000000000000)
/* Instants further apart than this say nothing of the time between. */
#define CHECK_GAP_NS_MAX INT64_C(5000000000)
/* A2's fast part of any preset (1 ppm: "vm"). */
#define CHECK_STRAY_PPB 1000

struct check_probe {
	int64_t offset_ns;   /* the peer's clock less the prober's */
	int64_t error_ns;    /* >= 0 */
	int64_t real_ns_min; /* the prober's CLOCK_REALTIME at the probe */
	int64_t real_ns_max;
};

enum check_result {
	CHECK_CONSISTENT,
	CHECK_VIOLATED,
	/* Nothing can be said: */
	CHECK_UNCOVERED, /* nothing was published around the probe's time */
	CHECK_UNBOUNDED	 /* a node had no bound then */
};

enum check_side { CHECK_PROBER, CHECK_PEER };

struct check {
	enum check_result result;
	enum check_side lacking; /* who did not publish, or had no bound */
	bool is_unix;		 /* the scale of what follows */
	struct instant_view prober, peer; /* of true time - CLOCK_REALTIME */
	int64_t lo_ns, hi_ns;		  /* (2) */
	int64_t excess_ns; /* how far (1) misses (2); <= 0: it does not */
	/*
	 * By how much the peer's interval would have to be moved for the two to
	 * agree: consistent if 0 is among it. verdict.h reasons with it.
	 */
	int64_t shift_lo_ns, shift_hi_ns;
};

/* The intervals of a node while its clock showed real_ns_min to real_ns_max,
 * in both scales. CHECK_CONSISTENT: there they are; or what is lacking. */
enum check_result check_track(const struct instants *list, int64_t real_ns_min,
			      int64_t real_ns_max, int64_t stray_ppb,
			      struct instant *ret);

/* stray_ppb >= 0. */
void check_probe(const struct check_probe *probe, const struct instants *prober,
		 const struct instants *peer, int64_t stray_ppb,
		 struct check *ret);

const char *check_result_name(enum check_result result);

#endif
