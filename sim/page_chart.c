/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From top to bottom over one time axis: the faults' names, the half-width on
 * a logarithmic scale, where in the interval true time was, the state. Colours
 * are classes; page.c's style sheet gives them.
 */
#include "sim/page_chart.h"

#include <math.h>
#include <string.h>

#include "sim/page_text.h"
#include "timed/engine.h"

#define LEFT    76.0 /* of the plots, in the drawing's units */
#define WIDTH   ((double)TRACE_COLUMNS)
#define RIGHT   (LEFT + WIDTH)
#define TOTAL   (RIGHT + 24)

#define LANE    18.0 /* a fault's name */
#define HALF_H  250.0
#define PLACE_H 130.0
#define STATE_H 18.0
#define GAP     44.0

#define LETTER  6.6  /* width of one, about */
#define HOVER   8    /* columns that share a hint */

struct chart {
	const struct scenario *sc;
	const struct trace *t;
	FILE *out;
	int lane[FAULTS_MAX], lanes;
	double half_y, place_y, state_y, end_y;
	int decade_min, decade_max; /* of ns */
};

static double x_at(const struct chart *c, double s)
{
	return LEFT + WIDTH * fmin(fmax(s / c->t->length_s, 0), 1);
}

static double x_of(int column)
{
	return LEFT + column * WIDTH / TRACE_COLUMNS;
}

static double half_y(const struct chart *c, double ns)
{
	const double part = (log10(fmax(ns, 1e-1)) - c->decade_min) /
			    (c->decade_max - c->decade_min);

	return c->half_y + HALF_H * (1 - fmin(fmax(part, 0), 1));
}

static double place_y(const struct chart *c, double place)
{
	/* A little room beyond the edges, for what must not be. */
	return c->place_y +
	       PLACE_H * (1 - fmin(fmax(place / 1.1, -1), 1)) / 2;
}

/* --- layout ------------------------------------------------------------- */

static bool has_reads(const struct trace_column *c)
{
	return c->reads > c->errors;
}

static void find_decades(struct chart *c)
{
	double least = HUGE_VAL, most = 0;

	for (int i = 0; i < TRACE_COLUMNS; i++) {
		if (!has_reads(&c->t->column[i]))
			continue;
		least = fmin(least, c->t->column[i].half_ns_min);
		most = fmax(most, c->t->column[i].half_ns_max);
	}
	if (!(most > 0))
		least = most = 1e3;
	c->decade_min = (int)floor(log10(fmax(least, 1)) - 0.05);
	c->decade_max = (int)ceil(log10(fmax(most, 1)) + 0.05);
	if (c->decade_max <= c->decade_min)
		c->decade_max = c->decade_min + 1;
}

static void fault_label(const struct chart *c, int k, char *ret, size_t size)
{
	const struct fault *f = &c->sc->fault[k];

	if (fault_is_of_feed(f->kind) && f->feed == FAULT_ALL_FEEDS)
		snprintf(ret, size, "%s: all", fault_name(f->kind));
	else if (fault_is_of_feed(f->kind) && c->sc->feed_count > 1)
		snprintf(ret, size, "%s: %s", fault_name(f->kind),
			 c->sc->feed[f->feed].name);
	else
		snprintf(ret, size, "%s", fault_name(f->kind));
}

static double label_x(const struct chart *c, int k, double *ret_width)
{
	char text[100];

	fault_label(c, k, text, sizeof(text));
	*ret_width = LETTER * (double)strlen(text) + 12;
	return fmin(x_at(c, c->sc->fault[k].from_s), RIGHT - *ret_width);
}

/* The first lane in which a name does not touch an earlier one. */
static void place_labels(struct chart *c)
{
	for (int k = 0; k < c->sc->fault_count; k++) {
		double width, x = label_x(c, k, &width);
		bool is_free = false;

		for (c->lane[k] = 0; !is_free; c->lane[k] += !is_free) {
			is_free = true;
			for (int j = 0; j < k; j++) {
				double other_width;
				const double other = label_x(c, j,
							     &other_width);

				if (c->lane[j] == c->lane[k] &&
				    x < other + other_width &&
				    other < x + width)
					is_free = false;
			}
		}
		if (c->lane[k] >= c->lanes)
			c->lanes = c->lane[k] + 1;
	}
}

