/* SPDX-License-Identifier: Apache-2.0 */
/* --watch: the interval to scale, the budget, the half-width over time. */
#define NCURSES_NOMACROS
#include <ncurses.h>

#include <string.h>

#include "tools/human.h"
#include "tools/status_doc.h"
#include "tools/watch_draw.h"

#define LEFT	     12 /* columns of labels */
#define HEIGHT	     3	/* rows of the sparkline */
#define TERMS_MAX    10
#define LEGEND_LEFT  2
#define LEGEND_WIDTH 19 /* "Mapping -12.34 us" and some */
#define LEVELS	     8
#define NO_LIMIT_NS  (INT64_MAX / 4)

static int bar_width(const struct watch_view *v)
{
	return v->columns - LEFT - 1;
}

/* ---- the interval ---- */

static int64_t limit_ns(const struct status_limit *l)
{
	return l->text && !l->range.is_inverted && l->range.hi_ns < NO_LIMIT_NS
		       ? l->range.hi_ns
		       : 0;
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* What is allowed, on both sides. */
static void mark_limit(int row, const struct status_limit *l, char mark,
		       int64_t scale_ns, int width)
{
	int64_t ns = limit_ns(l);

	if (!ns)
		return;
	mvaddch(row, LEFT + watch_column_of(-ns, scale_ns, width),
		(chtype)mark);
	mvaddch(row, LEFT + watch_column_of(ns, scale_ns, width), (chtype)mark);
}

/* The best estimate less the middle, as the daemon last told; 0: unknown. */
static int64_t best_ns(struct json_object *doc)
{
	int64_t lo, hi, best;

	if (!doc_int(doc, "clock.earliest_unix_ns", &lo) ||
	    !doc_int(doc, "clock.latest_unix_ns", &hi) ||
	    !doc_int(doc, "clock.best_unix_ns", &best))
		return 0;
	return best - lo - (hi - lo) / 2;
}

static void draw_axis(int row, int64_t scale_ns, int width)
{
	char text[HUMAN_SIZE];

	human_ns(scale_ns, text);
	mvprintw(row, LEFT, "-%s", text);
	mvaddstr(row, LEFT + width / 2, "0");
	mvprintw(row, LEFT + width - 1 - (int)strlen(text), "+%s", text);
}

int watch_draw_interval(const struct watch_view *v, int row)
{
	int width = bar_width(v), lo, hi;
	int64_t half_ns, scale_ns;

	mvaddstr(row, 0, "Interval");
	if (v->s->segment_err) {
		mvaddstr(row, LEFT, "there is none");
		return row + 2;
	}
	half_ns = status_half_width_ns(v->s);
	scale_ns = watch_nice_scale(
		larger(half_ns, larger(limit_ns(&v->limits->warning),
				       limit_ns(&v->limits->critical))));
	lo = watch_column_of(-half_ns, scale_ns, width);
	hi = watch_column_of(half_ns, scale_ns, width);
	for (int i = 0; i < width; i++)
		mvaddstr(row, LEFT + i,
			 i < lo || i > hi	? "."
			 : i == lo || i == hi	? "|"
			 : v->is_utf8		? "█"
						: "=");
	mark_limit(row, &v->limits->warning, 'w', scale_ns, width);
	mark_limit(row, &v->limits->critical, 'c', scale_ns, width);
	mvaddch(row,
		LEFT + watch_column_of(best_ns(v->s->doc), scale_ns, width),
		'+');
	draw_axis(row + 1, scale_ns, width);
	return row + 2;
}

/* ---- the budget ---- */

struct terms {
	const char *name[TERMS_MAX];
	int64_t ns[TERMS_MAX]; /* of the wider edge */
	int count;
	int64_t sum_ns; /* of those above 0 */
};

static struct terms terms_of(struct json_object *doc)
{
	struct json_object *list = doc_array(doc, "budget.terms");
	size_t n = list ? json_object_array_length(list) : 0;
	struct terms t = {.count = 0};

	for (size_t i = 0; i < n && t.count < TERMS_MAX; i++) {
		struct json_object *o = json_object_array_get_idx(list, i);
		int64_t lo_ns = 0, hi_ns = 0;

		t.name[t.count] = doc_string(o, "name");
		doc_int(o, "lo_ns", &lo_ns);
		doc_int(o, "hi_ns", &hi_ns);
		t.ns[t.count] = larger(lo_ns, hi_ns);
		if (!t.name[t.count] || !*t.name[t.count])
			continue;
		if (t.ns[t.count] > 0 &&
		    __builtin_add_overflow(t.sum_ns, t.ns[t.count], &t.sum_ns))
			break;
		t.count++;
	}
	return t;
}

static char letter_of(const char *name)
{
	return *name >= 'a' && *name <= 'z' ? (char)(*name - 'a' + 'A') : *name;
}

/* In columns of one width, so that numbers that grow move nothing; no term is
 * left out. Rows enough for all of them, those that are 0 now too. */
static int draw_legend(const struct watch_view *v, int row,
		       const struct terms *t)
{
	int in_row = (v->columns - LEGEND_LEFT) / LEGEND_WIDTH;

	for (int i = 0, at = 0; i < t->count; i++) {
		char ns[HUMAN_SIZE];

		if (t->ns[i] == 0)
			continue;
		mvprintw(row + at / in_row,
			 LEGEND_LEFT + at % in_row * LEGEND_WIDTH, "%c%.7s %s",
			 letter_of(t->name[i]), t->name[i] + 1,
			 human_ns(t->ns[i], ns));
		at++;
	}
	return row + (t->count + in_row - 1) / in_row;
}

/* Each term by the letter that its name in the legend begins with. */
int watch_draw_budget(const struct watch_view *v, int row)
{
	struct terms t = terms_of(v->s->doc);
	int width = bar_width(v), at = LEFT;
	int64_t before_ns = 0;

	if (!t.count)
		return row;
	mvaddstr(row, 0, "Budget");
	for (int i = 0; i < t.count; i++) {
		int n = t.ns[i] > 0 ? watch_share(before_ns, t.ns[i], t.sum_ns,
						  width)
				    : 0;
		chtype paint = i % 2 ? A_REVERSE : A_NORMAL;

		for (int k = 0; k < n; k++)
			mvaddch(row, at++,
				(unsigned char)letter_of(t.name[i]) |
					paint | (chtype)COLOR_PAIR(PAIR_TERM));
		before_ns += larger(t.ns[i], 0);
	}
	return draw_legend(v, row + 1, &t);
}

/* ---- over time ---- */

/* The part of a column of `level` eighths that is in this row, 0 the lowest. */
static const char *cell(const struct watch_view *v, int level, int from_below)
{
	static const char *const block[] = {" ", "▁", "▂", "▃", "▄",
					    "▅", "▆", "▇", "█"};
	static const char *const ascii[] = {" ", ".", ".", ":", ":",
					    "-", "=", "+", "#"};
	int n = level - from_below * LEVELS;

	n = n < 0 ? 0 : n > LEVELS ? LEVELS : n;
	return v->is_utf8 ? block[n] : ascii[n];
}

/* 1 to HEIGHT x LEVELS: from a little below the narrowest up to the widest, so
 * that a sawtooth on a large half-width is seen, and noise is not. */
static int level_of(int64_t ns, int64_t min_ns, int64_t max_ns)
{
	double from = (double)min_ns * 0.9, to = (double)max_ns;

	if (to <= from)
		return HEIGHT * LEVELS / 2;
	return 1 + (int)(((double)ns - from) / (to - from) *
			 (HEIGHT * LEVELS - 1));
}

static chtype state_paint(char state)
{
	switch (state) {
	case '=':
		return (chtype)COLOR_PAIR(PAIR_GOOD);
	case 'h':
		return (chtype)COLOR_PAIR(PAIR_WARN);
	default:
		return (chtype)COLOR_PAIR(PAIR_BAD) | A_BOLD;
	}
}

static void draw_column(const struct watch_view *v, int row, int x,
			const struct watch_column *c, int64_t min_ns,
			int64_t max_ns)
{
	int level = c->half_ns < 0 ? 0 : level_of(c->half_ns, min_ns, max_ns);

	for (int r = 0; r < HEIGHT; r++)
		mvaddstr(row + HEIGHT - 1 - r, x, cell(v, level, r));
	mvaddch(row + HEIGHT, x,
		(unsigned char)c->state | state_paint(c->state));
}

int watch_draw_history(const struct watch_view *v, int row)
{
	int width = bar_width(v);
	int64_t min_ns = 0, max_ns = 0;
	char text[HUMAN_SIZE];

	mvaddstr(row, 0, "Half-width");
	if (watch_history_range(v->history, width, &min_ns, &max_ns)) {
		mvprintw(row + 1, 0, "<=%.9s", human_bound(max_ns, text));
		mvprintw(row + 2, 0, ">=%.9s", human_ns(min_ns, text));
	}
	mvaddstr(row + HEIGHT, 0, "State");
	for (int i = 0; i < width; i++) {
		const struct watch_column *c = watch_history_at(v->history, i);

		if (c)
			draw_column(v, row, LEFT + width - 1 - i, c, min_ns,
				    max_ns);
	}
	return row + HEIGHT + 1;
}
