/* SPDX-License-Identifier: Apache-2.0 */
/* Leap seconds by satellite. See gnss_leap.h. */
#include "drivers/gnss_leap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NS_PER_S   INT64_C(1000000000)
#define DAY_S	   INT64_C(86400)
#define WEEK_S	   (7 * DAY_S)
#define GPS_UNIX_S INT64_C(315964800) /* 1980-01-06, a Sunday */

/* WNlsf has eight bits, and lies within 127 weeks of the present one. */
#define WEEKS 256

/* What eight bits can say of them; at present 18. */
#define LEAP_S_MIN (-128)
#define LEAP_S_MAX 127

/* Integers of a flat object, from its brace on. */
static bool take_int(const char *object, const char *key, int min, int max,
		     int *ret)
{
	char pattern[16];
	const char *at, *const end = strchr(object, '}');
	char *past;
	long n;

	snprintf(pattern, sizeof(pattern), "\"%s\":", key);
	at = strstr(object, pattern);
	if (!at || !end || at > end)
		return false;
	at += strlen(pattern);
	n = strtol(at, &past, 10);
	if (past == at || (*past != ',' && *past != '}') || n < min || n > max)
		return false;
	*ret = (int)n;
	return true;
}

/* A quote within a string has a backslash before it: this is no string's. */
bool gnss_leap_unpack(const char *line, struct gnss_leap *ret)
{
	const char *const page = strstr(line, "\"IONO\":{");
	struct gnss_leap l;

	if (!page || !take_int(page, "ls", LEAP_S_MIN, LEAP_S_MAX, &l.now_s) ||
	    !take_int(page, "lsf", LEAP_S_MIN, LEAP_S_MAX, &l.then_s) ||
	    !take_int(page, "WNlsf", 0, WEEKS - 1, &l.week) ||
	    !take_int(page, "DN", 1, 7, &l.day))
		return false;
	*ret = l;
	return true;
}

/* The first second after the day, by Unix time. */
static int64_t after_s(const struct gnss_leap *leap, int64_t unix_s)
{
	const int64_t week = (unix_s - GPS_UNIX_S) / WEEK_S;
	int64_t ahead = (leap->week - week) % WEEKS;

	if (ahead > WEEKS / 2)
		ahead -= WEEKS;
	else if (ahead < -WEEKS / 2)
		ahead += WEEKS;
	return GPS_UNIX_S + (week + ahead) * WEEK_S + leap->day * DAY_S;
}

static int64_t next_month_s(int64_t unix_s)
{
	const time_t now = (time_t)unix_s;
	struct tm tm;

	if (!gmtime_r(&now, &tm))
		return INT64_MAX;
	tm = (struct tm){.tm_year = tm.tm_year,
			 .tm_mon = tm.tm_mon + 1,
			 .tm_mday = 1};
	return (int64_t)timegm(&tm);
}

int gnss_leap_this_month(const struct gnss_leap *leap, int64_t utc_ns)
{
	const int64_t unix_s = utc_ns / NS_PER_S;

	if (leap->then_s == leap->now_s ||
	    after_s(leap, unix_s) != next_month_s(unix_s))
		return 0;
	return leap->then_s > leap->now_s ? 1 : -1;
}

static bool is_same(const struct gnss_leap *a, const struct gnss_leap *b)
{
	return a->now_s == b->now_s && a->then_s == b->then_s &&
	       a->week == b->week && a->day == b->day;
}

void gnss_leap_watch_take(struct gnss_leap_watch *w,
			  const struct gnss_leap *leap)
{
	if (w->has_heard && is_same(&w->heard, leap)) {
		w->word = *leap;
		w->has_word = true;
	}
	w->heard = *leap;
	w->has_heard = true;
}
