/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a history log, for the audit (trail.h). */
#ifndef TRAIL_READ_H
#define TRAIL_READ_H

#include <stdio.h>

#include "tools/trail.h"

/* No line that timed writes is as long. */
#define TRAIL_LINE_MAX (1 << 20)

/* All lines of a stream. 0 or negative errno: of the reading alone. */
int trail_read_stream(struct trail *t, const char *name, FILE *in);

/*
 * These files ("-": standard input), in the order of what is in them, and the end
 * of the audit. What cannot be read, or is no log and may have no end, is a note. 0 or -ENOMEM.
 */
int trail_read(struct trail *t, char *const path[], int count);

#endif
