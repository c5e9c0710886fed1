/* SPDX-License-Identifier: Apache-2.0 */
/* The conduct of a trusted PHC. See phc_watch.h. */
#include "drivers/phc_watch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_S INT64_C(1000000000)

/* What frozen ones and such as run off show within one reading, or a few. */
#define PROBATION_NS (2 * NS_PER_S)

/* After a broken word, and after many. */
#define PROBATION_NS_BROKEN (16 * NS_PER_S)
#define PROBATION_NS_MAX    (1024 * NS_PER_S)

/* Words broken so soon one after the other are those of a rate. */
#define IN_A_ROW_NS NS_PER_S

/* A rate that is a little too large shows over this. */
#define ANCHOR_NS (32 * NS_PER_S)

/* How far the rate may leave the mean of twice that: the worst of the
 * oscillators that there are presets for, and as much again. */
#define LEARNT_PPB 10e3

void phc_watch_init(struct phc_watch *w, double drift_ppb)
{
	memset(w, 0, sizeof(*w));
	w->drift_ppb = drift_ppb;
	w->probation_ns = PROBATION_NS;
}

void phc_watch_lose(struct phc_watch *w)
{
	w->has_last = false;
	w->broken = 0;
}

static void begin(struct phc_watch *w, const struct phc_word *word)
{
	w->last = w->anchor = w->newer = *word;
	w->good_raw_ns = word->reading.raw_ns;
	w->has_last = true;
}

struct band {
	double min_ppb;
	double max_ppb;
};

/* The rate at which true time and the counter run apart: as declared, and as
 * learnt from its word at the anchor and at the last reading. */
static struct band rates(const struct phc_watch *w)
{
	const struct phc_word *a = &w->anchor, *b = &w->last;
	const double d_ns = (double)(b->reading.raw_ns - a->reading.raw_ns);
	const double error_ns = (double)(a->error_ns + b->error_ns);
	struct band r = {-w->drift_ppb, w->drift_ppb};

	if (d_ns <= 0)
		return r;
	r.min_ppb =
		fmax(r.min_ppb, ((double)(b->reading.lo_ns - a->reading.hi_ns) -
				 error_ns) / d_ns *
						1e9 -
					LEARNT_PPB);
	r.max_ppb =
		fmin(r.max_ppb, ((double)(b->reading.hi_ns - a->reading.lo_ns) +
				 error_ns) / d_ns *
						1e9 +
					LEARNT_PPB);
	return r;
}

static bool keeps_word(const struct phc_word *a, const struct phc_word *b,
		       struct band r)
{
	const double d_ns = (double)(b->reading.raw_ns - a->reading.raw_ns);
	const double error_ns = (double)(a->error_ns + b->error_ns) + 1;

	return (double)(b->reading.hi_ns - a->reading.lo_ns) >=
		       r.min_ppb * 1e-9 * d_ns - error_ns &&
	       (double)(b->reading.lo_ns - a->reading.hi_ns) <=
		       r.max_ppb * 1e-9 * d_ns + error_ns;
}

static int64_t middle_ns(const struct phc_reading *r)
{
	return r->lo_ns + (r->hi_ns - r->lo_ns) / 2;
}

static enum phc_conduct conduct_of(struct phc_watch *w,
				   const struct phc_word *word)
{
	const struct phc_reading *a = &w->last.reading, *b = &word->reading;
	const int64_t d_ns = b->raw_ns - a->raw_ns;
	const int64_t ran_ns = b->phc_ns - a->phc_ns;

	w->moved_ns = middle_ns(b) - middle_ns(a);
	w->off_ppb = d_ns > 0 ? (double)w->moved_ns / (double)d_ns * 1e9 : 0;
	if (llabs(ran_ns) < d_ns / 1000)
		return PHC_FROZEN;
	if (w->broken > 1)
		return PHC_RUNS_OFF;
	return ran_ns < 0 ? PHC_WENT_BACK : PHC_STEPPED;
}

static enum phc_conduct on_broken(struct phc_watch *w,
				  const struct phc_word *word)
{
	enum phc_conduct conduct;

	if (w->broken++ == 0)
		w->probation_ns = w->probation_ns < PROBATION_NS_BROKEN
					  ? PROBATION_NS_BROKEN
				  : w->probation_ns < PROBATION_NS_MAX / 2
					  ? 2 * w->probation_ns
					  : PROBATION_NS_MAX;
	conduct = conduct_of(w, word);
	begin(w, word);
	return conduct;
}

static void keep(struct phc_watch *w, const struct phc_word *word)
{
	const int64_t raw_ns = word->reading.raw_ns;

	w->last = *word;
	if (raw_ns - w->newer.reading.raw_ns < ANCHOR_NS)
		return;
	w->anchor = w->newer;
	w->newer = *word;
}

enum phc_conduct phc_watch_add(struct phc_watch *w, const struct phc_word *word)
{
	const struct band declared = {-w->drift_ppb, w->drift_ppb};

	if (!w->has_last) {
		begin(w, word);
		return PHC_ON_PROBATION;
	}
	if (!keeps_word(&w->last, word, rates(w)) ||
	    !keeps_word(&w->anchor, word, declared))
		return on_broken(w, word);
	keep(w, word);
	if (word->reading.raw_ns - w->good_raw_ns >= IN_A_ROW_NS)
		w->broken = 0;
	return word->reading.raw_ns - w->good_raw_ns < w->probation_ns
		       ? PHC_ON_PROBATION
		       : PHC_GOOD;
}
