/* SPDX-License-Identifier: Apache-2.0 */
/* What the links to engines have in common: a socket that never blocks and no
 * child inherits, and whom to connect it to. */
#ifndef LINK_SOCKET_H
#define LINK_SOCKET_H

#include <stdbool.h>
#include <sys/socket.h>

struct link_peer {
	struct sockaddr_storage address;
	socklen_t len;
	bool is_local; /* on the loopback: its CLOCK_REALTIME is ours */
};

/* 0 or negative errno. */
int link_socket_open(int family, int type, int *ret);

/* `host`: a numeric address (a name would need a resolver, which blocks). 0 or
 * -EINVAL. */
int link_socket_peer(const char *host, int port, struct link_peer *ret);

/* As connect(2): 0 or negative errno, -EINPROGRESS among them. */
int link_socket_connect(int fd, const struct link_peer *peer);

#endif
