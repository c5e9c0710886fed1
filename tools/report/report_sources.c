/* SPDX-License-Identifier: Apache-2.0 */
/* The report's sources over the last day: offset and error, verdicts, and how
 * stable each is. */
#include <math.h>
#include <stdlib.h>

#include "tools/report/report_private.h"

/* The plot is for most of the columns; so many in a hundred may go beyond it,
 * if they go this much beyond. */
#define BEYOND_PERCENT 3
#define BEYOND_TIMES   3

static const struct plot_cell look[SERIES_VERDICTS] = {
	{"good", .35}, {"none", .5}, {"warn", .7}, {"bad", 1}};

struct offset_chart {
	struct plot plot;
	int count, used;
	struct plot_column column[REPORT_COLUMNS_MAX];
	int parts[REPORT_COLUMNS_MAX];
	bool is_fresh[REPORT_COLUMNS_MAX];
	struct plot_cell verdict[REPORT_COLUMNS_MAX];
};

static void add(struct offset_chart *c, int i, const struct series_source *src)
{
	struct plot_column *col = &c->column[i];

	for (int v = 0; v < SERIES_VERDICTS; v++)
		if (src->verdict_ns[v] > 0 &&
		    (!c->verdict[i].class || look[v].part > c->verdict[i].part))
			c->verdict[i] = look[v];
	if (src->verdict_ns[SERIES_WAITING] > 0 ||
	    src->verdict_ns[SERIES_STALE] > 0)
		c->is_fresh[i] = false;
	if (!src->offset_ns.has || !src->error_ns.has)
		return;
	col->has = col->has_band = true;
	col->lo = fmin(col->lo, (double)src->offset_ns.min -
					(double)src->error_ns.max);
	col->hi = fmax(col->hi, (double)src->offset_ns.max +
					(double)src->error_ns.max);
	col->v += (double)src->offset_ns.mean;
	c->parts[i]++;
}

static void gather(struct offset_chart *c, const struct window *w, int name)
{
	const struct series *series = w->series;

	c->count = w->columns;
	c->used = 0;
	for (int i = 0; i < c->count; i++) {
		c->column[i] = (struct plot_column){.lo = INFINITY,
						    .hi = -INFINITY};
		c->verdict[i] = (struct plot_cell){0};
		c->parts[i] = 0;
		c->is_fresh[i] = true;
	}
	for (int i = 0; i < series->count; i++) {
		const struct series_record *r = &series->record[i];
		const struct series_source *src = series_source(r, name);
		const int at = report_window_column(w, r);

		if (src && at >= 0)
			add(c, at, src);
	}
	for (int i = 0; i < c->count; i++)
		if (c->column[i].has) {
			c->column[i].v /= c->parts[i];
			c->used++;
		}
}

/* ---- the scale ---- */

static int compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* How far each column reaches on one side, `sign` -1 or 1. Without fresh samples
 * errors only grow. */
static size_t reaches(const struct offset_chart *c, double sign,
		      bool wants_fresh, double *ret)
{
	size_t n = 0;

	for (int i = 0; i < c->count; i++)
		if (c->column[i].has && (c->is_fresh[i] || !wants_fresh))
			ret[n++] = sign < 0 ? -c->column[i].lo
					    : c->column[i].hi;
	return n;
}

/* Edge of most columns that have fresh samples, or of all of these where that is
 * not much further off. */
static double edge(const struct offset_chart *c, double sign)
{
	static double v[REPORT_COLUMNS_MAX];
	size_t n = reaches(c, sign, true, v);
	double most, all;

	if (n == 0)
		n = reaches(c, sign, false, v);
	if (n == 0)
		return 0;
	qsort(v, n, sizeof(*v), compare);
	all = fmax(v[n - 1], 0);
	most = fmax(v[n - 1 - n * BEYOND_PERCENT / 100], 0);
	return sign * (all > BEYOND_TIMES * most && most > 0 ? most : all);
}

