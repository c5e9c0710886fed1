/* SPDX-License-Identifier: Apache-2.0 */
/* The report's half-widths and states: over the last hour by the second, the last
 * day by the minute, the last month by the hour; and how they are distributed. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "tools/report/report_private.h"

#define BINS	 30
#define BINS_MIN 20 /* minutes, below which no histogram is drawn */

/* The worst state of a column: one second of it must be seen. */
static const struct plot_cell look[SERIES_STATES] = {
	{"good", .35}, {"warn", .6}, {"bad", .8}, {"none", 1}};

struct width_chart {
	struct plot plot;
	int count;
	struct plot_column column[REPORT_COLUMNS_MAX];
	int parts[REPORT_COLUMNS_MAX]; /* values that column.v is the sum of */
	struct plot_cell state[REPORT_COLUMNS_MAX];
	double min, max;
};

static void begin(struct width_chart *c, int count)
{
	c->count = count;
	c->min = INFINITY;
	c->max = 0;
	for (int i = 0; i < count; i++) {
		c->column[i] = (struct plot_column){.lo = INFINITY};
		c->state[i] = (struct plot_cell){0};
		c->parts[i] = 0;
	}
}

static void add(struct width_chart *c, int i, double min, double mean,
		double max)
{
	struct plot_column *col = &c->column[i];

	col->has = col->has_band = true;
	col->lo = fmin(col->lo, min);
	col->hi = fmax(col->hi, max);
	col->v += mean;
	c->parts[i]++;
	c->min = fmin(c->min, min);
	c->max = fmax(c->max, max);
}

static void add_state(struct width_chart *c, int i, int state)
{
	if (!c->state[i].class || look[state].part > c->state[i].part)
		c->state[i] = look[state];
}

static void put_legend(const struct sheet *s, const char *band)
{
	fputs("<p class=\"keys\">", s->out);
	report_key(s, "band", band);
	report_key(s, "curve", "mean");
	report_key(s, "good", "SYNCHRONIZED");
	report_key(s, "warn", "HOLDOVER");
	report_key(s, "bad", "DISPUTED");
	report_key(s, "none", "UNSYNCHRONIZED");
	fputs("<span>empty: nothing was published, or is known</span></p>\n",
	      s->out);
}

static void draw(const struct sheet *s, struct width_chart *c)
{
	struct scale_ticks t;

	for (int i = 0; i < c->count; i++)
		if (c->column[i].has)
			c->column[i].v /= c->parts[i];
	c->plot.out = s->out;
	c->plot.y = scale_log(fmax(c->min, 1), c->max);
	c->plot.y_says = "half-width (logarithmic), and the worst state";
	c->plot.height = 190;
	c->plot.strips = 1;
	plot_open(&c->plot);
	scale_ticks(&c->plot.y, 8, &t);
	plot_y_axis(&c->plot, &t, report_label_ns);
	plot_columns(&c->plot, c->column, c->count);
	plot_strip(&c->plot, 0, c->state, c->count);
	report_time_axis(&c->plot);
	plot_close(&c->plot);
}

/* ---- the daemon's history ---- */

static void add_record(struct width_chart *c, int i,
		       const struct series_record *r)
{
	if (r->half_ns.has)
		add(c, i, (double)r->half_ns.min, (double)r->half_ns.mean,
		    (double)r->half_ns.max);
	for (int state = 0; state < SERIES_STATES; state++)
		if (r->state_ns[state] > 0)
			add_state(c, i, state);
}

static void put_states(const struct sheet *s, const struct series *series)
{
	int64_t sum_ns[SERIES_STATES] = {0}, changes = 0, violations = 0;
	char text[HUMAN_SIZE];

	for (int i = 0; i < series->count; i++) {
		const struct series_record *r = &series->record[i];

		for (int k = 0; k < SERIES_STATES; k++)
			sum_ns[k] += r->state_ns[k];
		changes += r->epoch_changes;
		violations += r->violations;
	}
	fputs("<p>", s->out);
	for (int k = 0; k < SERIES_STATES; k++)
		if (sum_ns[k] > 0)
			fprintf(s->out, "%s for %s \xc2\xb7 ", series_state[k],
				report_span(sum_ns[k], text));
	fprintf(s->out,
		"new epochs: %" PRId64 " \xc2\xb7 violations: %" PRId64
		"</p>\n",
		changes, violations);
}

