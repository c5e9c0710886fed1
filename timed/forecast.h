/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How wide the bound would become if no sample came from now on: not by a
 * formula of its own, but by what the engine itself would publish then, from
 * the same beliefs, by the same fusion.
 *
 * A width is never passed before the time told, while nothing comes in and
 * there is no dispute: what a page opens by until the next one is counted as if
 * that came after half a horizon.
 */
#ifndef FORECAST_H
#define FORECAST_H

#include <stdbool.h>
#include <stdint.h>

#include "timed/engine.h"

#define FORECAST_WIDTHS 3
#define FORECAST_NS_MAX (INT64_C(100) * 86400 * 1000000000)

extern const int64_t forecast_half_ns[FORECAST_WIDTHS]; /* 100 us, 1 ms, 10 ms */

struct forecast {
	int64_t raw_ns; /* the publication it was made from */
	/* How long the half-width stays within each; 0: it has passed it; a
	 * loss of the bound passes all. FORECAST_NS_MAX: that long at least. */
	int64_t in_ns[FORECAST_WIDTHS];
};

/* As of the last publication; no allocation, some hundred fusions. False:
 * there is no bound. */
bool forecast_make(const struct engine *e, struct forecast *ret);

#endif
