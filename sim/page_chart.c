/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From top to bottom over one time axis: the faults' names, the half-width on
 * a logarithmic scale, where in the interval true time was, the state. Colours
 * are classes; page.c's style sheet gives them.
 */
#include "sim/page_chart.h"

#include <math.h>
#include <string.h>

#include "chart/xml.h"
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

#define LETTER  6.0  /* width of one, about */
#define HOVER   8    /* columns that share a hint */

/* Something that happens, and its name's place. */
struct mark {
	double from_s, to_s;
	char text[100];
	double x, width;
	int lane;
};

struct chart {
	const struct scenario *sc;
	const struct trace *t;
	FILE *out;
	struct mark mark[FAULTS_MAX + 1];
	int marks, lanes;
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

static void add_mark(struct chart *c, double from_s, double to_s,
		     const char *what, const char *whose)
{
	struct mark *m = &c->mark[c->marks++];

	m->from_s = from_s;
	m->to_s = to_s;
	snprintf(m->text, sizeof(m->text), "%s%s%s", what, *whose ? ": " : "",
		 whose);
	m->width = LETTER * (double)strlen(m->text) + 12;
	m->x = fmin(x_at(c, from_s), RIGHT - m->width);
}

static void add_marks(struct chart *c)
{
	for (int k = 0; k < c->sc->fault_count; k++) {
		const struct fault *f = &c->sc->fault[k];
		const char *whose = "";

		if (fault_is_of_feed(f->kind) && f->feed == FAULT_ALL_FEEDS)
			whose = "all";
		else if (fault_is_of_feed(f->kind) && c->sc->feed_count > 1)
			whose = c->sc->feed[f->feed].name;
		add_mark(c, f->from_s, f->to_s, fault_name(f->kind), whose);
	}
	if (c->sc->oscillator.cooling_raw_s > 0)
		add_mark(c, c->sc->oscillator.cooling_raw_s, 0,
			 "the cooling fails", "");
}

static bool is_lane_free(const struct chart *c, const struct mark *m, int lane)
{
	for (const struct mark *o = c->mark; o < m; o++)
		if (o->lane == lane && m->x < o->x + o->width &&
		    o->x < m->x + m->width)
			return false;
	return true;
}

/* Each in the first lane in which its name does not touch an earlier one. */
static void place_marks(struct chart *c)
{
	for (int k = 0; k < c->marks; k++) {
		struct mark *m = &c->mark[k];

		while (!is_lane_free(c, m, m->lane))
			m->lane++;
		if (m->lane >= c->lanes)
			c->lanes = m->lane + 1;
	}
}

static void lay_out(struct chart *c)
{
	find_decades(c);
	add_marks(c);
	place_marks(c);
	c->half_y = 30 + c->lanes * LANE;
	c->place_y = c->half_y + HALF_H + GAP;
	c->state_y = c->place_y + PLACE_H + GAP;
	c->end_y = c->state_y + STATE_H;
}

/* --- pieces ------------------------------------------------------------- */

static void draw_plot(const struct chart *c, double y, double height)
{
	fprintf(c->out, "<rect class=\"plot\" x=\"%g\" y=\"%g\" width=\"%g\" "
			"height=\"%g\"/>\n",
		LEFT, y, WIDTH, height);
}

static void draw_title(const struct chart *c, double y, const char *title)
{
	fprintf(c->out,
		"<text class=\"title\" x=\"%g\" y=\"%g\">%s</text>\n", LEFT,
		y - 9, title);
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
				LEFT - 8, y + 4, page_round(ns, text));
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

/* Over the plots and the strip, not over the words between them. */
static void draw_spans(const struct chart *c)
{
	const double top[] = {c->half_y, c->place_y};
	const double height[] = {HALF_H, PLACE_H};

	for (int k = 0; k < c->marks; k++) {
		const struct mark *m = &c->mark[k];
		const double x = x_at(c, m->from_s);

		for (int i = 0; i < 2 && m->to_s > m->from_s; i++)
			fprintf(c->out,
				"<rect class=\"fault\" x=\"%.1f\" y=\"%g\" "
				"width=\"%.1f\" height=\"%g\"/>\n",
				x, top[i], fmax(x_at(c, m->to_s) - x, 1),
				height[i]);
	}
}

static void draw_names(const struct chart *c)
{
	for (int k = 0; k < c->marks; k++) {
		const struct mark *m = &c->mark[k];
		const double x = x_at(c, m->from_s);
		const double y = 14 + m->lane * LANE;

		fprintf(c->out,
			"<path class=\"mark\" d=\"M%.1f %gV%gM%.1f %gV%g\"/>"
			"<rect class=\"tag\" x=\"%.1f\" y=\"%g\" "
			"width=\"%.1f\" height=\"%g\" rx=\"3\"/>"
			"<text class=\"tagtext\" x=\"%.1f\" y=\"%g\">",
			x, y - 10, c->half_y + HALF_H, x, c->place_y,
			c->place_y + PLACE_H, m->x, y - 11, m->width,
			LANE - 3, m->x + 6, y + 0.5);
		xml_text(c->out, m->text);
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
		x -= 1.3 * LETTER * (double)strlen(name) + 28;
		fprintf(c->out,
			"<rect class=\"state%d\" x=\"%.1f\" y=\"%g\" "
			"width=\"10\" height=\"10\" rx=\"2\"/>"
			"<text class=\"legend\" x=\"%.1f\" y=\"%g\">%s"
			"</text>\n",
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
			"width=\"%g\" height=\"%g\"><title>%s: "
			"\302\261%s to \302\261%s</title></rect>\n",
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
	draw_plot(&c, c.half_y, HALF_H);
	draw_plot(&c, c.place_y, PLACE_H);
	draw_time(&c);
	draw_width_ticks(&c);
	draw_place_ticks(&c);
	draw_spans(&c);
	draw_names(&c);
	draw_title(&c, c.half_y, "half-width: true time is within \302\261 this");
	draw_title(&c, c.place_y, "where in the interval true time was");
	draw_title(&c, c.state_y, "state");
	draw_band(&c, "half", half_bottom, half_top);
	draw_band(&c, "place", place_bottom, place_top);
	draw_misses(&c);
	draw_states(&c);
	draw_legend(&c);
	draw_hints(&c);
	fputs("</svg>\n", out);
}
