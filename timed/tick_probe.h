/* SPDX-License-Identifier: Apache-2.0 */
/*
 * May the CPU's counter stand for the kernel's raw clock on this machine? Only
 * where the kernel itself keeps time by it, it runs at one rate in all states
 * of the CPU, and no processor has been seen to be behind another.
 */
#ifndef TICK_PROBE_H
#define TICK_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/env.h"

#define TICK_PROBE_REASON_SIZE 128

/*
 * The error of a map to raw time that this machine calls for, ns; 0 with a
 * reason: it may not. `clocksource`: the kernel's, "" unknown. Takes some ms,
 * and two short-lived threads for each processor.
 */
int64_t tick_probe(struct env *env, const char *clocksource,
		   char ret_reason[TICK_PROBE_REASON_SIZE]);

#endif
