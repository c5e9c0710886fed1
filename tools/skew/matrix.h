/* SPDX-License-Identifier: Apache-2.0 */
/* A small fleet as a table: who has measured whom, and each node's place in the
 * map beside it. */
#ifndef MATRIX_H
#define MATRIX_H

#include "tools/skew/map.h"

#define MATRIX_NODES_MAX  48
#define MATRIX_SHORT_SIZE 12

struct matrix_options {
	int64_t limit_ns; /* clocks proved to be further apart are red */
	bool is_coloured;
};

/* "+12.3u": three digits and a letter for ns, us, ms, s. */
const char *matrix_short(int64_t ns, char ret[MATRIX_SHORT_SIZE]);

/* Have two clocks been proved to differ by more than limit_ns? A hard edge
 * proves |offset| - error. */
bool matrix_is_beyond(const struct graph_edge *e, int64_t limit_ns);

void matrix_print(FILE *out, const struct map *m,
		  const struct matrix_options *opt);

#endif
