/* SPDX-License-Identifier: Apache-2.0 */
/* Widths as a histogram: of any number, to 0.3 %, and all below 370 ns exactly
 * (a bucket has one whole number there). */
#ifndef JUDGE_WIDTHS_H
#define JUDGE_WIDTHS_H

#include <stdint.h>

#define JUDGE_WIDTHS_PARTS   256 /* of an octave */
#define JUDGE_WIDTHS_BUCKETS (64 * JUDGE_WIDTHS_PARTS)

struct judge_widths {
	uint64_t count;
	int64_t max_ns;
	uint64_t bucket[JUDGE_WIDTHS_BUCKETS];
};

void judge_widths_add(struct judge_widths *w, int64_t width_ns);
void judge_widths_add_all(struct judge_widths *sum,
			  const struct judge_widths *w);

/* At least `share` of them are no wider; -1: there are none. */
int64_t judge_widths_at(const struct judge_widths *w, double share);

/* "width_ns_median=... width_ns_p99=... width_ns_max=...", with `end` after
 * each; nothing if there are none. */
void judge_widths_print(const struct judge_widths *w, char end);

#endif
