/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ptprelay: a wire between two interfaces that delays each direction by as much
 * as it is told, and loses the PTP messages it is told to lose. Frames of IEEE
 * 802.3 with PTP in them (ethertype 0x88f7); all others pass without delay.
 * What a frame is late beyond its delay is part of the path: it is told at the
 * end.
 *
 * usage: ptprelay A B <commands
 *   delay FORWARD-NS BACKWARD-NS   from A to B, from B to A
 *   jitter NS                      as much more each way, evenly
 *   lose KIND...                   sync announce delay_req, or nothing
 * exit: at the end of its input
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>

#define NS_PER_S    INT64_C(1000000000)
#define QUEUE_MAX   512
#define FRAME_MAX   2048
#define ETHER_PTP   0x88f7
#define SPIN_NS	    200000 /* below that poll() is too coarse: spin */
#define COMMAND_MAX 128

struct frame {
	int64_t due_ns;
	size_t len;
	uint8_t bytes[FRAME_MAX];
};

/* First in, first out: a wire keeps the order. */
struct direction {
	int from, to;
	int64_t delay_ns;
	int64_t last_ns;
	int head, count;
	struct frame queue[QUEUE_MAX];
};

static struct direction way[2];
static int64_t jitter_ns;
static uint32_t lost; /* bit of each messageType */
static int64_t late_ns_max;

static const struct {
	const char *name;
	uint32_t types;
} kinds[] = {{"sync", 1u << 0x0 | 1u << 0x8}, /* and Follow_Up */
	     {"delay_req", 1u << 0x1},
	     {"announce", 1u << 0xb}};

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static int open_interface(const char *name)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET,
				      .sll_protocol = htons(ETH_P_ALL)};
	struct packet_mreq all = {.mr_type = PACKET_MR_PROMISC};
	const int fd = socket(AF_PACKET, SOCK_RAW, 0);

	address.sll_ifindex = all.mr_ifindex = (int)if_nametoindex(name);
	if (fd < 0 || address.sll_ifindex == 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all,
		       sizeof(all)) < 0) {
		fprintf(stderr, "ptprelay: %s: %s\n", name, strerror(errno));
		exit(1);
	}
	return fd;
}

static bool is_ptp(const uint8_t *bytes, size_t len)
{
	return len > ETH_HLEN && bytes[12] == ETHER_PTP >> 8 &&
	       bytes[13] == (ETHER_PTP & 0xff);
}

static void enqueue(struct direction *d, const uint8_t *bytes, size_t len)
{
	const bool ptp = is_ptp(bytes, len);
	struct frame *f;

	if ((ptp && (lost & 1u << (bytes[ETH_HLEN] & 0xf))) ||
	    d->count == QUEUE_MAX)
		return;
	f = &d->queue[(d->head + d->count++) % QUEUE_MAX];
	f->due_ns = now_ns();
	if (ptp)
		f->due_ns +=
			d->delay_ns + (int64_t)(drand48() * (double)jitter_ns);
	if (f->due_ns < d->last_ns)
		f->due_ns = d->last_ns;
	d->last_ns = f->due_ns;
	f->len = len;
	memcpy(f->bytes, bytes, len);
}

static void receive(struct direction *d)
{
	struct sockaddr_ll from;
	uint8_t bytes[FRAME_MAX];

	for (int i = 0; i < QUEUE_MAX; i++) {
		socklen_t size = sizeof(from);
		const ssize_t n =
			recvfrom(d->from, bytes, sizeof(bytes), MSG_DONTWAIT,
				 (struct sockaddr *)&from, &size);

		if (n < 0)
			return;
		if (from.sll_pkttype != PACKET_OUTGOING)
			enqueue(d, bytes, (size_t)n);
	}
}

/* When the next frame is due, INT64_MAX: there is none. */
static int64_t send_due(struct direction *d)
{
	while (d->count > 0) {
		const struct frame *f = &d->queue[d->head];
		const int64_t late_ns = now_ns() - f->due_ns;

		if (late_ns < 0)
			return f->due_ns;
		if (late_ns > late_ns_max)
			late_ns_max = late_ns;
		if (send(d->to, f->bytes, f->len, 0) < 0)
			perror("ptprelay");
		d->head = (d->head + 1) % QUEUE_MAX;
		d->count--;
	}
	return INT64_MAX;
}

static void lose(const char *text)
{
	lost = 0;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strstr(text, kinds[i].name))
			lost |= kinds[i].types;
}

static void obey(const char *line)
{
	int64_t a, b;

	if (sscanf(line, "delay %" SCNd64 " %" SCNd64, &a, &b) == 2) {
		way[0].delay_ns = a;
		way[1].delay_ns = b;
	} else if (sscanf(line, "jitter %" SCNd64, &a) == 1) {
		jitter_ns = a;
	} else if (strncmp(line, "lose", 4) == 0) {
		lose(line + 4);
	} else {
		fprintf(stderr, "ptprelay: what is '%s'?\n", line);
		return;
	}
	printf("done %s\n", line);
}

/* False: at the end of the input. */
static bool read_commands(void)
{
	static char line[COMMAND_MAX];
	static size_t len;
	char text[COMMAND_MAX];
	const ssize_t n = read(STDIN_FILENO, text, sizeof(text));

	for (ssize_t i = 0; i < n; i++) {
		if (text[i] == '\n') {
			line[len] = '\0';
			obey(line);
			len = 0;
		} else if (len + 1 < sizeof(line)) {
			line[len++] = text[i];
		}
	}
	return n > 0;
}

static int wait_ms(int64_t due_ns)
{
	const int64_t left_ns = due_ns - now_ns() - SPIN_NS;

	if (due_ns == INT64_MAX)
		return -1;
	return left_ns <= 0 ? 0 : (int)(left_ns / 1000000);
}

int main(int argc, char **argv)
{
	struct pollfd p[3] = {{.events = POLLIN},
			      {.events = POLLIN},
			      {.fd = STDIN_FILENO, .events = POLLIN}};
	bool more = true;

	if (argc != 3) {
		fputs("usage: ptprelay A B <commands\n", stderr);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	way[0].from = way[1].to = p[0].fd = open_interface(argv[1]);
	way[1].from = way[0].to = p[1].fd = open_interface(argv[2]);
	puts("ready");
	while (more) {
		const int64_t a_ns = send_due(&way[0]);
		const int64_t b_ns = send_due(&way[1]);

		if (poll(p, 3, wait_ms(a_ns < b_ns ? a_ns : b_ns)) < 0)
			continue;
		receive(&way[0]);
		receive(&way[1]);
		if (p[2].revents)
			more = read_commands();
	}
	printf("latest by %" PRId64 " ns\n", late_ns_max);
	return 0;
}