static void put_series(const struct sheet *s, const struct series *series,
		       const char *id, const char *what)
{
	static struct width_chart c;
	struct window w;
	char says[200], age[HUMAN_SIZE];

	if (!report_window(series, &w))
		return;
	begin(&c, w.columns);
	for (int i = 0; i < series->count; i++) {
		const int at = report_window_column(&w, &series->record[i]);

		if (at >= 0)
			add_record(&c, at, &series->record[i]);
	}
	snprintf(says, sizeof(says),
		 "Least, mean and greatest half-width of each %s, and its worst "
		 "state; %d of them, over %s",
		 what, series->count,
		 report_span(w.column_ns * w.columns, age));
	c.plot = (struct plot){.id = id, .title = "Half-width", .says = says};
	c.plot.x = report_window_scale(&w, &c.plot.x_says);
	draw(s, &c);
	snprintf(says, sizeof(says), "least to greatest of each %s", what);
	put_legend(s, says);
	put_states(s, series);
}

/* ---- readings of the segment ---- */

static int reading_state(const struct report_reading *r)
{
	if (r->half_ns < 0)
		return 3;
	return r->state == TT_SYNCHRONIZED ? 0 : r->state == TT_HOLDOVER ? 1 : 2;
}

/* The shortest of these that shows all there is. */
static int64_t readings_span_s(const struct report_input *in)
{
	static const int64_t span_s[] = {120, 600, 1800};
	const int64_t age_ns = in->reading[in->readings - 1].raw_ns -
			       in->reading[0].raw_ns;

	for (size_t i = 0; i < sizeof(span_s) / sizeof(*span_s); i++)
		if (age_ns < span_s[i] * 1000000000)
			return span_s[i];
	return 3600;
}

/* A reading stands for the columns since the one before, which ended in
 * `*before` and is a second older, more or less; without one, for a second's. */
static void add_reading(struct width_chart *c, const struct report_reading *r,
			int64_t age_ns, double per_ns, int *before)
{
	const int to = c->count - 1 - (int)((double)age_ns * per_ns);
	int from = c->count - (int)(((double)age_ns + 1e9) * per_ns);

	if (*before >= 0 && from - 1 - *before <= (int)(1e9 * per_ns / 2) + 1)
		from = *before + 1;
	if (from > to)
		from = to;
	*before = to;
	for (int i = from < 0 ? 0 : from; i <= to && i < c->count; i++) {
		add_state(c, i, reading_state(r));
		if (r->half_ns >= 0)
			add(c, i, (double)r->half_ns, (double)r->half_ns,
			    (double)r->half_ns);
	}
}

static void put_readings(const struct sheet *s)
{
	const struct report_input *in = s->in;
	static struct width_chart c;
	const int64_t now_ns = in->reading[in->readings - 1].raw_ns;
	const int64_t span_s = readings_span_s(in);
	int before = -1;

	begin(&c, 600);
	for (size_t i = 0; i < in->readings; i++) {
		const int64_t age_ns = now_ns - in->reading[i].raw_ns;

		if (age_ns >= 0 && age_ns < span_s * 1000000000)
			add_reading(&c, &in->reading[i], age_ns,
				    600.0 / ((double)span_s * 1e9), &before);
	}
	c.plot = (struct plot){
		.id = "seconds",
		.title = "Half-width",
		.says = "Half-width as a program read it, once a second",
		.x_says = "before now",
		.x = {-(double)span_s, 0, false}};
	fputs("<h2>Half-width, the last hour by the second</h2>\n", s->out);
	draw(s, &c);
}

/* ---- how they are distributed ---- */

