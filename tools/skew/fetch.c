/* SPDX-License-Identifier: Apache-2.0 */
/* GET through evhttp. See fetch.h. */
#include "tools/skew/fetch.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/dns.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/http.h>
#include <event2/util.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADERS_MAX 16384
#define HOST_SIZE   300

enum stage {
	STAGE_STARTING, /* within fetch_start(): nobody may be told */
	STAGE_ASKED,
	STAGE_FAILED, /* at once: to be told by the loop */
	STAGE_OVER
};

struct fetch {
	struct fetcher *owner;
	struct fetch *next;
	struct evhttp_connection *conn;
	struct evhttp_request *req; /* STAGE_ASKED: ours to cancel */
	enum stage stage;
	struct event deadline;
	fetch_done done;
	void *arg;
	uint16_t port;
	char why[FETCH_WHY_SIZE];
};

struct fetcher {
	struct event_base *base;
	struct fetch_limits limits;
	struct evdns_base *dns; /* NULL: names are waited for */
	struct fetch *active;
};

static struct timeval timeval_of(int64_t ms)
{
	return (struct timeval){.tv_sec = ms / 1000,
				.tv_usec = ms % 1000 * 1000};
}

int fetcher_new(struct event_base *base, const struct fetch_limits *limits,
		struct fetcher **ret)
{
	struct fetcher *f = calloc(1, sizeof(*f));

	if (!f)
		return -ENOMEM;
	f->base = base;
	f->limits = *limits;
	if (!limits->may_wait)
		f->dns = evdns_base_new(
			base, EVDNS_BASE_INITIALIZE_NAMESERVERS |
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
		if (f->active->stage == STAGE_ASKED)
			evhttp_cancel_request(f->active->req);
		forget(f->active);
	}
	if (f->dns)
		evdns_base_free(f->dns, 0);
	free(f);
}

/* ---- what comes of one ---- */

/* libevent keeps most reasons to itself. */
static void explain(struct fetch *t, int code)
{
	const int dns = bufferevent_socket_get_dns_error(
		evhttp_connection_get_bufferevent(t->conn));

	if (code != 0)
		snprintf(t->why, sizeof(t->why),
			 "it answers with HTTP status "
			 "%d",
			 code);
	else if (*t->why && t->stage != STAGE_STARTING)
		return;
	else if (dns != 0)
		snprintf(t->why, sizeof(t->why), "its name is not known: %s",
			 evutil_gai_strerror(dns));
	else
		snprintf(t->why, sizeof(t->why),
			 "no connection: nobody listens at port %u, or it "
			 "cannot be reached",
			 t->port);
}

/* A connection is not to be freed from within its own callback: on the loop's
 * next round, by the deadline that has come. */
static void end(struct fetch *t, enum stage stage)
{
	t->stage = stage;
	event_add(&t->deadline, &(struct timeval){0});
}

static void on_reply(struct evhttp_request *req, void *arg)
{
	struct fetch *t = arg;
	const int code = req ? evhttp_request_get_response_code(req) : 0;
	struct evbuffer *in =
		code ? evhttp_request_get_input_buffer(req) : NULL;
	const size_t size = in ? evbuffer_get_length(in) : 0;
	const char *body = size ? (const char *)evbuffer_pullup(in, -1) : "";

	if (code != 200 || !body)
		explain(t, code);
	if (t->stage == STAGE_STARTING) {
		end(t, STAGE_FAILED);
		return;
	}
	if (code == 200 && !body)
		t->done("no memory", NULL, 0, t->arg);
	else
		t->done(code == 200 ? NULL : t->why, code ? body : NULL, size,
			t->arg);
	end(t, STAGE_OVER);
}

static void on_error(enum evhttp_request_error error, void *arg)
{
	struct fetch *t = arg;
	static const char *const text[] = {
		[EVREQ_HTTP_TIMEOUT] = "it does not answer in time",
		[EVREQ_HTTP_EOF] = "it closes the connection within its answer",
		[EVREQ_HTTP_INVALID_HEADER] = "it does not speak HTTP",
		[EVREQ_HTTP_BUFFER_ERROR] = "reading its answer fails",
		[EVREQ_HTTP_REQUEST_CANCEL] = "it was given up",
		[EVREQ_HTTP_DATA_TOO_LONG] = ""};

	snprintf(t->why, sizeof(t->why), "%s", text[error]);
	if (error == EVREQ_HTTP_DATA_TOO_LONG)
		snprintf(t->why, sizeof(t->why),
			 "it answers with more than %zu KiB",
			 t->owner->limits.bytes_max / 1024);
}

