/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A chart. See plot.h. Lines and areas are in a drawing of their own of WIDE by
 * height units, which is stretched to the width there is; letters and marks, which
 * must not be, are placed by percentages.
 */
#include "chart/plot.h"

#include <math.h>
#include <string.h>

#include "chart/xml.h"

#define WIDE	     1000.0 /* units of the plot's width */
#define TOP	     18	    /* pixels above the plot, for what y is */
#define STRIP_GAP    5
#define STRIP_HEIGHT 12
#define LABELS	     36 /* pixels below: labels, and what x is */

const char plot_style[] =
	".chart{display:block;overflow:visible;margin:.6rem 0 .4rem 4.6rem;"
	"width:calc(100% - 5.2rem)}\n"
	".chart text{font:11.5px system-ui,sans-serif;fill:var(--dim)}"
	".chart .plot{fill:var(--card);stroke:var(--line)}"
	".chart .grid{stroke:var(--line)}"
	".chart path,.chart line{vector-effect:non-scaling-stroke}\n"
	".chart .band{fill:var(--curve);fill-opacity:.3}"
	".chart .curve{fill:none;stroke:var(--curve);stroke-width:1.5;"
	"stroke-linejoin:round}"
	".chart .dot{fill:var(--curve)}"
	".chart .bar{fill:var(--curve);fill-opacity:.75}\n"
	".chart .line{fill:none;stroke-width:1.5;stroke:var(--curve)}"
	".chart .line.b{stroke:var(--other);stroke-dasharray:5 3}"
	".chart circle{fill:var(--curve)}.chart circle.b{fill:var(--other)}\n"
	".chart .good{fill:var(--good)}.chart .warn{fill:var(--warn)}"
	".chart .bad{fill:var(--bad)}.chart .none{fill:var(--none)}"
	".chart .rail{fill:var(--card)}\n"
	"@media(max-width:34rem){.chart .odd{display:none}}\n";

static int strip_top(const struct plot *p, int n)
{
	return TOP + p->height + STRIP_GAP + n * (STRIP_HEIGHT + STRIP_GAP);
}

/* Where the labels of x begin. */
static int foot(const struct plot *p)
{
	return TOP + p->height + p->strips * (STRIP_HEIGHT + STRIP_GAP);
}

/* Within the drawing of the plot. */
static double y_at(const struct plot *p, double v)
{
	return p->height * (1 - scale_part(&p->y, v));
}

static double x_at(int column, int count)
{
	return WIDE * column / count;
}

static void open_drawing(const struct plot *p, int y, int height)
{
	fprintf(p->out,
		"<svg x=\"0\" y=\"%d\" width=\"100%%\" height=\"%d\" viewBox=\""
		"0 0 %.0f %d\" preserveAspectRatio=\"none\">\n",
		y, height, WIDE, height);
}

void plot_open(const struct plot *p)
{
	fprintf(p->out,
		"<svg class=\"chart\" xmlns=\"http://www.w3.org/2000/svg\" "
		"height=\"%d\" role=\"img\" aria-labelledby=\"%s-t %s-d\">"
		"<title id=\"%s-t\">",
		foot(p) + LABELS, p->id, p->id, p->id);
	xml_text(p->out, p->title);
	fprintf(p->out, "</title><desc id=\"%s-d\">", p->id);
	xml_text(p->out, p->says);
	fprintf(p->out,
		"</desc>\n<rect class=\"plot\" x=\"0\" y=\"%d\" width=\"100%%\" "
		"height=\"%d\"/>\n<text x=\"0\" y=\"%d\">",
		TOP, p->height, TOP - 6);
	xml_text(p->out, p->y_says);
	fprintf(p->out, "</text><text x=\"100%%\" y=\"%d\" "
			"text-anchor=\"end\">",
		foot(p) + LABELS - 3);
	xml_text(p->out, p->x_says);
	fputs("</text>\n", p->out);
}

