/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quantities as text: "250ms", "50ppm", "20ppb/s". A number, decimal point
 * and digits allowed, then its unit, which is never left out. No sign, no
 * exponent: nothing that is configured here is negative.
 */
#ifndef UNITS_H
#define UNITS_H

#include <stddef.h>
#include <stdint.h>

enum units_kind {
	UNITS_DURATION, /* ns us ms s min h d; in ns */
	UNITS_RATE,     /* ppb ppm; in ppb */
	UNITS_WANDER    /* ppb/s ppm/s; in ppb/s */
};

#define UNITS_TEXT_SIZE 40

/* Which units there are, for a message: "ns, us, ms, s, min, h, d". */
const char *units_names(enum units_kind kind);

/*
 * 0; -EINVAL not a number; -ENODATA no unit; -ENOENT no such unit; -ERANGE
 * does not fit; -EDOM (durations) not a whole number of nanoseconds.
 */
int units_parse_duration(const char *text, int64_t *ret_ns);
int units_parse_rate(enum units_kind kind, const char *text, double *ret);

/* Text that parses to the very same value. `buf` has UNITS_TEXT_SIZE bytes. */
void units_format_duration(int64_t ns, char *buf);
void units_format_rate(enum units_kind kind, double value, char *buf);

#endif
