/* SPDX-License-Identifier: Apache-2.0 */
/* Durations as text, in decimal arithmetic: "0.1us" is 100 ns. */
#include "tools/duration.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NS_PER_S   INT64_C(1000000000)
#define TEXT_SIZE  48
#define DIGITS_MAX 18 /* of a fraction: what int64_t can hold */

static const struct unit {
	const char *name;
	int64_t ns;
} unit[] = {
	{"ns", 1},
	{"us", 1000},
	{"ms", 1000000},
	{"s", NS_PER_S},
	{"min", 60 * NS_PER_S},
	{"h", 3600 * NS_PER_S},
	{"d", 86400 * NS_PER_S},
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char *end_of_number(const char *text)
{
	return text + strspn(text, "0123456789.");
}

static int unit_of(const char *text, int64_t *ret_ns)
{
	text += strspn(text, " ");
	if (!*text)
		return -ENODATA;
	for (size_t i = 0; i < sizeof(unit) / sizeof(*unit); i++) {
		if (!strcmp(text, unit[i].name)) {
			*ret_ns = unit[i].ns;
			return 0;
		}
	}
	return -ENOENT;
}

/* The fraction's digits, each worth a tenth of the one before. */
static int add_fraction(const char *digit, int64_t unit_ns, int64_t *ns)
{
	for (int i = 0; is_digit(digit[i]); i++) {
		if (digit[i] != '0' && (unit_ns % 10 || i >= DIGITS_MAX))
			return -ERANGE;
		unit_ns /= 10;
		if (__builtin_add_overflow(*ns, (digit[i] - '0') * unit_ns, ns))
			return -ERANGE;
	}
	return 0;
}

int duration_parse(const char *text, int64_t *ret_ns)
{
	int64_t unit_ns = 1, ns = 0;
	const char *at = text;
	bool overflows = false;
	int err;

	if (!is_digit(*at))
		return -EINVAL;
	for (; is_digit(*at); at++)
		overflows |= __builtin_mul_overflow(ns, 10, &ns) ||
			     __builtin_add_overflow(ns, *at - '0', &ns);
	if (*at == '.' && !is_digit(*++at))
		return -EINVAL;
	text = at;
	at += strspn(at, "0123456789");
	err = unit_of(at, &unit_ns);
	if (err && (err != -ENODATA || ns || *text || overflows))
		return err;
	if (overflows || __builtin_mul_overflow(ns, unit_ns, &ns))
		return -ERANGE;
	err = add_fraction(text, unit_ns, &ns);
	if (!err)
		*ret_ns = ns;
	return err;
}

const char *duration_error(int err)
{
	switch (err) {
	case -ENODATA:
		return "it lacks a unit, as in 10us (" DURATION_UNITS ")";
	case -ENOENT:
		return "its unit is none of " DURATION_UNITS;
	case -ERANGE:
		return "it is too large, or finer than 1 ns";
	case -EDOM:
		return "its end is before its start";
	default:
		return "write a number and its unit, as 10us "
		       "(" DURATION_UNITS ")";
	}
}

/* One end of a range; without a unit, in that of the other end. */
static int parse_end(const char *text, const char *other, int64_t *ret_ns)
{
	char with_unit[TEXT_SIZE];
	int err = duration_parse(text, ret_ns);

	if (err != -ENODATA)
		return err;
	if (snprintf(with_unit, sizeof(with_unit), "%s%s", text,
		     end_of_number(other)) >= (int)sizeof(with_unit))
		return -EINVAL;
	return duration_parse(with_unit, ret_ns);
}

int duration_range_parse(const char *text, struct duration_range *ret)
{
	struct duration_range r = {0, INT64_MAX, *text == '@'};
	char lo[TEXT_SIZE] = "0";
	const char *colon = strchr(text += r.is_inverted, ':');
	const char *hi = colon ? colon + 1 : text;
	int err = 0;

	if (colon && colon - text >= TEXT_SIZE)
		return -EINVAL;
	if (colon)
		snprintf(lo, sizeof(lo), "%.*s", (int)(colon - text), text);
	if (!strcmp(lo, "~"))
		r.lo_ns = INT64_MIN;
	else if (*lo)
		err = parse_end(lo, hi, &r.lo_ns);
	if (!err && (*hi || !colon))
		err = parse_end(hi, lo, &r.hi_ns);
	if (!err && colon && !*hi && !*lo)
		err = -EINVAL;
	if (!err && r.lo_ns > r.hi_ns)
		err = -EDOM;
	if (!err)
		*ret = r;
	return err;
}

bool duration_range_alerts(const struct duration_range *r, int64_t ns)
{
	bool is_within = r->lo_ns <= ns && ns <= r->hi_ns;

	return is_within == r->is_inverted;
}

const char *duration_range_s(const struct duration_range *r,
			     char ret[DURATION_RANGE_SIZE])
{
	char lo[TEXT_SIZE] = "", hi[TEXT_SIZE] = "";

	if (r->lo_ns == INT64_MIN)
		snprintf(lo, sizeof(lo), "~:");
	else if (r->lo_ns || r->hi_ns == INT64_MAX)
		snprintf(lo, sizeof(lo), "%" PRId64 ".%09" PRId64 ":",
			 r->lo_ns / NS_PER_S, r->lo_ns % NS_PER_S);
	if (r->hi_ns != INT64_MAX)
		snprintf(hi, sizeof(hi), "%" PRId64 ".%09" PRId64,
			 r->hi_ns / NS_PER_S, r->hi_ns % NS_PER_S);
	snprintf(ret, DURATION_RANGE_SIZE, "%s%s%s", r->is_inverted ? "@" : "",
		 lo, hi);
	return ret;
}
