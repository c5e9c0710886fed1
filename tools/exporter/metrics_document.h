/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's document as metrics: all tables, and what is in none. */
#ifndef METRICS_DOCUMENT_H
#define METRICS_DOCUMENT_H

#include "tools/exporter/metrics.h"

/* in->s->doc is not NULL. */
void metrics_document_write(struct expo *e, const struct metrics_input *in);

#endif
