/* SPDX-License-Identifier: Apache-2.0 */
/* libevent's HTTP client. */
#include "tools/skew/get.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADERS_MAX 16384

struct job {
	struct crowd *crowd;
	size_t index;
	struct evhttp_connection *connection;
	char why[GET_WHY_SIZE]; /* "": nothing yet */
};

struct crowd {
	struct event_base *base;
	const struct get_from *from;
	const struct get_limits *limits;
	size_t count, next, running;
	get_done done;
	void *arg;
	struct job *job;
	/* Connections may not be freed from within their own callbacks. */
	struct evhttp_connection **old;
	size_t olds;
};

static void start_more(struct crowd *c);

static void explain(struct job *j, int code)
{
	if (code != 0)
		snprintf(j->why, sizeof(j->why), "HTTP status %d", code);
	else if (!*j->why) /* libevent keeps the reason to itself */
		snprintf(j->why, sizeof(j->why),
			 "no connection: nobody listens at port %u",
			 j->crowd->from[j->index].port);
}

static void tell(struct job *j, struct evhttp_request *req)
{
	struct evbuffer *in = req ? evhttp_request_get_input_buffer(req) : NULL;
	const int code = req ? evhttp_request_get_response_code(req) : 0;
	struct crowd *c = j->crowd;

	if (code == 200) {
		c->done(j->index, NULL, (const char *)evbuffer_pullup(in, -1),
			evbuffer_get_length(in), c->arg);
		return;
	}
	explain(j, code);
	c->done(j->index, j->why, NULL, 0, c->arg);
}

static void on_error(enum evhttp_request_error error, void *arg)
{
	struct job *j = arg;
	static const char *const text[] = {
		[EVREQ_HTTP_TIMEOUT] = "no answer in time",
		[EVREQ_HTTP_EOF] = "the connection was closed",
		[EVREQ_HTTP_INVALID_HEADER] = "its answer is no HTTP",
		[EVREQ_HTTP_BUFFER_ERROR] = "reading it failed",
		[EVREQ_HTTP_REQUEST_CANCEL] = "given up",
		[EVREQ_HTTP_DATA_TOO_LONG] = "its answer is too long"};

	snprintf(j->why, sizeof(j->why), "%s", text[error]);
}

static void on_done(struct evhttp_request *req, void *arg)
{
	struct job *j = arg;
	struct crowd *c = j->crowd;

	tell(j, req);
	c->old[c->olds++] = j->connection;
	c->running--;
	start_more(c);
}

static int start(struct crowd *c, struct job *j)
{
	const struct get_from *from = &c->from[j->index];
	struct evhttp_request *req = evhttp_request_new(on_done, j);
	char host[300];

	j->connection = evhttp_connection_base_new(c->base, NULL, from->host,
						   from->port);
	if (!req || !j->connection) {
		if (req)
			evhttp_request_free(req);
		return -ENOMEM;
	}
	evhttp_connection_set_timeout(j->connection, c->limits->timeout_s);
	evhttp_connection_set_max_body_size(j->connection,
					    (ev_ssize_t)c->limits->bytes_max);
	evhttp_connection_set_max_headers_size(j->connection, HEADERS_MAX);
	evhttp_request_set_error_cb(req, on_error);
	snprintf(host, sizeof(host),
		 strchr(from->host, ':') ? "[%s]:%u" : "%s:%u", from->host,
		 from->port);
	evhttp_add_header(evhttp_request_get_output_headers(req), "Host", host);
	evhttp_add_header(evhttp_request_get_output_headers(req), "Connection",
			  "close");
	c->running++;
	/* It frees the request, whatever comes. */
	if (evhttp_make_request(j->connection, req, EVHTTP_REQ_GET, from->path))
		return -EIO;
	return 0;
}

static void start_more(struct crowd *c)
{
	while (c->next < c->count && c->running < GET_MANY) {
		struct job *j = &c->job[c->next];
		const size_t before = c->running;

		*j = (struct job){.crowd = c, .index = c->next++};
		if (!start(c, j))
			continue;
		c->running = before;
		if (j->connection)
			c->old[c->olds++] = j->connection;
		c->done(j->index, "it could not be asked", NULL, 0, c->arg);
	}
}

int get_all(const struct get_from *from, size_t count,
	    const struct get_limits *limits, get_done done, void *arg)
{
	struct crowd c = {.base = event_base_new(),
			  .from = from,
			  .limits = limits,
			  .count = count,
			  .done = done,
			  .arg = arg,
			  .job = calloc(count + 1, sizeof(struct job)),
			  .old = calloc(count + 1, sizeof(*c.old))};
	const bool has_room = c.base && c.job && c.old;

	if (has_room) {
		start_more(&c);
		event_base_dispatch(c.base);
	}
	for (size_t i = 0; i < c.olds; i++)
		evhttp_connection_free(c.old[i]);
	if (c.base)
		event_base_free(c.base);
	free(c.job);
	free(c.old);
	return has_room ? 0 : -ENOMEM;
}
