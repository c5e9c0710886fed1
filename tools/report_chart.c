/* SPDX-License-Identifier: Apache-2.0 */
/* The report's charts. */
#include "tools/report_chart.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "tools/human.h"
#include "tools/status_doc.h"

#define LEFT   70
#define PLOT   820
#define TOP    12
#define HEIGHT 200
#define STRIP  (TOP + HEIGHT + 6)
#define WIDTH  (LEFT + PLOT + 10)

struct axis {
	double lo, hi;
	bool is_log;
};

static double y_of(const struct axis *a, double v)
{
	const double lo = a->is_log ? log10(a->lo) : a->lo;
	const double hi = a->is_log ? log10(a->hi) : a->hi;
	const double at = a->is_log ? log10(fmax(v, a->lo)) : v;

	return TOP + HEIGHT * (1 - (at - lo) / (hi - lo));
}

static double x_of(size_t i, size_t n)
{
	return LEFT + PLOT * ((double)i + 0.5) / (double)n;
}

static struct json_object *at(struct json_object *list, size_t i)
{
	return json_object_array_get_idx(list, i);
}

struct json_object *report_source(struct json_object *record, const char *name)
{
	struct json_object *list = doc_array(record, "sources");

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		const char *is = doc_string(at(list, i), "name");

		if (is && !strcmp(is, name))
			return at(list, i);
	}
	return NULL;
}

static void put_line(FILE *out, const struct axis *a, double v,
		     const char *label)
{
	fprintf(out,
		"<path class=\"grid\" d=\"M%d %.1fH%d\"/><text x=\"%d\" "
		"y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
		LEFT, y_of(a, v), LEFT + PLOT, LEFT - 6, y_of(a, v) + 4, label);
}

static void put_times(FILE *out, struct json_object *list, int y)
{
	const size_t n = json_object_array_length(list);
	const size_t mark[] = {0, n / 2, n - 1};
	char text[HUMAN_SIZE];
	int64_t ns;

	for (int i = 0; i < 3; i++) {
		if ((i > 0 && mark[i] == mark[i - 1]) ||
		    !doc_int(at(list, mark[i]), "unix_ns", &ns))
			continue;
		human_instant(ns, text);
		text[16] = '\0';
		fprintf(out,
			"<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%s</text>"
			"\n",
			x_of(mark[i], n), y,
			i == 0 ? "start" : i == 1 ? "middle" : "end", text);
	}
}

static void open_svg(FILE *out, int height, const char *label)
{
	fprintf(out,
		"<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">\n",
		WIDTH, height, label);
}

/* ---- the half-width ---- */

static struct axis width_axis(struct json_object *list)
{
	struct axis a = {.lo = INFINITY, .hi = 0, .is_log = true};
	int64_t ns;

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		if (doc_int(at(list, i), "half_width_ns.min", &ns))
			a.lo = fmin(a.lo, (double)ns);
		if (doc_int(at(list, i), "half_width_ns.max", &ns))
			a.hi = fmax(a.hi, (double)ns);
	}
	a.lo = isfinite(a.lo) && a.lo >= 1 ? pow(10, floor(log10(a.lo))) : 1;
	a.hi = a.hi > a.lo ? pow(10, ceil(log10(a.hi))) : 10 * a.lo;
	if (a.hi <= a.lo)
		a.hi = 10 * a.lo;
	return a;
}

/* A bar from least to greatest for each record, and a curve of the means that
 * breaks where there was no bound. */
static void put_width(FILE *out, const struct axis *a, struct json_object *list)
{
	const size_t n = json_object_array_length(list);
	const double wide = fmax((double)PLOT / (double)n, 0.5);
	bool is_drawing = false;
	int64_t lo, hi;

	for (size_t i = 0; i < n; i++)
		if (doc_int(at(list, i), "half_width_ns.min", &lo) &&
		    doc_int(at(list, i), "half_width_ns.max", &hi))
			fprintf(out,
				"<rect class=\"band\" x=\"%.2f\" y=\"%.1f\" "
				"width=\"%.2f\" height=\"%.1f\"/>\n",
				x_of(i, n) - wide / 2, y_of(a, (double)hi), wide,
				fmax(y_of(a, (double)lo) - y_of(a, (double)hi),
				     0.5));
	fputs("<path class=\"curve\" d=\"", out);
	for (size_t i = 0; i < n; i++) {
		bool has = doc_int(at(list, i), "half_width_ns.mean", &lo);

		if (has)
			fprintf(out, "%c%.1f %.1f", is_drawing ? 'L' : 'M',
				x_of(i, n), y_of(a, (double)lo));
		is_drawing = has;
	}
	fputs("\"/>\n", out);
}

