/* SPDX-License-Identifier: Apache-2.0 */
/* tt-status --watch. */
#ifndef WATCH_H
#define WATCH_H

#include "tools/status_options.h"

#define WATCH_INTERVAL_NS INT64_C(1000000000) /* where none is given */

/*
 * A line each interval, until it is stopped or nobody reads: the instant
 * (CLOCK_REALTIME) and what a monitoring plugin would say. What to exit with.
 */
int watch_lines(const struct status_options *o);

#endif