void plot_close(const struct plot *p)
{
	fputs("</svg>\n", p->out);
}

/* ---- axes ---- */

void plot_y_axis(const struct plot *p, const struct scale_ticks *t,
		 plot_label label)
{
	char text[PLOT_LABEL_SIZE];

	for (int i = 0; i < t->count; i++) {
		const double y = TOP + y_at(p, t->at[i]);

		label(t->at[i], t->step, text);
		fprintf(p->out,
			"<line class=\"grid\" x1=\"0\" x2=\"100%%\" y1=\"%.1f\" "
			"y2=\"%.1f\"/><text x=\"-8\" y=\"%.1f\" "
			"text-anchor=\"end\">",
			y, y, y + 4);
		xml_text(p->out, text);
		fputs("</text>\n", p->out);
	}
}

/* A label near an end stays within. */
static const char *anchor(double part)
{
	return part < 0.05 ? "start" : part > 0.95 ? "end" : "middle";
}

void plot_x_axis(const struct plot *p, const struct scale_ticks *t,
		 plot_label label)
{
	char text[PLOT_LABEL_SIZE];

	for (int i = 0; i < t->count; i++) {
		const double part = scale_part(&p->x, t->at[i]);

		label(t->at[i], t->step, text);
		fprintf(p->out,
			"<line class=\"grid\" x1=\"%.3f%%\" x2=\"%.3f%%\" "
			"y1=\"%d\" y2=\"%d\"/><text%s x=\"%.3f%%\" y=\"%d\" "
			"text-anchor=\"%s\">",
			100 * part, 100 * part, TOP, TOP + p->height,
			i % 2 ? " class=\"odd\"" : "", 100 * part, foot(p) + 17,
			anchor(part));
		xml_text(p->out, text);
		fputs("</text>\n", p->out);
	}
}

/* ---- what is in it ---- */

static bool is_drawn(const struct plot_column *c)
{
	return c->has && isfinite(c->v);
}

static bool has_band(const struct plot_column *c)
{
	return is_drawn(c) && c->has_band && isfinite(c->lo) && isfinite(c->hi);
}

/* One piece, from column `from` to before `to`; never thinner than a line. */
static void put_band(const struct plot *p, const struct plot_column *c, int from,
		     int to, int count)
{
	fprintf(p->out, "M%.1f %.1f", x_at(from, count),
		y_at(p, c[from].hi) - 0.5);
	for (int i = from; i < to; i++)
		fprintf(p->out, "V%.1fH%.1f", y_at(p, c[i].hi) - 0.5,
			x_at(i + 1, count));
	for (int i = to - 1; i >= from; i--)
		fprintf(p->out, "V%.1fH%.1f", y_at(p, c[i].lo) + 0.5,
			x_at(i, count));
	fputs("Z", p->out);
}

static void put_bands(const struct plot *p, const struct plot_column *c,
		      int count)
{
	fputs("<path class=\"band\" d=\"", p->out);
	for (int i = 0, end; i < count; i = end + 1) {
		for (end = i; end < count && has_band(&c[end]); end++)
			;
		if (end > i)
			put_band(p, c, i, end, count);
	}
	fputs("\"/>\n", p->out);
}

/* A curve ends where it leaves the plot; along an edge it would be a value. */
static bool is_curve(const struct plot *p, const struct plot_column *c)
{
	return is_drawn(c) && c->v >= p->y.lo && c->v <= p->y.hi;
}

static bool is_alone(const struct plot *p, const struct plot_column *c, int i,
		     int count)
{
	return is_curve(p, &c[i]) && (i == 0 || !is_curve(p, &c[i - 1])) &&
	       (i + 1 == count || !is_curve(p, &c[i + 1]));
}

