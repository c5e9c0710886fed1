/* SPDX-License-Identifier: Apache-2.0 */
/* Tables for spreadsheets (RFC 4180, but lines end in LF): a line of names,
 * then a line for each thing. What has no value is empty. */
#ifndef STATUS_CSV_H
#define STATUS_CSV_H

#include <stdio.h>

#include "tools/status_limits.h"

/* The clock, one line; or one part of PART_* (status_options.h). */
void status_csv_print(FILE *out, const struct status *s,
		      const struct status_limits *l, unsigned part);

#endif
