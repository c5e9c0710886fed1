/* SPDX-License-Identifier: Apache-2.0 */
/*
 * udprelay: a way round for UDP: what comes to one port is sent on to another,
 * and the answers back, each direction as late as it is told to be. What a
 * datagram is late beyond that is part of the path, and told at the end.
 *
 * usage: udprelay ADDRESS PORT TO-PORT <commands
 *   delay THERE-NS BACK-NS
 * It says "ready" once it listens, and "ok" to each command. exit: at the end
 * of its input.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S     INT64_C(1000000000)
#define QUEUE_MAX    256
#define DATAGRAM_MAX 1500
#define SPIN_NS	     200000 /* below that poll() is too coarse: spin */

struct datagram {
	int64_t due_ns;
	size_t size;
	uint8_t bytes[DATAGRAM_MAX];
};

/* First in, first out. */
struct direction {
	int from, to;
	struct sockaddr_in peer; /* whom to send to */
	int64_t delay_ns, last_ns;
	int head, count;
	struct datagram queue[QUEUE_MAX];
};

static struct direction there, back;
static int64_t late_ns_max;

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static int open_socket(const struct sockaddr_in *at)
{
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (const struct sockaddr *)at, sizeof(*at))) {
		perror("udprelay");
		exit(1);
	}
	return fd;
}

/* Whoever asked last is answered: there is one client. */
static void receive(struct direction *d, struct direction *answers)
{
	for (int i = 0; i < QUEUE_MAX; i++) {
		struct datagram *g =
			&d->queue[(d->head + d->count) % QUEUE_MAX];
		struct sockaddr_in from;
		socklen_t len = sizeof(from);
		uint8_t spill[DATAGRAM_MAX];
		const bool is_full = d->count == QUEUE_MAX;
		const ssize_t n = recvfrom(d->from, is_full ? spill : g->bytes,
					   DATAGRAM_MAX, MSG_DONTWAIT,
					   (struct sockaddr *)&from, &len);

		if (n < 0)
			return;
		if (answers)
			answers->peer = from;
		if (is_full)
			continue;
		g->size = (size_t)n;
		g->due_ns = now_ns() + d->delay_ns;
		if (g->due_ns < d->last_ns)
			g->due_ns = d->last_ns;
		d->last_ns = g->due_ns;
		d->count++;
	}
}

/* When the next is due, INT64_MAX: there is none. */
static int64_t send_due(struct direction *d)
{
	while (d->count > 0) {
		const struct datagram *g = &d->queue[d->head];
		const int64_t late_ns = now_ns() - g->due_ns;

		if (late_ns < 0)
			return g->due_ns;
		if (late_ns > late_ns_max)
			late_ns_max = late_ns;
		(void)sendto(d->to, g->bytes, g->size, 0,
			     (struct sockaddr *)&d->peer, sizeof(d->peer));
		d->head = (d->head + 1) % QUEUE_MAX;
		d->count--;
	}
	return INT64_MAX;
}

/* Lines come whole: a shell writes them. 0 at the end of the input. */
static int obey(void)
{
	char text[128];
	const ssize_t n = read(STDIN_FILENO, text, sizeof(text) - 1);

	if (n <= 0)
		return 0;
	text[n] = '\0';
	if (sscanf(text, "delay %" SCNd64 " %" SCNd64, &there.delay_ns,
		   &back.delay_ns) == 2)
		puts("ok");
	else
		printf("error: %s", text);
	fflush(stdout);
	return 1;
}

static void wait_for(struct pollfd p[3], int64_t due_ns)
{
	const int64_t left_ns =
		due_ns == INT64_MAX ? INT64_MAX : due_ns - now_ns();

	if (left_ns == INT64_MAX)
		poll(p, 3, -1);
	else if (left_ns > SPIN_NS)
		poll(p, 3, (int)((left_ns - SPIN_NS) / 1000000));
	else
		poll(p, 3, 0);
}

static void run(void)
{
	struct pollfd p[3] = {{.fd = there.from, .events = POLLIN},
			      {.fd = back.from, .events = POLLIN},
			      {.fd = STDIN_FILENO, .events = POLLIN}};

	for (;;) {
		const int64_t a = send_due(&there), b = send_due(&back);

		wait_for(p, a < b ? a : b);
		receive(&there, &back);
		receive(&back, NULL);
		if (p[2].revents && !obey())
			return;
	}
}

static in_port_t port(const char *text)
{
	return htons((uint16_t)strtoul(text, NULL, 10));
}

int main(int argc, char **argv)
{
	struct sockaddr_in at = {.sin_family = AF_INET};

	if (argc != 4 || inet_pton(AF_INET, argv[1], &at.sin_addr) != 1) {
		fputs("usage: udprelay ADDRESS PORT TO-PORT\n", stderr);
		return 2;
	}
	there.peer = at;
	there.peer.sin_port = port(argv[3]);
	at.sin_port = port(argv[2]);
	there.from = back.to = open_socket(&at);
	at.sin_port = 0;
	back.from = there.to = open_socket(&at);
	puts("ready");
	fflush(stdout);
	run();
	printf("late_ns_max=%" PRId64 "\n", late_ns_max);
	return 0;
}
