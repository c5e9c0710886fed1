/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers every datagram with garbage, in chronyd's place: garbage udp PORT,
 * or garbage unix PATH. By turns: noise, the request itself, the request with
 * its reply bits set and noise behind, a cut one, an empty one, a flood.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define PACKET_MAX 2048

static int bind_udp(const char *port)
{
	struct sockaddr_in addr = {.sin_family = AF_INET,
				   .sin_port = htons((uint16_t)atoi(port))};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return -1;
	return fd;
}

static int bind_unix(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(addr.sun_path))
		return -1;
	strcpy(addr.sun_path, path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return -1;
	return fd;
}

static void fill(unsigned char *p, size_t from, size_t to, unsigned *seed)
{
	for (size_t i = from; i < to; i++)
		p[i] = (unsigned char)rand_r(seed);
}

/* Turn the request of `len` bytes into an answer; its length. */
static size_t spoil(unsigned char *p, size_t len, unsigned turn, unsigned *seed)
{
	size_t other = (size_t)rand_r(seed) % PACKET_MAX;

	switch (turn % 5) {
	case 0:
		fill(p, 0, other, seed);
		return other;
	case 1:
		return len;
	case 2:
		p[1] = 2; /* candm.h: PKT_TYPE_CMD_REPLY */
		fill(p, 20, PACKET_MAX, seed);
		return PACKET_MAX / 2;
	case 3:
		p[1] = 2;
		return len / 2;
	default:
		return 0;
	}
}

int main(int argc, char **argv)
{
	static unsigned char p[PACKET_MAX];
	unsigned seed = 1, turn = 0;
	int fd = -1;

	if (argc == 3 && !strcmp(argv[1], "udp"))
		fd = bind_udp(argv[2]);
	else if (argc == 3)
		fd = bind_unix(argv[2]);
	if (fd < 0) {
		perror("garbage");
		return EXIT_FAILURE;
	}
	for (;;) {
		struct sockaddr_storage peer;
		socklen_t peer_len = sizeof(peer);
		ssize_t n = recvfrom(fd, p, sizeof(p), 0,
				     (struct sockaddr *)&peer, &peer_len);
		int copies = turn % 7 == 6 ? 200 : 1;

		if (n < 0)
			continue;
		size_t len = spoil(p, (size_t)n, turn++, &seed);

		for (int i = 0; i < copies; i++)
			sendto(fd, p, len, MSG_DONTWAIT,
			       (struct sockaddr *)&peer, peer_len);
	}
}
