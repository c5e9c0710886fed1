/* SPDX-License-Identifier: Apache-2.0 */
/* A listening socket, and its name. */
#include "tools/exporter/http_listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* More than that are let in by chance, when TCP tries again. */
#define BACKLOG 1024

/* getaddrinfo() takes -1 and 65536 for ports, too. */
static bool is_port(const char *text)
{
	size_t len = strspn(text, "0123456789");

	return len >= 1 && len <= 5 && !text[len] && atoi(text) <= 65535;
}

/* "127.0.0.1:10123", "[::1]:10123" */
static int parse_address(const char *text, struct addrinfo **ret)
{
	static const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST |
							  AI_NUMERICSERV,
					      .ai_socktype = SOCK_STREAM};
	const char *colon = strrchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : 0;
	bool is_bracketed = len > 2 && text[0] == '[' && text[len - 1] == ']';
	char host[INET6_ADDRSTRLEN];

	if (!len || !is_port(colon + 1) || len >= sizeof(host) ||
	    (!is_bracketed && memchr(text, ':', len)))
		return -EINVAL;
	snprintf(host, sizeof(host), "%.*s", (int)len - 2 * is_bracketed,
		 text + is_bracketed);
	return getaddrinfo(host, colon + 1, &hints, ret) ? -EINVAL : 0;
}

int http_listen(const char *address, int *ret)
{
	struct addrinfo *a = NULL;
	int one = 1, fd, err = parse_address(address, &a);

	if (err)
		return err;
	fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
		    0);
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(fd, a->ai_addr, a->ai_addrlen) || listen(fd, BACKLOG))
		err = -errno;
	freeaddrinfo(a);
	if (err && fd >= 0)
		close(fd);
	if (!err)
		*ret = fd;
	return err;
}

void http_listen_name(int fd, char ret[HTTP_ADDRESS_SIZE])
{
	struct sockaddr_storage addr = {0};
	socklen_t size = sizeof(addr);
	char host[INET6_ADDRSTRLEN] = "?";

	getsockname(fd, (struct sockaddr *)&addr, &size);
	if (addr.ss_family == AF_INET6) {
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&addr;

		inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host));
		snprintf(ret, HTTP_ADDRESS_SIZE, "[%s]:%d", host,
			 ntohs(in6->sin6_port));
	} else {
		struct sockaddr_in *in = (struct sockaddr_in *)&addr;

		inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
		snprintf(ret, HTTP_ADDRESS_SIZE, "%s:%d", host,
			 ntohs(in->sin_port));
	}
}
