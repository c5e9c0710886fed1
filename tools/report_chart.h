/* SPDX-License-Identifier: Apache-2.0 */
/* The charts of tt-status --report: SVG within an HTML page, in its colours. */
#ifndef REPORT_CHART_H
#define REPORT_CHART_H

#include <stddef.h>
#include <stdio.h>

#include <json-c/json_object.h>

/* `records` as docs/history.md has them. The half-width: least to greatest as a
 * band, its mean as a curve; logarithmic; the states below. */
void report_chart_width(FILE *out, struct json_object *records);

/* A source's offset, with its error as a band; linear. */
void report_chart_source(FILE *out, struct json_object *records,
			 const char *name);

/* The source of that name in a record; NULL. */
struct json_object *report_source(struct json_object *record, const char *name);

#endif
