/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ask a daemon on a Unix socket for one JSON document, trusting nothing: what is
 * at the other end may send junk, too much, too slowly, or never stop.
 */
#ifndef QUERY_H
#define QUERY_H

#include <stddef.h>
#include <stdint.h>

#include <json-c/json_object.h>

#define QUERY_BYTES_MAX (1024 * 1024)
#define QUERY_DEPTH_MAX 16
#define QUERY_WHY_SIZE  160

/*
 * Send `line` (with its end; NULL: nothing is said) and take the answer, from
 * connecting to its last byte within ns_max. 0 and a document
 * (json_object_put() it); or negative errno and one clause in `ret_why` that
 * says what was wrong: -EACCES and the like are connect(2)'s, -EPROTO an
 * answer that is none, -EFBIG, -ETIMEDOUT.
 */
int query(const char *path, const char *line, int64_t ns_max,
	  struct json_object **ret, char ret_why[QUERY_WHY_SIZE]);

/*
 * The parts, for those who wait for many things at once. A connected
 * non-blocking fd, or negative errno: a Unix socket connects at once or, its
 * backlog full, says EAGAIN, and both are answers. And what to make of all that
 * was read from it until its end; of more than QUERY_BYTES_MAX bytes nothing is
 * made.
 */
int query_dial(const char *path);
int query_parse(const char *text, size_t len, struct json_object **ret,
		char ret_why[QUERY_WHY_SIZE]);

#endif
