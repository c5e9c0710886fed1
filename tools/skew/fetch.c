/* SPDX-License-Identifier: Apache-2.0 */
/* GET through evhttp. See fetch.h. */
#include "tools/skew/fetch.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/dns.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/http.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADERS_MAX 8192

struct fetch {
	struct fetcher *owner;
	struct fetch *next;
	struct evhttp_connection *conn;
	struct evhttp_request *req; /* NULL: over */
	struct event deadline;
	fetch_done done;
	void *arg;
	char why[64];
};

struct fetcher {
	struct event_base *base;
	struct evdns_base *dns; /* NULL: addresses alone */
	struct fetch *active;
};

int fetcher_new(struct event_base *base, struct fetcher **ret)
{
	struct fetcher *f = calloc(1, sizeof(*f));

	if (!f)
		return -ENOMEM;
	f->base = base;
	f->dns = evdns_base_new(base, EVDNS_BASE_INITIALIZE_NAMESERVERS |
					      EVDNS_BASE_DISABLE_WHEN_INACTIVE);
	*ret = f;
	return 0;
}

static void forget(struct fetch *t)
{
	struct fetch **at = &t->owner->active;

	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	event_del(&t->deadline);
	evhttp_connection_free(t->conn);
	free(t);
}

void fetcher_free(struct fetcher *f)
{
	if (!f)
		return;
	while (f->active) {
		if (f->active->req)
			evhttp_cancel_request(f->active->req);
		forget(f->active);
	}
	if (f->dns)
		evdns_base_free(f->dns, 0);
	free(f);
}

/* A connection is not to be freed from within its own callback: on the loop's
 * next round, by the deadline that has come. */
static void end(struct fetch *t)
{
	t->req = NULL;
	event_add(&t->deadline, &(struct timeval){0});
}

static void tell(struct fetch *t, struct evhttp_request *req)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(req);
	const size_t size = evbuffer_get_length(in);
	const char *body = (const char *)evbuffer_pullup(in, -1);

	t->done(NULL, body ? body : "", size, t->arg);
}

static void on_reply(struct evhttp_request *req, void *arg)
{
	struct fetch *t = arg;
	const int code = req ? evhttp_request_get_response_code(req) : 0;

	if (code == 200) {
		tell(t, req);
	} else {
		if (code)
			snprintf(t->why, sizeof(t->why), "it answers %d", code);
		else if (!*t->why)
			snprintf(t->why, sizeof(t->why),
				 "it does not answer, or with too much");
		t->done(t->why, NULL, 0, t->arg);
	}
	end(t);
}

static void on_error(enum evhttp_request_error error, void *arg)
{
	struct fetch *t = arg;

	if (error == EVREQ_HTTP_TIMEOUT)
		snprintf(t->why, sizeof(t->why), "it does not answer in time");
	else if (error == EVREQ_HTTP_DATA_TOO_LONG)
		snprintf(t->why, sizeof(t->why),
			 "it answers with more than 256 KiB");
	else if (error == EVREQ_HTTP_INVALID_HEADER)
		snprintf(t->why, sizeof(t->why), "it does not speak HTTP");
}

/* Late, or over. */
static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct fetch *t = arg;

	(void)fd, (void)what;
	if (t->req) {
		evhttp_cancel_request(t->req); /* calls nobody */
		t->done("it does not answer in time", NULL, 0, t->arg);
	}
	forget(t);
}

static int ask(struct fetch *t, const char *host, uint16_t port,
	       const char *path)
{
	struct evkeyvalq *headers;
	char name[160];

	t->req = evhttp_request_new(on_reply, t);
	if (!t->req)
		return -ENOMEM;
	evhttp_request_set_error_cb(t->req, on_error);
	headers = evhttp_request_get_output_headers(t->req);
	snprintf(name, sizeof(name), strchr(host, ':') ? "[%s]:%u" : "%s:%u",
		 host, port);
	evhttp_add_header(headers, "Host", name);
	evhttp_add_header(headers, "Connection", "close");
	/* It frees the request where it fails, and may have called back. */
	if (evhttp_make_request(t->conn, t->req, EVHTTP_REQ_GET, path)) {
		t->req = NULL;
		return -ENOMEM;
	}
	return 0;
}

int fetch_start(struct fetcher *f, const char *host, uint16_t port,
		const char *path, fetch_done done, void *arg)
{
	const struct timeval limit = {.tv_sec = FETCH_MS / 1000,
				      .tv_usec = FETCH_MS % 1000 * 1000};
	struct fetch *t = calloc(1, sizeof(*t));
	int err;

	if (!t)
		return -ENOMEM;
	t->owner = f;
	t->done = done;
	t->arg = arg;
	t->conn = evhttp_connection_base_bufferevent_new(f->base, f->dns, NULL,
							 host, port);
	if (!t->conn) {
		free(t);
		return -ENOMEM;
	}
	evhttp_connection_set_timeout_tv(t->conn, &limit);
	evhttp_connection_set_max_body_size(t->conn, FETCH_BYTES_MAX);
	evhttp_connection_set_max_headers_size(t->conn, HEADERS_MAX);
	event_assign(&t->deadline, f->base, -1, 0, on_deadline, t);
	event_add(&t->deadline, &limit);
	t->next = f->active;
	f->active = t;
	err = ask(t, host, port, path);
	if (err)
		forget(t);
	return err;
}
