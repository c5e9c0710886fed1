/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One answer for each client. Most answers fit the socket's buffer: they are
 * sent at once and the client is done with. What does not fit is kept until the
 * client has read it or its two seconds are over.
 */
#include "timed/local_server.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "timed/local_path.h"

/* Who finds it full is sent away by the kernel: a flood should not fill it. */
#define BACKLOG 1024

/* How long to leave the listener alone when descriptors have run out. */
#define PAUSE_S 1

/* How much of what a client says is thrown away before it is let go: unread
 * bytes would turn its end of file into ECONNRESET. */
#define DRAIN_SIZE 4096

struct client {
	struct local_server *server;
	int fd;        /* -1: free */
	uid_t uid;     /* whose */
	char *request; /* room for request_size bytes and its end */
	size_t have;
	char *text;    /* of the answer, what did not fit; NULL: nothing */
	size_t size, sent;
	struct event ready; /* to be read, or to be written to */
	struct event deadline;
	struct event mute; /* he need not say anything */
};

struct local_server {
	struct event_base *base;
	struct local_server_options opt;
	int fd;
	dev_t dev; /* the socket's, so as to remove no other */
	ino_t ino;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	struct event readable;
	struct event pause;
	uint64_t served, refused;
	char *requests; /* of all clients; NULL: they ask nothing */
	struct client client[LOCAL_CLIENTS_MAX];
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
	event_del(&c->ready);
	event_del(&c->deadline);
	event_del(&c->mute);
	close_fd(c->fd);
	free(c->text);
	c->text = NULL;
	c->fd = -1;
}

static void client_done(struct client *c, bool is_served)
{
	if (is_served)
		c->server->served++;
	else
		c->server->refused++;
	client_free(c);
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
	if (err != 0)
		client_done(c, err > 0);
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	client_done(arg, false);
}

static struct client *free_client(struct local_server *s)
{
	for (int i = 0; i < LOCAL_CLIENTS_MAX; i++) {
		if (s->client[i].fd < 0)
			return &s->client[i];
	}
	return NULL;
}

/* What the client waits for from now on; its time runs from the first. */
static bool wait_for(struct client *c, short what, event_callback_fn then)
{
	const struct timeval patience = { .tv_sec = c->server->opt.patience_s };

	event_del(&c->ready);
	event_assign(&c->ready, c->server->base, c->fd, what | EV_PERSIST, then,
		     c);
	return event_add(&c->ready, NULL) == 0 &&
	       (event_pending(&c->deadline, EV_TIMEOUT, NULL) ||
		event_add(&c->deadline, &patience) == 0);
}

/* The rest of the answer, for a client whose buffer is full. */
static bool keep_rest(struct client *c, const char *text, size_t size)
{
	c->text = malloc(size);
	if (!c->text)
		return false;
	memcpy(c->text, text, size);
	c->size = size;
	c->sent = 0;
	return wait_for(c, EV_WRITE, on_writable);
}

static void give(struct client *c, const char *text, size_t size)
{
	size_t sent = 0;
	int err = -ENODATA;

	if (text)
		err = send_some(c->fd, text, size, &sent);
	if (err == 0 && keep_rest(c, text + sent, size - sent))
		return;
	client_done(c, err > 0);
}

static void obey(struct client *c, size_t size, bool is_whole)
{
	const struct local_server_options *opt = &c->server->opt;
	const struct local_request request = { .fd = c->fd,
					       .text = c->request,
					       .size = size,
					       .is_whole = is_whole };
	size_t answer_size = 0;
	const char *text;

	event_del(&c->ready);
	text = opt->answer(opt->arg, &request, &answer_size);
	give(c, text, answer_size);
}

static bool may_be_mute(const struct client *c)
{
	return c->server->opt.mute_ms > 0 && c->have == 0;
}

/* He has said nothing. */
static void answer_mute(struct client *c)
{
	const struct local_server_options *opt = &c->server->opt;
	size_t size = 0;
	const char *text;

	event_del(&c->ready);
	event_del(&c->mute);
	text = opt->answer(opt->arg, NULL, &size);
	give(c, text, size);
}

static void on_request(evutil_socket_t fd, short what, void *arg)
{
	struct client *c = arg;
	const size_t room = c->server->opt.request_size + 1 - c->have;
	char *from = c->request + c->have, *end;
	ssize_t n = recv(fd, from, room, MSG_DONTWAIT);

	(void)what;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == 0 && may_be_mute(c)) { /* he will not say anything */
		answer_mute(c);
		return;
	}
	if (n < 0 || (n == 0 && c->have == 0)) { /* gone without a word */
		client_done(c, false);
		return;
	}
	event_del(&c->mute);
	c->have += (size_t)n;
	end = memchr(from, '\n', (size_t)n);
	if (end)
		obey(c, (size_t)(end - c->request), true);
	else if (n == 0 || (size_t)n == room)
		obey(c, c->have, false);
}

/* What he has said may be waiting to be read; else he has said nothing. */
static void on_mute(evutil_socket_t fd, short what, void *arg)
{
	struct client *c = arg;

	(void)fd;
	on_request(c->fd, what, c);
	if (c->fd >= 0 && c->text == NULL && may_be_mute(c))
		answer_mute(c);
}

static bool await_request(struct client *c)
{
	const int ms = c->server->opt.mute_ms;
	const struct timeval mute = { .tv_sec = ms / 1000,
				      .tv_usec = ms % 1000 * 1000 };

	return wait_for(c, EV_READ, on_request) &&
	       (ms == 0 || event_add(&c->mute, &mute) == 0);
}

