/* SPDX-License-Identifier: Apache-2.0 */
/* Get the daemon's status document from its socket, trusting nothing. */
#ifndef STATUS_FETCH_H
#define STATUS_FETCH_H

#include <stddef.h>

#include <json-c/json_object.h>

#include "tools/query.h"

/* 64 sources are 60 KiB, and the document nests 4 deep. */
#define STATUS_FETCH_BYTES_MAX QUERY_BYTES_MAX
#define STATUS_FETCH_NS_MAX    2000000000 /* connect to last byte */
#define STATUS_FETCH_WHY_SIZE  QUERY_WHY_SIZE

/*
 * 0 and a document (json_object_put() it) of a schema this program knows; or
 * negative errno and one clause in `ret_why` that says what was wrong.
 */
int status_fetch(const char *path, struct json_object **ret,
		 char ret_why[STATUS_FETCH_WHY_SIZE]);

/* What to make of all that was read from the socket until its end, for those who
 * wait for many things at once; of more than STATUS_FETCH_BYTES_MAX bytes nothing
 * is made. */
int status_fetch_parse(const char *text, size_t len, struct json_object **ret,
		       char ret_why[STATUS_FETCH_WHY_SIZE]);

#endif
