/* SPDX-License-Identifier: Apache-2.0 */
/* The connection to gpsd. See gnss_link.h. */
#include "drivers/gnss_link.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define NS_PER_S INT64_C(1000000000)

/* A gpsd that is restarted is back within a second; one that is not there need
 * not be asked often. */
#define WAIT_NS_MIN NS_PER_S
#define WAIT_NS_MAX (16 * NS_PER_S)

/* A host that is gone answers nothing at all. */
#define CONNECT_NS (5 * NS_PER_S)

int gnss_link_open(struct gnss_link *link, struct env *env, const char *host,
		   int port)
{
	memset(link, 0, sizeof(*link));
	link->env = env;
	link->fd = -1;
	link->wait_ns = WAIT_NS_MIN;
	link->next_raw_ns = env_raw_ns(env);
	gnss_lines_init(&link->lines);
	return link_socket_peer(host, port, &link->peer);
}

void gnss_link_close(struct gnss_link *link)
{
	if (link->fd >= 0)
		close(link->fd);
	link->fd = -1;
	link->is_ready = false;
}

static void lose(struct gnss_link *link, int err)
{
	gnss_link_close(link);
	link->error = err;
	link->next_raw_ns = env_raw_ns(link->env) + link->wait_ns;
	link->wait_ns = link->wait_ns * 2 > WAIT_NS_MAX ? WAIT_NS_MAX
							: link->wait_ns * 2;
}

/* It is connected: say what we want. The socket is empty, so it takes it all
 * or has gone. */
static void begin(struct gnss_link *link)
{
	static const char request[] = GNSS_WATCH_REQUEST;
	const size_t size = sizeof(request) - 1;
	const int64_t now_ns = env_raw_ns(link->env); /* before it can answer */
	ssize_t n = send(link->fd, request, size, MSG_NOSIGNAL);

	if (n != (ssize_t)size) {
		lose(link, n < 0 ? -errno : -EIO);
		return;
	}
	gnss_lines_init(&link->lines);
	link->is_ready = true;
	link->error = 0;
	link->drained_raw_ns = now_ns;
}

static void start(struct gnss_link *link)
{
	int err = link_socket_open(link->peer.address.ss_family, SOCK_STREAM,
				   &link->fd);

	if (!err)
		err = link_socket_connect(link->fd, &link->peer);
	if (!err)
		begin(link);
	else if (err == -EINPROGRESS)
		link->next_raw_ns = env_raw_ns(link->env) + CONNECT_NS;
	else
		lose(link, err);
}

static void see_connect(struct gnss_link *link)
{
	struct pollfd p = {.fd = link->fd, .events = POLLOUT};
	socklen_t len = sizeof(int);
	int err = 0;

	if (poll(&p, 1, 0) > 0) {
		if (getsockopt(link->fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
			err = errno;
		if (err)
			lose(link, -err);
		else
			begin(link);
	} else if (env_raw_ns(link->env) >= link->next_raw_ns) {
		lose(link, -ETIMEDOUT);
	}
}

void gnss_link_look(struct gnss_link *link)
{
	if (link->is_ready)
		return;
	if (link->fd >= 0)
		see_connect(link);
	else if (env_raw_ns(link->env) >= link->next_raw_ns)
		start(link);
}

bool gnss_link_read(struct gnss_link *link)
{
	int64_t now_ns; /* before the look: what comes after is not seen */
	size_t size;
	char *room;
	ssize_t n;

	if (!link->is_ready)
		return false;
	room = gnss_lines_room(&link->lines, &size);
	now_ns = env_raw_ns(link->env);
	n = recv(link->fd, room, size, 0);
	if (n > 0) {
		gnss_lines_added(&link->lines, (size_t)n);
		link->wait_ns = WAIT_NS_MIN;
		return true;
	}
	if (n < 0 && errno == EINTR)
		return true;
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		link->drained_raw_ns = now_ns;
	else
		lose(link, n == 0 ? -ECONNRESET : -errno);
	return false;
}
