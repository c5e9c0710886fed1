/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CLOCK_REALTIME (S) against the raw counter: a ring of bracketed pairs with
 * the steering that the kernel named at each, and the reasoning on it. Pure:
 * whoever owns the ring feeds it and reads no clock here.
 *
 * Rates are S against raw in ppb, positive: S gains.
 */
#ifndef REALTIME_H
#define REALTIME_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/env.h"

/*
 * How far S may run from the rate that adjtimex names: the kernel rounds its
 * multiplier to one part in 2^22 (238 ppb) and corrects what that loses only
 * at its next tick; with CONFIG_HZ = 300 its nominal tick is 100 ppb off.
 */
#define REALTIME_SLACK_PPB 250.0

#define REALTIME_ENTRIES 1024

/* S - raw lay in [lo_ns, hi_ns] at some moment of [raw_ns_min, raw_ns_max];
 * since the entry before, S ran at rates in [rate_ppb_min, rate_ppb_max],
 * slack not counted. */
struct realtime_entry {
	int64_t raw_ns_min;
	int64_t raw_ns_max;
	int64_t lo_ns;
	int64_t hi_ns;
	double now_ppb_min; /* what was in force at this very entry */
	double now_ppb_max;
	double rate_ppb_min;
	double rate_ppb_max;
	double loose_ppb_min; /* the same, with the rates allowed besides */
	double loose_ppb_max;
};

struct realtime {
	struct realtime_entry ring[REALTIME_ENTRIES];
	int count;
	int newest;		    /* index in ring, where count > 0 */
	struct realtime_entry last; /* the last two, however close together */
	struct realtime_entry previous;
	int added;		/* 2 at most: how many of these are there */
	double allowed_ppb_min; /* for the next entry, empty: min > max */
	double allowed_ppb_max;
	double slew_ppb[2];  /* what a slew may have added: in the second
				   or so that runs, and in the one before */
	int64_t slew_raw_ns; /* that second began */
	int64_t disturbed_raw_ns;
	double slack_ns; /* how far S could have been moved unseen, in all */
};

void realtime_init(struct realtime *rt);

/* A rate that may have been in force for part of the time since the last
 * entry, although the kernel named it at neither end: it explains a movement
 * of S, but is none of realtime_rates. */
void realtime_allow(struct realtime *rt, double rate_ppb);

/*
 * Takes a pair and the steering read beside it. False: S has moved by more
 * than any rate in force explains, or nobody watched for too long: somebody
 * may have stepped it since the entry before.
 */
bool realtime_add(struct realtime *rt, const struct env_pair *pair,
		  const struct env_steering *steering);

/* S was last disturbed no later than this; INT64_MIN: never, as far as the
 * ring has seen. */
int64_t realtime_disturbed_raw_ns(const struct realtime *rt);

/* The rates in force over a span that ends no later than the last entry.
 * 0 or -ENODATA: the ring does not reach back that far. */
int realtime_rates(const struct realtime *rt, int64_t raw_ns_from,
		   int64_t raw_ns_to, double *ret_ppb_min, double *ret_ppb_max);

/* Where S - raw was at any one moment between the last two entries added.
 * 0 or -ENODATA. */
int realtime_span(const struct realtime *rt, struct realtime_entry *ret);

#endif
