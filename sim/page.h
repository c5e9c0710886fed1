/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run as one self-contained page: HTML with inline SVG, no script, nothing
 * fetched; well-formed as XML; light and dark, and printable.
 */
#ifndef PAGE_H
#define PAGE_H

#include <stdio.h>

#include "sim/scenario_file.h"
#include "sim/trace.h"
#include "sim/tt_sim.h"

struct page {
	const struct scenario_file *file;
	const char *scenario_path, *config_path;
	const struct config *config;
	const struct trial *trial;
	const struct trace *trace;
	const char *verdict; /* NULL: all holds */
};

void page_write(const struct page *p, FILE *out);

#endif
