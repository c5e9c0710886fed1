/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's objects in the simulated world. See run.h. */
#include "sim/run.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libtt/eval.h"
#include "libtt/segment.h"
#include "timed/belief.h"
#include "timed/leap.h"
#include "tt/tt.h"

#define TICK_NS       (SECOND_NS / 10)
#define HORIZON_NS    SECOND_NS
#define VOID_AFTER_NS (3600 * SECOND_NS)
#define WARM_UP_S     1000.0
#define UTC_OFFSET_NS (37 * SECOND_NS)

/* Now and then a reader asks for a moment this far back. */
#define PAST_NS_MAX (20 * SECOND_NS)

struct run {
	const struct scenario *sc;
	uint32_t breaks;
	const struct run_observer *observer;
	struct oscillator oscillator;
	struct feed feed[FEEDS_MAX];
	struct sample pending[FEEDS_MAX];
	struct feed_measurement measured[FEEDS_MAX];
	bool has_pending[FEEDS_MAX];
	bool was_on[FAULTS_MAX];
	struct rng rng;
	int64_t now_raw_ns;
	struct leap_table leap;
	struct engine *engine;
	struct segment *segment;
	int fd;
	struct tt_clock *clock;
	bool is_down;
	bool is_withdrawn; /* before anybody could read, at this tick */
	bool has_rate;
	double rate_ppb_min, rate_ppb_max;
	int64_t rate_raw_ns;
	int64_t leap_ns;       /* of TAI - UTC, unknown to the table, so far */
	int64_t leap_tai_ns;   /* when the known one takes effect */
	int64_t last_earliest_ns;
	uint64_t last_epoch;
	int64_t epoch_raw_ns;
	struct belief optimum; /* from every true sample, its age known */
	double best_sum_ns2, normalised_sum;
	uint64_t bests;
	struct outcome out;
};

/* TAI - UTC in truth. */
static int64_t utc_offset_ns(const struct run *r, int64_t tai_ns)
{
	const struct scenario *sc = r->sc;
	int64_t offset_ns = UTC_OFFSET_NS + r->leap_ns;

	if (sc->known_leap_s != 0 && tai_ns >= r->leap_tai_ns)
		offset_ns += sc->known_leap_s * SECOND_NS;
	return offset_ns;
}

/*
 * What a clock that keeps the agreed Unix time shows: UTC, and over a leap
 * second that the table knows the linear smear from noon to noon. Worked out
 * here in long double, as libtt does it in integers.
 */
static int64_t unix_ns(const struct run *r, int64_t tai_ns)
{
	const long double delta = (long double)(r->sc->known_leap_s *
						SECOND_NS);
	/* Noon before, in TAI: 12 h and the second itself before the leap. */
	const int64_t noon_ns = r->leap_tai_ns - 43200 * SECOND_NS -
				r->sc->known_leap_s * SECOND_NS;
	const long double day = 86400.0L * SECOND_NS + delta;
	const long double into = (long double)(tai_ns - noon_ns);

	if (r->sc->known_leap_s == 0 || into < 0 || into > day)
		return tai_ns - utc_offset_ns(r, tai_ns);
	return tai_ns - UTC_OFFSET_NS - (int64_t)(delta * into / day);
}

/* --- the daemon --------------------------------------------------------- */

