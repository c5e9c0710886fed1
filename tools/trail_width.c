/* SPDX-License-Identifier: Apache-2.0 */
/* See trail_width.h. */
#include "tools/trail_width.h"

#include <math.h>

#define PER_DOUBLING 64
#define CLASSES	     (62 * PER_DOUBLING)

int64_t trail_opening_ns(int64_t d_ns, double ppb)
{
	/* 64 bits of mantissa: an interval that is logged was rounded to ns
	 * twice. */
	const long double ns = fabsl((long double)d_ns) * (long double)ppb /
			       1e9L;

	return ns < 0x1p62L ? (int64_t)ceill(ns) + 2 : INT64_C(1) << 62;
}

int64_t trail_clamp_ns(__int128 ns)
{
	if (ns > INT64_MAX)
		return INT64_MAX;
	return ns < INT64_MIN ? INT64_MIN : (int64_t)ns;
}

/* Below 128 each ns is a class; above, 64 to a doubling. */
int trail_width_class(int64_t half_ns)
{
	const uint64_t v = half_ns > 0 ? (uint64_t)half_ns : 0;
	int shift = 0, class;

	while (v >> shift >= 2 * PER_DOUBLING)
		shift++;
	class = shift * PER_DOUBLING + (int)(v >> shift);
	return class < CLASSES ? class : CLASSES - 1;
}

int64_t trail_width_of_class(int class)
{
	const int shift = class < 2 * PER_DOUBLING ? 0
						   : class / PER_DOUBLING - 1;
	const uint64_t mantissa = (uint64_t)(class - shift * PER_DOUBLING);

	return (int64_t)(((mantissa + 1) << shift) - 1);
}
