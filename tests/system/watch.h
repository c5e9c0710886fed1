/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs one driver for some seconds, or until SIGTERM, on a machine where every
 * server serves this machine's own CLOCK_REALTIME, which nobody steers: that is
 * true time, then, and each sample must contain it. One line a sample, source
 * and health; at the end a line "samples N, misses M".
 */
#ifndef WATCH_H
#define WATCH_H

#include <stdint.h>

#include "drivers/driver.h"

/* What the driver is opened with. */
struct env *watch_env(void);
extern const struct driver_sink watch_sink;

/* Runs and closes it. 0, or 1 on a miss or without samples: exit codes. */
int watch_run(struct driver *driver, int64_t seconds);

#endif
