/* SPDX-License-Identifier: Apache-2.0 */
/* The conduct of a trusted PHC. See phc_watch.h. */
#include "drivers/phc_watch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_S INT64_C(1000000000)

/* In doubles, from an origin near by. */
#define ROUND_NS 1

/* What frozen ones and such as run off show within one reading, or a few. */
#define PROBATION_NS (2 * NS_PER_S)

/* After a broken word, and after many. */
#define PROBATION_NS_BROKEN (16 * NS_PER_S)
#define PROBATION_NS_MAX    (1024 * NS_PER_S)

/* Words broken so soon one after the other are those of a rate. */
#define IN_A_ROW_NS NS_PER_S

/* The rate is learnt over this to twice this. */
#define ANCHOR_NS (8 * NS_PER_S)

void phc_watch_init(struct phc_watch *w, const struct phc_watch_options *opt)
{
	memset(w, 0, sizeof(*w));
	w->opt = *opt;
	w->probation_ns = PROBATION_NS;
}

void phc_watch_lose(struct phc_watch *w)
{
	w->has_last = false;
	w->broken = 0;
}

static struct phc_place place_of(const struct phc_watch *w,
				 const struct phc_word *word)
{
	const struct phc_reading *r = &word->reading;

	return (struct phc_place){
		.raw_ns = r->raw_ns,
		.lo_ns = (double)(r->lo_ns - w->origin_ns - word->error_ns),
		.hi_ns = (double)(r->hi_ns - w->origin_ns + word->error_ns)};
}

static void begin(struct phc_watch *w, const struct phc_word *word)
{
	w->origin_ns = word->reading.lo_ns;
	w->last = word->reading;
	w->place = w->anchor = w->newer = place_of(w, word);
	w->good_raw_ns = word->reading.raw_ns;
	w->has_last = true;
}

struct band {
	double min_ppb;
	double max_ppb;
};

/* The rate of true time against the counter from the last reading on: as
 * declared, and as learnt since the anchor, of which it has wandered off. */
static struct band rates(const struct phc_watch *w, int64_t raw_ns)
{
	const struct phc_place *a = &w->anchor, *b = &w->place;
	const double d_ns = (double)(b->raw_ns - a->raw_ns);
	const double span_s = (double)(raw_ns - a->raw_ns) / (double)NS_PER_S;
	const double off_ppb =
		w->opt.wander_ppb_s * span_s + 2 * w->opt.jitter_ppb;
	struct band r = {-w->opt.drift_ppb, w->opt.drift_ppb};

	if (d_ns <= 0)
		return r;
	r.min_ppb =
		fmax(r.min_ppb, (b->lo_ns - a->hi_ns) / d_ns * 1e9 - off_ppb);
	r.max_ppb =
		fmin(r.max_ppb, (b->hi_ns - a->lo_ns) / d_ns * 1e9 + off_ppb);
	return r;
}

/* What the ones before allow and this one says. False: they do not meet. */
static bool meet(const struct phc_watch *w, const struct phc_word *word,
		 struct phc_place *ret)
{
	const struct phc_place now = place_of(w, word);
	const double d_ns = (double)(now.raw_ns - w->place.raw_ns);
	const struct band r = rates(w, now.raw_ns);

	*ret = now;
	ret->lo_ns = fmax(now.lo_ns,
			  w->place.lo_ns + r.min_ppb * 1e-9 * d_ns - ROUND_NS);
	ret->hi_ns = fmin(now.hi_ns,
			  w->place.hi_ns + r.max_ppb * 1e-9 * d_ns + ROUND_NS);
	return r.min_ppb <= r.max_ppb && ret->lo_ns <= ret->hi_ns;
}

static int64_t middle_ns(const struct phc_reading *r)
{
	return r->lo_ns + (r->hi_ns - r->lo_ns) / 2;
}

static enum phc_conduct conduct_of(struct phc_watch *w,
				   const struct phc_word *word)
{
	const struct phc_reading *a = &w->last, *b = &word->reading;
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

static void keep(struct phc_watch *w, const struct phc_word *word,
		 const struct phc_place *place)
{
	w->last = word->reading;
	w->place = *place;
	if (place->raw_ns - w->newer.raw_ns < ANCHOR_NS)
		return;
	w->anchor = w->newer;
	w->newer = *place;
}

enum phc_conduct phc_watch_add(struct phc_watch *w, const struct phc_word *word)
{
	struct phc_place place;
	int64_t good_ns;

	if (!w->has_last) {
		begin(w, word);
		return PHC_ON_PROBATION;
	}
	if (!meet(w, word, &place))
		return on_broken(w, word);
	keep(w, word, &place);
	good_ns = place.raw_ns - w->good_raw_ns;
	if (good_ns >= IN_A_ROW_NS)
		w->broken = 0;
	return good_ns < w->probation_ns ? PHC_ON_PROBATION : PHC_GOOD;
}
