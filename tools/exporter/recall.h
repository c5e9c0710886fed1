/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon's history (docs/history.md), kept up for the page without ever
 * waiting: what is new of minutes and hours, and the events, one question after
 * the other. Memory for a day of minutes, a month of hours and one answer.
 */
#ifndef RECALL_H
#define RECALL_H

#include <stdbool.h>

#include "tools/report/report.h"

/* What was recalled, or tried, serves so long. */
#define RECALL_FRESH_MS 5000

struct event_base;
struct recall;

/* `path` must outlive it; `done` is called from the loop, never from within
 * recall_start(). 0 or -ENOMEM. */
int recall_new(struct event_base *base, const char *path,
	       void (*done)(void *arg), void *arg, struct recall **ret);
void recall_free(struct recall *r); /* NULL is allowed */

/* Begin, unless it goes on. */
void recall_start(struct recall *r, int64_t now_ms);

bool recall_is_fresh(const struct recall *r, int64_t now_ms);

/* What there is: the members of the history in `ret`, good until the next
 * recall_start(). */
void recall_show(const struct recall *r, struct report_input *ret);

#endif
