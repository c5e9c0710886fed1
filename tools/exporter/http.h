/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small HTTP server: GET and HEAD, one request a connection. It never waits
 * for a client, and its memory is bounded: HTTP_CLIENTS_MAX connections, a head
 * of HTTP_HEAD_MAX bytes and one answer each. More clients wait in the kernel's
 * queue; while they do, whoever has not sent its request within HTTP_PRESSED_MS, or
 * not read its answer within HTTP_PRESSED_ANSWER_MS, is let go.
 */
#ifndef HTTP_H
#define HTTP_H

#include <stddef.h>
#include <stdint.h>

#include "tools/exporter/http_request.h"

#define HTTP_CLIENTS_MAX 64

/* In ms: since the connection, a request must be whole; since the answer, it must have
 * been read. The same of both, with others waiting. */
#define HTTP_REQUEST_MS	       5000
#define HTTP_ANSWER_MS	       10000
#define HTTP_PRESSED_MS	       200 /* whoever has a request sends it at once */
#define HTTP_PRESSED_ANSWER_MS 1000

#define HTTP_CODES 8

struct event_base;
struct http_server;
struct http_client;

struct http_reply {
	int code;
	const char *type; /* Content-Type */
	const char *body; /* copied */
	size_t size;
};

/* Answer with http_answer(), now or from an http_each_waiting() later. The
 * request is good until then. */
typedef void (*http_handler)(struct http_client *c,
			     const struct http_request *req, void *arg);

/*
 * `address` is ADDRESS:PORT, in numbers, an IPv6 address in brackets; port 0
 * takes a free one. 0 or negative errno: -EINVAL, it is no such address; what
 * bind and listen say.
 */
int http_open(struct event_base *base, const char *address,
	      http_handler handler, void *arg, struct http_server **ret);
void http_close(struct http_server *s); /* NULL is allowed */

/* The address it listens at, as text. */
#define HTTP_ADDRESS_SIZE 64
void http_address(const struct http_server *s, char ret[HTTP_ADDRESS_SIZE]);

void http_answer(struct http_client *c, const struct http_reply *reply);

/* Hand all requests that wait for their answer to the handler again. */
void http_each_waiting(struct http_server *s, http_handler handler, void *arg);

/* Answers by code, and clients dropped without a whole one. */
void http_counts(const struct http_server *s, int ret_code[HTTP_CODES],
		 uint64_t ret_answers[HTTP_CODES], uint64_t *ret_dropped);

#endif