static void lay_out(struct chart *c)
{
	find_decades(c);
	place_labels(c);
	c->half_y = 30 + c->lanes * LANE;
	c->place_y = c->half_y + HALF_H + GAP;
	c->state_y = c->place_y + PLACE_H + GAP;
	c->end_y = c->state_y + STATE_H;
}

/* --- pieces ------------------------------------------------------------- */

static void draw_frame(const struct chart *c, double y, double height,
		       const char *title)
{
	fprintf(c->out,
		"<rect class=\"plot\" x=\"%g\" y=\"%g\" width=\"%g\" "
		"height=\"%g\"/>\n"
		"<text class=\"title\" x=\"%g\" y=\"%g\">%s</text>\n",
		LEFT, y, WIDTH, height, LEFT, y - 9, title);
}

/* Round steps, at most 12 of them. */
static double time_step_s(double length_s)
{
	static const double steps[] = {
		10,   30,    60,    120,   300,   600,    900,   1800,
		3600, 7200, 10800, 14400, 21600, 43200, 86400, 172800,
		432000, 864000, 2592000};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (length_s / steps[i] <= 12)
			return steps[i];
	return length_s / 10;
}

static void time_label(double s, double step_s, char *ret)
{
	if (step_s < 60)
		snprintf(ret, PAGE_NUMBER_SIZE, "%.0f s", s);
	else if (step_s < 3600)
		snprintf(ret, PAGE_NUMBER_SIZE, "%ld:%02ld",
			 lround(s) / 3600, lround(s) / 60 % 60);
	else if (step_s < 86400)
		snprintf(ret, PAGE_NUMBER_SIZE, "%.0f h", s / 3600);
	else
		snprintf(ret, PAGE_NUMBER_SIZE, "%.0f d", s / 86400);
}

static void draw_time(const struct chart *c)
{
	const double step_s = time_step_s(c->t->length_s);
	char text[PAGE_NUMBER_SIZE];

	for (double s = 0; s <= c->t->length_s * 1.0001; s += step_s) {
		time_label(s, step_s, text);
		fprintf(c->out,
			"<path class=\"grid\" d=\"M%.1f %gV%gM%.1f %gV%g\"/>"
			"<text class=\"tick mid\" x=\"%.1f\" y=\"%g\">%s"
			"</text>\n",
			x_at(c, s), c->half_y, c->half_y + HALF_H, x_at(c, s),
			c->place_y, c->place_y + PLACE_H, x_at(c, s),
			c->end_y + 18, text);
	}
}

static void draw_width_ticks(const struct chart *c)
{
	const bool is_close = c->decade_max - c->decade_min <= 2;
	char text[PAGE_NUMBER_SIZE];

	for (int d = c->decade_min; d <= c->decade_max; d++)
		for (int m = 1; m < 10; m++) {
			const double ns = m * pow(10, d);
			const double y = half_y(c, ns);
			const bool is_labelled =
				m == 1 || (is_close && (m == 2 || m == 5));

			if (d == c->decade_max && m > 1)
				break;
			if (!is_labelled)
				continue;
			fprintf(c->out, "<path class=\"grid%s\" d=\"M%g "
					"%.1fH%g\"/>",
				m == 1 ? "" : " fine", LEFT, y, RIGHT);
			fprintf(c->out, "<text class=\"tick end\" x=\"%g\" "
					"y=\"%.1f\">%s</text>\n",
				LEFT - 8, y + 4, page_duration(ns, text));
		}
}