/* The worst state of each record: one second of it must be seen. */
static const char *state_class(struct json_object *record)
{
	int64_t ns;

	if (doc_int(record, "state_ns.UNSYNCHRONIZED", &ns) ||
	    doc_int(record, "state_ns.DISPUTED", &ns))
		return "bad";
	if (doc_int(record, "state_ns.HOLDOVER", &ns))
		return "warn";
	return doc_int(record, "state_ns.SYNCHRONIZED", &ns) ? "good" : NULL;
}

static void put_strip(FILE *out, struct json_object *list)
{
	const size_t n = json_object_array_length(list);
	const double wide = (double)PLOT / (double)n;

	for (size_t i = 0; i < n; i++) {
		const char *class = state_class(at(list, i));

		if (class)
			fprintf(out,
				"<rect class=\"%s\" x=\"%.2f\" y=\"%d\" "
				"width=\"%.2f\" height=\"10\"/>\n",
				class, x_of(i, n) - wide / 2, STRIP,
				wide + 0.1);
	}
}

void report_chart_width(FILE *out, struct json_object *list)
{
	const struct axis a = width_axis(list);
	char text[HUMAN_SIZE];

	open_svg(out, STRIP + 32, "half-width and states");
	for (double v = a.lo; v <= a.hi * 1.01; v *= 10)
		put_line(out, &a, v, human_ns((int64_t)v, text));
	put_width(out, &a, list);
	put_strip(out, list);
	put_times(out, list, STRIP + 26);
	fputs("</svg>\n", out);
}

/* ---- a source ---- */

static bool read_source(struct json_object *record, const char *name,
			double *ret_offset, double *ret_error)
{
	struct json_object *s = report_source(record, name);

	return s && doc_number(s, "offset_ns.mean", ret_offset) &&
	       doc_number(s, "error_ns.mean", ret_error);
}

void report_chart_source(FILE *out, struct json_object *list, const char *name)
{
	const size_t n = json_object_array_length(list);
	const double wide = fmax((double)PLOT / (double)n, 0.5);
	struct axis a = {.lo = 0, .hi = 0};
	double offset, error;
	char text[HUMAN_SIZE];

	for (size_t i = 0; i < n; i++)
		if (read_source(at(list, i), name, &offset, &error))
			a.hi = fmax(a.hi, fabs(offset) + error);
	a.hi = a.hi > 0 ? a.hi * 1.05 : 1;
	a.lo = -a.hi;
	open_svg(out, TOP + HEIGHT + 26, "offset and error");
	put_line(out, &a, a.hi, human_offset((int64_t)a.hi, text));
	put_line(out, &a, 0, "0");
	put_line(out, &a, a.lo, human_offset((int64_t)a.lo, text));
	for (size_t i = 0; i < n; i++) {
		if (!read_source(at(list, i), name, &offset, &error))
			continue;
		fprintf(out,
			"<rect class=\"band\" x=\"%.2f\" y=\"%.1f\" "
			"width=\"%.2f\" height=\"%.1f\"/><rect class=\"mark\" "
			"x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" height=\"1.6\"/>"
			"\n",
			x_of(i, n) - wide / 2, y_of(&a, offset + error), wide,
			y_of(&a, offset - error) - y_of(&a, offset + error),
			x_of(i, n) - wide / 2, y_of(&a, offset) - 0.8, wide);
	}
	put_times(out, list, TOP + HEIGHT + 20);
	fputs("</svg>\n", out);
}
