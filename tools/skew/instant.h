/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a node publishes of itself: where true time was against its
 * CLOCK_REALTIME, with the raw and the real time that this belongs to, once a
 * second. tt-exporter keeps the last minute and serves it (/instants.json); the
 * agents of other nodes hold their probes against it.
 *
 * [true time - CLOCK_REALTIME] is given in both views, TAI and Unix: an expired
 * leap second table widens one of them by seconds (docs/design.md).
 */
#ifndef INSTANT_H
#define INSTANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define INSTANTS_MAX	   64 /* a minute, one a second */
#define INSTANTS_BYTES_MAX 32768
#define INSTANT_WHY_SIZE   160
/* No clock is further off: sums of a few stay far below 2^63. */
#define INSTANT_NS_MAX INT64_C(1000000000000000000)

struct tt_clock;

/* true time - CLOCK_REALTIME lay in [lo_ns, hi_ns]. */
struct instant_view {
	int64_t lo_ns, hi_ns;
};

struct instant {
	int64_t raw_ns;	 /* CLOCK_MONOTONIC_RAW */
	int64_t real_ns; /* CLOCK_REALTIME */
	bool has_bound;	 /* else nothing below means anything */
	struct instant_view tai, unix_time;
	int64_t tai_offset_ns; /* TAI - Unix as timed works with it */
};

struct instants {
	struct instant at[INSTANTS_MAX]; /* oldest first, by raw_ns */
	int count;
};

/* Reads the clocks and the segment: 0, or what tt_now() says, and then
 * has_bound is false and the rest is filled in. */
int instant_read(struct tt_clock *clk, struct instant *ret);

/* The oldest makes room. */
void instants_add(struct instants *list, const struct instant *i);

/* As JSON; ferror() says what fails. */
void instants_write(FILE *out, const struct instants *list);

/*
 * From JSON that anybody may have sent. 0; or -EPROTO, and `ret_why` is one
 * clause. What comes is in order of raw time, with edges in order.
 */
int instants_parse(const char *text, size_t size, struct instants *ret,
		   char ret_why[INSTANT_WHY_SIZE]);

#endif
