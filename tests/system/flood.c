/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flood SECONDS CLIENTS SOCKET...: so many clients of Unix stream sockets that mean no
 * good. Each says nothing, or junk, or half a line, or asks for much and never reads;
 * whoever is let go connects again at once. At the end one line of what it was.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS_MAX 1000

/* Where the listener's queue is full: no sooner again. */
#define RETRY_MS 5

enum kind { SILENT, JUNK, HALF, DEAF, KINDS };

static struct pollfd clients[CLIENTS_MAX];
static uint64_t connected[KINDS], full, ended;

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void say(int fd, enum kind kind)
{
	static const char half[] = "{\"schema_version\": 1, \"act";
	static const char ask[] = "history hours 0\n";
	char junk[700];
	ssize_t n = 0;

	if (kind == JUNK) {
		for (size_t i = 0; i < sizeof(junk); i++)
			junk[i] = (char)(rand() % 256);
		n = send(fd, junk, (size_t)(rand() % (int)sizeof(junk)),
			 MSG_NOSIGNAL);
	} else if (kind == HALF) {
		n = send(fd, half, sizeof(half) - 1, MSG_NOSIGNAL);
	} else if (kind == DEAF) {
		n = send(fd, ask, sizeof(ask) - 1, MSG_NOSIGNAL);
	}
	if (n < 0)
		ended++; /* let go already: poll() will see it */
}

/* False: the listener's queue is full. */
static bool come(struct pollfd *p, const char *path, enum kind kind)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	p->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (p->fd < 0) {
		perror("flood: socket");
		exit(1);
	}
	if (connect(p->fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		if (errno != EAGAIN) {
			perror(path);
			exit(1);
		}
		close(p->fd);
		p->fd = -1;
		full++;
		return false;
	}
	p->events = kind == DEAF ? 0 : POLLIN; /* its end is told all the same */
	connected[kind]++;
	say(p->fd, kind);
	return true;
}

/* Whoever has been let go: an answer is read by none but to see its end. */
static void see(struct pollfd *p)
{
	char bin[4096];
	ssize_t n;

	if (p->fd < 0 || p->revents == 0)
		return;
	n = p->revents & POLLIN ? read(p->fd, bin, sizeof(bin)) : 0;
	if (n > 0 || (n < 0 && errno == EAGAIN))
		return;
	close(p->fd);
	p->fd = -1;
	ended++;
}

int main(int argc, char **argv)
{
	const int count = argc > 2 ? atoi(argv[2]) : 0, paths = argc - 3;
	int64_t end_ms;

	if (paths < 1 || count < 1 || count > CLIENTS_MAX) {
		fprintf(stderr, "usage: flood SECONDS CLIENTS SOCKET...\n");
		return 64;
	}
	for (int i = 0; i < count; i++)
		clients[i].fd = -1;
	end_ms = now_ms() + INT64_C(1000) * atoi(argv[1]);
	while (now_ms() < end_ms) {
		bool is_open[8] = {true, true, true, true,
				   true, true, true, true};

		for (int i = 0; i < count; i++) {
			const int path = i % paths;

			if (clients[i].fd < 0 && is_open[path % 8])
				is_open[path % 8] =
					come(&clients[i], argv[3 + path],
					     (enum kind)(i / paths % KINDS));
		}
		poll(clients, (nfds_t)count, RETRY_MS);
		for (int i = 0; i < count; i++)
			see(&clients[i]);
	}
	printf("silent=%llu junk=%llu half=%llu deaf=%llu full=%llu ended=%llu\n",
	       (unsigned long long)connected[SILENT],
	       (unsigned long long)connected[JUNK],
	       (unsigned long long)connected[HALF],
	       (unsigned long long)connected[DEAF], (unsigned long long)full,
	       (unsigned long long)ended);
	return 0;
}
