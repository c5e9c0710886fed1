/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The status socket. Most documents fit the socket's buffer: they are sent at
 * once and the client is done with. What does not fit is kept until the client
 * has read it or its two seconds are over.
 */
#include "timed/status_server.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 64

/* How long to leave the listener alone when descriptors have run out. */
#define PAUSE_S 1

/* How much of what a client says is thrown away before it is let go: unread
 * bytes would turn its end of file into ECONNRESET. */
#define DRAIN_SIZE 4096

struct client {
	struct status_server *server;
	int fd; /* -1: free */
	char *text;
	size_t size, sent;
	struct event writable;
	struct event deadline;
};

struct status_server {
	struct event_base *base;
	status_server_text text;
	void *arg;
	int patience_s;
	int fd;
	dev_t dev; /* the socket's, so as to remove no other */
	ino_t ino;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	struct event readable;
	struct event pause;
	uint64_t served, refused;
	struct client client[STATUS_CLIENTS_MAX];
};

static void close_fd(int fd)
{
	char bin[DRAIN_SIZE];

	if (recv(fd, bin, sizeof(bin), MSG_DONTWAIT) < 0) {
		/* There was nothing. */
	}
	close(fd);
}

static void client_free(struct client *c)
{
	event_del(&c->writable);
	event_del(&c->deadline);
	close_fd(c->fd);
	free(c->text);
	c->text = NULL;
	c->fd = -1;
}

/* 1: all is sent; 0: more to come; negative errno. */
static int send_some(int fd, const char *text, size_t size, size_t *sent)
{
	while (*sent < size) {
		ssize_t n = send(fd, text + *sent, size - *sent,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		*sent += (size_t)n;
	}
	return 1;
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct client *c = arg;
	int err = send_some(fd, c->text, c->size, &c->sent);

	(void)what;
	if (err == 0)
		return;
	if (err > 0)
		c->server->served++;
	else
		c->server->refused++;
	client_free(c);
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct client *c = arg;

	(void)fd;
	(void)what;
	c->server->refused++;
	client_free(c);
}

static struct client *free_client(struct status_server *s)
{
	for (int i = 0; i < STATUS_CLIENTS_MAX; i++) {
		if (s->client[i].fd < 0)
			return &s->client[i];
	}
	return NULL;
}

/* The rest of the document, for a client whose buffer is full. */
static bool keep_client(struct status_server *s, int fd, const char *text,
			size_t size)
{
	const struct timeval patience = { .tv_sec = s->patience_s };
	struct client *c = free_client(s);

	if (!c)
		return false;
	c->text = malloc(size);
	if (!c->text)
		return false;
	memcpy(c->text, text, size);
	c->fd = fd;
	c->size = size;
	c->sent = 0;
	event_assign(&c->writable, s->base, fd, EV_WRITE | EV_PERSIST,
		     on_writable, c);
	if (event_add(&c->writable, NULL) == 0 &&
	    event_add(&c->deadline, &patience) == 0)
		return true;
	event_del(&c->writable);
	free(c->text);
	c->text = NULL;
	c->fd = -1;
	return false;
}

static void serve(struct status_server *s, int fd, const char *text,
		  size_t size)
{
	size_t sent = 0;
	int err = -ENODATA;

	if (text)
		err = send_some(fd, text, size, &sent);
	if (err == 0 && keep_client(s, fd, text + sent, size - sent))
		return;
	if (err > 0)
		s->served++;
	else
		s->refused++;
	close_fd(fd);
}

/* Without descriptors accept() fails and the listener stays readable: look
 * away for a moment, or the loop spins. */
static void pause_listening(struct status_server *s)
{
	const struct timeval pause = { .tv_sec = PAUSE_S };

	event_del(&s->readable);
	event_add(&s->pause, &pause);
}

static void on_pause_over(evutil_socket_t fd, short what, void *arg)
{
	struct status_server *s = arg;

	(void)fd;
	(void)what;
	event_add(&s->readable, NULL);
}

/* One document serves all who came at the same time. */
static void on_readable(evutil_socket_t listener, short what, void *arg)
{
	struct status_server *s = arg;
	const char *text = NULL;
	size_t size = 0;

	(void)what;
	for (int i = 0; i < STATUS_CLIENTS_MAX; i++) {
		int fd = accept4(listener, NULL, NULL,
				 SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0 && (errno == EMFILE || errno == ENFILE ||
			       errno == ENOMEM || errno == ENOBUFS))
			pause_listening(s);
		if (fd < 0)
			return;
		if (!free_client(s)) {
			s->refused++;
			close_fd(fd);
			continue;
		}
		if (!text)
			text = s->text(s->arg, &size);
		serve(s, fd, text, size);
	}
}

/* Is there a listener at the other end? */
static bool is_answered(const struct sockaddr_un *at)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			0);
	bool answered;

	if (fd < 0)
		return true; /* cannot tell: leave it alone */
	answered = connect(fd, (const struct sockaddr *)at, sizeof(*at)) == 0 ||
		   errno != ECONNREFUSED;
	close(fd);
	return answered;
}

