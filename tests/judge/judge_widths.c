/* SPDX-License-Identifier: Apache-2.0 */
/* Widths as a histogram. See judge_widths.h. */
#include "tests/judge/judge_widths.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

static int bucket_of(int64_t width_ns)
{
	const double octaves = width_ns < 1 ? 0 : log2((double)width_ns);

	return (int)(octaves * JUDGE_WIDTHS_PARTS);
}

void judge_widths_add(struct judge_widths *w, int64_t width_ns)
{
	w->bucket[bucket_of(width_ns)]++;
	w->count++;
	if (width_ns > w->max_ns)
		w->max_ns = width_ns;
}

void judge_widths_add_all(struct judge_widths *sum,
			  const struct judge_widths *w)
{
	sum->count += w->count;
	if (w->max_ns > sum->max_ns)
		sum->max_ns = w->max_ns;
	for (int i = 0; i < JUDGE_WIDTHS_BUCKETS; i++)
		sum->bucket[i] += w->bucket[i];
}

/* The widest that is in the bucket, in whole ns. */
static int64_t widest(int bucket)
{
	return (int64_t)ceil(exp2((bucket + 1.0) / JUDGE_WIDTHS_PARTS)) - 1;
}

int64_t judge_widths_at(const struct judge_widths *w, double share)
{
	const uint64_t want = (uint64_t)ceil(share * (double)w->count);
	uint64_t have = 0;

	if (w->count == 0)
		return -1;
	for (int i = 0; i < JUDGE_WIDTHS_BUCKETS; i++) {
		have += w->bucket[i];
		if (have > 0 && have >= want)
			return widest(i) < w->max_ns ? widest(i) : w->max_ns;
	}
	return w->max_ns;
}

void judge_widths_print(const struct judge_widths *w, char end)
{
	if (w->count == 0)
		return;
	printf("width_ns_median=%" PRId64 "%c", judge_widths_at(w, 0.5), end);
	printf("width_ns_p99=%" PRId64 "%c", judge_widths_at(w, 0.99), end);
	printf("width_ns_max=%" PRId64 "%c", w->max_ns, end);
}
