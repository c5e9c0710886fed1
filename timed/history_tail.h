/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a history log ends: the number and the hash of its last line, and what
 * a crash has left of one that was being written.
 */
#ifndef HISTORY_TAIL_H
#define HISTORY_TAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "timed/history_writer.h"

struct history_tail {
	bool has_line;       /* a whole one */
	int64_t sequence;    /* its number */
	int pieces;          /* that are no line, after it: torn by crashes */
	size_t torn_size;    /* bytes in them */
	bool is_closed;      /* the file is empty, or ends in \n */
	char sha256[HISTORY_SHA256_SIZE]; /* of the last line, or piece */
	char line_sha256[HISTORY_SHA256_SIZE]; /* of that whole line */
};

/* 0; -EEXIST: it is no such log; or what the system says. */
int history_tail_read(int fd, off_t size, struct history_tail *ret);

/* Of a line, or what is left of one, without its \n. */
void history_tail_sha256(const char *text, size_t size,
			 char ret[HISTORY_SHA256_SIZE]);

#endif
