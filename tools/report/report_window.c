/* SPDX-License-Identifier: Apache-2.0 */
/* Records side by side over an axis of time. */
#include <inttypes.h>
#include <math.h>
#include <time.h>

#include "tools/report/report_private.h"

#define NS_PER_S 1e9

/* Few records are not drawn wide as if they were many. */
#define SLOTS_MIN 30

bool report_window(const struct series *series, struct window *ret)
{
	const struct series_record *first, *last;
	int64_t slots, each;

	if (!series || series->count == 0 || series->span_ns <= 0)
		return false;
	first = &series->record[0];
	last = &series->record[series->count - 1];
	slots = (last->place_ns - first->place_ns) / series->span_ns + 1;
	if (slots > SERIES_RECORDS_MAX) /* it has slept: the newest */
		slots = SERIES_RECORDS_MAX;
	if (slots < SLOTS_MIN)
		slots = SLOTS_MIN;
	each = (slots + REPORT_COLUMNS_MAX - 1) / REPORT_COLUMNS_MAX;
	ret->series = series;
	ret->columns = (int)((slots + each - 1) / each);
	ret->column_ns = each * series->span_ns;
	ret->from_ns = last->place_ns + series->span_ns -
		       ret->columns * ret->column_ns;
	ret->has_unix = series_unix_ns(series, &ret->unix_ns);
	return true;
}

int report_window_column(const struct window *w, const struct series_record *r)
{
	const int64_t at_ns = r->place_ns - w->from_ns;

	if (at_ns < 0 || at_ns / w->column_ns >= w->columns)
		return -1;
	return (int)(at_ns / w->column_ns);
}

struct scale report_window_scale(const struct window *w, const char **ret_says)
{
	const double long_s =
		(double)(w->column_ns * w->columns) / NS_PER_S;
	const double from_s =
		((double)w->from_ns + (double)w->unix_ns) / NS_PER_S;

	*ret_says = w->has_unix ? "time (UTC)" : "before now";
	if (!w->has_unix)
		return (struct scale){-long_s, 0, false};
	return (struct scale){from_s, from_s + long_s, false};
}

/* ---- labels ---- */

static void label_clock(double v, double step, char ret[PLOT_LABEL_SIZE])
{
	const time_t t = (time_t)llround(v);
	struct tm tm;

	if (!gmtime_r(&t, &tm))
		snprintf(ret, PLOT_LABEL_SIZE, "?");
	else if (step >= 86400 || (step >= 3600 && t % 86400 == 0))
		strftime(ret, PLOT_LABEL_SIZE, "%b %-d", &tm);
	else
		strftime(ret, PLOT_LABEL_SIZE, step < 60 ? "%H:%M:%S" : "%H:%M",
			 &tm);
}

static void label_ago(double v, double step, char ret[PLOT_LABEL_SIZE])
{
	const double s = fabs(v);

	if (step < 60)
		snprintf(ret, PLOT_LABEL_SIZE, "%.0f s", s);
	else if (step < 3600)
		snprintf(ret, PLOT_LABEL_SIZE, "%.0f min", s / 60);
	else if (step < 86400)
		snprintf(ret, PLOT_LABEL_SIZE, "%.0f h", s / 3600);
	else
		snprintf(ret, PLOT_LABEL_SIZE, "%.0f d", s / 86400);
}

void report_time_axis(const struct plot *p)
{
	struct scale_ticks t;

	scale_time_ticks(p->x.lo, p->x.hi, 8, &t);
	plot_x_axis(p, &t, p->x.hi == 0 ? label_ago : label_clock);
}

/* In the largest unit of which it has one: steps are round. */
static void label_unit(double ns, const char *sign, char ret[PLOT_LABEL_SIZE])
{
	static const struct {
		double ns;
		const char *name;
	} unit[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}, {1, "ns"}};
	int u = 0;

	while (u < 3 && ns < unit[u].ns * (1 - 1e-9))
		u++;
	snprintf(ret, PLOT_LABEL_SIZE, "%s%.4g %s", sign, ns / unit[u].ns,
		 unit[u].name);
}

void report_label_ns(double v, double step, char ret[PLOT_LABEL_SIZE])
{
	(void)step;
	label_unit(v, "", ret);
}

void report_label_offset(double v, double step, char ret[PLOT_LABEL_SIZE])
{
	(void)step;
	if (v == 0)
		snprintf(ret, PLOT_LABEL_SIZE, "0");
	else
		label_unit(fabs(v), v < 0 ? "\xe2\x88\x92" : "+", ret);
}

void report_label_percent(double v, double step, char ret[PLOT_LABEL_SIZE])
{
	(void)step;
	snprintf(ret, PLOT_LABEL_SIZE, "%.4g %%", v);
}
