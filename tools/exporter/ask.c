/* SPDX-License-Identifier: Apache-2.0 */
/* One connection to the status socket, read as it comes. */
#include "tools/exporter/ask.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <json-c/json_object.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROUNDS_MAX 16 /* reads at a time, between which others have a turn */

struct ask {
	struct event_base *base;
	struct ask_options options;
	void *arg;
	bool is_asking;
	int fd;	    /* -1: none */
	int err;    /* of dialling */
	char *text; /* STATUS_FETCH_BYTES_MAX + 1 bytes */
	size_t len;
	struct event readable;
	struct event deadline;
};

static void hang_up(struct ask *a)
{
	event_del(&a->deadline);
	if (a->fd >= 0) {
		event_del(&a->readable);
		close(a->fd);
	}
	a->fd = -1;
	a->is_asking = false;
}

static void tell(struct ask *a, struct ask_answer *answer)
{
	hang_up(a);
	a->options.done(answer, a->arg);
}

static void tell_error(struct ask *a, int err, const char *why)
{
	struct ask_answer answer = {.err = err};

	snprintf(answer.why, sizeof(answer.why), "%s", why);
	tell(a, &answer);
}

static void tell_document(struct ask *a)
{
	struct ask_answer answer = {.text = a->text, .size = a->len};

	answer.err =
		a->options.parse(a->text, a->len, &answer.doc, answer.why);
	tell(a, &answer);
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct ask *a = arg;

	(void)fd, (void)what;
	if (a->err)
		tell_error(a, a->err, strerror(-a->err));
	else
		tell_error(a, -ETIMEDOUT,
			   a->len ? "its answer did not end within 2 s"
				  : "it did not answer within 2 s");
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct ask *a = arg;

	(void)what;
	for (int i = 0; i < ROUNDS_MAX; i++) {
		ssize_t n = read(fd, a->text + a->len,
				 STATUS_FETCH_BYTES_MAX + 1 - a->len);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n < 0 && errno == ECONNRESET)
			n = 0; /* it did not read what we said */
		if (n < 0) {
			tell_error(a, -errno, strerror(errno));
			return;
		}
		a->len += (size_t)n;
		if (n == 0 || a->len > STATUS_FETCH_BYTES_MAX) {
			tell_document(a);
			return;
		}
	}
}

int ask_new(struct event_base *base, const struct ask_options *options,
	    void *arg, struct ask **ret)
{
	struct ask *a = calloc(1, sizeof(*a));

	if (!a)
		return -ENOMEM;
	a->text = malloc(STATUS_FETCH_BYTES_MAX + 1);
	if (!a->text) {
		free(a);
		return -ENOMEM;
	}
	a->base = base;
	a->options = *options;
	a->arg = arg;
	a->fd = -1;
	event_assign(&a->deadline, base, -1, 0, on_deadline, a);
	*ret = a;
	return 0;
}

void ask_free(struct ask *a)
{
	if (!a)
		return;
	hang_up(a);
	free(a->text);
	free(a);
}

/* A line fits the socket's buffer, or nobody is there to read. */
static void say(int fd, const char *line)
{
	if (send(fd, line, strlen(line), MSG_NOSIGNAL) < 0)
		return;
}

void ask_start(struct ask *a, const char *line)
{
	struct timeval patience = {.tv_sec = STATUS_FETCH_NS_MAX / 1000000000};
	int fd;

	if (a->is_asking)
		return;
	a->is_asking = true;
	a->len = 0;
	fd = query_dial(a->options.path);
	a->err = fd < 0 ? fd : 0;
	a->fd = fd < 0 ? -1 : fd;
	if (fd < 0) {
		/* On the loop's next round. */
		event_add(&a->deadline, &(struct timeval){0});
		return;
	}
	say(fd, line);
	event_assign(&a->readable, a->base, fd, EV_READ | EV_PERSIST,
		     on_readable, a);
	event_add(&a->readable, NULL);
	event_add(&a->deadline, &patience);
}
