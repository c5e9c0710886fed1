/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flood SECONDS CLIENTS KINDS SOCKET...: so many clients that mean no good, of Unix
 * stream sockets or, as "tcp:PORT", of 127.0.0.1. Each is of one of KINDS, a list with
 * commas: it says nothing (silent), junk, or half a line (half), or asks for much and
 * never reads (deaf), or for as much and reads it (greedy), or is gone as soon as it has
 * come (gone). Whoever is let go connects again at once. At the end one line of what it
 * was.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
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

enum kind { SILENT, JUNK, HALF, DEAF, GREEDY, GONE, KINDS };

static const char *const kind_name[KINDS] = {
	[SILENT] = "silent", [JUNK] = "junk",	  [HALF] = "half",
	[DEAF] = "deaf",     [GREEDY] = "greedy", [GONE] = "gone",
};

/* The most that there is: of the status socket, a page of the history. */
static const char *ask = "history hours 0\n";

static struct pollfd clients[CLIENTS_MAX];
static bool is_coming[CLIENTS_MAX]; /* it has yet to be let in */
static enum kind asked_for[KINDS];  /* those of KINDS */
static int kinds;
static uint64_t connected[KINDS], full, ended, read_bytes;

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void say(int fd, enum kind kind)
{
	static const char half[] = "{\"schema_version\": 1, \"act";
	char junk[700];
	ssize_t n = 0;

	if (kind == JUNK) {
		for (size_t i = 0; i < sizeof(junk); i++)
			junk[i] = (char)(rand() % 256);
		n = send(fd, junk, (size_t)(rand() % (int)sizeof(junk)),
			 MSG_NOSIGNAL);
	} else if (kind == HALF) {
		n = send(fd, half, sizeof(half) - 1, MSG_NOSIGNAL);
	} else if (kind == DEAF || kind == GREEDY) {
		n = send(fd, ask, strlen(ask), MSG_NOSIGNAL);
	}
	if (n < 0)
		ended++; /* let go already: poll() will see it */
}

static void leave(struct pollfd *p)
{
	close(p->fd);
	p->fd = -1;
}

/* It is let in. */
static void begin(struct pollfd *p, enum kind kind)
{
	/* its end is told all the same */
	p->events = kind == DEAF ? 0 : POLLIN;
	connected[kind]++;
	say(p->fd, kind);
	if (kind == GONE)
		leave(p);
}

union address {
	struct sockaddr any;
	struct sockaddr_un local;
	struct sockaddr_in port;
};

static socklen_t address_of(const char *path, union address *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (strncmp(path, "tcp:", 4) == 0) {
		ret->port.sin_family = AF_INET;
		ret->port.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		ret->port.sin_port = htons((uint16_t)atoi(path + 4));
		return sizeof(ret->port);
	}
	ret->local.sun_family = AF_UNIX;
	snprintf(ret->local.sun_path, sizeof(ret->local.sun_path), "%s", path);
	return sizeof(ret->local);
}

/* False: the listener's queue is full. */
static bool come(int i, const char *path, enum kind kind)
{
	struct pollfd *p = &clients[i];
	union address to;
	const socklen_t size = address_of(path, &to);

	p->fd = socket(to.any.sa_family,
		       SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (p->fd < 0) {
		perror("flood: socket");
		exit(1);
	}
	is_coming[i] = false;
	if (connect(p->fd, &to.any, size) == 0) {
		begin(p, kind);
		return true;
	}
	if (errno == EINPROGRESS) {
		is_coming[i] = true;
		p->events = POLLOUT;
		return true;
	}
	if (errno != EAGAIN) {
		perror(path);
		exit(1);
	}
	leave(p);
	full++;
	return false;
}

/* Whoever has been let in, or go: an answer is read by none but to see its end. */
static void see(int i, enum kind kind)
{
	static char bin[65536];
	struct pollfd *p = &clients[i];
	ssize_t n;

	if (p->fd < 0 || p->revents == 0)
		return;
	if (is_coming[i] && (p->revents & (POLLERR | POLLHUP)) == 0) {
		is_coming[i] = false;
		begin(p, kind);
		return;
	}
	n = p->revents & POLLIN ? read(p->fd, bin, sizeof(bin)) : 0;
	if (n > 0)
		read_bytes += (uint64_t)n;
	if (n > 0 || (n < 0 && errno == EAGAIN))
		return;
	leave(p);
	ended++;
}

static void take_kinds(char *list)
{
	char *save = NULL;

	for (char *name = strtok_r(list, ",", &save); name;
	     name = strtok_r(NULL, ",", &save)) {
		int kind = 0;

		while (kind < KINDS && strcmp(kind_name[kind], name) != 0)
			kind++;
		if (kind == KINDS || kinds == KINDS) {
			fprintf(stderr, "flood: %s: no kind of client\n", name);
			exit(64);
		}
		asked_for[kinds++] = (enum kind)kind;
	}
}

static enum kind kind_of(int i, int paths)
{
	return asked_for[i / paths % kinds];
}

/* All that are not there come, until the listener's queue is full. */
static void all_come(int count, int paths, char **path)
{
	bool is_open[8] = {true, true, true, true, true, true, true, true};

	for (int i = 0; i < count; i++) {
		const int at = i % paths;

		if (clients[i].fd < 0 && is_open[at % 8])
			is_open[at % 8] = come(i, path[at], kind_of(i, paths));
	}
}

static void tell(void)
{
	for (int i = 0; i < KINDS; i++)
		if (connected[i] > 0)
			printf("%s=%llu ", kind_name[i],
			       (unsigned long long)connected[i]);
	printf("full=%llu ended=%llu read_mb=%llu\n", (unsigned long long)full,
	       (unsigned long long)ended,
	       (unsigned long long)(read_bytes / 1000000));
}

int main(int argc, char **argv)
{
	const int count = argc > 2 ? atoi(argv[2]) : 0, paths = argc - 4;
	int64_t end_ms;

	if (paths < 1 || count < 1 || count > CLIENTS_MAX) {
		fprintf(stderr,
			"usage: flood SECONDS CLIENTS KINDS SOCKET...\n");
		return 64;
	}
	take_kinds(argv[3]);
	if (getenv("FLOOD_ASK"))
		ask = getenv("FLOOD_ASK");
	for (int i = 0; i < count; i++)
		clients[i].fd = -1;
	end_ms = now_ms() + INT64_C(1000) * atoi(argv[1]);
	while (now_ms() < end_ms) {
		all_come(count, paths, argv + 4);
		poll(clients, (nfds_t)count, RETRY_MS);
		for (int i = 0; i < count; i++)
			see(i, kind_of(i, paths));
	}
	tell();
	return 0;
}
