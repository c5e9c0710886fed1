/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CLOCK_MONOTONIC_RAW as a line in the CPU's own counter, so that readers need
 * no kernel clock. While the kernel's clock source is that counter, raw is a
 * line in it by construction: a fixed multiplier (kernel/time/timekeeping.c).
 * Which line is learnt from raw readings on both sides of a counter reading.
 *
 * The published line is never before raw and never more than err_ns after it,
 * it never goes back, and it has no jumps: it is led towards its middle by its
 * slope. Pure, and deterministic: set membership, no statistics.
 */
#ifndef TICK_MAP_H
#define TICK_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/env.h"

struct tick_map {
	int64_t err_ns;           /* 0: not in use */
	int64_t horizon_ns;       /* how far ahead a line must hold */
	bool has_first, has_line;
	struct env_ticks first;   /* the rate's long lever */
	double rate_min, rate_max; /* ns a tick, of raw */
	/* The line: in 2^-48 ns at `ticks`, and its slope. */
	uint64_t ticks;
	__int128 line_q;
	int64_t mult;
	double dev_ns_min, dev_ns_max; /* raw - line there */
	uint64_t failures;        /* readings that no line explains */
};

/* The err_ns that a machine with readings this wide, and ticks this long, calls
 * for: a round number a little above, so that it is the same at each start. 0:
 * too wide. */
int64_t tick_map_err_ns(int64_t bracket_ns, double tick_ns);

/* Nothing known. err_ns 0: never maps anything. */
void tick_map_init(struct tick_map *m, int64_t err_ns, int64_t horizon_ns);

/* The counter was disrupted: forget. */
void tick_map_forget(struct tick_map *m);

/* A reading, later than all before. True: the line holds from here over the
 * horizon and may be published. A reading that no line explains forgets all. */
bool tick_map_add(struct tick_map *m, const struct env_ticks *reading);

/* The line, for a page anchored at raw time anchor_raw_ns: ticks there, rounded
 * down, so that a page may be up to a tick after the line; and ns a tick in
 * 2^-48. Only after tick_map_add() gave true. */
void tick_map_page(const struct tick_map *m, int64_t anchor_raw_ns,
		   uint64_t *ret_ticks, uint64_t *ret_mult);

#endif
