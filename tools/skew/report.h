/* SPDX-License-Identifier: Apache-2.0 */
/* A map as one page of HTML (and XML) that needs nothing else: the heat-map,
 * how the offsets are distributed, the worst nodes and links. */
#ifndef SKEW_REPORT_H
#define SKEW_REPORT_H

#include <stdio.h>

#include "tools/skew/map.h"

/* 0 or -ENOMEM; what cannot be written, ferror() says. */
int skew_report_write(FILE *out, const struct map *m, size_t worst,
		      int64_t made_unix_ns);

#endif
