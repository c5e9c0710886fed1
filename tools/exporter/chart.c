/* SPDX-License-Identifier: Apache-2.0 */
/* The chart of half-widths. */
#include "tools/exporter/chart.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>

#define NS_PER_S INT64_C(1000000000)

/* The drawing, in its own units. */
#define WIDTH	     720
#define HEIGHT	     180
#define LEFT	     64 /* room for the numbers */
#define TOP	     8
#define BOTTOM	     146 /* of the plot; the strip and the times are below */
#define STRIP	     150
#define STRIP_HEIGHT 6
#define COLUMNS	     640 /* of one unit each: LEFT + COLUMNS < WIDTH */

enum strip { STRIP_EMPTY, STRIP_GOOD, STRIP_WARN, STRIP_BAD };

struct column {
	int64_t half_ns;  /* the widest; -1: none */
	enum strip strip; /* the worst */
};

struct chart {
	FILE *out;
	int64_t span_ns;
	int64_t lo_ns, hi_ns; /* of the axis */
	struct column column[COLUMNS];
};

static enum strip strip_of(const struct history_point *p)
{
	if (p->half_ns < 0)
		return STRIP_BAD;
	if (p->state == TT_SYNCHRONIZED)
		return STRIP_GOOD;
	return p->state == TT_HOLDOVER ? STRIP_WARN : STRIP_BAD;
}

/* The shortest of these that shows all there is. */
static int64_t choose_span(const struct history *h)
{
	static const int64_t span_s[] = {120, 600, 1800};
	int64_t age_ns = h->count ? history_at(h, h->count - 1)->raw_ns -
					    history_at(h, 0)->raw_ns
				  : 0;

	for (size_t i = 0; i < sizeof(span_s) / sizeof(*span_s); i++) {
		if (age_ns < span_s[i] * NS_PER_S)
			return span_s[i] * NS_PER_S;
	}
	return 3600 * NS_PER_S;
}

/* A point covers the columns until where the next one should be. */
static void fill(struct chart *c, const struct history_point *p, int64_t age_ns)
{
	double per_ns = (double)COLUMNS / (double)c->span_ns;
	int last = COLUMNS - 1 - (int)((double)age_ns * per_ns);
	int first = last - (int)((double)NS_PER_S * per_ns);

	for (int x = first < 0 ? 0 : first; x <= last && x < COLUMNS; x++) {
		struct column *col = &c->column[x];

		if (p->half_ns > col->half_ns)
			col->half_ns = p->half_ns;
		if (strip_of(p) > col->strip)
			col->strip = strip_of(p);
	}
}

static void gather(struct chart *c, const struct history *h)
{
	int64_t now_ns = h->count ? history_at(h, h->count - 1)->raw_ns : 0;

	for (int x = 0; x < COLUMNS; x++)
		c->column[x] = (struct column){.half_ns = -1};
	for (int i = 0; i < h->count; i++) {
		const struct history_point *p = history_at(h, i);

		if (now_ns - p->raw_ns >= 0 && now_ns - p->raw_ns < c->span_ns)
			fill(c, p, now_ns - p->raw_ns);
	}
}

/* The n-th of 1, 2, 5, 10, 20, ... ns. */
static int64_t step_ns(int n)
{
	static const int step[] = {1, 2, 5};
	int64_t ns = step[n % 3];

	for (; n >= 3; n -= 3)
		ns *= 10;
	return ns;
}

#define STEPS 55 /* up to 10^18 ns */

/* From a step below the least to one above the most; a decade at least. */
static void scale(struct chart *c)
{
	int64_t min_ns = INT64_MAX, max_ns = 1;
	int lo = 0, hi;

	for (int x = 0; x < COLUMNS; x++) {
		int64_t ns = c->column[x].half_ns;

		if (ns < 0)
			continue;
		min_ns = ns < min_ns ? ns : min_ns;
		max_ns = ns > max_ns ? ns : max_ns;
	}
	if (min_ns == INT64_MAX)
		min_ns = max_ns = 1000;
	while (lo + 4 < STEPS && step_ns(lo + 1) <= min_ns)
		lo++;
	for (hi = lo; hi + 1 < STEPS && step_ns(hi) <= max_ns;)
		hi++;
	while (hi - lo < 3 && hi + 1 < STEPS)
		hi++;
	c->lo_ns = step_ns(lo);
	c->hi_ns = step_ns(hi);
}

