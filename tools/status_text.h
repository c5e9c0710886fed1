/* SPDX-License-Identifier: Apache-2.0 */
/* The page tt-status shows to people: 80 columns, aligned, human units. */
#ifndef STATUS_TEXT_H
#define STATUS_TEXT_H

#include <stdbool.h>
#include <stdio.h>

#include "tools/status.h"

void status_text_print(FILE *out, const struct status *s, bool colour);

#endif
