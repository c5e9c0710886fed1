/* SPDX-License-Identifier: Apache-2.0 */
/* The exporter's metrics of one look. */
#include "tools/status_metrics.h"

#include <time.h>

#include "tools/exporter/metrics.h"

#define NS_PER_S INT64_C(1000000000)

void status_metrics_print(FILE *out, const struct status *s)
{
	struct status believed = *s;
	struct metrics_input in = {.s = &believed};
	struct timespec ts;

	/* Of another daemon than the segment's, as the exporter has it. */
	if (s->is_contradictory)
		believed.doc = NULL;
	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	in.raw_ns = ts.tv_sec * NS_PER_S + ts.tv_nsec;
	metrics_write(out, EXPO_OPENMETRICS, &in);
}