static void put_curve(const struct plot *p, const struct plot_column *c,
		      int count)
{
	fputs("<path class=\"curve\" d=\"", p->out);
	for (int i = 0; i < count; i++)
		if (is_curve(p, &c[i]) && !is_alone(p, c, i, count))
			fprintf(p->out, "%c%.1f %.1f",
				i > 0 && is_curve(p, &c[i - 1]) ? 'L' : 'M',
				x_at(i, count) + WIDE / count / 2,
				y_at(p, c[i].v));
	fputs("\"/>\n", p->out);
}

static void put_dots(const struct plot *p, const struct plot_column *c,
		     int count)
{
	for (int i = 0; i < count; i++)
		if (is_alone(p, c, i, count))
			fprintf(p->out,
				"<circle class=\"dot\" cx=\"%.3f%%\" "
				"cy=\"%.1f\" r=\"2\"/>\n",
				100 * (i + 0.5) / count,
				TOP + y_at(p, c[i].v));
}

void plot_columns(const struct plot *p, const struct plot_column *c, int count)
{
	open_drawing(p, TOP, p->height);
	put_bands(p, c, count);
	put_curve(p, c, count);
	fputs("</svg>\n", p->out);
	put_dots(p, c, count);
}

void plot_bars(const struct plot *p, const struct plot_column *c, int count)
{
	open_drawing(p, TOP, p->height);
	for (int i = 0; i < count; i++)
		if (is_drawn(&c[i]) && c[i].v > p->y.lo)
			fprintf(p->out,
				"<rect class=\"bar\" x=\"%.1f\" y=\"%.1f\" "
				"width=\"%.1f\" height=\"%.1f\"/>\n",
				x_at(i, count) + 0.1 * WIDE / count,
				y_at(p, c[i].v), 0.8 * WIDE / count,
				p->height - y_at(p, c[i].v));
	fputs("</svg>\n", p->out);
}

static bool is_point(const struct plot_point *v)
{
	return isfinite(v->x) && isfinite(v->y);
}

void plot_line(const struct plot *p, const char *class,
	       const struct plot_point *v, int count)
{
	bool is_drawing = false;

	open_drawing(p, TOP, p->height);
	fprintf(p->out, "<path class=\"line %s\" d=\"", class);
	for (int i = 0; i < count; i++) {
		if (is_point(&v[i]))
			fprintf(p->out, "%c%.1f %.1f", is_drawing ? 'L' : 'M',
				WIDE * scale_part(&p->x, v[i].x),
				y_at(p, v[i].y));
		is_drawing = is_point(&v[i]);
	}
	fputs("\"/>\n</svg>\n", p->out);
	for (int i = 0; i < count; i++)
		if (is_point(&v[i]))
			fprintf(p->out,
				"<circle class=\"%s\" cx=\"%.3f%%\" "
				"cy=\"%.1f\" r=\"2.5\"/>\n",
				class, 100 * scale_part(&p->x, v[i].x),
				TOP + y_at(p, v[i].y));
}

/* ---- strips ---- */

static bool is_same(const struct plot_cell *a, const struct plot_cell *b)
{
	if (!a->class || !b->class)
		return a->class == b->class;
	return !strcmp(a->class, b->class);
}

void plot_strip(const struct plot *p, int n, const struct plot_cell *c,
		int count)
{
	open_drawing(p, strip_top(p, n), STRIP_HEIGHT);
	fprintf(p->out, "<rect class=\"rail\" width=\"%.0f\" height=\"%d\"/>\n",
		WIDE, STRIP_HEIGHT);
	for (int i = 0, end; i < count; i = end) {
		const double tall = STRIP_HEIGHT * fmin(fmax(c[i].part, 0), 1);

		for (end = i + 1; end < count && is_same(&c[i], &c[end]); end++)
			;
		if (c[i].class)
			fprintf(p->out,
				"<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" "
				"width=\"%.1f\" height=\"%.1f\"/>\n",
				c[i].class, x_at(i, count), STRIP_HEIGHT - tall,
				x_at(end, count) - x_at(i, count), tall);
	}
	fputs("</svg>\n", p->out);
}
