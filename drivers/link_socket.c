/* SPDX-License-Identifier: Apache-2.0 */
/* The sockets of links. See link_socket.h. */
#include "drivers/link_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

/* By fcntl: type bits of socket(2) are more than a simulated libc may know. */
int link_socket_open(int family, int type, int *ret)
{
	const int fd = socket(family, type, 0);
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

int link_socket_peer(const char *host, int port, struct link_peer *ret)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};

	if (port <= 0 || port > UINT16_MAX)
		return -EINVAL;
	in.sin_port = in6.sin6_port = htons((uint16_t)port);
	if (inet_pton(AF_INET, host, &in.sin_addr) == 1) {
		memcpy(&ret->address, &in, sizeof(in));
		ret->len = sizeof(in);
		ret->is_local = ntohl(in.sin_addr.s_addr) >> 24 == 127;
	} else if (inet_pton(AF_INET6, host, &in6.sin6_addr) == 1) {
		memcpy(&ret->address, &in6, sizeof(in6));
		ret->len = sizeof(in6);
		ret->is_local = IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr);
	} else {
		return -EINVAL;
	}
	return 0;
}

int link_socket_connect(int fd, const struct link_peer *peer)
{
	return connect(fd, (const struct sockaddr *)&peer->address, peer->len) <
			       0
		       ? -errno
		       : 0;
}
