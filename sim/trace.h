/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run looked like, at a page's resolution: per column the extremes of
 * what was read in it, and the moments at which something changed.
 */
#ifndef TRACE_H
#define TRACE_H

#include "sim/run.h"

#define TRACE_COLUMNS    960
#define TRACE_EVENTS_MAX 400

struct trace_column {
	uint32_t reads, errors, misses;
	double half_ns_min, half_ns_max;
	double place_min, place_max; /* truth: -1 at earliest, 1 at latest */
	uint32_t state_reads[4];     /* per enum tt_state */
};

enum trace_event_kind { TRACE_STATE, TRACE_EPOCH };

struct trace_event {
	enum trace_event_kind kind;
	double at_s;
	int state;                   /* the new one; 0: no answer */
	double half_ns;              /* just before, 0: none */
};

/* A stretch of holdover: how wide after so long. */
#define TRACE_MARKS 6
extern const double trace_mark_s[TRACE_MARKS];

struct trace_holdover {
	double from_s, length_s;
	double half_ns;                   /* at its end */
	double mark_half_ns[TRACE_MARKS]; /* 0: it was not so long */
};

struct trace {
	double length_s;
	double from_s;               /* widths count from here: past the start */
	struct trace_column column[TRACE_COLUMNS];
	struct trace_event event[TRACE_EVENTS_MAX];
	uint64_t events;             /* that there were; so many are kept */
	uint64_t reads, misses;
	double state_s[4];           /* time in each; 0: no answer */
	struct widths width;
	double half_ns_max, half_ns_max_at_s;
	struct trace_holdover longest, now;
	/* Since the last reading. */
	bool has_last;
	int last_state;
	uint64_t last_epoch;
	double last_half_ns;
};

void trace_init(struct trace *t, double hours);

/* For struct run_observer's tick: one reading. */
struct tt_interval;
void trace_tick(struct trace *t, int64_t raw_ns, int64_t unix_ns,
		const struct tt_interval *interval);

#endif
