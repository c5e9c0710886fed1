/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole path in virtual time: a modelled chronyd, the real chrony driver,
 * the real engine, a segment, and libtt's reading of it, judged against the
 * truth that the model's oscillator owns. The daemon is only its loop here.
 */
#ifndef CHRONYD_PATH_H
#define CHRONYD_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/chronyd_model.h"
#include "sim/oscillator.h"
#include "sim/rng.h"
#include "timed/engine.h"
#include "tt/tt.h"

/* What the engine and the driver say is printed. */
extern bool path_is_loud;

struct path;

struct path_law {
	const char *name;
	double hours;      /* of each seed */
	double act_s;      /* mean time between two acts */
	bool is_free;      /* chronyd -x */
	bool is_steady;    /* an oscillator as good as the preset "ocxo" */
	bool has_liars;    /* sources may contradict themselves */
	bool breaks;       /* an axiom breaks, at once: misses are excused ... */
	bool (*is_excused)(const struct path *p); /* ... only while this holds */
	void (*set)(struct path *p); /* sources, and what they are like */
	void (*act)(struct path *p); /* something happens; NULL: nothing */
	bool (*is_wrong)(const struct path *p); /* at the end, of the rest */
};

struct path {
	const struct path_law *law;
	uint64_t breaks;
	struct env world;
	struct oscillator oscillator;
	struct rng rng;
	struct axioms axioms;
	struct chrony_options chrony;
	struct driver *driver; /* NULL: the daemon is not there */
	struct engine *engine;
	struct leap_table leap;
	struct segment *segment;
	int fd;
	struct tt_clock *clock;
	int64_t published_raw_ns;
	int64_t epoch_raw_ns;
	int64_t next_publish_raw_ns;
	int64_t last_raw_ns;
	int64_t last_earliest_ns;
	uint64_t last_epoch;
	bool has_rate; /* the drift file */
	int64_t rate_raw_ns;
	double rate_ppb_min, rate_ppb_max;
	uint32_t state; /* of the last reading */
	int complaints; /* contradictions and violations */
	bool has_lied;  /* an axiom is broken */
	int acts;
	int64_t act_raw_ns; /* the last one's instant */
	struct engine_counters before; /* of the daemon's earlier lives */
	/* what came of it */
	uint64_t publications, reads, errors, misses, excused, went_back;
	uint64_t epochs;
	struct engine_counters counters;
	bool seen[4]; /* enum tt_state */
	double width_ns; /* sum of half-widths at publications */
	uint64_t widths;
	int64_t slack_ns_min; /* closest that truth came to an edge */
	char first_miss[200];
	char last_complaint[200]; /* of the engine */
};

void path_open(struct path *p, const struct path_law *law, uint64_t seed,
	       uint64_t breaks);
void path_close(struct path *p);

/* The loop, and readers around it; the law's acts are not its business. */
void path_run(struct path *p, double seconds);

/* From beginning to end: the law's hours with its acts. */
void path_play(struct path *p);

/* Nobody turns the daemon's loop; chronyd and readers go on. */
void path_pause(struct path *p, double seconds);

/* The daemon dies; it is started again and finds segment and drift file. */
void path_kill(struct path *p);
void path_start(struct path *p);

void path_counters(struct path *p, struct engine_counters *ret);

#endif
