/* SPDX-License-Identifier: Apache-2.0 */
/* Sources' words on UTC against the leap table. See utc_check.h. */
#include "timed/utc_check.h"

#include <stddef.h>

#define NS_PER_S INT64_C(1000000000)
#define HOUR_NS  (3600 * NS_PER_S)

/* A leap second is announced for the end of the month: 31 days ahead at the
 * most. NTP servers may keep it to themselves until the last day (RFC 5905,
 * figure 9: "last minute of the day"), and pass it on from poll to poll. */
#define MONTH_NS  (31 * 24 * HOUR_NS)
#define NOTICE_NS (6 * HOUR_NS)

/* Flags and offsets change over somewhere about the second itself. */
#define NEAR_NS HOUR_NS

/* The first instant of entry i's offset. */
static int64_t start_tai_ns(const struct leap_table *table, int i)
{
	return (table->entry[i].unix_s + table->entry[i].offset_s) * NS_PER_S;
}

/* Which entry holds at tai_ns. */
static int entry_at(const struct leap_table *table, int64_t tai_ns)
{
	int i = table->count - 1;

	while (i > 0 && tai_ns < start_tai_ns(table, i))
		i--;
	return i;
}

static bool is_near(const struct leap_table *table, int i, int64_t tai_ns)
{
	return (i > 0 && tai_ns < start_tai_ns(table, i) + NEAR_NS) ||
	       (i + 1 < table->count &&
		tai_ns > start_tai_ns(table, i + 1) - NEAR_NS);
}

static enum utc_verdict check_leap(const struct leap_table *table, int i,
				   int leap_s, int64_t tai_ns)
{
	int64_t until_ns = INT64_MAX, coming_s = 0;

	if (i + 1 < table->count)
		until_ns = start_tai_ns(table, i + 1) - tai_ns;
	if (until_ns <= MONTH_NS)
		coming_s = table->entry[i + 1].offset_s -
			   table->entry[i].offset_s;
	if (leap_s == coming_s)
		return UTC_AGREES;
	if (leap_s != 0)
		return UTC_LEAP_UNKNOWN;
	return until_ns < NOTICE_NS ? UTC_LEAP_MISSED : UTC_AGREES;
}

enum utc_verdict utc_check(const struct leap_table *table,
			   const struct utc_word *word, int64_t tai_ns)
{
	const int i = entry_at(table, tai_ns);

	if (is_near(table, i, tai_ns))
		return UTC_AGREES;
	if (word->has_offset && word->offset_s != table->entry[i].offset_s)
		return UTC_OFFSET_DIFFERS;
	if (!word->has_leap)
		return UTC_AGREES;
	return check_leap(table, i, word->leap_s, tai_ns);
}

const char *utc_verdict_name(enum utc_verdict verdict)
{
	switch (verdict) {
	case UTC_AGREES:
		return "agrees";
	case UTC_OFFSET_DIFFERS:
		return "offset-differs";
	case UTC_LEAP_UNKNOWN:
		return "leap-unknown";
	case UTC_LEAP_MISSED:
		return "leap-missed";
	}
	return "?";
}
