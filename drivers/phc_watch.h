/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a trusted PHC behaves as a clock that is within its stated error:
 * reading upon reading. Pure.
 *
 * Each reading, widened by that error, says where true time - raw is. True time
 * runs at the counter's rate within axiom A1, and once it has been watched for
 * a while, at the rate that this has shown, within A2. Where a reading does not
 * meet what the ones before allow, the clock broke its word, and nobody can
 * tell at which end: nothing is taken from it until it has kept its word for a
 * while, longer each time.
 */
#ifndef PHC_WATCH_H
#define PHC_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/phc_device.h"

enum phc_conduct {
	PHC_GOOD,
	PHC_ON_PROBATION, /* nothing against it, but not for long enough yet */
	PHC_FROZEN,
	PHC_WENT_BACK,
	PHC_STEPPED,
	PHC_RUNS_OFF /* a rate that nobody's crystal has */
};

/* A reading, and the error stated with it. */
struct phc_word {
	struct phc_reading reading;
	int64_t error_ns;
};

/* Of the raw counter, and of it against the clock. */
struct phc_watch_options {
	double drift_ppb;    /* how far the two may run apart */
	double wander_ppb_s; /* axiom A2: the counter's W ... */
	double jitter_ppb;   /* ... and J */
};

/* True time - raw at raw_ns, if every word since was kept. */
struct phc_place {
	int64_t raw_ns;
	double lo_ns; /* from the watch's origin */
	double hi_ns;
};

struct phc_watch {
	struct phc_watch_options opt;
	bool has_last;
	struct phc_reading last;
	int64_t origin_ns;
	struct phc_place place;  /* at the last reading */
	struct phc_place anchor; /* of some seconds ago: it tells the rate */
	struct phc_place newer;  /* the next anchor */
	int64_t good_raw_ns;     /* no word was broken since */
	int64_t probation_ns;    /* how long that has to last */
	int broken;              /* words in a row */
	int64_t moved_ns;        /* what the last broken one moved by */
	double off_ppb;          /* the same as a rate */
};

void phc_watch_init(struct phc_watch *w, const struct phc_watch_options *opt);

/* It was not seen for a while (gone, or unreadable): it begins anew. */
void phc_watch_lose(struct phc_watch *w);

/* A reading, later than the ones before. */
enum phc_conduct phc_watch_add(struct phc_watch *w,
			       const struct phc_word *word);

#endif