static int beyond(const struct offset_chart *c, double *ret_ns, int *ret_stale)
{
	int count = 0;

	*ret_ns = 0;
	*ret_stale = 0;
	for (int i = 0; i < c->count; i++) {
		const struct plot_column *col = &c->column[i];

		if (!col->has ||
		    (col->lo >= c->plot.y.lo && col->hi <= c->plot.y.hi))
			continue;
		*ret_ns = fmax(*ret_ns, fmax(-col->lo, col->hi));
		*ret_stale += !c->is_fresh[i];
		count++;
	}
	return count;
}

/* ---- a source ---- */

static void draw(const struct offset_chart *c)
{
	struct scale_ticks t;

	plot_open(&c->plot);
	scale_ticks(&c->plot.y, 6, &t);
	plot_y_axis(&c->plot, &t, report_label_offset);
	plot_columns(&c->plot, c->column, c->count);
	plot_strip(&c->plot, 0, c->verdict, c->count);
	report_time_axis(&c->plot);
	plot_close(&c->plot);
}

static void put_beyond(const struct sheet *s, const struct offset_chart *c)
{
	char text[HUMAN_SIZE];
	double most_ns;
	int stale;
	const int n = beyond(c, &most_ns, &stale);

	if (n > 0)
		report_note(s, "dim", "The band goes beyond the plot in %d of "
			    "%d columns, %d of them without fresh samples, up "
			    "to %s from the best estimate.", n, c->used, stale,
			    human_bound(most_ns < 9e18 ? (int64_t)most_ns
						       : INT64_MAX, text));
}

static void put_chart(const struct sheet *s, const struct window *w, int name,
		      const char *id)
{
	static struct offset_chart c;
	char title[SERIES_NAME_SIZE + 32];

	gather(&c, w, name);
	if (c.used == 0) {
		report_note(s, "dim", "No offset of it is known.");
		return;
	}
	snprintf(title, sizeof(title), "Offset of %s", w->series->name[name]);
	c.plot = (struct plot){
		.out = s->out,
		.id = id,
		.title = title,
		.says = "Its offset from the best estimate over the last day, "
			"mean of each minute, with a band from the least offset "
			"less its error to the greatest plus it; below, the "
			"worst verdict on it",
		.y_says = "offset from the best estimate, and the verdict",
		.height = 150,
		.strips = 1,
		.y = scale_linear(edge(&c, -1), edge(&c, 1), 7)};
	c.plot.x = report_window_scale(w, &c.plot.x_says);
	draw(&c);
	put_beyond(s, &c);
}

static void put_legend(const struct sheet *s)
{
	fputs("<p class=\"keys\">", s->out);
	report_key(s, "band", "offset \xc2\xb1 error");
	report_key(s, "curve", "offset, mean");
	report_key(s, "good", "used");
	report_key(s, "none", "waiting");
	report_key(s, "warn", "stale");
	report_key(s, "bad", "falseticker");
	fputs("</p>\n", s->out);
}

void report_sources(const struct sheet *s)
{
	const struct series *series = s->in->minutes;
	struct window w;
	char id[24];

	if (!report_window(series, &w))
		return;
	fputs("<h2>Sources, the last day</h2>\n<p class=\"dim\">A positive "
	      "offset: the source is ahead of the best estimate. ADEV, TDEV and "
	      "MTIE are of the means of whole minutes in a row, all with fresh "
	      "samples, and for longer "
	      "\xcf\x84 of hours, not of single samples: what is faster is "
	      "averaged away, and what source and estimate have in common does "
	      "not show.</p>\n",
	      s->out);
	put_legend(s);
	for (int i = 0; i < series->names; i++) {
		fputs("<section><h3>", s->out);
		xml_text(s->out, series->name[i]);
		fputs("</h3>\n", s->out);
		snprintf(id, sizeof(id), "source%d", i);
		put_chart(s, &w, i, id);
		report_stability(s, i, id);
		fputs("</section>\n", s->out);
	}
	if (series->names == 0)
		report_note(s, "dim", "None was heard of.");
	if (series->has_more_names)
		report_note(s, "dim", "There were more of them than %d: the "
			    "others are not shown.", SERIES_NAMES_MAX);
}