static int start_engine(struct run *r, int64_t raw_ns)
{
	const struct scenario *sc = r->sc;
	const struct engine_options opt = {
		.axioms = sc->axioms,
		.horizon_ns = sc->horizon_ns > 0 ? sc->horizon_ns : HORIZON_NS,
		.void_after_ns = sc->void_after_ns > 0 ? sc->void_after_ns
						       : VOID_AFTER_NS,
		.smear = !sc->is_stepped,
		.groups = sc->groups,
		.group_count = sc->group_count,
		.breaks = r->breaks};
	const struct engine_sink sink = {NULL, NULL};
	int err = engine_new(&opt, &r->leap, raw_ns, &sink, &r->engine);

	for (int i = 0; err == 0 && i < sc->feed_count; i++) {
		const struct feed_law *law = &sc->feed[i];
		struct source_info info = {
			.class = law->class,
			.scale = law->class == SOURCE_NTP ? SCALE_UTC
							  : SCALE_TAI,
			.reachable = true,
			.stratum = 1};

		if (law->name)
			snprintf(info.name, sizeof(info.name), "%s",
				 law->name);
		else
			snprintf(info.name, sizeof(info.name), "%d", i);
		r->feed[i].number = engine_source(r->engine, &info);
		r->has_pending[i] = false;
	}
	if (err == 0 && r->has_rate)
		engine_seed_rate(r->engine, r->rate_raw_ns, r->rate_ppb_min,
				 r->rate_ppb_max);
	return err;
}

static void keep_counters(struct run *r)
{
	static struct engine_view v;
	struct engine_counters *sum = &r->out.counters;

	engine_view(r->engine, &v);
	sum->samples += v.counters.samples;
	sum->contradictions += v.counters.contradictions;
	sum->bound_violations += v.counters.bound_violations;
	sum->excursions += v.counters.excursions;
	sum->disputes += v.counters.disputes;
	sum->samples_refused += v.counters.samples_refused;
}

static void kill_engine(struct run *r, int64_t raw_ns)
{
	keep_counters(r);
	r->has_rate = engine_rate(r->engine, &r->rate_ppb_min,
				  &r->rate_ppb_max);
	r->rate_raw_ns = raw_ns - TICK_NS;
	engine_free(r->engine);
	r->engine = NULL;
}

static int restart_engine(struct run *r, int64_t raw_ns)
{
	struct segment_slot slot;
	uint64_t sequence;
	int err = start_engine(r, raw_ns);

	if (err == 0 && segment_read(r->segment, &slot, &sequence) == 0)
		engine_resume(r->engine, &slot, raw_ns);
	return err;
}

/* At its interval and, as the daemon does, at every change. */
static bool is_publication_due(const struct run *r, int64_t raw_ns)
{
	return r->sc->publish_ns <= TICK_NS ||
	       raw_ns / r->sc->publish_ns !=
		       (raw_ns - TICK_NS) / r->sc->publish_ns ||
	       engine_is_dirty(r->engine);
}

static void publish(struct run *r, int64_t raw_ns)
{
	struct segment_slot slot;

	engine_publish(r->engine, raw_ns, &slot);
	segment_publish(r->segment, &slot);
	r->epoch_raw_ns = slot.epoch_raw_ns;
}

/* --- faults ------------------------------------------------------------- */

static bool is_of(const struct fault *f, int feed)
{
	return f->feed == feed || f->feed == FAULT_ALL_FEEDS;
}

static void set_feed(struct run *r, int i, double now_s)
{
	struct feed *f = &r->feed[i];

	f->lie_ns = f->asymmetry_ns = f->reroute_ns = 0;
	f->degraded_ns = f->spurious = 0;
	f->is_silent = f->is_frozen = false;
	for (int k = 0; k < r->sc->fault_count; k++) {
		const struct fault *x = &r->sc->fault[k];

		if (!fault_is_on(x, now_s) || !is_of(x, i))
			continue;
		if (x->kind == FAULT_LIE)
			f->lie_ns += x->value;
		if (x->kind == FAULT_RAMP)
			f->lie_ns += x->value * (now_s - x->from_s);
		if (x->kind == FAULT_ASYMMETRY)
			f->asymmetry_ns += x->value;
		if (x->kind == FAULT_REROUTE)
			f->reroute_ns += x->value;
		if (x->kind == FAULT_DEGRADE)
			f->degraded_ns += x->value;
		if (x->kind == FAULT_SPURIOUS)
			f->spurious = x->value / 100;
		f->is_silent |= x->kind == FAULT_SILENCE;
		f->is_frozen |= x->kind == FAULT_FREEZE;
	}
}

