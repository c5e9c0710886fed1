/* SPDX-License-Identifier: Apache-2.0 */
/* Half-widths as a histogram. See run.h. */
#include "sim/run.h"

#include <math.h>

#define PER_OCTAVE 8

void widths_add(struct widths *w, double half_ns)
{
	const int bin = (int)(PER_OCTAVE * log2(half_ns + 1));

	w->bin[bin < WIDTH_BINS ? bin : WIDTH_BINS - 1]++;
	w->sum_ns += half_ns;
	w->count++;
	if (half_ns > w->max_ns)
		w->max_ns = half_ns;
}

double widths_mean_ns(const struct widths *w)
{
	return w->count > 0 ? w->sum_ns / (double)w->count : 0;
}

double widths_percentile_ns(const struct widths *w, double part)
{
	uint64_t seen = 0;

	for (int b = 0; b < WIDTH_BINS; b++) {
		seen += w->bin[b];
		if (seen > 0 && (double)seen >= part * (double)w->count)
			return fmin(exp2((b + 1.0) / PER_OCTAVE), w->max_ns);
	}
	return w->max_ns;
}
