/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One run: a world, a daemon's engine in it, and readers of its segment, who
 * are judged at every read: earliest <= truth <= latest in the TAI view and in
 * the Unix view, and earliest never back within an epoch. Two ledgers: while
 * the axioms hold not one read may miss; where the scenario breaks one, a miss
 * is excused from then until `grace_s` after, and counted.
 */
#ifndef RUN_H
#define RUN_H

#include "sim/fault.h"
#include "sim/feed.h"
#include "timed/engine.h"

#define FEEDS_MAX  16
#define FAULTS_MAX 24

struct scenario {
	const char *name;
	const char *says;           /* the claim, in one line */
	double hours;               /* one run's length */
	int64_t start_tai_ns;
	int64_t table_expires_unix_s;
	int known_leap_s;           /* a leap second in the table: 1, -1, 0 */
	int64_t known_leap_unix_s;  /* the midnight it ends at */
	int unknown_leap_s;         /* one that the table does not know */
	int64_t unknown_leap_unix_s;
	struct axioms axioms;       /* as configured */
	int64_t publish_ns;         /* these four too; 0: as by default */
	int64_t horizon_ns;
	int64_t void_after_ns;
	bool is_stepped;            /* leap = "step" */
	const struct engine_group *groups;
	int group_count;
	struct oscillator_law oscillator;
	int feed_count;
	struct feed_law feed[FEEDS_MAX];
	int fault_count;
	struct fault fault[FAULTS_MAX];
	int storm;                  /* so many more, drawn by the seed, none of
	                               which breaks an axiom: lies are the last
	                               source's of each class alone */
	/* The second ledger. */
	const char *breaks;         /* "A2": which axiom, NULL: none */
	double broken_from_s, broken_to_s;
	double grace_s;             /* after that, not one miss more */
	/* Claims. */
	enum engine_state must_see; /* a state that has to occur */
	int violations_min;         /* that the audit must have counted; 0: it
	                               must have counted none; -1: any */
	int disagreements_min;      /* of sources' words on UTC with the leap
	                               table; 0: none */
	double notice_s;            /* the first violation comes so soon after
	                               the axiom broke; 0: any time */
	int epochs_max;             /* 0: any number */
};

/* Half-widths, as a histogram by eighth octaves of ns. */
#define WIDTH_BINS 400

struct widths {
	uint64_t count;
	double sum_ns, max_ns;
	uint64_t bin[WIDTH_BINS];
};

void widths_add(struct widths *w, double half_ns);
double widths_mean_ns(const struct widths *w);
double widths_percentile_ns(const struct widths *w, double part);

struct outcome {
	uint64_t reads, read_errors;
	uint64_t misses;            /* truth outside: the one thing */
	uint64_t excused;           /* of these, while an axiom was broken */
	uint64_t went_back;         /* earliest, within an epoch */
	char first_miss[200];
	struct widths width;        /* after the first 1000 s */
	struct widths optimum;      /* the narrowest sound one, ditto */
	double best_rms_ns;         /* error of the best estimate, ditto */
	double best_normalised;     /* rms of that error over its claimed
	                               standard error: near 1 is honest */
	double first_bound_s;
	double detected_s;          /* first violation counted, after the
	                               axiom broke; < 0: none */
	uint64_t epochs;
	bool seen[4];               /* states */
	uint64_t unfit_seconds;     /* of the oscillator, against A1 and A2 */
	struct engine_counters counters;
};

/*
 * Who looks on. `tick` after each publication (10 Hz): truth, and what a
 * reader was told (`interval` NULL: an error). `measurement`: what a feed has
 * just measured. `event` as the engine tells it. Each may be NULL.
 */
struct tt_interval;
struct run_observer {
	void (*tick)(void *arg, int64_t raw_ns, int64_t unix_ns,
		     const struct tt_interval *interval);
	void (*measurement)(void *arg, int feed,
			    const struct feed_measurement *m, int64_t raw_ns);
	void (*event)(void *arg, int64_t raw_ns, enum engine_event event,
		      const char *text);
	void *arg;
};

/*
 * A run step by step, so that several daemons live in one process, each with a
 * counter, feeds and faults of its own, in one true time. `sc` and `observer`
 * (which may be NULL) outlive it. 0 or negative errno.
 */
struct run;
struct tt_clock;
int run_new(const struct scenario *sc, uint64_t seed, uint64_t breaks,
	    const struct run_observer *observer, struct run **ret);
void run_free(struct run *r); /* NULL is allowed */

/* A tenth of a second by its own counter. */
int run_tick(struct run *r);

int64_t run_raw_ns(const struct run *r); /* its counter now */
int64_t run_tai_ns(struct run *r);       /* and true time then */
struct tt_clock *run_clock(struct run *r); /* libtt on its segment */
const struct engine *run_engine(const struct run *r); /* NULL: it is down */
void run_outcome(struct run *r, struct outcome *ret);

/* All of it. 0 or negative errno (of setting up). */
int run_scenario(const struct scenario *sc, uint64_t seed, double hours,
		 uint64_t breaks, const struct run_observer *observer,
		 struct outcome *ret);

#endif
