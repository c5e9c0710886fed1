/* SPDX-License-Identifier: Apache-2.0 */
/* What gpsd said, and what it is worth. See gnss_report.h. */
#include "drivers/gnss_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_S INT64_C(1000000000)

/* A receiver reports every second. */
#define SILENT_NS (5 * NS_PER_S)
#define FROZEN_NS (3 * NS_PER_S)

/* Reports may be late by most of a second, and wait for us a while. */
#define AHEAD_NS (2 * NS_PER_S)
#define BACK_NS	 (4 * NS_PER_S)

/*
 * After its time leapt, it is believed when so many seconds followed, and so
 * it is after a fix was lost: the first pulse with a fix again was made by what
 * the receiver went by without one, and its message does not say so. Of what
 * was before the first message nothing is known: there it takes two of them.
 */
#define SETTLED_MIN   5
#define SETTLED_FIRST (SETTLED_MIN - 2)

/* The week number of GPS has ten bits (IS-GPS-200, 20.3.3.3.1.1). */
#define ERA_NS	   (INT64_C(1024) * 7 * 86400 * NS_PER_S)
#define ERA_OFF_NS (INT64_C(86400) * NS_PER_S)

void gnss_watch_init(struct gnss_watch *w)
{
	memset(w, 0, sizeof(*w));
	w->verdict = GNSS_WAITING;
	w->heard_raw_ns = INT64_MIN;
	w->settled = SETTLED_MIN; /* nothing leapt yet */
	w->fixed = SETTLED_FIRST;
}

/* How many eras of 1024 weeks the time is behind a clock that is about right;
 * 0 as well where it is off by anything else. */
static int eras_behind(int64_t utc_ns, int64_t real_ns)
{
	const int64_t behind_ns = real_ns - utc_ns;
	const int64_t half_ns = behind_ns < 0 ? -ERA_NS / 2 : ERA_NS / 2;
	const int64_t eras = (behind_ns + half_ns) / ERA_NS;

	return llabs(behind_ns - eras * ERA_NS) <= ERA_OFF_NS ? (int)eras : 0;
}

static enum gnss_verdict leapt(struct gnss_watch *w, int64_t off_ns)
{
	w->settled = 0;
	w->off_ns = off_ns;
	return off_ns < 0 ? GNSS_BACK : GNSS_AHEAD;
}

/* A later time than the last one, or an earlier. How long ago that came is not
 * certain, when it was we who were late to read it. */
static enum gnss_verdict follow(struct gnss_watch *w, int64_t utc_ns,
				int64_t raw_ns_min, int64_t raw_ns_max)
{
	const int64_t went_ns = utc_ns - w->utc_ns;
	const int64_t back_ns = went_ns - (raw_ns_min - w->changed_raw_ns_max);
	const int64_t ahead_ns = went_ns - (raw_ns_max - w->changed_raw_ns_min);
	const int64_t off_ns = went_ns - (raw_ns_max - w->changed_raw_ns_max);
	const bool is_first = !w->has_time;

	w->has_time = true;
	w->utc_ns = utc_ns;
	w->changed_raw_ns_min = raw_ns_min;
	w->changed_raw_ns_max = raw_ns_max;
	if (is_first)
		return GNSS_GOOD;
	if (went_ns < 0 || back_ns < -BACK_NS || ahead_ns > AHEAD_NS)
		return leapt(w, off_ns);
	if (w->settled >= SETTLED_MIN)
		return GNSS_GOOD;
	w->settled++;
	return w->settled >= SETTLED_MIN ? GNSS_GOOD : GNSS_SETTLING;
}

static enum gnss_verdict judge_time(struct gnss_watch *w, int64_t utc_ns,
				    int64_t raw_ns_min, int64_t raw_ns_max,
				    int64_t real_ns)
{
	if (w->has_time && utc_ns == w->utc_ns)
		return raw_ns_min - w->changed_raw_ns_max > FROZEN_NS
			       ? GNSS_FROZEN
			       : w->of_time;
	w->of_time = follow(w, utc_ns, raw_ns_min, raw_ns_max);
	w->eras = eras_behind(utc_ns, real_ns);
	if (w->eras)
		w->of_time = GNSS_ROLLOVER;
	return w->of_time;
}

