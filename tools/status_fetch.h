/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Get the daemon's status document from its socket, trusting nothing: what is
 * at the other end may send junk, too much, too slowly, or never stop.
 */
#ifndef STATUS_FETCH_H
#define STATUS_FETCH_H

#include <json-c/json_object.h>

#define STATUS_FETCH_BYTES_MAX (1024 * 1024) /* 64 sources are 60 KiB */
#define STATUS_FETCH_NS_MAX    2000000000    /* connect to last byte */
#define STATUS_FETCH_DEPTH_MAX 16	     /* the document nests 4 deep */
#define STATUS_FETCH_WHY_SIZE  160

/*
 * 0 and a document (json_object_put() it) of a schema this program knows; or
 * negative errno and one clause in `ret_why` that says what was wrong.
 */
int status_fetch(const char *path, struct json_object **ret,
		 char ret_why[STATUS_FETCH_WHY_SIZE]);

#endif
