/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run from inside: for run*.c only. The daemon (run_daemon.c), the world
 * around it (run_world.c) and the readers who are judged (run_judge.c) meet in
 * one struct; run.c sets them up and turns time.
 */
#ifndef RUN_PRIVATE_H
#define RUN_PRIVATE_H

#include "libtt/segment.h"
#include "sim/memory_segment.h"
#include "sim/run.h"
#include "timed/belief.h"
#include "timed/leap.h"

#define TICK_NS       (SECOND_NS / 10)
#define UTC_OFFSET_NS (37 * SECOND_NS)

struct run {
	const struct scenario *sc; /* `law`: with what its storm has drawn */
	struct scenario law;
	uint64_t breaks;
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
	struct memory_segment memory;
	bool is_down;
	bool is_withdrawn; /* before anybody could read, at this tick */
	bool has_rate;
	double rate_ppb_min, rate_ppb_max;
	int64_t rate_raw_ns;
	int64_t leap_tai_ns;   /* when the known one takes effect */
	int64_t unknown_leap_tai_ns;
	int64_t last_earliest_ns;
	uint64_t last_epoch;
	int64_t epoch_raw_ns;
	bool has_held;         /* a reader is preempted: it has this slot, ... */
	struct segment_slot held;
	int64_t held_raw_ns;   /* ... and goes on then */
	struct belief optimum; /* from every true sample, its age known */
	double best_sum_ns2, normalised_sum;
	uint64_t bests;
	struct outcome out;
};

/* --- run_daemon.c -------------------------------------------------------- */

/* 0 or negative errno. A restart goes on from the segment and, as from the
 * drift file, from the rate that was proved before. */
int run_daemon_start(struct run *r, int64_t raw_ns);
int run_daemon_restart(struct run *r, int64_t raw_ns);
void run_daemon_kill(struct run *r, int64_t raw_ns);

/* A new page, as after a boot. 0 or negative errno. */
int run_daemon_open(struct run *r);

/* What a feed is called, and what of it is so from the start. */
void run_daemon_describe(const struct run *r, int feed,
			 struct source_info *ret);

/* What the feeds say of UTC, as drivers do at each poll. */
void run_daemon_announce(struct run *r, int feed, const struct utc_word *word);

/* At its interval and, as the daemon does, at every change. */
void run_daemon_publish(struct run *r, int64_t raw_ns);

/* Add the living engine's counters to the run's. */
void run_daemon_count(struct run *r);

/* --- run_world.c --------------------------------------------------------- */

/* The scenario's leap second, into the table if that knows it. */
void run_world_set_leap(struct run *r);

/* TAI - UTC in truth. */
int64_t run_world_offset_ns(const struct run *r, int64_t tai_ns);

/* What a clock that keeps the agreed Unix time shows. */
int64_t run_world_unix_ns(const struct run *r, int64_t tai_ns);

/* Begin and end what is due. 0 or negative errno (of a restart). */
int run_world_faults(struct run *r, int64_t raw_ns);

/* Everything the feeds have to say up to raw_ns. */
void run_world_feeds(struct run *r, int64_t raw_ns);

/* --- run_judge.c --------------------------------------------------------- */

/* A reader now; one of a moment of this epoch, before the publication that is
 * asked about it; and the first one of a publication. */
void run_judge_now(struct run *r, int64_t raw_ns);
void run_judge_past(struct run *r, int64_t raw_ns);
void run_judge_publication(struct run *r, int64_t raw_ns);

/* A reader has loaded the page, and is preempted until then; now and then one
 * is by itself. */
void run_judge_preempt(struct run *r, int64_t until_raw_ns);
void run_judge_preempted(struct run *r, int64_t raw_ns);

/* --- run_storm.c --------------------------------------------------------- */

/* Add what the storm brings to ret->fault. */
void run_storm_draw(const struct scenario *sc, uint64_t seed,
		    struct scenario *ret);

#endif
