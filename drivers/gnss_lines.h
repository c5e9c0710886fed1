/* SPDX-License-Identifier: Apache-2.0 */
/* A stream of bytes taken apart into lines. One that is too long is left out,
 * whatever it is. Pure. */
#ifndef GNSS_LINES_H
#define GNSS_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "drivers/gnss_unpack.h"

struct gnss_lines {
	size_t start; /* of what has not been handed out yet */
	size_t end;
	bool is_skipping; /* the rest of a line that was too long */
	char buf[GNSS_LINE_SIZE];
};

void gnss_lines_init(struct gnss_lines *l);

/* Where more bytes go, and how many at most: never 0 after gnss_lines_next()
 * has returned NULL. */
char *gnss_lines_room(struct gnss_lines *l, size_t *ret_size);
void gnss_lines_added(struct gnss_lines *l, size_t n);

/* The next whole line, ended by NUL, without its newline; NULL: there is none
 * yet. It stands until the next call. */
const char *gnss_lines_next(struct gnss_lines *l);

#endif
