/* SPDX-License-Identifier: Apache-2.0 */
/* The head of an HTTP/1 request (RFC 9112), as much of it as is answered to. */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#define HTTP_HEAD_MAX 8192 /* Prometheus sends some 300 bytes */

struct http_request {
	bool is_head;	    /* HEAD: as GET, without the body */
	const char *path;   /* without a query */
	const char *accept; /* NULL: not said */
};

/*
 * Take apart what `text` holds so far, in place: `size` bytes, of which `text`
 * has room for one more. 0 and `ret`, which points into it; -EAGAIN: more is to
 * come; else the status code to answer with: 400, 405, 431, 505.
 */
int http_request_parse(char *text, size_t size, struct http_request *ret);

#endif
