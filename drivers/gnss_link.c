/* SPDX-License-Identifier: Apache-2.0 */
/* The connection to gpsd. See gnss_link.h. */
#include "drivers/gnss_link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
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

static int parse_peer(struct gnss_link *link, const char *host, int port)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};

	if (port <= 0 || port > UINT16_MAX)
		return -EINVAL;
	in.sin_port = in6.sin6_port = htons((uint16_t)port);
	if (inet_pton(AF_INET, host, &in.sin_addr) == 1) {
		memcpy(&link->peer, &in, sizeof(in));
		link->peer_len = sizeof(in);
		link->is_local = ntohl(in.sin_addr.s_addr) >> 24 == 127;
	} else if (inet_pton(AF_INET6, host, &in6.sin6_addr) == 1) {
		memcpy(&link->peer, &in6, sizeof(in6));
		link->peer_len = sizeof(in6);
		link->is_local = IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr);
	} else {
		return -EINVAL;
	}
	return 0;
}

int gnss_link_open(struct gnss_link *link, struct env *env, const char *host,
		   int port)
{
	memset(link, 0, sizeof(*link));
	link->env = env;
	link->fd = -1;
	link->wait_ns = WAIT_NS_MIN;
	link->next_raw_ns = env_raw_ns(env);
	gnss_lines_init(&link->lines);
	return parse_peer(link, host, port);
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

/* By fcntl: type bits of socket(2) are more than a simulated libc may know. */
static int open_socket(int family, int *ret)
{
	const int fd = socket(family, SOCK_STREAM, 0);
	int flags;

	if (fd < 0)
		return -errno;
	flags = fcntl(fd, F_GETFL);
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 || flags < 0 ||
	    fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) {
		const int err = -errno;

		close(fd);
		return err;
	}
	*ret = fd;
	return 0;
}

/* It is connected: say what we want. The socket is empty, so it takes it all
 * or has gone. */
static void begin(struct gnss_link *link)
{
	static const char request[] = GNSS_WATCH_REQUEST;
	const size_t size = sizeof(request) - 1;
	ssize_t n = send(link->fd, request, size, MSG_NOSIGNAL);

	if (n != (ssize_t)size) {
		lose(link, n < 0 ? -errno : -EIO);
		return;
	}
	gnss_lines_init(&link->lines);
	link->is_ready = true;
	link->error = 0;
	link->drained_raw_ns = env_raw_ns(link->env);
}

static void start(struct gnss_link *link)
{
	int err = open_socket(link->peer.ss_family, &link->fd);

	if (err) {
		lose(link, err);
		return;
	}
	if (connect(link->fd, (const struct sockaddr *)&link->peer,
		    link->peer_len) == 0) {
		begin(link);
		return;
	}
	err = -errno;
	if (err != -EINPROGRESS)
		lose(link, err);
	else
		link->next_raw_ns = env_raw_ns(link->env) + CONNECT_NS;
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
	size_t size;
	char *room;
	ssize_t n;

	if (!link->is_ready)
		return false;
	room = gnss_lines_room(&link->lines, &size);
	n = recv(link->fd, room, size, 0);
	if (n > 0) {
		gnss_lines_added(&link->lines, (size_t)n);
		link->wait_ns = WAIT_NS_MIN;
		return true;
	}
	if (n < 0 && errno == EINTR)
		return true;
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		link->drained_raw_ns = env_raw_ns(link->env);
	else
		lose(link, n == 0 ? -ECONNRESET : -errno);
	return false;
}
