/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One answer for each client, made in the order in which they have asked, one a turn
 * of the loop. Most answers fit the socket's buffer: they are sent at once and the
 * client is done with. What does not fit is kept until the client has read it or its
 * two seconds are over.
 */
#include "timed/local_server.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "timed/local_pace.h"
#include "timed/local_path.h"

/* How long to leave the listener alone when descriptors have run out. */
#define PAUSE_NS INT64_C(1000000000)

/* How much of what a client says is thrown away before it is let go: unread
 * bytes would turn its end of file into ECONNRESET. */
#define DRAIN_SIZE 4096

struct client {
	struct local_server *server;
	int fd;        /* -1: free */
	uid_t uid;     /* whose */
	char *request; /* room for request_size bytes and its end */
	size_t have;
	uint64_t ticket;    /* he waits for an answer from then on; 0: not yet */
	size_t asked_size;  /* of his line */
	bool is_whole, is_mute;
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
	struct event answering; /* somebody waits for an answer */
	struct local_pace accepts, answers;
	uint64_t tickets;
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
	struct local_server *s = c->server;
	const int64_t begin_ns = local_pace_begin();
	int err = send_some(fd, c->text, c->size, &c->sent);

	(void)what;
	if (err != 0)
		client_done(c, err > 0);
	local_pace_end(&s->answers, begin_ns);
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

/* ---- answers ---- */

/* He has closed his end: nobody would read an answer. Who has only said that he will
 * not write is still there; and who must ask may have given an order and gone. */
static bool is_gone(const struct client *c)
{
	struct pollfd p = { .fd = c->fd };

	return c->server->opt.mute_ms > 0 && poll(&p, 1, 0) > 0 &&
	       (p.revents & (POLLHUP | POLLERR));
}

static void obey(struct client *c)
{
	const struct local_server_options *opt = &c->server->opt;
	const struct local_request request = { .fd = c->fd,
					       .text = c->request,
					       .size = c->asked_size,
					       .is_whole = c->is_whole };
	size_t size = 0;
	const char *text;

	if (is_gone(c)) {
		client_done(c, false);
		return;
	}
	c->ticket = 0;
	text = opt->answer(opt->arg, &request, &size);
	give(c, text, size);
}

/* One answer for all who have not asked for anything. */
static void answer_mutes(struct local_server *s)
{
	const char *text = NULL;
	size_t size = 0;

	for (int i = 0; i < LOCAL_CLIENTS_MAX; i++) {
		struct client *c = &s->client[i];

		if (c->fd < 0 || c->ticket == 0 || !c->is_mute)
			continue;
		if (is_gone(c)) {
			client_done(c, false);
			continue;
		}
		if (!text)
			text = s->opt.answer(s->opt.arg, NULL, &size);
		c->ticket = 0;
		give(c, text, size);
	}
}

/* Who waits for one longest; NULL: nobody. */
static struct client *next_client(struct local_server *s)
{
	struct client *next = NULL;

