/* SPDX-License-Identifier: Apache-2.0 */
/* tt-status --format=openmetrics: what tt-exporter would serve
 * (docs/metrics.md), less what it tells of itself. */
#ifndef STATUS_METRICS_H
#define STATUS_METRICS_H

#include <stdio.h>

#include "tools/status.h"

void status_metrics_print(FILE *out, const struct status *s);

#endif