static int remove_stale(const struct sockaddr_un *at)
{
	struct stat st;

	if (lstat(at->sun_path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	if (is_answered(at))
		return -EADDRINUSE;
	return unlink(at->sun_path) < 0 ? -errno : 0;
}

static int bind_and_listen(struct status_server *s,
			   const struct sockaddr_un *at)
{
	struct stat st;

	if (bind(s->fd, (const struct sockaddr *)at, sizeof(*at)) < 0)
		return -errno;
	if (chmod(at->sun_path, 0666) < 0 || lstat(at->sun_path, &st) < 0 ||
	    listen(s->fd, BACKLOG) < 0) {
		int err = -errno;

		unlink(at->sun_path);
		return err;
	}
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	return 0;
}

static int start(struct status_server *s)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int err;

	strcpy(at.sun_path, s->path);
	err = remove_stale(&at);
	if (err)
		return err;
	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd < 0)
		return -errno;
	err = bind_and_listen(s, &at);
	if (err)
		return err;
	event_assign(&s->readable, s->base, s->fd, EV_READ | EV_PERSIST,
		     on_readable, s);
	return event_add(&s->readable, NULL) < 0 ? -ENOMEM : 0;
}

int status_server_open(struct event_base *base, const char *path,
		       int patience_s, status_server_text text, void *arg,
		       struct status_server **ret)
{
	struct status_server *s;
	int err;

	if (strlen(path) >= sizeof(s->path))
		return -ENAMETOOLONG;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->base = base;
	s->patience_s = patience_s;
	s->text = text;
	s->arg = arg;
	s->fd = -1;
	strcpy(s->path, path);
	event_assign(&s->readable, base, -1, 0, on_readable, s);
	event_assign(&s->pause, base, -1, 0, on_pause_over, s);
	for (int i = 0; i < STATUS_CLIENTS_MAX; i++) {
		struct client *c = &s->client[i];

		c->server = s;
		c->fd = -1;
		event_assign(&c->writable, base, -1, 0, on_writable, c);
		event_assign(&c->deadline, base, -1, 0, on_deadline, c);
	}
	err = start(s);
	if (err) {
		status_server_close(s);
		return err;
	}
	*ret = s;
	return 0;
}

static void remove_socket(const struct status_server *s)
{
	struct stat st;

	if (lstat(s->path, &st) == 0 && st.st_dev == s->dev &&
	    st.st_ino == s->ino)
		unlink(s->path);
}

void status_server_close(struct status_server *s)
{
	if (!s)
		return;
	for (int i = 0; i < STATUS_CLIENTS_MAX; i++) {
		if (s->client[i].fd >= 0)
			client_free(&s->client[i]);
	}
	event_del(&s->readable);
	event_del(&s->pause);
	if (s->ino)
		remove_socket(s);
	if (s->fd >= 0)
		close(s->fd);
	free(s);
}

uint64_t status_server_served(const struct status_server *s)
{
	return s ? s->served : 0;
}

uint64_t status_server_refused(const struct status_server *s)
{
	return s ? s->refused : 0;
}
