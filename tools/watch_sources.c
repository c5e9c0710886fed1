/* SPDX-License-Identifier: Apache-2.0 */
/* --watch: what each source allows, on one number line with the interval. */
#define NCURSES_NOMACROS
#include <ncurses.h>

#include <string.h>

#include "tools/human.h"
#include "tools/status_doc.h"
#include "tools/watch_draw.h"

#define LEFT  18 /* columns of names */
#define RIGHT 13 /* and of verdicts */

struct line {
	int64_t scale_ns;
	int width;
	int lo, hi; /* columns of the interval; lo > hi: there is none */
};

static struct json_object *list_of(const struct watch_view *v)
{
	return doc_array(v->s->doc, "sources");
}

static int64_t magnitude(int64_t ns)
{
	return ns < 0 ? (ns == INT64_MIN ? INT64_MAX : -ns) : ns;
}

/* The interval's edges less the best estimate, as the sources' are. */
static bool edges_of(struct json_object *doc, int64_t *ret_lo_ns,
		     int64_t *ret_hi_ns)
{
	int64_t lo_ns, hi_ns, best_ns;

	if (!doc_int(doc, "clock.earliest_unix_ns", &lo_ns) ||
	    !doc_int(doc, "clock.latest_unix_ns", &hi_ns) ||
	    !doc_int(doc, "clock.best_unix_ns", &best_ns) ||
	    __builtin_sub_overflow(lo_ns, best_ns, ret_lo_ns) ||
	    __builtin_sub_overflow(hi_ns, best_ns, ret_hi_ns))
		return false;
	return true;
}

/* So that the interval and all that is used is on it; a falseticker may be off
 * it, where an arrow tells. */
static struct line line_of(const struct watch_view *v)
{
	struct json_object *list = list_of(v);
	size_t n = list ? json_object_array_length(list) : 0;
	struct line l = {.width = v->columns - LEFT - RIGHT, .lo = 1, .hi = 0};
	int64_t most_ns = 1, lo_ns = 0, hi_ns = 0;
	bool has_edges = edges_of(v->s->doc, &lo_ns, &hi_ns);

	if (has_edges)
		most_ns = magnitude(lo_ns) > hi_ns ? magnitude(lo_ns) : hi_ns;
	for (size_t i = 0; i < n; i++) {
		struct json_object *o = json_object_array_get_idx(list, i);
		const char *verdict = doc_string(o, "verdict");
		int64_t a, b;

		if (!verdict || strcmp(verdict, "used") != 0 ||
		    !doc_int(o, "lo_ns", &a) || !doc_int(o, "hi_ns", &b))
			continue;
		a = magnitude(a) > magnitude(b) ? magnitude(a) : magnitude(b);
		if (a > most_ns)
			most_ns = a;
	}
	l.scale_ns = watch_nice_scale(most_ns);
	if (has_edges) {
		l.lo = watch_column_of(lo_ns, l.scale_ns, l.width);
		l.hi = watch_column_of(hi_ns, l.scale_ns, l.width);
	}
	return l;
}

/* = where it meets the interval. */
static char box_mark(int i, int lo, int hi, bool is_within)
{
	if (lo == hi)
		return '|';
	if (i == lo || i == hi)
		return i == lo ? '[' : ']';
	return is_within ? '=' : '-';
}

/* A box from lo to hi, its middle marked, arrows where it leaves the line. */
static void draw_box(int row, const struct line *l, int64_t lo_ns,
		     int64_t hi_ns)
{
	int lo = watch_column_of(lo_ns, l->scale_ns, l->width);
	int hi = watch_column_of(hi_ns, l->scale_ns, l->width);

	for (int i = lo < 0 ? 0 : lo; i <= hi && i < l->width; i++) {
		bool is_within = i >= l->lo && i <= l->hi;

		mvaddch(row, LEFT + i,
			(unsigned char)box_mark(i, lo, hi, is_within));
	}
	if (lo < 0)
		mvaddch(row, LEFT, '<');
	if (lo >= l->width || hi >= l->width)
		mvaddch(row, LEFT + l->width - 1, '>');
	if (lo >= 0 && hi < l->width && hi - lo >= 2)
		mvaddch(row, LEFT + (lo + hi) / 2, '+');
}

static void shade(const struct watch_view *v, int row, const struct line *l)
{
	for (int i = l->lo < 0 ? 0 : l->lo; i <= l->hi && i < l->width; i++)
		mvaddstr(row, LEFT + i, v->is_utf8 ? "░" : ":");
}

static chtype verdict_paint(const char *verdict)
{
	if (!strcmp(verdict, "used"))
		return (chtype)COLOR_PAIR(PAIR_GOOD);
	if (!strcmp(verdict, "falseticker"))
		return (chtype)COLOR_PAIR(PAIR_BAD) | A_BOLD;
	return (chtype)COLOR_PAIR(PAIR_WARN);
}

static void draw_source(const struct watch_view *v, int row,
			const struct line *l, struct json_object *o)
{
	const char *name = doc_string(o, "name");
	const char *verdict = doc_string(o, "verdict");
	int64_t lo_ns, hi_ns;

	mvprintw(row, 0, "%.*s", LEFT - 1, name ? name : "-");
	shade(v, row, l);
	if (doc_int(o, "lo_ns", &lo_ns) && doc_int(o, "hi_ns", &hi_ns))
		draw_box(row, l, lo_ns, hi_ns);
	if (!verdict)
		return;
	attron((int)verdict_paint(verdict));
	mvprintw(row, LEFT + l->width + 1, "%.*s", RIGHT - 2, verdict);
	attroff((int)verdict_paint(verdict));
}

int watch_draw_sources(const struct watch_view *v, int row, int end)
{
	struct json_object *list = list_of(v);
	int n = list ? (int)json_object_array_length(list) : 0;
	struct line l = line_of(v);
	char text[HUMAN_SIZE];
	int shown = n;

	if (!n || row + 1 >= end)
		return row;
	human_ns(l.scale_ns, text);
	attron(A_BOLD);
	mvaddstr(row, 0, "Sources");
	attroff(A_BOLD);
	mvprintw(row, LEFT, "-%s", text);
	mvaddstr(row, LEFT + l.width / 2, "0");
	mvprintw(row++, LEFT + l.width - 1 - (int)strlen(text), "+%s", text);
	if (shown > end - row)
		shown = end - row - 1;
	for (int i = 0; i < shown; i++)
		draw_source(v, row++, &l,
			    json_object_array_get_idx(list, (size_t)i));
	if (shown < n)
		mvprintw(row++, 0, "%d more", n - shown);
	return row;
}
