/* SPDX-License-Identifier: Apache-2.0 */
/* A train of pulses. See pps_edge.h. */
#include "drivers/pps_edge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_S INT64_C(1000000000)

/* The raw counter's and the pulses' rates may differ by so much: axiom A1 at
 * its default, and as much again for a counter beyond it (which the engine
 * will notice, and the sorting of pulses need not). */
#define RATE_SHARE 10000

/* A latency beyond this is no interrupt's any more. */
#define LATE_NS 2000000

/* How far before the line of those before it a pulse may come where no latency
 * is declared. */
#define EARLY_NS 200000

/* And how many of those it takes for a line through them; its rate is off by no
 * more than 20 ppm then, which is a stray latency of 160 us in 8 s. */
#define EARLY_MIN 8
#define FIT_SHARE 50000

/* So many pulses, each a second after the one before, are a train. */
#define TRAIN_MIN 3

/* Over a longer gap the counter no longer tells how many seconds it was. */
#define GAP_NS (INT64_C(1000) * NS_PER_S)

/* A pulse is called missing only within so many seconds: beyond, the device
 * was silent. */
#define MISSING_MAX 60

/* A second of age costs a sample this much (A2's jitter): a younger pulse is the
 * better one although it is later by less. */
#define AGE_NS_PER_S 200.0

/* An interrupt is usually served within some microseconds: that is where the
 * pulse most likely was, although no bound may rest on it. */
#define LIKELY_NS 5000

/* Jitter is told from so many on. */
#define JITTER_MIN 4

static int64_t middle_ns(const struct pps_stamp *s)
{
	return s->raw_ns_min + (s->raw_ns_max - s->raw_ns_min) / 2;
}

static const struct pps_edge_entry *entry_at(const struct pps_edge *p, int back)
{
	const int i = p->newest - back;

	return &p->ring[i < 0 ? i + PPS_EDGE_BEST_OF_MAX : i];
}

void pps_edge_init(struct pps_edge *p, const struct pps_edge_options *opt)
{
	memset(p, 0, sizeof(*p));
	p->opt = *opt;
	p->told_raw_ns = INT64_MIN;
}

void pps_edge_forget(struct pps_edge *p)
{
	p->count = 0;
	p->has_sequence = false;
	p->in_a_row = 0;
	p->aside = 0;
}

/* How many seconds b lies after a, to the nearest, and how far from it. */
static int64_t seconds_between(const struct pps_stamp *a,
			       const struct pps_stamp *b, int64_t *ret_off_ns)
{
	const int64_t d_ns = middle_ns(b) - middle_ns(a);
	const int64_t n = (d_ns + NS_PER_S / 2) / NS_PER_S;

	*ret_off_ns = d_ns - n * NS_PER_S;
	return n;
}

/* ---- the line through the stamps ---- */

/* second - stamp, from the newest pulse's: how the time runs against raw. */
static double gain_ns(const struct pps_edge *p, const struct pps_edge_entry *e)
{
	const struct pps_edge_entry *n = entry_at(p, 0);

	return (double)((e->second - n->second) * NS_PER_S -
			(middle_ns(&e->stamp) - middle_ns(&n->stamp)));
}

static double seconds_before(const struct pps_edge *p,
			     const struct pps_edge_entry *e)
{
	return (double)(middle_ns(&entry_at(p, 0)->stamp) -
			middle_ns(&e->stamp)) /
	       1e9;
}

/* Least squares over the ring: gain = at - rate * seconds before. */
static double fitted_rate_ppb(const struct pps_edge *p)
{
	double st = 0, sg = 0, stt = 0, stg = 0, var;
	const double n = p->count;

	for (int back = 0; back < p->count; back++) {
		const double t = -seconds_before(p, entry_at(p, back));
		const double g = gain_ns(p, entry_at(p, back));

		st += t;
		sg += g;
		stt += t * t;
		stg += t * g;
	}
	var = n * stt - st * st;
	return var > 0 ? (n * stg - st * sg) / var : 0;
}

/* The least late of all lies so far ahead of the line through the newest. */
static double ahead_ns(const struct pps_edge *p, double rate_ppb)
{
	double ahead = 0;

	for (int back = 1; back < p->count; back++) {
		const struct pps_edge_entry *e = entry_at(p, back);

		ahead = fmax(ahead,
			     gain_ns(p, e) + rate_ppb * seconds_before(p, e));
	}
	return ahead;
}

/*
 * Does b come before what the latencies of the others leave possible? By the
 * line through them, which is a guess: but all that it costs is a pulse.
 */
static bool is_early(const struct pps_edge *p, const struct pps_stamp *b,
		     int64_t seconds)
{
	const double rate_ppb = fitted_rate_ppb(p);
	const int64_t d_ns = middle_ns(b) - middle_ns(&entry_at(p, 0)->stamp);
	const double gain = (double)(seconds * NS_PER_S - d_ns) -
			    rate_ppb * (double)d_ns / 1e9;
	const int64_t may_ns =
		p->opt.latency_ns_max >= 0 ? p->opt.latency_ns_max : EARLY_NS;

	return p->count >= EARLY_MIN &&
	       gain > ahead_ns(p, rate_ppb) +
			       (double)(may_ns + d_ns / FIT_SHARE +
					(b->raw_ns_max - b->raw_ns_min) +
					b->stamp_ns);
}

