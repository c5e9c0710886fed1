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

#include "path_daemon.h"
#include "path_judge.h"
#include "sim/chronyd_model.h"
#include "sim/oscillator.h"
#include "sim/rng.h"

/* What the engine and the driver say is printed. */
extern bool chronyd_path_is_loud;

struct chronyd_path;

struct chronyd_path_law {
	const char *name;
	double hours;      /* of each seed */
	double act_s;      /* mean time between two acts */
	bool is_free;      /* chronyd -x */
	bool is_steady;    /* an oscillator as good as the preset "ocxo" */
	bool has_liars;    /* sources may contradict themselves */
	/* An axiom breaks, at once; misses are excused only while this holds. */
	bool breaks;
	bool (*is_excused)(const struct chronyd_path *p);
	/* Sources, and what they are like. */
	void (*set)(struct chronyd_path *p);
	/* Something happens; NULL: nothing. */
	void (*act)(struct chronyd_path *p);
	/* At the end, of the rest. */
	bool (*is_wrong)(const struct chronyd_path *p);
};

struct chronyd_path {
	const struct chronyd_path_law *law;
	uint64_t breaks;
	struct env world;
	struct oscillator oscillator;
	struct rng rng;
	struct axioms axioms;
	struct chrony_options chrony;
	struct path_daemon daemon;
	struct path_judge judge;
	int64_t published_raw_ns;
	int64_t epoch_raw_ns;
	bool has_rate; /* the drift file */
	int64_t rate_raw_ns;
	double rate_ppb_min, rate_ppb_max;
	int complaints; /* contradictions and violations */
	bool has_lied;  /* an axiom is broken */
	int acts;
	struct engine_counters before; /* of the daemon's earlier lives */
	/* what came of it, beside the judge's verdict: its widths are those of
	   publications after a while */
	uint64_t publications;
	struct engine_counters counters;
	char last_complaint[200]; /* of the engine */
};

void chronyd_path_open(struct chronyd_path *p,
		       const struct chronyd_path_law *law, uint64_t seed,
		       uint64_t breaks);
void chronyd_path_close(struct chronyd_path *p);

/* The loop, and readers around it; the law's acts are not its business. */
void chronyd_path_run(struct chronyd_path *p, double seconds);

/* From beginning to end: the law's hours with its acts. */
void chronyd_path_play(struct chronyd_path *p);

/* Nobody turns the daemon's loop; chronyd and readers go on. */
void chronyd_path_pause(struct chronyd_path *p, double seconds);

/* The daemon dies; it is started again and finds segment and drift file. */
void chronyd_path_kill(struct chronyd_path *p);
void chronyd_path_start(struct chronyd_path *p);

void chronyd_path_counters(struct chronyd_path *p, struct engine_counters *ret);

#endif