enum gnss_verdict gnss_watch_take(struct gnss_watch *w,
				  const struct gnss_report *r,
				  int64_t raw_ns_min, int64_t raw_ns_max,
				  int64_t real_ns)
{
	const bool is_new = !w->has_time || r->utc_ns != w->utc_ns;

	w->heard_raw_ns = raw_ns_max;
	if (r->mode < 3 || !r->has_time)
		w->fixed = 0;
	else if (is_new && w->fixed < SETTLED_MIN)
		w->fixed++;
	if (r->mode < 2) {
		w->verdict = GNSS_NO_FIX;
		return w->verdict;
	}
	if (!r->has_time) {
		w->verdict = GNSS_NO_TIME;
		return w->verdict;
	}
	w->verdict = judge_time(w, r->utc_ns, raw_ns_min, raw_ns_max, real_ns);
	if (w->verdict == GNSS_GOOD && r->mode == 2)
		w->verdict = GNSS_FIX_2D;
	else if (w->verdict == GNSS_GOOD && w->fixed < SETTLED_MIN)
		w->verdict = GNSS_SETTLING;
	return w->verdict;
}

enum gnss_verdict gnss_watch_look(struct gnss_watch *w, int64_t raw_ns)
{
	if (w->heard_raw_ns != INT64_MIN &&
	    raw_ns - w->heard_raw_ns > SILENT_NS) {
		w->verdict = GNSS_SILENT;
		w->fixed = SETTLED_FIRST;
	}
	return w->verdict;
}

bool gnss_verdict_has_time(enum gnss_verdict verdict)
{
	return verdict == GNSS_GOOD || verdict == GNSS_FIX_2D;
}

bool gnss_verdict_has_pulse(enum gnss_verdict verdict)
{
	return verdict == GNSS_GOOD;
}

/* "5 s", "-619315200.0 s" is of no use to anybody: days where they are many. */
static void print_off(int64_t off_ns, char ret[32])
{
	const double off_s = (double)llabs(off_ns) / 1e9;

	if (off_s < 86400)
		snprintf(ret, 32, "%.1f s", off_s);
	else
		snprintf(ret, 32, "%.1f days", off_s / 86400);
}

void gnss_watch_note(const struct gnss_watch *w, char ret[SOURCE_NOTE_SIZE])
{
	char off[32];

	print_off(w->off_ns, off);
	ret[0] = '\0';
	switch (w->verdict) {
	case GNSS_GOOD:
		break;
	case GNSS_WAITING:
		snprintf(ret, SOURCE_NOTE_SIZE, "no report yet");
		break;
	case GNSS_SETTLING:
		snprintf(ret, SOURCE_NOTE_SIZE,
			 "its time leapt: watching whether it goes on");
		break;
	case GNSS_FIX_2D:
		snprintf(ret, SOURCE_NOTE_SIZE,
			 "2D fix only: pulses not believed");
		break;
	case GNSS_NO_FIX:
		snprintf(ret, SOURCE_NOTE_SIZE, "no fix");
		break;
	case GNSS_NO_TIME:
		snprintf(ret, SOURCE_NOTE_SIZE, "a fix, but no time");
		break;
	case GNSS_FROZEN:
		snprintf(ret, SOURCE_NOTE_SIZE, "its time stands still");
		break;
	case GNSS_BACK:
		snprintf(ret, SOURCE_NOTE_SIZE, "its time went back by %s",
			 off);
		break;
	case GNSS_AHEAD:
		snprintf(ret, SOURCE_NOTE_SIZE, "its time leapt ahead by %s",
			 off);
		break;
	case GNSS_ROLLOVER:
		snprintf(ret, SOURCE_NOTE_SIZE,
			 "week rollover: its date is %d x 1024 weeks %s",
			 abs(w->eras), w->eras > 0 ? "behind" : "ahead");
		break;
	case GNSS_SILENT:
		snprintf(ret, SOURCE_NOTE_SIZE, "gpsd reports nothing of it");
		break;
	}
}
