/* SPDX-License-Identifier: Apache-2.0 */
/* What the precision measurer has found, in words, as JSON lines, and as edges
 * (edge.h): a hard one of each window, and an estimate where one was made. */
#ifndef PRECISION_PRINT_H
#define PRECISION_PRINT_H

#include "tools/skew/precision_options.h"
#include "tools/skew/precision_responder.h"

/* The edges of a window from `name`: their number, 0 to 2. Where the network
 * cards' clocks were compared, the nodes are NAME/phc. */
int precision_edges(const struct precision_report *r, const char *name,
		    struct edge ret[2]);

/* Before the first report. */
void precision_print_head(FILE *out, const struct precision_options *o);
void precision_print_report(FILE *out, const struct precision_options *o,
			    const struct precision_report *r);

void precision_print_served(FILE *out, const struct precision_served *s);

void precision_print_score_head(FILE *out, const struct precision_options *o);
void precision_print_score(FILE *out, const struct precision_options *o,
			   const struct precision_world *world,
			   const struct precision_score *s);
void precision_print_group(FILE *out, const struct precision_options *o,
			   const struct precision_world *world,
			   const struct precision_group_score *s);

#endif
