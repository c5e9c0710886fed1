/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a judge of containment counts of libtt's answers, and how it tells it:
 * as key=value. What is true, and whether an answer missed it, is the judge's
 * own business.
 */
#ifndef JUDGE_REPORT_H
#define JUDGE_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include <tt/tt.h>

#include "tests/judge/judge_widths.h"

#define JUDGE_ERRNO_MAX 200 /* beyond Linux's largest errno in use */

/* Of one reader, who reads in the order of time; zeroes to begin with. */
struct judge_report {
	uint64_t reads, answers;
	uint64_t violations; /* truth outside: the one thing */
	uint64_t inverted;
	uint64_t backwards; /* earliest, within an epoch */
	uint64_t epochs;
	uint64_t last_epoch;
	int64_t last_earliest_ns;
	int64_t start_raw_ns, last_raw_ns, first_bound_raw_ns;
	int64_t state_ns[4];
	struct judge_widths widths;
	uint64_t error[JUDGE_ERRNO_MAX];
};

void judge_report_start(struct judge_report *r, int64_t raw_ns);

/* What a read gave: err is 0, or negative errno and `iv` not looked at. It was
 * over at raw_ns: the time since the one before was of its state. */
void judge_report_read(struct judge_report *r, int err,
		       const struct tt_interval *iv, int64_t raw_ns);

/* Counts one. True: it is one of the first, which are told one by one. */
bool judge_report_violation(struct judge_report *r);

/* "synchronized" and the like. */
const char *judge_report_state(uint32_t state);

/* Another reader's, beside it: the states and epochs stay the first one's. */
void judge_report_add(struct judge_report *sum, const struct judge_report *r);

/* No bound at all, or what no truth is needed to find wrong. */
bool judge_report_is_bad(const struct judge_report *r);

/* All of it, with `end` after each. */
void judge_report_print(const struct judge_report *r, char end);

#endif
