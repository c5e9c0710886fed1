/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much of the processor may go into one kind of work: a share of 1/N in the long
 * run, and what N seconds of rest would have saved up at once. Work is counted in this
 * thread's own processor time, so that a machine that others keep busy does not make it
 * dearer; rest goes by CLOCK_MONOTONIC.
 */
#ifndef LOCAL_PACE_H
#define LOCAL_PACE_H

#include <stdint.h>

/* What may be saved up: work that was never done for so long is done in a row. */
#define LOCAL_PACE_SAVED_NS INT64_C(1000000000)

/* Zeroes but for the share to begin with. */
struct local_pace {
	int share;       /* N; 0: no bound */
	int64_t paid_ns; /* CLOCK_MONOTONIC by which all work is paid for */
};

/* Until work may be done, from now on; 0: at once. */
int64_t local_pace_wait_ns(const struct local_pace *p, int64_t now_ns);

/* It took so much. */
void local_pace_spend(struct local_pace *p, int64_t now_ns, int64_t work_ns);

/* The same by the clocks. Work is what lies between these two. */
int64_t local_pace_wait(const struct local_pace *p);
int64_t local_pace_begin(void);
void local_pace_end(struct local_pace *p, int64_t begin_ns);

#endif