/* The counter stood still: truth went on. */
static void stop_counter(struct run *r, const struct fault *x, int64_t raw_ns)
{
	oscillator_stop(&r->oscillator, x->value);
	belief_clear(&r->optimum);
	if (x->kind != FAULT_STOP_SEEN || !r->engine)
		return;
	oscillator_is_another(&r->oscillator);
	engine_disrupted(r->engine, raw_ns, "the counter stood still");
	r->is_withdrawn = true;
}

static int begin_fault(struct run *r, const struct fault *x, int64_t raw_ns)
{
	switch (x->kind) {
	case FAULT_RATE_JUMP:
		oscillator_jump(&r->oscillator, x->value);
		belief_clear(&r->optimum);
		break;
	case FAULT_STOP_SEEN:
	case FAULT_STOP_UNSEEN:
		stop_counter(r, x, raw_ns);
		break;
	case FAULT_LEAP:
		r->leap_ns += (int64_t)(x->value * 1e9);
		break;
	case FAULT_KILL:
		if (r->engine)
			kill_engine(r, raw_ns);
		break;
	default:
		break;
	}
	return 0;
}

static int run_faults(struct run *r, int64_t raw_ns)
{
	const double now_s = (double)raw_ns / 1e9;
	bool is_down = false;
	int err = 0;

	for (int k = 0; k < r->sc->fault_count; k++) {
		const struct fault *x = &r->sc->fault[k];
		const bool is_on = fault_is_on(x, now_s) ||
				   (x->to_s <= x->from_s &&
				    now_s >= x->from_s);

		if (is_on && !r->was_on[k])
			err = begin_fault(r, x, raw_ns);
		r->was_on[k] = is_on;
		is_down |= is_on && (x->kind == FAULT_PAUSE ||
				     x->kind == FAULT_KILL);
	}
	for (int i = 0; i < r->sc->feed_count; i++)
		set_feed(r, i, now_s);
	if (!is_down && !r->engine && err == 0)
		err = restart_engine(r, raw_ns);
	r->is_down = is_down;
	return err;
}

/* Who tells the truth just now? */
static bool is_true(const struct feed *f)
{
	return !(f->lie_ns < 0) && !(f->lie_ns > 0) && !f->is_frozen &&
	       !f->is_astray && !(f->spurious > 0);
}

/* --- feeds -------------------------------------------------------------- */

/* The omniscient: no liars, no forgetting, ages and rulers known exactly. */
static void teach_optimum(struct run *r, const struct feed *f,
			  const struct sample *m,
			  const struct feed_measurement *from)
{
	const struct axioms *ax = &r->sc->axioms;
	struct belief_constraint c = {
		.raw_ns = m->raw_ns,
		.lo_ns = m->mid_ns - 1,
		.hi_ns = m->mid_ns + 1,
		.age_s_min = (double)(m->raw_ns - from->raw_ns) / 1e9,
		.ruler_ppb_min = f->law.ruler_ppb,
		.ruler_ppb_max = f->law.ruler_ppb};

	if (!is_true(f))
		return;
	c.age_s_max = c.age_s_min;
	if (f->law.class == SOURCE_NTP) {
		const int64_t offset_ns = utc_offset_ns(
			r, oscillator_tai(&r->oscillator, from->raw_ns));

		c.lo_ns += offset_ns;
		c.hi_ns += offset_ns;
	}
	for (int t = 0; t < TERM_COUNT; t++) {
		c.lo_ns -= m->lo_ns[t];
		c.hi_ns += m->hi_ns[t];
	}
	if (r->optimum.samples == 0)
		belief_start(&r->optimum, ax, &c, -ax->drift_ppb,
			     ax->drift_ppb);
	else if (c.raw_ns >= r->optimum.raw_ns &&
		 belief_update(&r->optimum, ax, &c) != 0)
		belief_clear(&r->optimum);
}

