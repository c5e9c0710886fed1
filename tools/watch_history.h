/* SPDX-License-Identifier: Apache-2.0 */
/* What --watch has seen: a column for each interval of time. */
#ifndef WATCH_HISTORY_H
#define WATCH_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#define WATCH_COLUMNS_MAX 512

struct watch_column {
	int64_t half_ns; /* the widest in it; -1: there was no bound */
	char state;	 /* the gravest in it: = SYNCHRONIZED, h HOLDOVER,
			    D DISPUTED, U UNSYNCHRONIZED, ? unreadable */
};

struct watch_history {
	struct watch_column column[WATCH_COLUMNS_MAX];
	int count, newest;
};

/* Begin a column. The oldest one makes room. */
void watch_history_next(struct watch_history *h);

/* A look, into the newest column (the first look begins one). */
void watch_history_add(struct watch_history *h, char state, int64_t half_ns);

/* `back` columns before the newest; NULL: not that many were seen. */
const struct watch_column *watch_history_at(const struct watch_history *h,
					    int back);

/* Narrowest and widest of the newest `columns`; false: none had a bound. */
bool watch_history_range(const struct watch_history *h, int columns,
			 int64_t *ret_min_ns, int64_t *ret_max_ns);

#endif
