/* SPDX-License-Identifier: Apache-2.0 */
/* How a PTP clock is read, from the configuration's words to the drivers'. */
#ifndef CLOCK_OPTIONS_H
#define CLOCK_OPTIONS_H

#include "drivers/phc.h"
#include "timed/config.h"

/* Its name is that of `c`. */
struct phc_device_options clock_options(const struct config_clock *c);

#endif
