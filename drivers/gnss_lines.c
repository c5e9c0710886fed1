/* SPDX-License-Identifier: Apache-2.0 */
/* A stream of bytes taken apart into lines. See gnss_lines.h. */
#include "drivers/gnss_lines.h"

#include <assert.h>
#include <string.h>

void gnss_lines_init(struct gnss_lines *l)
{
	l->start = l->end = 0;
	l->is_skipping = false;
}

char *gnss_lines_room(struct gnss_lines *l, size_t *ret_size)
{
	*ret_size = sizeof(l->buf) - l->end;
	return l->buf + l->end;
}

void gnss_lines_added(struct gnss_lines *l, size_t n)
{
	assert(n <= sizeof(l->buf) - l->end);
	l->end += n;
}

/* No newline in what is left: make room for the rest of the line, or give the
 * line up where all the room is its own already. */
static void make_room(struct gnss_lines *l)
{
	const size_t n = l->end - l->start;

	if (n == sizeof(l->buf) || l->is_skipping) {
		l->is_skipping = true;
		l->start = l->end = 0;
		return;
	}
	memmove(l->buf, l->buf + l->start, n);
	l->start = 0;
	l->end = n;
}

const char *gnss_lines_next(struct gnss_lines *l)
{
	while (l->start < l->end) {
		char *line = l->buf + l->start;
		char *newline = memchr(line, '\n', l->end - l->start);
		const bool was_skipping = l->is_skipping;

		if (!newline)
			break;
		l->start = (size_t)(newline - l->buf) + 1;
		l->is_skipping = false;
		if (was_skipping)
			continue;
		*newline = '\0';
		if (newline > line && newline[-1] == '\r')
			newline[-1] = '\0';
		return line;
	}
	make_room(l);
	return NULL;
}
