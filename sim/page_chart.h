/* SPDX-License-Identifier: Apache-2.0 */
/* A page's drawing: one SVG over the whole run. */
#ifndef PAGE_CHART_H
#define PAGE_CHART_H

#include <stdio.h>

#include "sim/trace.h"

void page_chart(const struct scenario *sc, const struct trace *t, FILE *out);

#endif
