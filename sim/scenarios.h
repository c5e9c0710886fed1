/* SPDX-License-Identifier: Apache-2.0 */
/* The named scenarios, and which of them catches which planted lie. */
#ifndef SCENARIOS_H
#define SCENARIOS_H

#include "sim/run.h"

extern const struct scenario scenarios[];
extern const int scenario_count;

const struct scenario *scenario_find(const char *name);

/* A planted lie: what it takes away, and where it must be caught. */
struct planted {
	const char *name;
	uint64_t bit;
	const char *scenario;
};

extern const struct planted planted[];
extern const int planted_count;

#endif
