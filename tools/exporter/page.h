/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The status page: HTML that needs nothing from elsewhere and runs no script.
 * What others said is escaped. Whoever has a struct status can write one.
 */
#ifndef PAGE_H
#define PAGE_H

#include <stdio.h>

#include "tools/exporter/history.h"
#include "tools/status.h"

struct page_options {
	const char *host;	       /* whose clock it is */
	int refresh_s;		       /* 0: it stays as it is */
	const struct history *history; /* NULL: no chart */
};

void page_write(FILE *out, const struct status *s,
		const struct page_options *options);

#endif
