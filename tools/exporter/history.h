/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What readings of the segment gave lately, one a second: the half-widths of
 * the last hour for the page's chart, and for Prometheus what a scrape now and
 * then would miss: their distribution, changes of epoch, errors. Fixed memory.
 */
#ifndef HISTORY_H
#define HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/status.h"

#define HISTORY_POINTS	3600
#define HISTORY_BUCKETS 26 /* 10 ns to 1 s in steps of 1, 2, 5; and above */
#define HISTORY_ERRORS	7

struct history_point {
	int64_t raw_ns;
	int64_t half_ns; /* -1: there was no bound */
	uint32_t state;	 /* enum tt_state */
};

struct history {
	struct history_point point[HISTORY_POINTS]; /* a ring */
	int next, count;
	uint64_t bucket[HISTORY_BUCKETS]; /* not cumulative */
	double sum_s;			  /* of all half-widths */
	bool has_epoch;
	uint64_t epoch, epoch_changes;
	uint64_t errors[HISTORY_ERRORS];
};

/* Upper edges of the buckets in seconds, as both formats write them; inclusive.
 * HISTORY_BUCKETS - 1 of them. */
extern const char *const history_edge[HISTORY_BUCKETS - 1];
/* libtt's names of the errors that are counted, the last one "other". */
extern const char *const history_error[HISTORY_ERRORS];

void history_init(struct history *h);

/* One reading of the segment, made at raw_ns. */
void history_add(struct history *h, const struct status *s, int64_t raw_ns);

/* The i-th oldest point, 0 <= i < h->count. */
const struct history_point *history_at(const struct history *h, int i);

#endif