static void deliver(struct run *r, int i)
{
	const struct sample *m = &r->pending[i];

	r->has_pending[i] = false;
	if (!m->repeat) {
		teach_optimum(r, &r->feed[i], m, &r->measured[i]);
		if (r->observer && r->observer->measurement)
			r->observer->measurement(r->observer->arg, i,
						 &r->measured[i], m->raw_ns);
	}
	if (!r->is_down && r->engine)
		engine_sample(r->engine, r->feed[i].number, m);
}

/* Everything the feeds have to say up to raw_ns. */
static void run_feeds(struct run *r, int64_t raw_ns)
{
	for (int i = 0; i < r->sc->feed_count; i++) {
		struct feed *f = &r->feed[i];

		while (!r->has_pending[i] && feed_next_raw_ns(f) <= raw_ns)
			r->has_pending[i] = feed_poll(
				f, &r->oscillator, utc_offset_ns(r, oscillator_tai(&r->oscillator,
						 feed_next_raw_ns(f))),
				&r->pending[i], &r->measured[i]);
		if (r->has_pending[i] && r->pending[i].raw_ns <= raw_ns)
			deliver(r, i);
	}
}

/* --- readers ------------------------------------------------------------ */

/* Is truth allowed to be missed now? Only while an axiom is broken, and for
 * the scenario's grace after that. */
static bool is_excused(const struct run *r)
{
	const double now_s = (double)r->now_raw_ns / 1e9;

	return r->sc->breaks && now_s >= r->sc->broken_from_s &&
	       now_s < r->sc->broken_to_s + r->sc->grace_s;
}

