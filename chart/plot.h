/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A chart in a page, as inline SVG that is XML too: it is as wide as what it
 * stands in, letters stay as large as the page's, and colours are classes of the
 * style sheet that plot_style is. Whoever does not see it has its title and
 * description.
 *
 * From plot_open() to plot_close(), in this order: axes, what is drawn in the
 * plot, strips, axes' labels of x. A value that is not there leaves a gap; one
 * between two gaps is a dot. Beyond the plot a curve ends, and a band fills it up to
 * the edge.
 */
#ifndef PLOT_H
#define PLOT_H

#include <stdbool.h>
#include <stdio.h>

#include "chart/scale.h"

struct plot {
	FILE *out;
	const char *id;    /* unique on its page */
	const char *title; /* what it is, and what it shows: for who does not */
	const char *says;  /* see it */
	const char *y_says, *x_says; /* the axes: what and in which unit */
	int height;        /* of the plot alone; CSS pixels */
	int strips;        /* below it */
	struct scale x, y;
};

/* Of columns side by side, from x.lo to x.hi, all of one width. */
struct plot_column {
	bool has, has_band;
	double lo, hi; /* the band, where there is one */
	double v;
};

/* Runs of columns of one class, or of none (NULL); `part` of the strip's height
 * is filled, so that it reads without colours too. */
struct plot_cell {
	const char *class;
	double part;
};

struct plot_point {
	double x, y;
};

/* Text of a label. */
#define PLOT_LABEL_SIZE 48
typedef void (*plot_label)(double v, double step, char ret[PLOT_LABEL_SIZE]);

extern const char plot_style[];

void plot_open(const struct plot *p);
void plot_close(const struct plot *p);

void plot_y_axis(const struct plot *p, const struct scale_ticks *t,
		 plot_label label);
/* Lines in the plot, labels below it and its strips. */
void plot_x_axis(const struct plot *p, const struct scale_ticks *t,
		 plot_label label);

void plot_columns(const struct plot *p, const struct plot_column *c, int count);

/* A bar from the bottom to v for each column that has one. */
void plot_bars(const struct plot *p, const struct plot_column *c, int count);

/* Points joined by lines, each with a mark; class is one of "a", "b". */
void plot_line(const struct plot *p, const char *class,
	       const struct plot_point *v, int count);

/* The n-th strip below the plot, from 0 on. */
void plot_strip(const struct plot *p, int n, const struct plot_cell *c,
		int count);

#endif
