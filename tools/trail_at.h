/* SPDX-License-Identifier: Apache-2.0 */
/* What the bound was at one instant: part of the audit (trail.h). */
#ifndef TRAIL_AT_H
#define TRAIL_AT_H

#include "tools/trail.h"

/* From t->last on, until `next` came. */
void trail_at_pair(struct trail *t, const struct trail_line *next);

/* There was no more after t->last. */
void trail_at_end(struct trail *t);

#endif
