/* SPDX-License-Identifier: Apache-2.0 */
/* The report from inside: for report.c and report_*.c only. */
#ifndef REPORT_PRIVATE_H
#define REPORT_PRIVATE_H

#include <stdbool.h>

#include "chart/plot.h"
#include "chart/xml.h"
#include "tools/human.h"
#include "tools/report/report.h"
#include "tools/status_doc.h"

struct sheet {
	FILE *out;
	const struct report_input *in;
	struct json_object *doc; /* in->s->doc, may be NULL */
};

/* ---- report_html.c: pieces of a page ---- */

const char *report_or_dash(const char *text);
void report_cell(const struct sheet *s, const char *class, const char *text);
void report_row(const struct sheet *s, const char *name, const char *text);
/* Columns end with NULL; one that begins with '>' has numbers. */
void report_open_table(const struct sheet *s, const char *title,
		       const char *const *column);
void report_close_table(const struct sheet *s);
__attribute__((format(printf, 3, 4))) void
report_note(const struct sheet *s, const char *class, const char *format, ...);

/* "6 h 59 min", "1.9 s": a sum of times. */
const char *report_span(int64_t ns, char ret[HUMAN_SIZE]);

/* One entry of a legend, in a paragraph of class "keys". */
void report_key(const struct sheet *s, const char *class, const char *text);

/* ---- report_window.c: records side by side ---- */

/* A day of minutes, two in each, and the present one. */
#define REPORT_COLUMNS_MAX 721

/* What of a series is shown: columns of one or more records' time, up to the end
 * of the newest one. */
struct window {
	const struct series *series;
	int64_t from_ns, column_ns; /* of places */
	int columns;
	bool has_unix;
	int64_t unix_ns; /* Unix time - place */
};

/* False: there are no records. */
bool report_window(const struct series *series, struct window *ret);
/* The column of a record; -1: it lies before. */
int report_window_column(const struct window *w, const struct series_record *r);
/* The scale of time, and what it is called. */
struct scale report_window_scale(const struct window *w, const char **ret_says);
void report_time_axis(const struct plot *p);

/* Labels: of widths and offsets in ns, of shares, of time in seconds. */
void report_label_ns(double v, double step, char ret[PLOT_LABEL_SIZE]);
void report_label_offset(double v, double step, char ret[PLOT_LABEL_SIZE]);
void report_label_percent(double v, double step, char ret[PLOT_LABEL_SIZE]);

/* ---- the sections ---- */

void report_now(const struct sheet *s);	    /* report_now.c */
void report_now_sources(const struct sheet *s);
void report_now_budget(const struct sheet *s);
const char *report_headline(const struct sheet *s);
void report_widths(const struct sheet *s);  /* report_widths.c */
void report_sources(const struct sheet *s); /* report_sources.c */
void report_stability(const struct sheet *s, int name,
		      const char *id); /* report_stability.c */
void report_details(const struct sheet *s); /* report_details.c */

#endif
