/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a trusted PHC behaves as a clock that is within its stated error:
 * reading upon reading, and over a minute. Pure.
 *
 * True time runs at the counter's rate within axiom A1, so a clock that is
 * within e of it at two instants d apart has moved against the counter by A1
 * times d and twice e at most; and once it has been watched for a while, by
 * what the rate has turned out to be. One that moved further broke its word,
 * and nobody can tell at which end: nothing is taken from it until it has kept
 * its word for a while, longer each time.
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

struct phc_watch {
	double drift_ppb;       /* between it and the counter, at most */
	bool has_last;
	struct phc_word last;
	struct phc_word anchor; /* of about a minute ago */
	struct phc_word newer;  /* the next anchor */
	int64_t good_raw_ns;    /* no word was broken since */
	int64_t probation_ns;   /* how long that has to last */
	int broken;             /* words in a row */
	int64_t moved_ns;       /* what the last broken one moved by */
	double off_ppb;         /* the same as a rate */
};

void phc_watch_init(struct phc_watch *w, double drift_ppb);

/* It was not seen for a while (gone, or unreadable): it begins anew. */
void phc_watch_lose(struct phc_watch *w);

/* A reading, later than the ones before. */
enum phc_conduct phc_watch_add(struct phc_watch *w, const struct phc_word *word);

#endif
