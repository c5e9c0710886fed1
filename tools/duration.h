/* SPDX-License-Identifier: Apache-2.0 */
/* Durations and ranges of them, as text on a command line. */
#ifndef DURATION_H
#define DURATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DURATION_UNITS "ns, us, ms, s, min, h, d"

/*
 * "250ms", "0.5 s": as timed.conf(5) writes them; 0 needs no unit. Decimal
 * arithmetic; what is finer than a nanosecond is not taken. 0; -EINVAL: no
 * duration; -ENODATA: no unit; -ENOENT: no such unit; -ERANGE: beyond 292
 * years, or finer than 1 ns.
 */
int duration_parse(const char *text, int64_t *ret_ns);
const char *duration_error(int err); /* what to say of it: one clause */

/*
 * A range of the Monitoring Plugins' guidelines ("Threshold and ranges"):
 * "10us" is 0 to 10 us, "10us:" and more, "~:10us" any up to, "10us:20us",
 * and with @ the other way round: within is to be told of. A number without a
 * unit takes that of the other end.
 */
struct duration_range {
	int64_t lo_ns, hi_ns; /* INT64_MIN, INT64_MAX: no such end */
	bool is_inverted;     /* @ */
};

int duration_range_parse(const char *text, struct duration_range *ret);

/* Is this a value to be told of? */
bool duration_range_alerts(const struct duration_range *r, int64_t ns);

/* The range in seconds, as perfdata has it: "@0.000010000:0.000020000". */
#define DURATION_RANGE_SIZE 96 /* two of 47, and a sign */
const char *duration_range_s(const struct duration_range *r,
			     char ret[DURATION_RANGE_SIZE]);

#endif
