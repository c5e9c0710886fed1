/* SPDX-License-Identifier: Apache-2.0 */
/* The readers in a run, and what is written down of them. See run_private.h. */
#include "sim/run_private.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "libtt/eval.h"
#include "libtt/interval.h"
#include "libtt/segment.h"
#include "tt/tt.h"

#define WARM_UP_S 1000.0

/* Now and then a reader asks for a moment this far back. */
#define PAST_NS_MAX (20 * SECOND_NS)

/* --- readers ------------------------------------------------------------ */

/* Is truth allowed to be missed now, by who read the page at page_raw_ns? Only
 * while an axiom is broken, and for the scenario's grace after that; a page
 * from before is no better later. */
static bool is_excused(const struct run *r, int64_t page_raw_ns)
{
	const struct scenario *sc = r->sc;

	return sc->breaks &&
	       (double)r->now_raw_ns / 1e9 >= sc->broken_from_s &&
	       (double)page_raw_ns / 1e9 < sc->broken_to_s + sc->grace_s;
}

static void miss(struct run *r, int64_t raw_ns, const char *view,
		 int64_t truth_ns, int64_t lo_ns, int64_t hi_ns)
{
	if (is_excused(r, r->now_raw_ns)) {
		r->out.excused++;
		return;
	}
	if (r->out.misses++ == 0)
		snprintf(r->out.first_miss, sizeof(r->out.first_miss),
			 "raw %.3f s, %s: truth is %" PRId64
			 " ns after earliest, %" PRId64 " ns before latest",
			 (double)raw_ns / 1e9, view, truth_ns - lo_ns,
			 hi_ns - truth_ns);
}

/* The TAI view, by the slot that is in force. */
static void judge_tai(struct run *r, int64_t raw_ns, int64_t tai_ns)
{
	struct segment_slot s;
	uint64_t sequence;
	int64_t lo_ns, hi_ns;

	if (segment_read(r->memory.segment, &s, &sequence) != 0 ||
	    eval_tai(&s, raw_ns, &lo_ns, &hi_ns) != 0)
		return;
	if (lo_ns - s.tai_err_ns > tai_ns || hi_ns + s.tai_err_ns < tai_ns)
		miss(r, raw_ns, "TAI", tai_ns, lo_ns - s.tai_err_ns,
		     hi_ns + s.tai_err_ns);
}

/* A reader at raw_ns, through libtt. False: it got an error. */
static bool read_and_judge(struct run *r, int64_t raw_ns,
			   struct tt_interval *ret)
{
	const int64_t tai_ns = oscillator_tai(&r->oscillator, raw_ns);
	const int64_t true_unix_ns = run_world_unix_ns(r, tai_ns);

	r->out.reads++;
	if (tt_at_raw(r->memory.clock, raw_ns, ret) != 0) {
		r->out.read_errors++;
		return false;
	}
	r->out.seen[ret->state] = true;
	/* 1 ns: the smear's own rounding, in the judge. */
	if (ret->earliest_ns > true_unix_ns + 1 ||
	    ret->latest_ns < true_unix_ns - 1)
		miss(r, raw_ns, "Unix", true_unix_ns, ret->earliest_ns,
		     ret->latest_ns);
	judge_tai(r, raw_ns, tai_ns);
	return true;
}

static void judge_order(struct run *r, const struct tt_interval *t)
{
	/* A stepped Unix time goes back by itself. */
	if (t->epoch == r->last_epoch && !r->sc->is_stepped &&
	    t->earliest_ns < r->last_earliest_ns)
		r->out.went_back++;
	r->out.epochs += t->epoch != r->last_epoch;
	r->last_epoch = t->epoch;
	r->last_earliest_ns = t->earliest_ns;
}

void run_judge_now(struct run *r, int64_t raw_ns)
{
	struct tt_interval t;

	if (read_and_judge(r, raw_ns, &t))
		judge_order(r, &t);
}

/* A moment of this epoch, before the publication that is asked about it. */
void run_judge_past(struct run *r, int64_t raw_ns)
{
	const int64_t oldest_ns = raw_ns - r->epoch_raw_ns < PAST_NS_MAX
					  ? r->epoch_raw_ns
					  : raw_ns - PAST_NS_MAX;
	struct tt_interval t;

	if (rng_next(&r->rng) % 8 != 0 || oldest_ns >= raw_ns)
		return;
	read_and_judge(r,
		       (int64_t)rng_uniform(&r->rng, (double)oldest_ns,
					    (double)raw_ns),
		       &t);
}

/* --- a reader between its two reads --------------------------------------- */

