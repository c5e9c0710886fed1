/* SPDX-License-Identifier: Apache-2.0 */
/* tt-status --wait: for units and scripts that must have a bound first. */
#ifndef STATUS_WAIT_H
#define STATUS_WAIT_H

#include "tools/status_options.h"

/* What to exit with: 0 it is so; 2 not in time; 3 it cannot be read. */
int status_wait(const struct status_options *o);

#endif