/* Late, or over. */
static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct fetch *t = arg;

	(void)fd, (void)what;
	if (t->stage == STAGE_ASKED) {
		evhttp_cancel_request(t->req); /* calls nobody */
		t->done("it does not answer in time", NULL, 0, t->arg);
	} else if (t->stage == STAGE_FAILED) {
		t->done(t->why, NULL, 0, t->arg);
	}
	forget(t);
}

/* ---- one ---- */

static int ask(struct fetch *t, const struct fetch_from *from)
{
	struct evkeyvalq *headers;
	char name[HOST_SIZE];

	t->req = evhttp_request_new(on_reply, t);
	if (!t->req)
		return -ENOMEM;
	evhttp_request_set_error_cb(t->req, on_error);
	headers = evhttp_request_get_output_headers(t->req);
	snprintf(name, sizeof(name),
		 strchr(from->host, ':') ? "[%s]:%u" : "%s:%u", from->host,
		 from->port);
	evhttp_add_header(headers, "Host", name);
	evhttp_add_header(headers, "Connection", "close");
	/* It frees the request where it fails; where there is no route, it
	 * calls back at once. */
	if (evhttp_make_request(t->conn, t->req, EVHTTP_REQ_GET, from->path) &&
	    t->stage == STAGE_STARTING)
		return -ENOMEM;
	if (t->stage == STAGE_STARTING)
		t->stage = STAGE_ASKED;
	return 0;
}

int fetch_start(struct fetcher *f, const struct fetch_from *from,
		fetch_done done, void *arg)
{
	const struct timeval limit = timeval_of(f->limits.ms);
	const struct timeval silence = timeval_of(f->limits.silence_ms);
	struct fetch *t = calloc(1, sizeof(*t));
	int err;

	if (!t)
		return -ENOMEM;
	t->owner = f;
	t->done = done;
	t->arg = arg;
	t->port = from->port;
	t->conn = evhttp_connection_base_bufferevent_new(
		f->base, f->dns, NULL, from->host, from->port);
	if (!t->conn) {
		free(t);
		return -ENOMEM;
	}
	evhttp_connection_set_timeout_tv(t->conn, &silence);
	evhttp_connection_set_max_body_size(t->conn,
					    (ev_ssize_t)f->limits.bytes_max);
	evhttp_connection_set_max_headers_size(t->conn, HEADERS_MAX);
	event_assign(&t->deadline, f->base, -1, 0, on_deadline, t);
	event_add(&t->deadline, &limit);
	t->next = f->active;
	f->active = t;
	err = ask(t, from);
	if (err)
		forget(t);
	return err;
}

/* ---- all of them ---- */

struct crowd {
	struct event_base *base;
	struct fetcher *fetcher;
	const struct fetch_from *from;
	size_t count, next, running;
	fetch_one_done done;
	void *arg;
	struct job *job; /* [count] */
};

struct job {
	struct crowd *crowd;
	size_t index;
};

static void start_more(struct crowd *c);

static void on_one(const char *why, const char *body, size_t size, void *arg)
{
	const struct job *j = arg;
	struct crowd *c = j->crowd;

	c->done(j->index, why, body, size, c->arg);
	c->running--;
	start_more(c);
	/* The resolver would go on waiting, if there is one. */
	if (c->running == 0)
		event_base_loopbreak(c->base);
}

static void start_more(struct crowd *c)
{
	while (c->next < c->count && c->running < FETCH_MANY) {
		struct job *j = &c->job[c->next];

		*j = (struct job){.crowd = c, .index = c->next++};
		if (fetch_start(c->fetcher, &c->from[j->index], on_one, j))
			c->done(j->index, "no memory", NULL, 0, c->arg);
		else
			c->running++;
	}
}

int fetch_all(const struct fetch_from *from, size_t count,
	      const struct fetch_limits *limits, fetch_one_done done, void *arg)
{
	struct event_base *base = event_base_new();
	struct crowd c = {.base = base,
			  .from = from,
			  .count = count,
			  .done = done,
			  .arg = arg,
			  .job = calloc(count + 1, sizeof(struct job))};
	const bool has_room =
		base && c.job && !fetcher_new(base, limits, &c.fetcher);

	if (has_room) {
		start_more(&c);
		if (c.running > 0)
			event_base_dispatch(base);
	}
	fetcher_free(c.fetcher);
	if (base)
		event_base_free(base);
	free(c.job);
	return has_room ? 0 : -ENOMEM;
}
