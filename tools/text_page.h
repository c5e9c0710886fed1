/* SPDX-License-Identifier: Apache-2.0 */
/* The page that tt-status shows, from inside: for status_text.c and text_*.c
 * only. */
#ifndef TEXT_PAGE_H
#define TEXT_PAGE_H

#include <stdbool.h>
#include <stdio.h>

#include <json-c/json_object.h>

#include "tools/status.h"

#define PAGE_COLUMNS 80

#define PAINT_GOOD "\033[32m"
#define PAINT_WARN "\033[33m"
#define PAINT_BAD  "\033[31m"
#define PAINT_HEAD "\033[1m"
#define PAINT_OFF  "\033[0m"

struct page {
	FILE *out;
	const struct status *s;
	struct json_object *doc; /* s->doc, may be NULL */
	bool colour;
};

/* ---- text_page.c ---- */

/* Print in colour on a terminal, plainly elsewhere. */
void page_paint(const struct page *p, const char *colour, const char *format,
		...) __attribute__((format(printf, 3, 4)));

/* What stands to the left of a line of the head. */
void page_label(const struct page *p, const char *text);

void page_heading(const struct page *p, const char *text);

/* A line that needs attention, folded into the page. */
void page_warn(const struct page *p, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

const char *page_or_dash(const char *text);

/* ---- the parts, in their order ---- */

/* text_steering.c: CLOCK_REALTIME and who keeps it; a rehearsal. */
void text_system_clock(const struct page *p);
void text_rehearsal(const struct page *p);

/* text_trouble.c: a segment or a socket that cannot be read, and what to do. In
 * short, for the first line: why there is no bound. */
const char *text_no_bound(int err);
void text_trouble(const struct page *p);

/* text_log.c: the history log. */
void text_history_log(const struct page *p);
void text_history_log_warn(const struct page *p);

/* text_hearsay.c: clients that were sent a time beyond their latest. */
void text_hearsay_warn(const struct page *p);

/* text_sources.c */
void text_sources(const struct page *p);

/* text_budget.c */
void text_budget(const struct page *p);

/* text_axioms.c */
void text_axioms(const struct page *p);

#endif
