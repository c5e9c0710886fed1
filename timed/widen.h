/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Axiom A2 widened by what was measured. Only by proof (wander.h), of more
 * groups of a class than may lie; never narrowed below the configuration, and
 * never back and forth: what is in force only grows, until it is given back
 * whole, by order, with the boot, or after WIDEN_HOLD_NS in which nothing proved
 * the configured axioms wrong.
 */
#ifndef WIDEN_H
#define WIDEN_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/driver.h"

struct engine;

#define WIDEN_HOLD_NS (INT64_C(7) * 86400 * 1000000000)

/* As large as a setting may be (timed.conf(5)). */
#define WIDEN_PPB_S_MAX 10000.0
#define WIDEN_PPB_MAX   100000.0

/* What is in force, where that is not what is configured. */
struct widening {
	bool is_on;
	double wander_ppb_s;
	double jitter_ppb;
	int64_t since_raw_ns;
	int64_t last_raw_ns; /* something beyond the configured axioms */
};

/* The Allan deviation of the rate over tau_s, by the source whose errors are
 * least: as measured, and the most of it that may be the source's. */
#define OSCILLATOR_LEVELS 4

struct oscillator_level {
	double tau_s;
	bool has;
	double ppb, error_ppb;
	char source[SOURCE_NAME_SIZE];
};

void engine_oscillator(const struct engine *e,
		       struct oscillator_level ret[OSCILLATOR_LEVELS]);

/* As now; is_on: they are widened. */
void engine_widening(const struct engine *e, struct widening *ret);

/* What an earlier life in this boot, on this clocksource, had widened to. */
void engine_widen(struct engine *e, const struct widening *w);

/* By order: as configured again. True: they were not. */
bool engine_give_back(struct engine *e, const char *why);

#endif