/* Where does b lie in the train whose last pulse is a? */
static enum pps_verdict compare(const struct pps_stamp *a,
				const struct pps_stamp *b, int64_t *ret_seconds)
{
	const int64_t drift_ns = (middle_ns(b) - middle_ns(a)) / RATE_SHARE +
				 (a->raw_ns_max - a->raw_ns_min) +
				 (b->raw_ns_max - b->raw_ns_min) + a->stamp_ns +
				 b->stamp_ns;
	int64_t off_ns;
	const int64_t n = seconds_between(a, b, &off_ns);

	*ret_seconds = n;
	if (off_ns < -LATE_NS - drift_ns || off_ns > LATE_NS + drift_ns)
		return PPS_STRAY;
	if (n < 1)
		return PPS_DOUBLED;
	return PPS_GOOD;
}

static void push(struct pps_edge *p, const struct pps_stamp *stamp,
		 int64_t second)
{
	p->newest = p->count == 0 ? 0 : (p->newest + 1) % PPS_EDGE_BEST_OF_MAX;
	if (p->count < PPS_EDGE_BEST_OF_MAX)
		p->count++;
	p->ring[p->newest] =
		(struct pps_edge_entry){.stamp = *stamp, .second = second};
}

static void begin(struct pps_edge *p, const struct pps_stamp *stamp)
{
	p->count = 0;
	p->in_a_row = 1;
	p->aside = 0;
	p->others = 0;
	push(p, stamp, 0);
}

/* A pulse that is none of the train's: several of them, a second apart, are a
 * train of their own, and the old one has ended. */
static enum pps_verdict set_aside(struct pps_edge *p,
				  const struct pps_stamp *stamp,
				  enum pps_verdict verdict)
{
	int64_t n;

	p->in_a_row = 0;
	p->others++;
	if (p->aside > 0 && compare(&p->beside, stamp, &n) == PPS_GOOD)
		p->aside++;
	else
		p->aside = 1;
	p->beside = *stamp;
	if (p->aside >= TRAIN_MIN) {
		begin(p, stamp);
		p->counters.moved++;
		return PPS_WAITING;
	}
	p->counters.early += verdict == PPS_EARLY;
	p->counters.stray += verdict == PPS_STRAY;
	return verdict;
}

/* Did the device count more pulses since the train's last than there were
 * seconds, those aside that were seen? Another one came with this, unseen. */
static bool has_extra(const struct pps_edge *p, const struct pps_stamp *stamp,
		      int64_t seconds)
{
	const uint32_t pulses =
		stamp->sequence - entry_at(p, 0)->stamp.sequence;

	return (int64_t)pulses - p->others > seconds;
}

static enum pps_verdict double_up(struct pps_edge *p)
{
	p->counters.doubled++;
	p->in_a_row = 0;
	p->others++;
	return PPS_DOUBLED;
}

static enum pps_verdict add(struct pps_edge *p, const struct pps_stamp *stamp,
			    int64_t seconds)
{
	push(p, stamp, entry_at(p, 0)->second + seconds);
	p->aside = 0;
	p->others = 0;
	if (seconds > 1 && seconds <= MISSING_MAX)
		p->counters.missing += (uint64_t)(seconds - 1);
	if (p->in_a_row < TRAIN_MIN)
		p->in_a_row++;
	if (p->in_a_row < TRAIN_MIN)
		return PPS_WAITING;
	p->counters.good++;
	return PPS_GOOD;
}

static enum pps_verdict sort(struct pps_edge *p, const struct pps_stamp *stamp)
{
	const struct pps_stamp *last = &entry_at(p, 0)->stamp;
	enum pps_verdict verdict;
	int64_t seconds;

	if (middle_ns(stamp) - middle_ns(last) > GAP_NS) {
		begin(p, stamp);
		return PPS_WAITING;
	}
	verdict = compare(last, stamp, &seconds);
	if (verdict == PPS_STRAY)
		return set_aside(p, stamp, verdict);
	if (verdict == PPS_DOUBLED || has_extra(p, stamp, seconds))
		return double_up(p);
	if (is_early(p, stamp, seconds))
		return set_aside(p, stamp, PPS_EARLY);
	return add(p, stamp, seconds);
}

enum pps_verdict pps_edge_take(struct pps_edge *p,
			       const struct pps_stamp *stamp)
{
	if (p->has_sequence && stamp->sequence == p->sequence)
		return PPS_OLD;
	if (p->has_sequence && middle_ns(stamp) < p->at_raw_ns)
		pps_edge_forget(p);
	p->has_sequence = true;
	p->sequence = stamp->sequence;
	p->at_raw_ns = middle_ns(stamp);
	if (p->count == 0) {
		begin(p, stamp);
		return PPS_WAITING;
	}
	return sort(p, stamp);
}

