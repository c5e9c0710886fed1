/* SPDX-License-Identifier: Apache-2.0 */
/* The report's ADEV, TDEV and MTIE of a source. */
#include <math.h>
#include <string.h>

#include "tools/report/report_private.h"
#include "tools/stability.h"

#define ROWS_MAX 24

/* Fewer intervals say nothing of it. */
#define INTERVALS_MIN 4

struct row {
	double tau_s;
	size_t intervals; /* tau fits so often into the run */
	bool has_tdev;
	double adev_ppb, tdev_ns, mtie_ns;
};

struct rows {
	int count;
	struct row row[ROWS_MAX];
};

/* Those of tau beyond the ones there are. */
static void add_rows(struct rows *rows, const double *x, size_t n,
		     double tau0_s)
{
	const double from_s = rows->count ? rows->row[rows->count - 1].tau_s : 0;

	for (size_t m = 1; n > INTERVALS_MIN * m && rows->count < ROWS_MAX;
	     m *= 2) {
		struct row *r = &rows->row[rows->count];

		r->tau_s = (double)m * tau0_s;
		r->intervals = (n - 1) / m;
		if (r->tau_s <= from_s ||
		    !stability_adev(x, n, m, tau0_s, &r->adev_ppb) ||
		    !stability_mtie(x, n, m, &r->mtie_ns))
			continue;
		r->has_tdev = stability_tdev(x, n, m, &r->tdev_ns);
		rows->count++;
	}
}

static size_t collect(const struct sheet *s, int name, struct rows *rows)
{
	static double x[SERIES_RECORDS_MAX];
	const struct series *minutes = s->in->minutes, *hours = s->in->hours;
	size_t n = series_phases(minutes, name, x);

	rows->count = 0;
	add_rows(rows, x, n, (double)minutes->span_ns / 1e9);
	if (!hours)
		return n;
	/* The same source may have another number there. */
	for (int i = 0; i < hours->names; i++)
		if (!strcmp(hours->name[i], minutes->name[name]))
			add_rows(rows, x, series_phases(hours, i, x),
				 (double)hours->span_ns / 1e9);
	return n;
}

static void label_tau(double v, double step, char ret[PLOT_LABEL_SIZE])
{
	(void)step;
	snprintf(ret, PLOT_LABEL_SIZE, "%g s", v);
}

static void label_ppb(double v, double step, char ret[PLOT_LABEL_SIZE])
{
	(void)step;
	snprintf(ret, PLOT_LABEL_SIZE, "%g ppb", v);
}

static void open_chart(struct plot *p, const struct rows *rows,
		       const struct plot_point *v, int count)
{
	double min = INFINITY, max = 0;

	for (int i = 0; i < count; i++)
		if (v[i].y > 0) {
			min = fmin(min, v[i].y);
			max = fmax(max, v[i].y);
		}
	p->y = scale_log(min, max);
	p->x = scale_log(rows->row[0].tau_s, rows->row[rows->count - 1].tau_s);
	p->x_says = "\xcf\x84 (logarithmic)";
	p->height = 140;
	plot_open(p);
}

static void axes(const struct plot *p, plot_label label)
{
	struct scale_ticks t;

	scale_ticks(&p->y, 6, &t);
	plot_y_axis(p, &t, label);
	scale_ticks(&p->x, 5, &t);
	plot_x_axis(p, &t, label_tau);
}

/* On a logarithmic scale 0 has no place. */
static double over_zero(double v)
{
	return v > 0 ? v : NAN;
}

static void draw_adev(const struct sheet *s, const struct rows *rows,
		      const char *id)
{
	struct plot p = {.out = s->out,
			 .id = id,
			 .title = "ADEV",
			 .says = "Allan deviation by averaging time; the table "
				 "has the same figures",
			 .y_says = "ADEV (logarithmic)"};
	struct plot_point v[ROWS_MAX];

	for (int i = 0; i < rows->count; i++)
		v[i] = (struct plot_point){rows->row[i].tau_s,
					   over_zero(rows->row[i].adev_ppb)};
	open_chart(&p, rows, v, rows->count);
	axes(&p, label_ppb);
	plot_line(&p, "a", v, rows->count);
	plot_close(&p);
}

static void draw_phase(const struct sheet *s, const struct rows *rows,
		       const char *id)
{
	struct plot p = {.out = s->out,
			 .id = id,
			 .title = "MTIE and TDEV",
			 .says = "Maximum time interval error and time "
				 "deviation by observation time; the table has "
				 "the same figures",
			 .y_says = "MTIE, and TDEV dashed (logarithmic)"};
	struct plot_point v[2 * ROWS_MAX];
	const int n = rows->count;

	for (int i = 0; i < n; i++) {
		const struct row *r = &rows->row[i];

		v[i] = (struct plot_point){r->tau_s, over_zero(r->mtie_ns)};
		v[n + i] = (struct plot_point){
			r->tau_s, r->has_tdev ? over_zero(r->tdev_ns) : NAN};
	}
	open_chart(&p, rows, v, 2 * n);
	axes(&p, report_label_ns);
	plot_line(&p, "a", v, n);
	plot_line(&p, "b", v + n, n);
	plot_close(&p);
}

/* Phases are means of whole ns: four digits, as for any duration. */
static void put_ns(const struct sheet *s, bool has, double ns)
{
	char text[HUMAN_SIZE];

	report_cell(s, "n",
		    !has	 ? ""
		    : ns < 9e18 ? human_ns((int64_t)llround(ns), text)
				: "(out of range)");
}

static void put_table(const struct sheet *s, const struct rows *rows)
{
	static const char *const column[] = {
		">\xcf\x84", ">intervals", ">ADEV", ">TDEV", ">MTIE", NULL};
	char text[40];

	report_open_table(s, NULL, column);
	for (int i = 0; i < rows->count; i++) {
		const struct row *r = &rows->row[i];

		fputs("<tr>", s->out);
		snprintf(text, sizeof(text), "%.0f s", r->tau_s);
		report_cell(s, "n", text);
		snprintf(text, sizeof(text), "%zu", r->intervals);
		report_cell(s, "n", text);
		snprintf(text, sizeof(text), "%.4g ppb", r->adev_ppb);
		report_cell(s, "n", text);
		put_ns(s, r->has_tdev, r->tdev_ns);
		put_ns(s, true, r->mtie_ns);
		fputs("</tr>\n", s->out);
	}
	report_close_table(s);
}

void report_stability(const struct sheet *s, int name, const char *id)
{
	char adev[40], phase[40];
	struct rows rows;
	const size_t n = collect(s, name, &rows);

	if (rows.count == 0) {
		report_note(s, "dim", "Of %zu whole minutes in a row: too few "
			    "for ADEV, TDEV and MTIE.", n);
		return;
	}
	snprintf(adev, sizeof(adev), "%s-adev", id);
	snprintf(phase, sizeof(phase), "%s-phase", id);
	if (rows.count > 1) {
		fputs("<div class=\"pair\"><div>", s->out);
		draw_adev(s, &rows, adev);
		fputs("</div><div>", s->out);
		draw_phase(s, &rows, phase);
		fputs("</div></div>\n", s->out);
	}
	put_table(s, &rows);
}