static int compare(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* The greatest of each whole minute, sorted; free() it. */
static int64_t *sorted(const struct series *series, size_t *ret_count)
{
	int64_t *v = calloc((size_t)series->count + 1, sizeof(*v));
	size_t n = 0;

	for (int i = 0; v && i < series->count; i++)
		if (series->record[i].is_whole && series->record[i].half_ns.has)
			v[n++] = series->record[i].half_ns.max;
	if (v)
		qsort(v, n, sizeof(*v), compare);
	*ret_count = v ? n : 0;
	return v;
}

/* The p-th of a thousand, of `count`, from below: that many are at most it. */
static int64_t quantile(const int64_t *v, size_t count, size_t p)
{
	return v[(count * p + 999) / 1000 - 1];
}

static void put_percentiles(const struct sheet *s, const int64_t *v,
			    size_t count)
{
	static const struct {
		size_t p, least; /* of a thousand; minutes that it takes */
		const char *name;
	} row[] = {{500, 2, "50 %"}, {900, 10, "90 %"}, {990, 100, "99 %"},
		   {999, 1000, "99.9 %"}, {1000, 1, "all"}};
	static const char *const column[] = {"of the minutes",
					     ">half-width at most", NULL};
	char text[HUMAN_SIZE];

	report_open_table(s, NULL, column);
	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		if (count < row[i].least)
			continue;
		fputs("<tr>", s->out);
		report_cell(s, "", row[i].name);
		report_cell(s, "n", human_bound(quantile(v, count, row[i].p),
						text));
		fputs("</tr>\n", s->out);
	}
	report_close_table(s);
}

static void put_histogram(const struct sheet *s, const int64_t *v, size_t count)
{
	struct plot p = {.out = s->out,
			 .id = "histogram",
			 .title = "Histogram of the half-width",
			 .says = "Share of the minutes by their greatest "
				 "half-width, in bins of one ratio",
			 .y_says = "share of the minutes",
			 .x_says = "greatest half-width (logarithmic)",
			 .height = 130,
			 .x = scale_log(fmax((double)v[0], 1),
					(double)v[count - 1])};
	struct plot_column bin[BINS] = {0};
	struct scale_ticks t;
	double most = 0;

	for (size_t i = 0; i < count; i++) {
		const double part = scale_part(&p.x, (double)v[i]);
		const int b = (int)fmin(part * BINS, BINS - 1);

		bin[b].has = true;
		bin[b].v += 100 / (double)count;
		most = fmax(most, bin[b].v);
	}
	p.y = scale_linear(0, most, 4);
	plot_open(&p);
	scale_ticks(&p.y, 5, &t);
	plot_y_axis(&p, &t, report_label_percent);
	plot_bars(&p, bin, BINS);
	scale_ticks(&p.x, 6, &t);
	plot_x_axis(&p, &t, report_label_ns);
	plot_close(&p);
}

static void put_distribution(const struct sheet *s, const struct series *minutes)
{
	size_t count = 0;
	int64_t *v = sorted(minutes, &count);

	if (count > 0) {
		fputs("<h2>How wide, how often</h2>\n", s->out);
		report_note(s, "dim", "The greatest half-width that a reader "
			    "had in each of %zu whole minutes%s.", count,
			    count < BINS_MIN ? ": too few for a histogram, and "
					       "for the higher percentiles"
			    : count < 1000   ? "; the highest percentiles need "
					       "more of them"
					     : "");
		if (count >= BINS_MIN)
			put_histogram(s, v, count);
		put_percentiles(s, v, count);
	}
	free(v);
}

/* Do the hours tell of more than the minutes do? */
static bool is_longer(const struct series *hours, const struct series *minutes)
{
	if (!hours || hours->count == 0)
		return false;
	return !minutes || minutes->count == 0 ||
	       hours->record[0].raw_ns + hours->span_ns <
		       minutes->record[0].raw_ns;
}

void report_widths(const struct sheet *s)
{
	const struct series *minutes = s->in->minutes, *hours = s->in->hours;
	const bool has_minutes = minutes && minutes->count > 0;

	if (has_minutes && s->in->history_why)
		report_note(s, "alert", "The history is as the daemon last told "
			    "it: %s.", s->in->history_why);
	if (s->in->readings > 0)
		put_readings(s);
	if (has_minutes) {
		fputs("<h2>Half-width, the last day by the minute</h2>\n",
		      s->out);
		put_series(s, minutes, "minutes", "minute");
	}
	if (is_longer(hours, minutes)) {
		fputs("<h2>Half-width, the last month by the hour</h2>\n",
		      s->out);
		put_series(s, hours, "hours", "hour");
	}
	if (has_minutes)
		put_distribution(s, minutes);
	else if (s->in->history_why)
		report_note(s, "alert", "The daemon's history is not here: %s.",
			    s->in->history_why);
	else
		report_note(s, "dim", "The daemon remembers nothing yet.");
}