int64_t pps_edge_raw_ns(const struct pps_edge *p)
{
	return middle_ns(&entry_at(p, 0)->stamp) - p->opt.delay_ns;
}

int64_t pps_edge_jitter_ns(const struct pps_edge *p)
{
	const double rate_ppb = fitted_rate_ppb(p);
	double sum = 0, squares = 0, mean;

	if (p->count < JITTER_MIN)
		return -1;
	for (int back = 0; back < p->count; back++) {
		const struct pps_edge_entry *e = entry_at(p, back);
		const double off =
			gain_ns(p, e) + rate_ppb * seconds_before(p, e);

		sum += off;
		squares += off * off;
	}
	mean = sum / p->count;
	return (int64_t)sqrt(fmax(squares / p->count - mean * mean, 0));
}

/* ---- samples ---- */

/* One of the pulses, its stamp taken for the pulse, told at the newest one's
 * instant; second_ns is the newest one's. */
static struct sample sample_of(const struct pps_edge *p,
			       const struct pps_edge_entry *e,
			       int64_t second_ns)
{
	const struct pps_edge_entry *n = entry_at(p, 0);
	const struct pps_stamp *s = &e->stamp;
	const int64_t half_ns = (s->raw_ns_max - s->raw_ns_min) / 2 + 1;
	const int64_t age_ns = n->stamp.raw_ns_max - s->raw_ns_max;

	return (struct sample){
		.raw_ns = n->stamp.raw_ns_max - p->opt.delay_ns,
		.mid_ns = second_ns - (n->second - e->second) * NS_PER_S -
			  (middle_ns(s) - p->opt.delay_ns),
		.lo_ns = {[TERM_SERVER] = e->accuracy_ns,
			  [TERM_STAMP] = s->stamp_ns,
			  [TERM_MAPPING] = half_ns},
		.hi_ns = {[TERM_SERVER] = e->accuracy_ns,
			  [TERM_STAMP] = s->stamp_ns,
			  [TERM_MAPPING] = half_ns},
		.age_ns_min = age_ns,
		.age_ns_max = age_ns + (s->raw_ns_max - s->raw_ns_min),
		.fresh_ns = 4 * NS_PER_S};
}

void pps_edge_leg(const struct pps_edge *p, int64_t second_ns,
		  struct sample *ret)
{
	*ret = sample_of(p, entry_at(p, 0), second_ns);
	ret->hi_ns[TERM_DELAY] = SAMPLE_NO_BOUND;
	/* where more is declared, the least late one is the better guess */
	if (p->opt.latency_ns_max < 0)
		ret->likely_ns = LIKELY_NS;
}

void pps_edge_vouch(struct pps_edge *p, int64_t accuracy_ns)
{
	struct pps_edge_entry *e = &p->ring[p->newest];

	e->is_vouched = true;
	e->accuracy_ns = accuracy_ns;
}

/* Of the last best_of that count, the one that came earliest by the line through
 * all, the younger one where that is close. NULL: they are too few. */
static const struct pps_edge_entry *least_late(const struct pps_edge *p)
{
	const double rate_ppb = p->opt.best_of > 1 ? fitted_rate_ppb(p) : 0;
	const struct pps_edge_entry *best = NULL;
	double most_ns = 0;
	int n = 0;

	for (int back = 0; back < p->count && n < p->opt.best_of; back++) {
		const struct pps_edge_entry *e = entry_at(p, back);
		const double ns = gain_ns(p, e) + (rate_ppb - AGE_NS_PER_S) *
							  seconds_before(p, e);

		if (!e->is_vouched)
			continue;
		n++;
		if (best && ns <= most_ns)
			continue;
		most_ns = ns;
		best = e;
	}
	return n < p->opt.best_of ? NULL : best;
}

bool pps_edge_sample(struct pps_edge *p, int64_t second_ns, struct sample *ret)
{
	const struct pps_edge_entry *best = least_late(p);

	if (p->opt.latency_ns_max < 0 || !best)
		return false;
	*ret = sample_of(p, best, second_ns);
	ret->hi_ns[TERM_STAMP] += p->opt.latency_ns_max;
	ret->declared = p->opt.latency_ns_max > 0;
	ret->repeat = p->told_raw_ns == best->stamp.raw_ns_max;
	p->told_raw_ns = best->stamp.raw_ns_max;
	return true;
}

const char *pps_verdict_name(enum pps_verdict verdict)
{
	switch (verdict) {
	case PPS_OLD:
		return "old";
	case PPS_WAITING:
		return "waiting";
	case PPS_GOOD:
		return "good";
	case PPS_DOUBLED:
		return "doubled";
	case PPS_EARLY:
		return "early";
	case PPS_STRAY:
		return "stray";
	}
	return "?";
}