	for (int i = 0; i < LOCAL_CLIENTS_MAX; i++) {
		struct client *c = &s->client[i];

		if (c->fd >= 0 && c->ticket > 0 &&
		    (!next || c->ticket < next->ticket))
			next = c;
	}
	return next;
}

/* In a turn of the loop of their own, when their share allows. */
static void answer_soon(struct local_server *s)
{
	const int64_t wait_us = (local_pace_wait(&s->answers) + 999) / 1000;
	const struct timeval wait = { .tv_sec = wait_us / 1000000,
				      .tv_usec = wait_us % 1000000 };

	if (event_pending(&s->answering, EV_TIMEOUT, NULL))
		return;
	if (wait_us == 0)
		event_active(&s->answering, EV_TIMEOUT, 0);
	else
		event_add(&s->answering, &wait);
}

static void on_answering(evutil_socket_t fd, short what, void *arg)
{
	struct local_server *s = arg;
	const int64_t begin_ns = local_pace_begin();
	struct client *c = next_client(s);

	(void)fd;
	(void)what;
	if (c && c->is_mute)
		answer_mutes(s);
	else if (c)
		obey(c);
	local_pace_end(&s->answers, begin_ns);
	if (next_client(s))
		answer_soon(s);
}

static void wants_answer(struct client *c, bool is_mute)
{
	event_del(&c->ready);
	event_del(&c->mute);
	c->is_mute = is_mute;
	c->ticket = ++c->server->tickets;
	answer_soon(c->server);
}

/* ---- requests ---- */

static bool may_be_mute(const struct client *c)
{
	return c->server->opt.mute_ms > 0 && c->have == 0;
}

static void has_asked(struct client *c, size_t size, bool is_whole)
{
	c->asked_size = size;
	c->is_whole = is_whole;
	wants_answer(c, false);
}

static void read_request(struct client *c)
{
	const size_t room = c->server->opt.request_size + 1 - c->have;
	char *from = c->request + c->have, *end;
	ssize_t n = recv(c->fd, from, room, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == 0 && may_be_mute(c) && !is_gone(c)) {
		wants_answer(c, true); /* he will not say anything */
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
		has_asked(c, (size_t)(end - c->request), true);
	else if (n == 0 || (size_t)n == room)
		has_asked(c, c->have, false);
}

/* What it costs is the newcomers': whoever writes bytes one by one keeps others
 * from coming, and none from being answered. */
static void on_request(evutil_socket_t fd, short what, void *arg)
{
	struct client *c = arg;
	struct local_server *s = c->server;
	const int64_t begin_ns = local_pace_begin();

	(void)fd;
	(void)what;
	read_request(c);
	local_pace_end(&s->accepts, begin_ns);
}

/* What he has said may be waiting to be read; else he has said nothing. */
static void on_mute(evutil_socket_t fd, short what, void *arg)
{
	struct client *c = arg;

	(void)fd;
	(void)what;
	read_request(c);
	if (c->fd >= 0 && c->ticket == 0 && may_be_mute(c))
		wants_answer(c, true);
}

static bool await_request(struct client *c)
{
	const int ms = c->server->opt.mute_ms;
	const struct timeval mute = { .tv_sec = ms / 1000,
				      .tv_usec = ms % 1000 * 1000 };

	return wait_for(c, EV_READ, on_request) &&
	       (ms == 0 || event_add(&c->mute, &mute) == 0);
}

/* ---- who comes ---- */

/* All places are taken: who need not say anything is not waited for. */
static void hurry(struct local_server *s)
{
	for (int i = 0; i < LOCAL_CLIENTS_MAX; i++) {
		struct client *c = &s->client[i];

		if (c->fd >= 0 && event_pending(&c->mute, EV_TIMEOUT, NULL))
			on_mute(c->fd, EV_TIMEOUT, c);
	}
	answer_mutes(s);
}

static void pause_listening(struct local_server *s, int64_t pause_ns)
{
	const struct timeval pause = {
		.tv_sec = pause_ns / 1000000000,
		.tv_usec = pause_ns % 1000000000 / 1000,
	};

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

/* -1: there is none, or none can be had. Without descriptors accept() fails and the
 * listener stays readable: look away for a moment, or the loop spins. */
static int next_fd(struct local_server *s)
{
	int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
		       errno == ENOBUFS))
		pause_listening(s, PAUSE_NS);
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

/* `hurries`: once for those who come together, as an answer is made. */
static struct client *accept_client(struct local_server *s, int fd,
				    bool *hurries)
{
	const uid_t uid = uid_of(fd);
	struct client *c = place_for(s, uid);

	if (!c && *hurries) {
		*hurries = false;
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
	c->ticket = 0;
	return c;
}

static void take_in(struct local_server *s)
{
	bool hurries = true;
	int fd;

	for (int i = 0; i < LOCAL_CLIENTS_MAX && (fd = next_fd(s)) >= 0; i++) {
		struct client *c = accept_client(s, fd, &hurries);

		if (!c)
			continue;
		if (!s->requests)
			wants_answer(c, true);
		else if (!await_request(c))
			client_done(c, false);
	}
	if (!s->requests)
		answer_mutes(s);
}

static void on_readable(evutil_socket_t listener, short what, void *arg)
{
	struct local_server *s = arg;
	const int64_t wait_ns = local_pace_wait(&s->accepts);
	const int64_t begin_ns = local_pace_begin();

	(void)listener;
	(void)what;
	if (wait_ns > 0) {
		pause_listening(s, wait_ns);
		return;
	}
	take_in(s);
	local_pace_end(&s->accepts, begin_ns);
}

static int start(struct local_server *s)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct stat st;
	int err;

	strcpy(at.sun_path, s->path);
	err = local_path_clear(&at, SOCK_STREAM);
	if (err)
		return err;
	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd < 0)
		return -errno;
	err = local_path_listen(s->fd, &at, s->opt.mode, s->opt.gid, &st);
	if (err)
		return err;
	s->dev = st.st_dev;
	s->ino = st.st_ino;
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
	s->accepts.share = s->answers.share = opt->share;
	s->fd = -1;
	strcpy(s->path, opt->path);
	event_assign(&s->readable, base, -1, 0, on_readable, s);
	event_assign(&s->pause, base, -1, 0, on_pause_over, s);
	event_assign(&s->answering, base, -1, 0, on_answering, s);
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
	event_del(&s->answering);
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