/* All places are taken: who need not say anything is not waited for. */
static void hurry(struct local_server *s)
{
	for (int i = 0; i < LOCAL_CLIENTS_MAX; i++) {
		struct client *c = &s->client[i];

		if (c->fd >= 0 && event_pending(&c->mute, EV_TIMEOUT, NULL))
			on_mute(c->fd, EV_TIMEOUT, c);
	}
}

/* Without descriptors accept() fails and the listener stays readable: look
 * away for a moment, or the loop spins. */
static void pause_listening(struct local_server *s)
{
	const struct timeval pause = { .tv_sec = PAUSE_S };

	event_del(&s->readable);
	event_add(&s->pause, &pause);
}

static void on_pause_over(evutil_socket_t fd, short what, void *arg)
{
	struct local_server *s = arg;

	(void)fd;
	(void)what;
	event_add(&s->readable, NULL);
}

/* -1: there is none, or none can be had. */
static int next_fd(struct local_server *s)
{
	int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
		       errno == ENOBUFS))
		pause_listening(s);
	return fd;
}

static uid_t uid_of(int fd)
{
	struct ucred peer = { .uid = (uid_t)-1 };
	socklen_t size = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return (uid_t)-1;
	return peer.uid;
}

/* No user but root, and who we are, has more than his share of the places. */
static struct client *place_for(struct local_server *s, uid_t uid)
{
	int taken = 0;

	for (int i = 0; i < LOCAL_CLIENTS_MAX; i++)
		taken += s->client[i].fd >= 0 && s->client[i].uid == uid;
	if (uid != 0 && uid != geteuid() && taken >= LOCAL_SHARE_MAX)
		return NULL;
	return free_client(s);
}

static struct client *accept_client(struct local_server *s, int fd)
{
	const uid_t uid = uid_of(fd);
	struct client *c = place_for(s, uid);

	if (!c) {
		hurry(s);
		c = place_for(s, uid);
	}
	if (!c) {
		s->refused++;
		close_fd(fd);
		return NULL;
	}
	c->fd = fd;
	c->uid = uid;
	c->have = 0;
	return c;
}

static void on_readable(evutil_socket_t listener, short what, void *arg)
{
	struct local_server *s = arg;
	const char *text = NULL;
	size_t size = 0;
	int fd;

	(void)listener;
	(void)what;
	for (int i = 0; i < LOCAL_CLIENTS_MAX && (fd = next_fd(s)) >= 0; i++) {
		struct client *c = accept_client(s, fd);

		if (!c)
			continue;
		if (s->requests) {
			if (!await_request(c))
				client_done(c, false);
			continue;
		}
		if (!text)
			text = s->opt.answer(s->opt.arg, NULL, &size);
		give(c, text, size);
	}
}

/* To the group, where it is not the group's by birth. */
static int give_away(const char *path, gid_t gid)
{
	struct stat st;

	if (gid == (gid_t)-1)
		return 0;
	if (lstat(path, &st) < 0)
		return -1;
	return st.st_gid == gid ? 0 : lchown(path, (uid_t)-1, gid);
}

/* Nobody can connect before listen(). */
static int bind_and_listen(struct local_server *s,
			   const struct sockaddr_un *at)
{
	struct stat st;

	if (bind(s->fd, (const struct sockaddr *)at, sizeof(*at)) < 0)
		return -errno;
	if (give_away(at->sun_path, s->opt.gid) < 0 ||
	    chmod(at->sun_path, s->opt.mode) < 0 ||
	    lstat(at->sun_path, &st) < 0 || listen(s->fd, BACKLOG) < 0) {
		int err = -errno;

		unlink(at->sun_path);
		return err;
	}
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	return 0;
}

static int start(struct local_server *s)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int err;

	strcpy(at.sun_path, s->path);
	err = local_path_clear(&at, SOCK_STREAM);
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

static void init_clients(struct local_server *s)
{
	for (int i = 0; i < LOCAL_CLIENTS_MAX; i++) {
		struct client *c = &s->client[i];

		c->server = s;
		c->fd = -1;
		if (s->requests)
			c->request = s->requests +
				     (size_t)i * (s->opt.request_size + 1);
		event_assign(&c->ready, s->base, -1, 0, on_writable, c);
		event_assign(&c->deadline, s->base, -1, 0, on_deadline, c);
		event_assign(&c->mute, s->base, -1, 0, on_mute, c);
	}
}

int local_server_open(struct event_base *base,
		      const struct local_server_options *opt,
		      struct local_server **ret)
{
	struct local_server *s;
	int err = -ENOMEM;

	if (strlen(opt->path) >= sizeof(s->path))
		return -ENAMETOOLONG;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->base = base;
	s->opt = *opt;
	s->fd = -1;
	strcpy(s->path, opt->path);
	event_assign(&s->readable, base, -1, 0, on_readable, s);
	event_assign(&s->pause, base, -1, 0, on_pause_over, s);
	if (opt->request_size > 0)
		s->requests = malloc(LOCAL_CLIENTS_MAX *
				     (opt->request_size + 1));
	init_clients(s);
	if (opt->request_size == 0 || s->requests)
		err = start(s);
	if (err) {
		local_server_close(s);
		return err;
	}
	*ret = s;
	return 0;
}

void local_server_close(struct local_server *s)
{
	if (!s)
		return;
	for (int i = 0; i < LOCAL_CLIENTS_MAX; i++) {
		if (s->client[i].fd >= 0)
			client_free(&s->client[i]);
	}
	event_del(&s->readable);
	event_del(&s->pause);
	if (s->ino)
		local_path_remove(s->path, s->dev, s->ino);
	if (s->fd >= 0)
		close(s->fd);
	free(s->requests);
	free(s);
}

uint64_t local_server_served(const struct local_server *s)
{
	return s ? s->served : 0;
}

uint64_t local_server_refused(const struct local_server *s)
{
	return s ? s->refused : 0;
}
