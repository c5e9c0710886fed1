/* SPDX-License-Identifier: Apache-2.0 */
/* One line for Nagios, Icinga and their kin, with perfdata:
 * https://www.monitoring-plugins.org/doc/guidelines.html */
#ifndef STATUS_NAGIOS_H
#define STATUS_NAGIOS_H

#include <stdio.h>

#include "tools/status_limits.h"

/* 0 or -ENOMEM. `l` may be NULL. */
int status_nagios_print(FILE *out, const struct status *s,
			const struct status_limits *l);

#endif
