/* SPDX-License-Identifier: Apache-2.0 */
/* The screen of --watch. Whoever calls has a curses screen open. */
#ifndef WATCH_DRAW_H
#define WATCH_DRAW_H

#include "tools/status_limits.h"
#include "tools/watch_history.h"

/* A smaller screen has the state and the width, and says what it lacks. */
#define WATCH_ROWS    20
#define WATCH_COLUMNS 70

struct watch_view {
	const struct status *s;
	const struct status_limits *limits;
	const struct watch_history *history;
	int64_t interval_ns; /* of a column */
	bool is_utf8;	     /* else ASCII alone */
	int rows, columns;   /* of the screen */
};

/* Curses colour pairs; without colours they are never set up. */
enum { PAIR_GOOD = 1, PAIR_WARN, PAIR_BAD, PAIR_TERM };

void watch_draw(const struct watch_view *v);

/* ---- the parts: row by row, from `row` on; the row after the last ---- */

/* watch_bars.c */
int watch_draw_interval(const struct watch_view *v, int row);
int watch_draw_budget(const struct watch_view *v, int row);
int watch_draw_history(const struct watch_view *v, int row);

/* watch_sources.c: at most to the row before `end` */
int watch_draw_sources(const struct watch_view *v, int row, int end);

/* watch_scale.c: 1, 2 or 5 times a power of ten, `ns` at least; > 0 */
int64_t watch_nice_scale(int64_t ns);

/* Where on a line of `width` columns from -scale to +scale: 0 to width - 1;
 * -1 and `width`: off its ends. */
int watch_column_of(int64_t ns, int64_t scale_ns, int width);

/* How many of `width` columns are the part: of all parts together not more. */
int watch_share(int64_t before, int64_t part, int64_t whole, int width);

#endif
