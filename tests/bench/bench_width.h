/* SPDX-License-Identifier: Apache-2.0 */
/* How much wider a capped polygon is than the exact set. */
#ifndef BENCH_WIDTH_H
#define BENCH_WIDTH_H

struct width_row {
	const char *preset;
	int cap;       /* 256 is never reached: only the hexagon is lost */
	double mean;   /* width over the exact width, less 1 */
	double most;
};

#define WIDTH_ROWS_MAX 32

/* Fills ret[WIDTH_ROWS_MAX]; the number of rows. */
int width_compare(struct width_row *ret);

#endif
