/* SPDX-License-Identifier: Apache-2.0 */
/* --watch: the screen, from top to bottom. */
#define NCURSES_NOMACROS
#include "tools/watch_draw.h"

#include <errno.h>
#include <ncurses.h>
#include <string.h>

#include "tools/human.h"
#include "tools/status_doc.h"

static chtype code_paint(int code)
{
	if (code == 0)
		return (chtype)COLOR_PAIR(PAIR_GOOD) | A_BOLD;
	return (chtype)COLOR_PAIR(code == 1 ? PAIR_WARN : PAIR_BAD) | A_BOLD;
}

static const char *state_of(const struct status *s)
{
	if (!s->segment_err)
		return status_state_name(s->now.state);
	return s->segment_err == -ENODATA ? "UNSYNCHRONIZED" : "NO BOUND";
}

static int draw_state(const struct watch_view *v, int row)
{
	const struct status_limit *broken =
		status_limits_broken(v->s, v->limits);
	int code = status_exit_code(v->s, v->limits);
	char half[HUMAN_SIZE];

	attron((int)code_paint(code));
	mvaddnstr(row, 0, state_of(v->s), v->columns);
	attroff((int)code_paint(code));
	if (v->s->segment_err)
		return row + 1;
	printw("  +-%s", human_bound(status_half_width_ns(v->s), half));
	if (broken)
		printw(" (%s: %.20s)",
		       broken == &v->limits->critical ? "critical" : "warning",
		       broken->text);
	return row + 1;
}

static void draw_title(const struct watch_view *v, int row)
{
	char instant[HUMAN_SIZE];

	attron(A_BOLD);
	mvaddnstr(row, 0, v->s->segment_path, v->columns - 1);
	attroff(A_BOLD);
	if (v->s->segment_err || v->columns < WATCH_COLUMNS)
		return;
	human_instant(v->s->now.earliest_ns, instant);
	mvprintw(row, v->columns - 24, "%.19s UTC", instant);
}

/* What is wrong, one line. */
static int draw_trouble(const struct watch_view *v, int row)
{
	const struct status *s = v->s;

	attron(COLOR_PAIR(PAIR_BAD));
	if (s->socket_err)
		mvprintw(row, 0, "! %.100s", s->socket_why);
	else if (s->is_contradictory)
		mvaddstr(row, 0, "! segment and socket are of two daemons");
	else if (s->segment_err)
		mvprintw(row, 0, "! %.100s", tt_strerror(s->segment_err));
	attroff(COLOR_PAIR(PAIR_BAD));
	return row + 1;
}

static void draw_small(const struct watch_view *v)
{
	draw_state(v, 0);
	if (v->rows > 1)
		draw_trouble(v, 1);
	if (v->rows > 3)
		mvprintw(3, 0, "%dx%d is too small for more:", v->columns,
			 v->rows);
	if (v->rows > 4)
		mvprintw(4, 0, "%dx%d is enough. q quits", WATCH_COLUMNS,
			 WATCH_ROWS);
}

static void draw_foot(const struct watch_view *v)
{
	char text[HUMAN_SIZE];

	mvprintw(v->rows - 1, 0,
		 "q quits   a column: %s   = SYNCHRONIZED  h HOLDOVER  "
		 "D DISPUTED  U none",
		 human_ns(v->interval_ns, text));
}

static void draw_all(const struct watch_view *v)
{
	int row = 3;

	draw_title(v, 0);
	draw_state(v, 1);
	draw_trouble(v, 2);
	row = watch_draw_interval(v, row);
	row = watch_draw_budget(v, row);
	row = watch_draw_history(v, row + 1);
	watch_draw_sources(v, row + 1, v->rows - 1);
	draw_foot(v);
}

void watch_draw(const struct watch_view *v)
{
	erase();
	if (v->rows < WATCH_ROWS || v->columns < WATCH_COLUMNS)
		draw_small(v);
	else
		draw_all(v);
	refresh();
}
