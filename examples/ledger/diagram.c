/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An anomaly as a space-time diagram: one row an operation, from its begin to
 * its end in true time; a diamond where its timestamp lies, which is where the
 * store believes that it happened. An anomaly is where the bars and the diamonds
 * are in another order.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/history.h"

#define WIDTH 860
#define LEFT  190
#define RIGHT (WIDTH - 50)
#define TOP   96
#define ROW   66
#define ROWS  4

struct drawing {
	FILE *f;
	const struct history *h;
	int64_t (*ts_ns)(int64_t ts);
	int64_t begin_ns, end_ns;
	size_t row[ROWS];
	int rows;
};

static double x_of(const struct drawing *d, int64_t t_ns)
{
	const double part = (double)(t_ns - d->begin_ns) /
			    (double)(d->end_ns - d->begin_ns);

	return LEFT + part * (RIGHT - LEFT);
}

static int y_of(int row)
{
	return TOP + row * ROW;
}

static void include(struct drawing *d, int64_t t_ns)
{
	if (t_ns < d->begin_ns)
		d->begin_ns = t_ns;
	if (t_ns > d->end_ns)
		d->end_ns = t_ns;
}

static bool has_timestamp(const struct op *o)
{
	return o->ts != 0;
}

static void add_row(struct drawing *d, size_t op)
{
	const struct op *o = &d->h->op[op];

	for (int i = 0; i < d->rows; i++)
		if (d->row[i] == op)
			return;
	d->row[d->rows++] = op;
	if (d->rows == 1)
		d->begin_ns = d->end_ns = o->begin_ns;
	include(d, o->begin_ns);
	if (o->end_ns != NOT_KNOWN)
		include(d, o->end_ns);
	if (has_timestamp(o))
		include(d, d->ts_ns(o->ts));
}

static void draw_row(const struct drawing *d, int row, const char *name)
{
	const struct op *o = &d->h->op[d->row[row]];
	const int64_t end_ns = o->end_ns == NOT_KNOWN ? d->end_ns : o->end_ns;
	const double x = x_of(d, o->begin_ns), end = x_of(d, end_ns);
	const int y = y_of(row);
	char text[OP_TEXT_SIZE];

	op_text(o, text);
	fprintf(d->f,
		"<text x='14' y='%d' class='n'>%s</text>"
		"<text x='14' y='%d'>client %d, node %d</text>"
		"<line x1='%d' y1='%d' x2='%d' y2='%d' class='g'/>"
		"<rect x='%.1f' y='%d' width='%.1f' height='12' rx='2'/>"
		"<text x='%d' y='%d'>%s</text>\n",
		y, name, y + 16, o->client, o->node, LEFT, y, RIGHT, y, x,
		y - 6, end - x < 2 ? 2 : end - x, LEFT, y + 24, text);
	if (!has_timestamp(o))
		return;
	fprintf(d->f,
		"<path d='M%.1f %dl7 9l-7 9l-7 -9z' class='t'/>"
		"<line x1='%.1f' y1='%d' x2='%.1f' y2='%d' class='d'/>\n",
		x_of(d, d->ts_ns(o->ts)), y - 9, x_of(d, d->ts_ns(o->ts)),
		y + 9, x_of(d, d->ts_ns(o->ts)), y_of(d->rows) - 28);
}

/* From the end of `first` to the begin of `second`: the order of true time. */
static void draw_order(const struct drawing *d)
{
	const struct op *a = &d->h->op[d->row[0]], *b = &d->h->op[d->row[1]];

	if (a->end_ns == NOT_KNOWN)
		return;
	fprintf(d->f,
		"<line x1='%.1f' y1='%d' x2='%.1f' y2='%d' class='o' "
		"marker-end='url(#a)'/>\n",
		x_of(d, a->end_ns), y_of(0) + 6, x_of(d, b->begin_ns),
		y_of(1) - 8);
}

static void draw_axis(const struct drawing *d)
{
	const int y = y_of(d->rows) - 22;
	const int64_t span_ns = d->end_ns - d->begin_ns;

	fprintf(d->f, "<line x1='%d' y1='%d' x2='%d' y2='%d' class='x'/>\n",
		LEFT, y, RIGHT, y);
	for (int i = 0; i <= 5; i++)
		fprintf(d->f, "<text x='%d' y='%d' class='m'>%.2f ms</text>\n",
			LEFT + i * (RIGHT - LEFT) / 5, y + 18,
			(double)span_ns * i / 5 / 1e6);
	fprintf(d->f, "<text x='14' y='%d'>true time</text></svg>\n", y + 18);
}

static const char *const says[ANOMALIES] = {
	"B began after A was over, and found a version older than A's.",
	"B began after A was over, was acknowledged, and lies below A: "
	"it is gone.",
	"A was over before B began, and B has the lesser timestamp: "
	"who reads in between sees B without A.",
	"B is not what its timestamp says: it misses A."};

static void draw_head(const struct drawing *d, enum anomaly kind)
{
	fprintf(d->f,
		"<svg xmlns='http://www.w3.org/2000/svg' width='%d' "
		"height='%d' "
		"viewBox='0 0 %d %d' font-family='sans-serif' font-size='12'>\n"
		"<style>.n{font-weight:bold}.g{stroke:#ddd}.x{stroke:#444}"
		"rect{fill:#4477aa}.t{fill:#cc3311}"
		".d{stroke:#cc3311;stroke-dasharray:2 3}"
		".o{stroke:#228833;stroke-width:1.5}.m{text-anchor:middle}.l{"
		"fill:#666}"
		"</style><defs><marker id='a' markerWidth='9' markerHeight='9' "
		"refX='7' refY='4' orient='auto'><path d='M0 0L8 4L0 8z' "
		"fill='#228833'/></marker></defs>\n"
		"<rect width='100%%' height='100%%' style='fill:#fff'/>"
		"<text x='14' y='22' class='n' font-size='15'>%s</text>"
		"<text x='14' y='42'>%s</text><text x='14' y='58' class='l'>"
		"Bars: from begin to end, in true time. Diamonds: the store's "
		"timestamps. Arrow: what came first.</text>\n",
		WIDTH, y_of(d->rows) + 12, WIDTH, y_of(d->rows) + 12,
		anomaly_name[kind], says[kind]);
}

int diagram_draw(const char *path, const struct history *h,
		 const struct anomalies *a, enum anomaly kind,
		 int64_t (*ts_ns)(int64_t ts))
{
	static const char *const name[ROWS] = {"A", "B", "C, who sees it", ""};
	struct drawing d = {.h = h, .ts_ns = ts_ns};
	int64_t margin_ns;

	if (!a->example[kind].is_there)
		return -ENOENT;
	d.f = fopen(path, "we");
	if (!d.f)
		return -errno;
	add_row(&d, a->example[kind].first);
	add_row(&d, a->example[kind].second);
	if (a->example[kind].has_witness)
		add_row(&d, a->example[kind].witness);
	margin_ns = (d.end_ns - d.begin_ns) / 20 + 1;
	d.begin_ns -= margin_ns;
	d.end_ns += margin_ns;
	draw_head(&d, kind);
	for (int i = 0; i < d.rows; i++)
		draw_row(&d, i, name[i]);
	if (d.rows > 1)
		draw_order(&d);
	draw_axis(&d);
	return fclose(d.f) == 0 ? 0 : -errno;
}
