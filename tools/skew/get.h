/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents over HTTP, for a command that waits for all of them: up to GET_MANY
 * at a time, each with a deadline and a limit in bytes.
 */
#ifndef GET_H
#define GET_H

#include <stddef.h>
#include <stdint.h>

#define GET_MANY     64
#define GET_WHY_SIZE 160

struct get_from {
	const char *host; /* without brackets */
	uint16_t port;
	const char *path; /* and query */
};

struct get_limits {
	int timeout_s;
	size_t bytes_max;
};

/* `why` is NULL and the body there; or it says what was wrong: a clause. */
typedef void (*get_done)(size_t index, const char *why, const char *body,
			 size_t size, void *arg);

/* 0 when all of them have been told of; -ENOMEM. */
int get_all(const struct get_from *from, size_t count,
	    const struct get_limits *limits, get_done done, void *arg);

#endif