static double y_of(const struct chart *c, int64_t ns)
{
	double part;

	if (ns < c->lo_ns)
		ns = c->lo_ns;
	part = log((double)ns / (double)c->lo_ns) /
	       log((double)c->hi_ns / (double)c->lo_ns);
	return BOTTOM - (BOTTOM - TOP) * (part > 1 ? 1 : part);
}

/* "5 us", of a step. */
static void put_step(FILE *out, int64_t ns)
{
	static const char *const unit[] = {"ns", "us", "ms", "s"};
	int u = 0;

	for (; ns >= 1000 && u < 3; u++)
		ns /= 1000;
	fprintf(out, "%" PRId64 " %s", ns, unit[u]);
}

/* Lines at 1, 2, 5 where that is not too many, else at decades. */
static void put_grid(const struct chart *c)
{
	bool is_tall = c->hi_ns / c->lo_ns > 200;

	for (int n = 0; n < STEPS; n++) {
		int64_t ns = step_ns(n);
		double y = y_of(c, ns);

		if (ns < c->lo_ns || ns > c->hi_ns || (is_tall && n % 3))
			continue;
		fprintf(c->out,
			"<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" "
			"y2=\"%.1f\"/>"
			"<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">",
			LEFT, LEFT + COLUMNS, y, y, LEFT - 6, y + 4);
		put_step(c->out, ns);
		fputs("</text>\n", c->out);
	}
}

static void put_times(const struct chart *c)
{
	int64_t min = c->span_ns / NS_PER_S / 60;

	fprintf(c->out,
		"<text x=\"%d\" y=\"%d\">%" PRId64 " min ago</text>"
		"<text x=\"%d\" y=\"%d\" text-anchor=\"end\">now</text>\n",
		LEFT, HEIGHT - 6, min, LEFT + COLUMNS, HEIGHT - 6);
}

static void put_curve(const struct chart *c)
{
	bool is_drawing = false;

	fputs("<path class=\"curve\" d=\"", c->out);
	for (int x = 0; x < COLUMNS; x++) {
		const struct column *col = &c->column[x];

		if (col->half_ns >= 0)
			fprintf(c->out, "%c%d %.1f", is_drawing ? 'L' : 'M',
				LEFT + x, y_of(c, col->half_ns));
		is_drawing = col->half_ns >= 0;
	}
	fputs("\"/>\n", c->out);
}

/* Runs of columns of one state, a rectangle each. */
static void put_strip(const struct chart *c)
{
	static const char *const class[] = {"", "good", "warn", "bad"};

	for (int x = 0, end; x < COLUMNS; x = end) {
		enum strip strip = c->column[x].strip;

		for (end = x; end < COLUMNS && c->column[end].strip == strip;)
			end++;
		if (strip != STRIP_EMPTY)
			fprintf(c->out,
				"<rect class=\"%s\" x=\"%d\" y=\"%d\" "
				"width=\"%d\" height=\"%d\"/>\n",
				class[strip], LEFT + x, STRIP, end - x,
				STRIP_HEIGHT);
	}
}

void chart_write(FILE *out, const struct history *h)
{
	struct chart c = {.out = out, .span_ns = choose_span(h)};

	gather(&c, h);
	scale(&c);
	fprintf(out,
		"<svg viewBox=\"0 0 %d %d\" role=\"img\" "
		"aria-label=\"half-width over the last %" PRId64
		" minutes\">\n",
		WIDTH, HEIGHT, c.span_ns / NS_PER_S / 60);
	put_grid(&c);
	put_times(&c);
	put_strip(&c);
	put_curve(&c);
	fputs("</svg>\n", out);
}
