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

/*
 * The same drawn, on a terminal (standard input and output), until q is pressed
 * or a signal comes. Where it cannot be drawn on, watch_lines().
 */
int watch_terminal(const struct status_options *o);

#endif
