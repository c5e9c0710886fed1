/* SPDX-License-Identifier: Apache-2.0 */
/* What is measured: each piece of work as a function of how often, with its
 * state made beforehand from simulated measurements. */
#ifndef BENCH_WORK_H
#define BENCH_WORK_H

#include <stdbool.h>
#include <stdint.h>

struct work {
	const char *name;
	void *state;
	/* Do it `count` times; what comes out is kept, so that none of it can
	 * be left out. */
	void (*run)(void *state, int count);
	int count; /* per batch */
};

#define WORKS_MAX 24

/* Fills ret[WORKS_MAX]; the number of pieces. Exits where it cannot. */
int work_make(struct work *ret);

/* Between batches, untimed: what the next one is to take. */
void work_prepare(struct work *w);

/* Of how many updates of the simulated day the polygon came out full. */
double work_full_share(int *ret_typical_vertices);

extern volatile int64_t work_kept;

#endif
