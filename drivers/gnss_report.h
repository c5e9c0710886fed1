/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What gpsd said of a receiver, one report at a time, and what it is worth: has
 * the receiver a fix, and does its time go on as time does? What gpsd hands on
 * came over a serial line from a box on the roof: none of it is trusted, any
 * figure may be absurd. Pure.
 */
#ifndef GNSS_REPORT_H
#define GNSS_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/driver.h"
#include "drivers/gnss_leap.h"

#define GNSS_DEVICE_SIZE 64

/* What one line of gpsd's said. Figures that cannot be are not there. */
struct gnss_report {
	char device[GNSS_DEVICE_SIZE]; /* "" unknown, or cut off */
	bool has_mode;		       /* TPV */
	int mode;		       /* 0 unknown, 1 no fix, 2, 3 */
	bool has_time;
	int64_t utc_ns; /* of the fix; Unix time */
	bool has_accuracy;
	int64_t accuracy_ns; /* the receiver's own estimate, one sigma */
	bool has_leap;
	int leap_s;    /* GPS - UTC */
	bool has_toff; /* a message of the second ... */
	int64_t toff_utc_ns;
	int64_t toff_real_ns; /* ... was there at this CLOCK_REALTIME */
	bool has_pps;	      /* a pulse of gpsd's own PPS, the same */
	int64_t pps_utc_ns;
	int64_t pps_real_ns;
	bool has_sky;
	int used;
	int visible;
	bool has_notice; /* of leap seconds */
	struct gnss_leap notice;
};

enum gnss_verdict {
	GNSS_WAITING, /* it has said nothing yet */
	GNSS_GOOD,
	GNSS_SETTLING, /* good again, for how long? */
	GNSS_FIX_2D,   /* its time may be off by its height */
	GNSS_NO_FIX,
	GNSS_NO_TIME,  /* a fix, and no time */
	GNSS_FROZEN,   /* it says the same time again and again */
	GNSS_BACK,     /* its time went back against the counter */
	GNSS_AHEAD,    /* its time leapt ahead of it */
	GNSS_ROLLOVER, /* whole 1024 weeks off */
	GNSS_SILENT    /* nothing for a while */
};

struct gnss_watch {
	enum gnss_verdict verdict;
	enum gnss_verdict of_time; /* of the times alone */
	bool has_time;
	int64_t utc_ns;		    /* the newest time, ... */
	int64_t changed_raw_ns_min; /* ... which came between these */
	int64_t changed_raw_ns_max;
	int64_t heard_raw_ns; /* the newest report; INT64_MIN: none */
	int settled;	      /* seconds in a row that followed each other */
	int fixed;	      /* and that had a fix of three dimensions */
	int64_t off_ns;	      /* of GNSS_BACK, GNSS_AHEAD: so far */
	int eras;	      /* of GNSS_ROLLOVER: behind by so many */
};

void gnss_watch_init(struct gnss_watch *w);

/*
 * A TPV report that came between these two instants; real_ns is CLOCK_REALTIME,
 * for the era only: it confirms nothing.
 */
enum gnss_verdict gnss_watch_take(struct gnss_watch *w,
				  const struct gnss_report *r,
				  int64_t raw_ns_min, int64_t raw_ns_max,
				  int64_t real_ns);

/* Is it silent by now? */
enum gnss_verdict gnss_watch_look(struct gnss_watch *w, int64_t raw_ns);

/* May its messages be given on, and may a pulse? */
bool gnss_verdict_has_time(enum gnss_verdict verdict);
bool gnss_verdict_has_pulse(enum gnss_verdict verdict);

/* For the source's note: "" for good. */
void gnss_watch_note(const struct gnss_watch *w, char ret[SOURCE_NOTE_SIZE]);

#endif