static void miss(struct run *r, int64_t raw_ns, const char *view,
		 int64_t truth_ns, int64_t lo_ns, int64_t hi_ns)
{
	if (is_excused(r)) {
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

	if (segment_read(r->segment, &s, &sequence) != 0 ||
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
	const int64_t true_unix_ns = unix_ns(r, tai_ns);

	r->out.reads++;
	if (tt_at_raw(r->clock, raw_ns, ret) != 0) {
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
	if (t->epoch == r->last_epoch &&
	    t->earliest_ns < r->last_earliest_ns)
		r->out.went_back++;
	r->out.epochs += t->epoch != r->last_epoch;
	r->last_epoch = t->epoch;
	r->last_earliest_ns = t->earliest_ns;
}

static void read_now(struct run *r, int64_t raw_ns)
{
	struct tt_interval t;

	if (read_and_judge(r, raw_ns, &t))
		judge_order(r, &t);
}

/* A moment of this epoch, before the publication that is asked about it. */
static void read_past(struct run *r, int64_t raw_ns)
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

/* --- figures ------------------------------------------------------------ */

static void note_best(struct run *r, int64_t raw_ns)
{
	struct segment_slot s;
	uint64_t sequence;
	double off_ns;

	if (!r->engine || segment_read(r->segment, &s, &sequence) != 0)
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

static void after_publication(struct run *r, int64_t raw_ns)
{
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
		r->observer->tick(
			r->observer->arg, raw_ns,
			unix_ns(r, oscillator_tai(&r->oscillator, raw_ns)),
			has ? &t : NULL);
}

int run_tick(struct run *r)
{
	const int64_t at = r->now_raw_ns + TICK_NS;
	int err;

	r->now_raw_ns = at;
	err = run_faults(r, at);
	if (err < 0)
		return err;
	run_feeds(r, at);
	/* The oldest reading this publication will ever get. */
	if (!r->is_withdrawn)
		read_now(r, at);
	r->is_withdrawn = false;
	if (!r->is_down && is_publication_due(r, at))
		publish(r, at);
	after_publication(r, at);
	read_past(r, at);
	read_now(r, at + (int64_t)rng_uniform(&r->rng, 0, TICK_NS - 1));
	return 0;
}

int64_t run_raw_ns(const struct run *r)
{
	return r->now_raw_ns;
}

int64_t run_tai_ns(struct run *r)
{
	return oscillator_tai(&r->oscillator, r->now_raw_ns);
}

struct tt_clock *run_clock(struct run *r)
{
	return r->clock;
}

/* --- set-up ------------------------------------------------------------- */

static int open_segment(struct run *r)
{
	char path[64];
	uint64_t boot_id[2];
	int err;

	r->fd = memfd_create("sim", MFD_CLOEXEC);
	if (r->fd < 0 || ftruncate(r->fd, SEGMENT_SIZE) != 0)
		return -errno;
	r->segment = mmap(NULL, SEGMENT_SIZE, PROT_READ | PROT_WRITE,
			  MAP_SHARED, r->fd, 0);
	if (r->segment == MAP_FAILED)
		return -errno;
	err = segment_boot_id(boot_id);
	if (err < 0)
		return err;
	segment_init(r->segment, boot_id, 1, 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", r->fd);
	return tt_open(path, &r->clock);
}

static void set_table(struct run *r)
{
	const struct scenario *sc = r->sc;

	leap_builtin(&r->leap);
	r->leap.expires_unix_s = sc->table_expires_unix_s;
	if (sc->known_leap_s == 0)
		return;
	r->leap.entry[r->leap.count++] =
		(struct leap_entry){sc->known_leap_unix_s,
				    37 + sc->known_leap_s};
	r->leap_tai_ns = (sc->known_leap_unix_s + 37 + sc->known_leap_s) *
			 SECOND_NS;
}

static int set_up(struct run *r, uint64_t seed)
{
	const struct scenario *sc = r->sc;
	struct oscillator_law law = sc->oscillator;
	int err;

	if (sc->feed_count > FEEDS_MAX || sc->fault_count > FAULTS_MAX)
		return -E2BIG;
	r->out.detected_s = -1;
	oscillator_init(&r->oscillator, &law, sc->start_tai_ns, seed);
	rng_seed(&r->rng, seed ^ UINT64_C(0x5eed));
	for (int i = 0; i < sc->feed_count; i++)
		feed_init(&r->feed[i], &sc->feed[i],
			  seed * 101 + (uint64_t)i);
	set_table(r);
	err = open_segment(r);
	if (err < 0)
		return err;
	return start_engine(r, 0);
}

void run_free(struct run *r)
{
	if (!r)
		return;
	engine_free(r->engine);
	tt_close(r->clock);
	if (r->segment && r->segment != MAP_FAILED)
		munmap(r->segment, SEGMENT_SIZE);
	if (r->fd >= 0)
		close(r->fd);
	free(r);
}

int run_new(const struct scenario *sc, uint64_t seed, uint32_t breaks,
	    const struct run_observer *observer, struct run **ret)
{
	struct run *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	r->sc = sc;
	r->breaks = breaks;
	r->observer = observer;
	r->fd = -1;
	err = set_up(r, seed);
	if (err < 0) {
		run_free(r);
		return err;
	}
	*ret = r;
	return 0;
}

void run_outcome(struct run *r, struct outcome *ret)
{
	const struct engine_counters before = r->out.counters;

	if (r->engine)
		keep_counters(r);
	r->out.unfit_seconds = r->oscillator.unfit_seconds;
	if (r->bests > 0) {
		r->out.best_rms_ns =
			sqrt(r->best_sum_ns2 / (double)r->bests);
		r->out.best_normalised =
			sqrt(r->normalised_sum / (double)r->bests);
	}
	*ret = r->out;
	r->out.counters = before;
}

int run_scenario(const struct scenario *sc, uint64_t seed, double hours,
		 uint32_t breaks, const struct run_observer *observer,
		 struct outcome *ret)
{
	const int64_t end_ns = (int64_t)(hours * 3600e9);
	struct run *r;
	int err = run_new(sc, seed, breaks, observer, &r);

	if (err < 0)
		return err;
	while (err == 0 && r->now_raw_ns + TICK_NS < end_ns)
		err = run_tick(r);
	run_outcome(r, ret);
	run_free(r);
	return err;
}
