/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers for people. */
#include "tools/human.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

#define NS_PER_S  INT64_C(1000000000)
#define NS_ABSURD UINT64_C(100000000000000) /* a day and more is no offset */
#define FOUR_MORE 10000 /* the first number of more than four digits */

enum rounding { ROUND_NEAREST, ROUND_UP };

/* From fine to coarse: one step of the last digit, and how to print it. */
static const struct level {
	uint64_t step_ns;
	unsigned per_unit; /* steps in one unit */
	int decimals;
	const char *unit;
} level[] = {
	{1, 1000, 3, "us"},	 {10, 100, 2, "us"},
	{100, 10, 1, "us"},	 {1000, 1000, 3, "ms"},
	{10000, 100, 2, "ms"},	 {100000, 10, 1, "ms"},
	{1000000, 1000, 3, "s"}, {10000000, 100, 2, "s"},
	{100000000, 10, 1, "s"}, {1000000000, 1, 0, "s"},
};

static const char *four_digits(const char *sign, uint64_t ns,
			       enum rounding rounding, char ret[HUMAN_SIZE])
{
	const struct level *l = level;
	const struct level *last = &level[sizeof(level) / sizeof(*level) - 1];
	uint64_t n;

	if (ns < 1000) {
		snprintf(ret, HUMAN_SIZE, "%s%" PRIu64 " ns", sign, ns);
		return ret;
	}
	if (ns >= NS_ABSURD) {
		snprintf(ret, HUMAN_SIZE, "%s%.1e s", sign, (double)ns / 1e9);
		return ret;
	}
	for (;; l++) {
		n = ns / l->step_ns;
		uint64_t rest = ns % l->step_ns;

		if (rounding == ROUND_UP ? rest > 0
					 : rest >= (l->step_ns + 1) / 2)
			n += l->step_ns > 1;
		if (n < FOUR_MORE || l == last)
			break;
	}
	if (l->decimals)
		snprintf(ret, HUMAN_SIZE, "%s%" PRIu64 ".%0*" PRIu64 " %s",
			 sign, n / l->per_unit, l->decimals, n % l->per_unit,
			 l->unit);
	else
		snprintf(ret, HUMAN_SIZE, "%s%" PRIu64 " %s", sign, n, l->unit);
	return ret;
}

static uint64_t magnitude(int64_t ns)
{
	return ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
}

const char *human_ns(int64_t ns, char ret[HUMAN_SIZE])
{
	return four_digits(ns < 0 ? "-" : "", magnitude(ns), ROUND_NEAREST,
			   ret);
}

const char *human_offset(int64_t ns, char ret[HUMAN_SIZE])
{
	return four_digits(ns < 0 ? "-" : "+", magnitude(ns), ROUND_NEAREST,
			   ret);
}

const char *human_bound(int64_t ns, char ret[HUMAN_SIZE])
{
	return four_digits(ns < 0 ? "-" : "", magnitude(ns), ROUND_UP, ret);
}

const char *human_age(int64_t ns, char ret[HUMAN_SIZE])
{
	int64_t s = ns / NS_PER_S;

	if (s < 10)
		snprintf(ret, HUMAN_SIZE, "%.1f s", (double)ns / 1e9);
	else if (s < 120)
		snprintf(ret, HUMAN_SIZE, "%" PRId64 " s", s);
	else if (s < 7200)
		snprintf(ret, HUMAN_SIZE, "%" PRId64 " min", s / 60);
	else if (s < 172800)
		snprintf(ret, HUMAN_SIZE, "%" PRId64 " h", s / 3600);
	else
		snprintf(ret, HUMAN_SIZE, "%" PRId64 " d", s / 86400);
	return ret;
}

const char *human_ppb(double ppb, char ret[HUMAN_SIZE])
{
	if (fabs(ppb) < 1000)
		snprintf(ret, HUMAN_SIZE, "%.4g ppb", ppb);
	else
		snprintf(ret, HUMAN_SIZE, "%.4g ppm", ppb / 1000);
	return ret;
}

const char *human_plural(int64_t n)
{
	return n == 1 ? "" : "s";
}

const char *human_instant(int64_t unix_ns, char ret[HUMAN_SIZE])
{
	int64_t ns = unix_ns % NS_PER_S;
	time_t s = unix_ns / NS_PER_S;
	struct tm tm;
	size_t n;

	if (ns < 0) {
		ns += NS_PER_S;
		s--;
	}
	if (!gmtime_r(&s, &tm) ||
	    !(n = strftime(ret, HUMAN_SIZE, "%Y-%m-%d %H:%M:%S", &tm))) {
		snprintf(ret, HUMAN_SIZE, "(out of range)");
		return ret;
	}
	snprintf(ret + n, HUMAN_SIZE - n, ".%09" PRId64, ns);
	return ret;
}
