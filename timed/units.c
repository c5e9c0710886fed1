/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quantities as text. Decimal arithmetic throughout: "0.1s" is 100000000 ns,
 * not what a binary fraction makes of it.
 */
#include "timed/units.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct unit {
	const char *name;
	int64_t size; /* in the kind's own unit */
};

/* Ascending, so that the last one that divides a value is the largest. */
static const struct unit durations[] = {
	{ "ns", 1 },
	{ "us", 1000 },
	{ "ms", 1000000 },
	{ "s", 1000000000 },
	{ "min", INT64_C(60) * 1000000000 },
	{ "h", INT64_C(3600) * 1000000000 },
	{ "d", INT64_C(86400) * 1000000000 },
	{ NULL, 0 },
};

static const struct unit rates[] = {
	{ "ppb", 1 },
	{ "ppm", 1000 },
	{ NULL, 0 },
};

static const struct unit wanders[] = {
	{ "ppb/s", 1 },
	{ "ppm/s", 1000 },
	{ NULL, 0 },
};

/* A decimal number: mantissa / 10^decimals. */
struct decimal {
	int64_t mantissa;
	int decimals;
};

static const struct unit *units_of(enum units_kind kind)
{
	switch (kind) {
	case UNITS_DURATION:
		return durations;
	case UNITS_RATE:
		return rates;
	case UNITS_WANDER:
		return wanders;
	}
	assert(false);
	return NULL;
}

const char *units_names(enum units_kind kind)
{
	switch (kind) {
	case UNITS_DURATION:
		return "ns, us, ms, s, min, h, d";
	case UNITS_RATE:
		return "ppb, ppm";
	case UNITS_WANDER:
		return "ppb/s, ppm/s";
	}
	assert(false);
	return NULL;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int push_digit(struct decimal *d, char c)
{
	if (__builtin_mul_overflow(d->mantissa, 10, &d->mantissa) ||
	    __builtin_add_overflow(d->mantissa, c - '0', &d->mantissa))
		return -ERANGE;
	return 0;
}

/* Takes "12", "12.5"; digits on both sides of a point. */
static int parse_decimal(const char **text, struct decimal *ret)
{
	struct decimal d = { 0, 0 };
	const char *at = *text;

	if (!is_digit(*at))
		return -EINVAL;
	for (; is_digit(*at); at++) {
		if (push_digit(&d, *at))
			return -ERANGE;
	}
	if (*at == '.') {
		if (!is_digit(*++at))
			return -EINVAL;
		for (; is_digit(*at); at++, d.decimals++) {
			if (push_digit(&d, *at))
				return -ERANGE;
		}
	}
	*text = at;
	*ret = d;
	return 0;
}

static int parse(enum units_kind kind, const char *text, struct decimal *ret,
		 int64_t *ret_size)
{
	const struct unit *u = units_of(kind);
	int err = parse_decimal(&text, ret);

	if (err)
		return err;
	while (*text == ' ')
		text++;
	if (*text == '\0')
		return -ENODATA;
	while (u->name && strcmp(u->name, text) != 0)
		u++;
	if (!u->name)
		return -ENOENT;
	*ret_size = u->size;
	return 0;
}

int units_parse_duration(const char *text, int64_t *ret_ns)
{
	struct decimal d;
	int64_t size = 0;
	__int128 ns;
	int err = parse(UNITS_DURATION, text, &d, &size);

	if (err)
		return err;
	ns = (__int128)d.mantissa * size;
	for (int i = 0; i < d.decimals; i++) {
		if (ns % 10 != 0)
			return -EDOM;
		ns /= 10;
	}
	if (ns > INT64_MAX)
		return -ERANGE;
	*ret_ns = (int64_t)ns;
	return 0;
}

int units_parse_rate(enum units_kind kind, const char *text, double *ret)
{
	struct decimal d;
	int64_t size = 0;
	double scale = 1;
	int err = parse(kind, text, &d, &size);

	if (err)
		return err;
	/* Both are exact up to 2^53 and 10^22: one division, one rounding. */
	for (int i = 0; i < d.decimals; i++)
		scale *= 10;
	*ret = (double)d.mantissa * (double)size / scale;
	return 0;
}

void units_format_duration(int64_t ns, char *buf)
{
	const struct unit *best = &durations[3]; /* "0s" */

	if (ns != 0) {
		best = durations;
		for (const struct unit *u = durations; u->name; u++) {
			if (ns % u->size == 0)
				best = u;
		}
	}
	snprintf(buf, UNITS_TEXT_SIZE, "%lld%s",
		 (long long)(ns / best->size), best->name);
}

void units_format_rate(enum units_kind kind, double value, char *buf)
{
	const struct unit *u = &units_of(kind)[value >= 1000 ? 1 : 0];

	for (int decimals = 0; decimals <= 15; decimals++) {
		double back;

		snprintf(buf, UNITS_TEXT_SIZE, "%.*f%s", decimals,
			 value / (double)u->size, u->name);
		if (units_parse_rate(kind, buf, &back) == 0 && back == value)
			return;
	}
}