/* One in so many ticks is preempted, for so long at most. */
#define PREEMPTED_ONE_IN   256
#define PREEMPTED_NS_MAX   (600 * SECOND_NS)

void run_judge_preempt(struct run *r, int64_t until_raw_ns)
{
	uint64_t sequence;

	r->has_held = segment_read(r->memory.segment, &r->held, &sequence) == 0;
	r->held_raw_ns = until_raw_ns;
}

/* It has the page as it was, and reads the counter now. What it was told is a
 * promise until it is void: of a disruption since, no page can know. */
static void resume_reader(struct run *r, int64_t raw_ns)
{
	const int64_t tai_ns = oscillator_tai(&r->oscillator, raw_ns);
	const int64_t true_unix_ns = run_world_unix_ns(r, tai_ns);
	struct tt_interval t;

	if (!r->has_held || raw_ns < r->held_raw_ns)
		return;
	r->has_held = false;
	r->out.reads++;
	if (interval_at(&r->held, SEGMENT_COUNTER_RAW, raw_ns, INTERVAL_UNIX,
			&t) != 0) {
		r->out.read_errors++;
		return;
	}
	if (t.earliest_ns <= true_unix_ns + 1 &&
	    t.latest_ns >= true_unix_ns - 1)
		return;
	if (is_excused(r, r->held.anchor_raw_ns))
		r->out.excused++;
	else
		miss(r, raw_ns, "a preempted reader's Unix", true_unix_ns,
		     t.earliest_ns, t.latest_ns);
}

void run_judge_preempted(struct run *r, int64_t raw_ns)
{
	if (r->is_withdrawn) {
		r->has_held = false;
		return;
	}
	resume_reader(r, raw_ns);
	if (!r->has_held && rng_next(&r->rng) % PREEMPTED_ONE_IN == 0)
		run_judge_preempt(
			r, raw_ns + (int64_t)rng_uniform(&r->rng, 0,
							 PREEMPTED_NS_MAX));
}

/* --- figures ------------------------------------------------------------ */

static void note_best(struct run *r, int64_t raw_ns)
{
	struct segment_slot s;
	uint64_t sequence;
	double off_ns;

	if (!r->engine || segment_read(r->memory.segment, &s, &sequence) != 0)
		return;
	off_ns = (double)(s.best_tai_ns - s.anchor_raw_ns + raw_ns -
			  oscillator_tai(&r->oscillator, raw_ns)) +
		 (double)s.best_slope * 0x1p-40 *
			 (double)(raw_ns - s.anchor_raw_ns);
	r->best_sum_ns2 += off_ns * off_ns;
	off_ns /= fmax(engine_best_sigma_ns(r->engine), 1);
	r->normalised_sum += off_ns * off_ns;
	r->bests++;
}

static void note_widths(struct run *r, int64_t raw_ns,
			const struct tt_interval *t)
{
	int64_t lo_ns, hi_ns;

	if ((double)raw_ns / 1e9 < WARM_UP_S)
		return;
	widths_add(&r->out.width,
		   (double)(t->latest_ns - t->earliest_ns) / 2);
	note_best(r, raw_ns);
	if (r->optimum.samples == 0 || raw_ns < r->optimum.raw_ns)
		return;
	belief_range(&r->optimum, &r->sc->axioms, raw_ns, &lo_ns, &hi_ns);
	widths_add(&r->out.optimum, (double)(hi_ns - lo_ns) / 2);
}

/* When the audit first counted something after the axiom broke. */
static void note_detection(struct run *r, int64_t raw_ns)
{
	static struct engine_view v;
	const double now_s = (double)raw_ns / 1e9;

	if (!r->sc->breaks || r->out.detected_s >= 0 || !r->engine ||
	    now_s < r->sc->broken_from_s)
		return;
	engine_view(r->engine, &v);
	if (v.counters.bound_violations > 0)
		r->out.detected_s = now_s - r->sc->broken_from_s;
}

void run_judge_publication(struct run *r, int64_t raw_ns)
{
	const int64_t true_unix_ns = run_world_unix_ns(
		r, oscillator_tai(&r->oscillator, raw_ns));
	struct tt_interval t;
	const bool has = read_and_judge(r, raw_ns, &t);

	if (has) {
		judge_order(r, &t);
		note_widths(r, raw_ns, &t);
		if (r->out.first_bound_s == 0)
			r->out.first_bound_s = (double)raw_ns / 1e9;
	}
	note_detection(r, raw_ns);
	if (r->observer && r->observer->tick)
		r->observer->tick(r->observer->arg, raw_ns, true_unix_ns,
				  has ? &t : NULL);
}