/* A band between two values per column, in pieces where there is no answer. */
static void draw_band(const struct chart *c, const char *class,
		      double (*lo)(const struct chart *c, int i),
		      double (*hi)(const struct chart *c, int i))
{
	int i = 0;

	fprintf(c->out, "<path class=\"%s\" d=\"", class);
	while (i < TRACE_COLUMNS) {
		int end = i;

		while (end < TRACE_COLUMNS && has_reads(&c->t->column[end]))
			end++;
		if (end == i) {
			i++;
			continue;
		}
		fprintf(c->out, "M%.1f %.1f", x_of(i), hi(c, i));
		for (int k = i; k < end; k++)
			fprintf(c->out, "V%.1fH%.1f", hi(c, k), x_of(k + 1));
		for (int k = end - 1; k >= i; k--)
			fprintf(c->out, "V%.1fH%.1f", lo(c, k), x_of(k));
		fputs("Z", c->out);
		i = end;
	}
	fputs("\"/>\n", c->out);
}

/* Bands are never thinner than can be seen. */
static double half_top(const struct chart *c, int i)
{
	return half_y(c, c->t->column[i].half_ns_max) - 0.7;
}

static double half_bottom(const struct chart *c, int i)
{
	return half_y(c, c->t->column[i].half_ns_min) + 0.7;
}

static double place_top(const struct chart *c, int i)
{
	return place_y(c, c->t->column[i].place_max) - 0.7;
}

static double place_bottom(const struct chart *c, int i)
{
	return place_y(c, c->t->column[i].place_min) + 0.7;
}

static void draw_place_ticks(const struct chart *c)
{
	static const struct {
		double place;
		const char *name;
	} ticks[] = {{1, "latest"}, {0, "middle"}, {-1, "earliest"}};

	for (int i = 0; i < 3; i++)
		fprintf(c->out,
			"<path class=\"%s\" d=\"M%g %.1fH%g\"/>"
			"<text class=\"tick end\" x=\"%g\" y=\"%.1f\">%s"
			"</text>\n",
			i == 1 ? "grid" : "edge", LEFT,
			place_y(c, ticks[i].place), RIGHT, LEFT - 8,
			place_y(c, ticks[i].place) + 4, ticks[i].name);
}

static void draw_misses(const struct chart *c)
{
	for (int i = 0; i < TRACE_COLUMNS; i++)
		if (c->t->column[i].misses > 0)
			fprintf(c->out,
				"<rect class=\"miss\" x=\"%.1f\" y=\"%g\" "
				"width=\"1.5\" height=\"%g\"/>\n",
				x_of(i), c->place_y, PLACE_H);
}

static void draw_faults(const struct chart *c)
{
	for (int k = 0; k < c->sc->fault_count; k++) {
		const struct fault *f = &c->sc->fault[k];
		const double x = x_at(c, f->from_s);
		const double to = f->to_s > f->from_s ? x_at(c, f->to_s) : x;
		const double y = 14 + c->lane[k] * LANE;
		char text[100];
		double width, at = label_x(c, k, &width);

		fault_label(c, k, text, sizeof(text));
		if (to > x)
			fprintf(c->out,
				"<rect class=\"fault\" x=\"%.1f\" y=\"%g\" "
				"width=\"%.1f\" height=\"%g\"/>",
				x, c->half_y, to - x, c->end_y - c->half_y);
		fprintf(c->out,
			"<path class=\"mark\" d=\"M%.1f %gV%g\"/>"
			"<rect class=\"tag\" x=\"%.1f\" y=\"%g\" "
			"width=\"%.1f\" height=\"%g\" rx=\"3\"/>"
			"<text class=\"tagtext\" x=\"%.1f\" y=\"%g\">",
			x, y - 10, c->end_y, at, y - 11, width, LANE - 3,
			at + 6, y + 0.5);
		page_escaped(text, c->out);
		fputs("</text>\n", c->out);
	}
}

static int worst_state(const struct trace_column *c)
{
	static const int order[] = {0, ENGINE_DISPUTED, ENGINE_HOLDOVER,
				    ENGINE_SYNCHRONIZED};

	for (int i = 0; i < 4; i++)
		if (c->state_reads[order[i]] > 0)
			return order[i];
	return ENGINE_SYNCHRONIZED;
}

