/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When was it that CLOCK_REALTIME showed this? Pairs of readings, and what they
 * leave possible for the raw counter at a stamp between two of them, whatever
 * slews were made meanwhile. Pure: at_realtime.c reads the clocks and looks for
 * steps.
 */
#ifndef TT_REALTIME_PAIRS_H
#define TT_REALTIME_PAIRS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * No slew is faster, by what Linux lets root ask for (kernel/time/ntp.c): 10 %
 * by the tick, 12.5 % by the phase-locked loop (MAXPHASE >> SHIFT_PLL), 0.05 %
 * each by frequency (MAXFREQ) and adjtime(3) (MAX_TICKADJ). Together 22.6 %;
 * a quarter is assumed.
 */
#define REALTIME_SLEW_DIVISOR 4

/* Two series of pairs: dense for packets, sparse for log lines. */
#define REALTIME_SERIES	   2
#define REALTIME_PAIRS	   64
#define REALTIME_DENSE_NS  INT64_C(1000000)
#define REALTIME_SPARSE_NS INT64_C(100000000)

/*
 * A stamp is a label, and does not say which clock it is from: one made before
 * a step may look like one made after it. So stamps are taken to be no older
 * than this, and none is answered before so much has passed since a step, or
 * since the first look.
 */
#define REALTIME_WINDOW_NS INT64_C(5000000000)

/* CLOCK_REALTIME showed real_ns at an instant of [raw_ns_min, raw_ns_max], and was
 * ahead of CLOCK_MONOTONIC, which slews alike, by an offset of this range. */
struct realtime_pair {
	int64_t real_ns;
	int64_t raw_ns_min;
	int64_t raw_ns_max;
	int64_t offset_ns_min;
	int64_t offset_ns_max;
};

/* All since the last step. All 0: nothing yet. */
struct realtime_pairs {
	struct realtime_pair pairs[REALTIME_SERIES][REALTIME_PAIRS];
	uint64_t count[REALTIME_SERIES]; /* ever; the last are kept */
	int64_t since_raw_ns;		 /* the first pair */
	/* What all pairs since the first say of the offset. */
	int64_t offset_ns_min;
	int64_t offset_ns_max;
};

/* One more pair. False: there was a step since the last; all before is
 * forgotten. */
bool realtime_pairs_add(struct realtime_pairs *r,
			const struct realtime_pair *pair);

void realtime_pairs_forget(struct realtime_pairs *r);

/*
 * The raw readings at which the clock may have shown real_ns, by the nearest pairs
 * before and after; a step that the ranges of the offset do not show is allowed
 * for. 0; -ERANGE: no
 * pair before it (and after the last step), or none after it; or older than the
 * window, or that is not over since the last step.
 */
int realtime_pairs_raw(const struct realtime_pairs *r, int64_t real_ns,
		 int64_t *ret_raw_ns_min, int64_t *ret_raw_ns_max);

#endif
