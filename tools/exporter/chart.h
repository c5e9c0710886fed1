/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Half-widths over the last minutes, as an SVG within an HTML page:
 * logarithmic, the widest of each column, and below it a strip that shows the
 * state. Its colours are the page's (CSS classes).
 */
#ifndef CHART_H
#define CHART_H

#include <stdio.h>

#include "tools/exporter/history.h"

void chart_write(FILE *out, const struct history *h);

#endif
