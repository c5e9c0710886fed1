/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What GPS satellites announce of leap seconds: page 18 of subframe 4 of the
 * navigation message (IS-GPS-200, 20.3.3.5.2.4), which gpsd hands on as SUBFRAME
 * where a receiver gives it the raw words. Weeks come modulo 256. Pure.
 */
#ifndef GNSS_LEAP_H
#define GNSS_LEAP_H

#include <stdbool.h>
#include <stdint.h>

struct gnss_leap {
	int now_s;  /* GPS - UTC: ls */
	int then_s; /* and after the end of that day: lsf; may be past */
	int week;   /* WNlsf: modulo 256 */
	int day;    /* DN: 1 Sunday to 7 Saturday */
};

/* From a line that gnss_json_is_sound() and is of class SUBFRAME. False: it
 * has no such page, or figures that cannot be. */
bool gnss_leap_unpack(const char *line, struct gnss_leap *ret);

/* The leap second at the end of the UTC month that utc_ns is in: 1 inserted, -1
 * left out, 0 none. utc_ns: within 127 weeks of the announced day. */
int gnss_leap_this_month(const struct gnss_leap *leap, int64_t utc_ns);

/* gpsd does not check these words' parity, and one page in error must not wake
 * anybody: it counts once it has come twice in a row. */
struct gnss_leap_watch {
	bool has_heard, has_word;
	struct gnss_leap heard; /* the last one */
	struct gnss_leap word;	/* which came twice in a row */
};

void gnss_leap_watch_take(struct gnss_leap_watch *w,
			  const struct gnss_leap *leap);

#endif
