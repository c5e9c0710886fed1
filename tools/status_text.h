/* SPDX-License-Identifier: Apache-2.0 */
/* The page tt-status shows to people: 80 columns, aligned, human units. */
#ifndef STATUS_TEXT_H
#define STATUS_TEXT_H

#include <stdbool.h>
#include <stdio.h>

#include "tools/status_limits.h"

void status_text_print(FILE *out, const struct status *s, bool colour);

/* Only these parts (PART_* of status_options.h), with what needs attention. */
void status_text_print_parts(FILE *out, const struct status *s, bool colour,
			     unsigned parts);

/* A line for a limit that is broken; none else. `l` may be NULL. */
void status_text_print_limits(FILE *out, const struct status *s, bool colour,
			      const struct status_limits *l);

#endif
