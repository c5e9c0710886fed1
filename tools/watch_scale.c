/* SPDX-License-Identifier: Apache-2.0 */
/* From nanoseconds to columns. */
#include <math.h>

#include "tools/watch_draw.h"

int64_t watch_nice_scale(int64_t ns)
{
	static const int64_t step[] = {1, 2, 5};

	for (int64_t ten = 1; ten <= INT64_C(100000000000000000); ten *= 10) {
		for (int i = 0; i < 3; i++) {
			if (step[i] * ten >= ns)
				return step[i] * ten;
		}
	}
	return INT64_MAX;
}

int watch_column_of(int64_t ns, int64_t scale_ns, int width)
{
	if (ns < -scale_ns)
		return -1;
	if (ns > scale_ns)
		return width;
	return (int)lround(((double)ns / (double)scale_ns + 1) / 2 *
			   (width - 1));
}

int watch_share(int64_t before, int64_t part, int64_t whole, int width)
{
	double per = width / (double)(whole > 0 ? whole : 1);

	return (int)(lround((double)(before + part) * per) -
		     lround((double)before * per));
}