static void draw_states(const struct chart *c)
{
	for (int i = 0; i < TRACE_COLUMNS;) {
		const int state = worst_state(&c->t->column[i]);
		int end = i;

		while (end < TRACE_COLUMNS &&
		       worst_state(&c->t->column[end]) == state)
			end++;
		fprintf(c->out,
			"<rect class=\"state%d\" x=\"%.1f\" y=\"%g\" "
			"width=\"%.1f\" height=\"%g\"><title>%s</title>"
			"</rect>\n",
			state, x_of(i), c->state_y, x_of(end) - x_of(i),
			STATE_H,
			state ? engine_state_name((enum engine_state)state)
			      : "no answer");
		i = end;
	}
}

static void draw_legend(const struct chart *c)
{
	static const int order[] = {ENGINE_SYNCHRONIZED, ENGINE_HOLDOVER,
				    ENGINE_DISPUTED, 0};
	double x = RIGHT;

	for (int i = 3; i >= 0; i--) {
		const char *name =
			order[i] ? engine_state_name(
					   (enum engine_state)order[i])
				 : "no answer";

		if (!(c->t->state_s[order[i]] > 0))
			continue;
		x -= 1.12 * LETTER * (double)strlen(name) + 30;
		fprintf(c->out,
			"<rect class=\"state%d\" x=\"%.1f\" y=\"%g\" "
			"width=\"10\" height=\"10\" rx=\"2\"/>"
			"<text class=\"tick\" x=\"%.1f\" y=\"%g\">%s</text>\n",
			order[i], x, c->state_y - 18, x + 15, c->state_y - 9,
			name);
	}
}

/* Values under the pointer, without a script. */
static void draw_hints(const struct chart *c)
{
	char at[PAGE_NUMBER_SIZE], lo[PAGE_NUMBER_SIZE], hi[PAGE_NUMBER_SIZE];

	for (int i = 0; i + HOVER <= TRACE_COLUMNS; i += HOVER) {
		double least = HUGE_VAL, most = 0;

		for (int k = i; k < i + HOVER; k++) {
			if (!has_reads(&c->t->column[k]))
				continue;
			least = fmin(least, c->t->column[k].half_ns_min);
			most = fmax(most, c->t->column[k].half_ns_max);
		}
		if (!(most > 0))
			continue;
		fprintf(c->out,
			"<rect class=\"hint\" x=\"%.1f\" y=\"%g\" "
			"width=\"%g\" height=\"%g\"><title>%s: +-%s to "
			"+-%s</title></rect>\n",
			x_of(i), c->half_y, x_of(HOVER) - LEFT,
			c->place_y + PLACE_H - c->half_y,
			page_moment(i * c->t->length_s / TRACE_COLUMNS, at),
			page_duration(least, lo), page_duration(most, hi));
	}
}

void page_chart(const struct scenario *sc, const struct trace *t, FILE *out)
{
	struct chart c = {.sc = sc, .t = t, .out = out};

	lay_out(&c);
	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %g "
		"%g\" role=\"img\" aria-label=\"half-width, place of true "
		"time in the interval, and state over time\">\n",
		TOTAL, c.end_y + 30);
	draw_frame(&c, c.half_y, HALF_H,
		   "half-width: true time is within +- this");
	draw_frame(&c, c.place_y, PLACE_H,
		   "where in the interval true time was");
	fprintf(out, "<text class=\"title\" x=\"%g\" y=\"%g\">state</text>\n",
		LEFT, c.state_y - 9);
	draw_time(&c);
	draw_width_ticks(&c);
	draw_place_ticks(&c);
	draw_faults(&c);
	draw_band(&c, "half", half_bottom, half_top);
	draw_band(&c, "place", place_bottom, place_top);
	draw_misses(&c);
	draw_states(&c);
	draw_legend(&c);
	draw_hints(&c);
	fputs("</svg>\n", out);
}
