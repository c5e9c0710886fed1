/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One source of time: two staggered beliefs, rebuilt in turn so that nothing
 * is remembered for longer than `memory`; its estimate; its own audit. Offsets
 * are TAI - raw.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/driver.h"
#include "timed/belief.h"
#include "timed/estimate.h"
#include "timed/fuse.h"
#include "timed/wander.h"

/* A belief is replaced by the younger one only when that one has as many
 * samples: with polls far apart, `memory` stretches to eight polls. */
#define SOURCE_SAMPLES_MIN 4

struct source {
	struct source_info info;
	bool announced;           /* the slot is in use */
	struct belief elder, younger;
	struct estimate estimate;
	struct wander wander;        /* how the counter's rate moves, by it */
	enum wander_result wandered; /* by the last sample */
	struct wander_proof proof;   /* the last one against the axioms in
	                                force */
	int64_t proof_raw_ns;        /* when it came, INT64_MIN: never */
	int64_t event_raw_ns;     /* last sample's event, INT64_MIN: none */
	int64_t fresh_until_raw_ns;
	int64_t contradicted_raw_ns; /* last contradiction, INT64_MIN: none */
	struct sample last;       /* mid_ns already TAI - raw; the terms of
	                             each side are those of the last one that
	                             moved that side of its range */
	int64_t likely_ns;        /* of legs that the estimate is of; 0: of none
	                             (struct sample) */
	int64_t astray_raw_ns;       /* last excursion, INT64_MIN: none */
	double astray_s;             /* and for how long it had gone on */
	bool knows_doubt;
	int64_t doubt_ns;            /* of TAI - UTC, that its beliefs allow for */
	bool is_near_leap;           /* a possible leap second, by its own time */
	uint64_t samples, contradictions, excursions;
	bool is_disabled;            /* the rest is silence.c's */
	uint64_t refused;            /* impossible or ambiguous; never seen here */
	uint64_t ignored;
	int64_t ignored_raw_ns;      /* INT64_MIN: none was */
};

enum source_result {
	SOURCE_AGREES,
	SOURCE_CONTRADICTS, /* its belief was reset and begun anew */
	SOURCE_ASTRAY       /* excursion: its belief was re-opened */
};

/* How a source is to take samples; what breaks is the simulator's. */
struct source_rules {
	struct axioms axioms;     /* in force */
	struct axioms configured; /* no wider than these */
	double seed_ppb_min, seed_ppb_max; /* rate at a belief's start */
	double expected_ppb, expected_sigma_ppb; /* at an estimate's start; 0:
	                                            of quartz */
	uint64_t breaks;
};

void source_init(struct source *s, const struct source_info *info);

/* A sample in TAI. The caller has checked that its figures are possible. */
enum source_result source_sample(struct source *s,
				 const struct source_rules *rules,
				 const struct sample *sample);

/* Would a sample contradict what the source has said? Nothing is changed. */
bool source_contradicts(const struct source *s,
			const struct source_rules *rules,
			const struct sample *sample);

/* Re-open by all that A1 allows in since_s, and the rate to A1. */
void source_reopen(struct source *s, const struct axioms *ax, double since_s);

/* Begin its belief anew at raw_ns from what its newest samples and A1 alone say
 * then. */
void source_restart(struct source *s, const struct axioms *ax, int64_t raw_ns);

/* Forget all that it has told of this counter. */
void source_forget(struct source *s);

/* Its range at raw_ns, unbounded while it has said nothing. */
struct range source_range(const struct source *s, const struct axioms *ax,
			  int64_t raw_ns);

bool source_is_fresh(const struct source *s, int64_t raw_ns);

#endif
