/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections in slots. Each reads its request, waits for its answer, writes
 * it, and drains: what a client still sends must be read before it is let go,
 * or the kernel resets the connection and the answer is lost with it.
 */
#include "tools/exporter/http.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tools/exporter/http_listen.h"

#define SWEEP_MS    250
#define DRAIN_MS    1000
#define ROUNDS_MAX  16 /* reads or writes at a time */
#define HEADER_SIZE 512

enum phase {
	PHASE_FREE,
	PHASE_READING,
	PHASE_WAITING,
	PHASE_WRITING,
	PHASE_DRAINING
};

struct http_client {
	struct http_server *server;
	enum phase phase;
	int fd;
	int64_t since_ms; /* when it came, or its answer was made */
	struct event io;
	char head[HTTP_HEAD_MAX + 1];
	size_t head_size;
	struct http_request req;
	char *out; /* the whole answer */
	size_t out_size, out_sent;
};

struct http_server {
	struct event_base *base;
	http_handler handler;
	void *arg;
	int fd;
	struct event acceptable;
	struct event sweep;
	bool is_paused; /* no slot or no descriptor is free */
	uint64_t answers[HTTP_CODES], dropped;
	struct http_client client[HTTP_CLIENTS_MAX];
};

static const struct code {
	int code;
	const char *reason;
} code_table[HTTP_CODES] = {
	{200, "OK"},
	{400, "Bad Request"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{431, "Request Header Fields Too Large"},
	{500, "Internal Server Error"},
	{503, "Service Unavailable"},
	{505, "HTTP Version Not Supported"},
};

static int64_t mono_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000) + ts.tv_nsec / 1000000;
}

/* A code that is not in the table is our own mistake. */
static int code_index(int code)
{
	int i = 0;

	while (i < HTTP_CODES && code_table[i].code != code)
		i++;
	assert(i < HTTP_CODES);
	return i;
}

static void let_go(struct http_client *c)
{
	struct http_server *s = c->server;

	event_del(&c->io);
	close(c->fd);
	free(c->out);
	c->out = NULL;
	c->phase = PHASE_FREE;
	if (s->is_paused && !event_add(&s->acceptable, NULL))
		s->is_paused = false;
}

static void drop(struct http_client *c)
{
	c->server->dropped++;
	let_go(c);
}

/* ---- events: one at a time for each client, readable or writable ---- */

static void watch(struct http_client *c, short what, event_callback_fn fn)
{
	if (event_initialized(&c->io))
		event_del(&c->io);
	event_assign(&c->io, c->server->base, c->fd, what | EV_PERSIST, fn, c);
	event_add(&c->io, NULL);
}

static void on_draining(evutil_socket_t fd, short what, void *arg)
{
	static char bin[16384];

	(void)what;
	for (int i = 0; i < ROUNDS_MAX; i++) {
		ssize_t n = recv(fd, bin, sizeof(bin), 0);

		if (n > 0)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		let_go(arg);
		return;
	}
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct http_client *c = arg;

	(void)what;
	for (int i = 0; i < ROUNDS_MAX && c->out_sent < c->out_size; i++) {
		ssize_t n = send(fd, c->out + c->out_sent,
				 c->out_size - c->out_sent, MSG_NOSIGNAL);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n < 0) {
			drop(c);
			return;
		}
		c->out_sent += (size_t)n;
	}
	if (c->out_sent < c->out_size)
		return;
	free(c->out);
	c->out = NULL;
	shutdown(fd, SHUT_WR);
	c->phase = PHASE_DRAINING;
	c->since_ms = mono_ms();
	watch(c, EV_READ, on_draining);
}

/* The client's end of file or failure while it waits for its answer. */
static void on_waiting(evutil_socket_t fd, short what, void *arg)
{
	char byte;
	ssize_t n = recv(fd, &byte, 1, MSG_PEEK);

	(void)what;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0)
		drop(arg);
	else
		/* More requests, or half-closed: it may still be reading. */
		event_del(&((struct http_client *)arg)->io);
}

static char *make_answer(const struct http_reply *r, bool is_head,
			 size_t *ret_size)
{
	size_t room = HEADER_SIZE + (is_head ? 0 : r->size);
	char *out = malloc(room);
	int n;

	if (!out)
		return NULL;
	n = snprintf(out, room,
		     "HTTP/1.1 %d %s\r\n"
		     "Content-Type: %s\r\n"
		     "Content-Length: %zu\r\n"
		     "Connection: close\r\n"
		     "Cache-Control: no-store\r\n"
		     "X-Content-Type-Options: nosniff\r\n"
		     "Content-Security-Policy: default-src 'none'; "
		     "style-src 'unsafe-inline'\r\n"
		     "%s\r\n",
		     r->code, code_table[code_index(r->code)].reason, r->type,
		     r->size, r->code == 405 ? "Allow: GET, HEAD\r\n" : "");
	assert(n > 0 && n < HEADER_SIZE);
	*ret_size = (size_t)n;
	if (!is_head) {
		memcpy(out + n, r->body, r->size);
		*ret_size += r->size;
	}
	return out;
}

void http_answer(struct http_client *c, const struct http_reply *reply)
{
	assert(c->phase == PHASE_READING || c->phase == PHASE_WAITING);
	c->out = make_answer(reply, c->req.is_head, &c->out_size);
	if (!c->out) {
		drop(c);
		return;
	}
	c->server->answers[code_index(reply->code)]++;
	c->out_sent = 0;
	c->phase = PHASE_WRITING;
	c->since_ms = mono_ms();
	watch(c, EV_WRITE, on_writable);
}

