/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One run: a world, a daemon's engine in it, and readers of its segment, who
 * are judged at every read: earliest <= truth <= latest in the TAI view and in
 * the Unix view, and earliest never back within an epoch.
 */
#ifndef RUN_H
#define RUN_H

#include "sim/ntp.h"
#include "timed/engine.h"

#define SERVERS_MAX 8
#define PAUSES_MAX  8

/* What becomes of the daemon for a while. */
struct pause {
	double from_s, to_s;
	bool is_restart; /* killed: a new one resumes from the segment */
};

struct scenario {
	const char *name;
	const char *says;          /* the claim, in one line */
	enum engine_state must_see; /* a state that has to occur */
	bool breaks_axioms;        /* ledger two: see `grace_s` */
	double grace_s;            /* after `broken_from_s` reads may miss for
	                              so long; then never again */
	double broken_from_s, broken_to_s;
	int violations_min;        /* that the audit must have counted; 0: it
	                              must have counted none; -1: any */
	double hours;              /* one run's length */
	int64_t start_tai_ns;
	double unknown_leap_s;     /* raw s at which UTC steps back by 1 s,
	                              which the table does not know; 0 none */
	struct oscillator_law oscillator;
	int server_count;
	struct server_law server[SERVERS_MAX];
	struct axioms axioms;      /* as configured */
	int64_t table_expires_unix_s;
	int pause_count;
	struct pause pause[PAUSES_MAX];
};

struct outcome {
	uint64_t reads, read_errors;
	uint64_t misses;           /* truth outside: the one thing */
	uint64_t excused;          /* of these, while an axiom was broken */
	uint64_t went_back;        /* earliest, within an epoch */
	char first_miss[200];
	double width_mean_ns, width_p99_ns, width_max_ns;
	double first_bound_s;
	uint64_t epochs;
	bool seen[4];              /* states */
	struct engine_counters counters;
};

/* 0 or negative errno (of setting up). */
int run_scenario(const struct scenario *sc, uint64_t seed, double hours,
		 uint32_t breaks, struct outcome *ret);

#endif
