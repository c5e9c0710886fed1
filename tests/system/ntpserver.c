/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An NTPv4 server (RFC 5905, mode 4) that lies on demand: it serves
 * CLOCK_REALTIME plus a settable offset, with whatever root delay, root
 * dispersion and stratum it is told to claim. SIGUSR1 adds --jump-ns to the
 * offset, SIGUSR2 takes it away again. For tests; no authentication, no state.
 * Prints "ready" once it is bound.
 */
#include <arpa/inet.h>
#include <endian.h>
#include <getopt.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/judge/argument.h"

#define NS_PER_S       INT64_C(1000000000)
#define NTP_UNIX_EPOCH INT64_C(2208988800) /* RFC 5905: 1900 to 1970, s */
#define MODE_CLIENT    3
#define MODE_SERVER    4
#define PRECISION_LOG2 (-22) /* 0.24 us, about a system call */

struct ntp_packet { /* RFC 5905, figure 8; big-endian */
	uint8_t li_vn_mode;
	uint8_t stratum;
	int8_t poll;
	int8_t precision;
	uint32_t root_delay;	  /* 2^-16 s */
	uint32_t root_dispersion; /* 2^-16 s */
	uint32_t refid;
	uint64_t reference; /* 2^-32 s since 1900 */
	uint64_t origin;
	uint64_t receive;
	uint64_t transmit;
};

struct options {
	struct sockaddr_in addr;
	int64_t offset_ns;
	int64_t jump_ns;
	int64_t root_delay_ns;
	int64_t root_dispersion_ns;
	uint8_t stratum;
};

static volatile sig_atomic_t jumped, stopped;

static void on_signal(int sig)
{
	if (sig == SIGUSR1)
		jumped = 1;
	else if (sig == SIGUSR2)
		jumped = 0;
	else
		stopped = 1;
}

static int64_t realtime_ns(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_REALTIME, &ts))
		abort();
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

static uint64_t to_ntp(int64_t unix_ns)
{
	uint64_t s = (uint64_t)(unix_ns / NS_PER_S + NTP_UNIX_EPOCH);
	uint64_t frac = ((uint64_t)(unix_ns % NS_PER_S) << 32) / NS_PER_S;

	return htobe64(s << 32 | frac);
}

static uint32_t to_short(int64_t ns)
{
	return htobe32((uint32_t)((ns << 16) / NS_PER_S));
}

static void answer(int fd, const struct options *opt)
{
	struct sockaddr_in peer;
	socklen_t peer_len = sizeof(peer);
	struct ntp_packet p;
	ssize_t n = recvfrom(fd, &p, sizeof(p), 0, (struct sockaddr *)&peer,
			     &peer_len);
	int64_t lie_ns = opt->offset_ns + (jumped ? opt->jump_ns : 0);
	int64_t receive_ns = realtime_ns() + lie_ns;

	if (n < (ssize_t)sizeof(p) || (p.li_vn_mode & 7) != MODE_CLIENT)
		return;
	p.li_vn_mode = (uint8_t)((p.li_vn_mode & 0x38) | MODE_SERVER);
	p.stratum = opt->stratum;
	p.precision = PRECISION_LOG2;
	p.root_delay = to_short(opt->root_delay_ns);
	p.root_dispersion = to_short(opt->root_dispersion_ns);
	p.refid = htobe32(UINT32_C(0x54455354)); /* "TEST" */
	p.reference = to_ntp(receive_ns - NS_PER_S);
	p.origin = p.transmit;
	p.receive = to_ntp(receive_ns);
	p.transmit = to_ntp(realtime_ns() + lie_ns);
	if (sendto(fd, &p, sizeof(p), 0, (struct sockaddr *)&peer, peer_len) <
	    0)
		perror("ntpserver: sendto");
}

static void parse(int argc, char **argv, struct options *opt)
{
	static const struct option longs[] = {
		{"bind", required_argument, NULL, 'b'},
		{"port", required_argument, NULL, 'p'},
		{"offset-ns", required_argument, NULL, 'o'},
		{"jump-ns", required_argument, NULL, 'j'},
		{"root-delay-ns", required_argument, NULL, 'd'},
		{"root-dispersion-ns", required_argument, NULL, 'e'},
		{"stratum", required_argument, NULL, 's'},
		{NULL, 0, NULL, 0}};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case 'b':
			if (inet_pton(AF_INET, optarg, &opt->addr.sin_addr) !=
			    1)
				exit(2);
			break;
		case 'p':
			opt->addr.sin_port =
				htons((uint16_t)argument_number(optarg, 1, 65535));
			break;
		case 'o':
			opt->offset_ns = argument_number(optarg, -NS_PER_S, NS_PER_S);
			break;
		case 'j':
			opt->jump_ns = argument_number(optarg, -NS_PER_S, NS_PER_S);
			break;
		case 'd':
			opt->root_delay_ns = argument_number(optarg, 0, NS_PER_S);
			break;
		case 'e':
			opt->root_dispersion_ns = argument_number(optarg, 0, NS_PER_S);
			break;
		case 's':
			opt->stratum = (uint8_t)argument_number(optarg, 1, 15);
			break;
		default:
			exit(2);
		}
	}
}

int main(int argc, char **argv)
{
	struct options opt = {
		.addr = {.sin_family = AF_INET, .sin_port = htons(123)},
		.stratum = 1};
	struct sigaction sa = {.sa_handler = on_signal};
	int fd;

	parse(argc, argv, &opt);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGUSR2, &sa, NULL);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 ||
	    bind(fd, (struct sockaddr *)&opt.addr, sizeof(opt.addr))) {
		perror("ntpserver");
		return EXIT_FAILURE;
	}
	puts("ready");
	fflush(stdout);
	while (!stopped)
		answer(fd, &opt);
	close(fd);
	return EXIT_SUCCESS;
}