static void refuse(struct http_client *c, int code)
{
	char text[80];
	int n = snprintf(text, sizeof(text), "%s\n",
			 code_table[code_index(code)].reason);
	struct http_reply reply = {.code = code,
				   .type = "text/plain; charset=utf-8",
				   .body = text,
				   .size = (size_t)n};

	http_answer(c, &reply);
}

static void on_request(evutil_socket_t fd, short what, void *arg)
{
	struct http_client *c = arg;
	ssize_t n = recv(fd, c->head + c->head_size,
			 HTTP_HEAD_MAX - c->head_size, 0);
	int code;

	(void)what;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		drop(c);
		return;
	}
	c->head_size += (size_t)n;
	code = http_request_parse(c->head, c->head_size, &c->req);
	if (code == -EAGAIN)
		return;
	if (code) {
		refuse(c, code);
		return;
	}
	c->phase = PHASE_WAITING;
	watch(c, EV_READ, on_waiting);
	c->server->handler(c, &c->req, c->server->arg);
}

/* ---- the listener ---- */

static struct http_client *free_slot(struct http_server *s)
{
	for (int i = 0; i < HTTP_CLIENTS_MAX; i++) {
		if (s->client[i].phase == PHASE_FREE)
			return &s->client[i];
	}
	return NULL;
}

static void pause_accepting(struct http_server *s)
{
	event_del(&s->acceptable);
	s->is_paused = true;
}

static void welcome(struct http_server *s, struct http_client *c, int fd)
{
	c->server = s;
	c->fd = fd;
	c->phase = PHASE_READING;
	c->since_ms = mono_ms();
	c->head_size = 0;
	memset(&c->req, 0, sizeof(c->req));
	memset(&c->io, 0, sizeof(c->io));
	watch(c, EV_READ, on_request);
}

static void on_acceptable(evutil_socket_t fd, short what, void *arg)
{
	struct http_server *s = arg;
	struct http_client *c = free_slot(s);
	int conn;

	(void)what;
	if (!c) {
		pause_accepting(s);
		return;
	}
	conn = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (conn >= 0)
		welcome(s, c, conn);
	else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
		 errno == ENOMEM)
		pause_accepting(s); /* until the next sweep */
}

/* How long a client may be in its phase. */
static int64_t patience_ms(enum phase phase, bool is_pressed)
{
	switch (phase) {
	case PHASE_READING:
		return is_pressed ? HTTP_PRESSED_MS : HTTP_REQUEST_MS;
	case PHASE_WRITING:
		return is_pressed ? HTTP_PRESSED_ANSWER_MS : HTTP_ANSWER_MS;
	case PHASE_DRAINING:
		return is_pressed ? HTTP_PRESSED_MS : DRAIN_MS;
	case PHASE_WAITING:
		return HTTP_REQUEST_MS + HTTP_ANSWER_MS;
	case PHASE_FREE:
	default:
		return INT64_MAX;
	}
}

static void on_sweep(evutil_socket_t fd, short what, void *arg)
{
	struct http_server *s = arg;
	const bool is_pressed = s->is_paused; /* the first let go ends that */
	int64_t now_ms = mono_ms();

	(void)fd, (void)what;
	for (int i = 0; i < HTTP_CLIENTS_MAX; i++) {
		struct http_client *c = &s->client[i];

		if (now_ms - c->since_ms < patience_ms(c->phase, is_pressed))
			continue;
		if (c->phase == PHASE_DRAINING)
			let_go(c); /* it has its answer */
		else
			drop(c);
	}
	if (s->is_paused && free_slot(s) && !event_add(&s->acceptable, NULL))
		s->is_paused = false;
}

int http_open(struct event_base *base, const char *address,
	      http_handler handler, void *arg, struct http_server **ret)
{
	struct timeval sweep = {.tv_usec = SWEEP_MS * 1000};
	struct http_server *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	err = http_listen(address, &s->fd);
	if (err) {
		free(s);
		return err;
	}
	s->base = base;
	s->handler = handler;
	s->arg = arg;
	event_assign(&s->acceptable, base, s->fd, EV_READ | EV_PERSIST,
		     on_acceptable, s);
	event_add(&s->acceptable, NULL);
	event_assign(&s->sweep, base, -1, EV_PERSIST, on_sweep, s);
	event_add(&s->sweep, &sweep);
	*ret = s;
	return 0;
}

void http_close(struct http_server *s)
{
	if (!s)
		return;
	for (int i = 0; i < HTTP_CLIENTS_MAX; i++) {
		if (s->client[i].phase != PHASE_FREE)
			let_go(&s->client[i]);
	}
	event_del(&s->acceptable);
	event_del(&s->sweep);
	close(s->fd);
	free(s);
}

void http_address(const struct http_server *s, char ret[HTTP_ADDRESS_SIZE])
{
	http_listen_name(s->fd, ret);
}

void http_each_waiting(struct http_server *s, http_handler handler, void *arg)
{
	for (int i = 0; i < HTTP_CLIENTS_MAX; i++) {
		struct http_client *c = &s->client[i];

		if (c->phase == PHASE_WAITING)
			handler(c, &c->req, arg);
	}
}

void http_counts(const struct http_server *s, int ret_code[HTTP_CODES],
		 uint64_t ret_answers[HTTP_CODES], uint64_t *ret_dropped)
{
	for (int i = 0; i < HTTP_CODES; i++) {
		ret_code[i] = code_table[i].code;
		ret_answers[i] = s->answers[i];
	}
	*ret_dropped = s->dropped;
}
