/* SPDX-License-Identifier: Apache-2.0 */
/* The sockets to chronyd. See chrony_link.h. */
#include "drivers/chrony_link.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* How often a Unix socket that cannot be reached is tried. */
#define UNIX_RETRY_NS INT64_C(10000000000)

static int open_udp(struct chrony_link *link)
{
	int err = link_socket_open(link->peer.address.ss_family, SOCK_DGRAM,
				   &link->udp_fd);

	/* connected: only the peer's datagrams come in, and its refusals */
	return err ? err : link_socket_connect(link->udp_fd, &link->peer);
}

/* chronyd answers to a path, so we need one, in a place it can write to: the
 * directory of its own. */
static int own_path(struct chrony_link *link)
{
	const char *slash = strrchr(link->server.sun_path, '/');
	const int dir = slash ? (int)(slash - link->server.sun_path) + 1 : 0;
	const size_t size = sizeof(link->own.sun_path);
	int n;

	link->own = (struct sockaddr_un){.sun_family = AF_UNIX};
	n = snprintf(link->own.sun_path, size, "%.*stimed.%ld.sock", dir,
		     link->server.sun_path, (long)getpid());
	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

static int open_unix(struct chrony_link *link)
{
	const struct sockaddr *own = (const struct sockaddr *)&link->own;
	const struct sockaddr *server = (const struct sockaddr *)&link->server;
	int err = own_path(link);

	if (err)
		return err;
	/* not in a directory that is not ours to use, not over a running one */
	if (access(link->server.sun_path, F_OK) < 0)
		return -errno;
	err = link_socket_open(AF_UNIX, SOCK_DGRAM, &link->unix_fd);
	if (err)
		return err;
	unlink(link->own.sun_path); /* of a former life with our number */
	if (bind(link->unix_fd, own, sizeof(link->own)) < 0) {
		err = -errno;
		link->own.sun_path[0] = '\0';
	} else if (chmod(link->own.sun_path, 0666) < 0 ||
		   connect(link->unix_fd, server, sizeof(link->server)) < 0) {
		err = -errno;
	}
	if (err)
		chrony_link_drop_unix(link);
	return err;
}

int chrony_link_open(struct chrony_link *link, struct env *env,
		     const char *host, int port, const char *socket)
{
	const size_t len = strlen(socket);
	int err;

	memset(link, 0, sizeof(*link));
	link->env = env;
	link->udp_fd = link->unix_fd = -1;
	link->unix_retry_raw_ns = INT64_MIN;
	link->sequence = (uint32_t)env_raw_ns(env);
	link->server.sun_family = AF_UNIX;
	if (len >= sizeof(link->server.sun_path))
		return -ENAMETOOLONG;
	memcpy(link->server.sun_path, socket, len + 1);
	err = link_socket_peer(host, port, &link->peer);
	if (!err)
		err = open_udp(link);
	if (err)
		chrony_link_close(link);
	return err;
}

void chrony_link_close(struct chrony_link *link)
{
	chrony_link_drop_unix(link);
	if (link->udp_fd >= 0)
		close(link->udp_fd);
	link->udp_fd = -1;
}

int chrony_link_fd(const struct chrony_link *link)
{
	return link->is_waiting && link->is_on_unix ? link->unix_fd
						    : link->udp_fd;
}

bool chrony_link_has_unix(struct chrony_link *link)
{
	const int64_t now_ns = env_raw_ns(link->env);

	if (link->unix_fd >= 0)
		return true;
	if (link->server.sun_path[0] == '\0' ||
	    now_ns < link->unix_retry_raw_ns)
		return false;
	link->unix_retry_raw_ns = now_ns + UNIX_RETRY_NS;
	return open_unix(link) == 0;
}

void chrony_link_drop_unix(struct chrony_link *link)
{
	if (link->unix_fd >= 0)
		close(link->unix_fd);
	if (link->own.sun_path[0] != '\0')
		unlink(link->own.sun_path);
	link->unix_fd = -1;
	link->own.sun_path[0] = '\0';
	if (link->is_on_unix)
		link->is_waiting = link->is_on_unix = false;
}

/* Late replies to earlier questions, and errors that are no longer news. */
static void drain(int fd)
{
	uint8_t buf[CMDMON_REPLY_SIZE];

	for (int i = 0; i < 64; i++)
		if (recv(fd, buf, sizeof(buf), 0) < 0 && errno == EAGAIN)
			return;
}

int chrony_link_ask(struct chrony_link *link,
		    const struct cmdmon_request *request, bool on_unix,
		    int64_t timeout_ns)
{
	uint8_t buf[CMDMON_REQUEST_SIZE];
	const int fd = on_unix ? link->unix_fd : link->udp_fd;
	size_t len;

	link->is_waiting = false;
	if (fd < 0)
		return -ENOTCONN;
	drain(fd);
	link->request = *request;
	link->request.sequence = ++link->sequence;
	len = cmdmon_encode(&link->request, buf);
	link->asked_raw_ns = env_raw_ns(link->env);
	link->deadline_raw_ns = link->asked_raw_ns + timeout_ns;
	if (send(fd, buf, len, 0) < 0)
		return -errno;
	link->is_waiting = true;
	link->is_on_unix = on_unix;
	return 0;
}

int chrony_link_ask_again(struct chrony_link *link, int64_t timeout_ns)
{
	struct cmdmon_request request = link->request;

	request.attempt++;
	return chrony_link_ask(link, &request, link->is_on_unix, timeout_ns);
}

int chrony_link_receive(struct chrony_link *link,
			uint8_t buf[CMDMON_REPLY_SIZE])
{
	const ssize_t n = recv(chrony_link_fd(link), buf, CMDMON_REPLY_SIZE, 0);

	return n < 0 ? -errno : (int)n;
}
