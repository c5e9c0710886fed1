/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A gpsd on a socket of the loopback: what a test has it say, it says in
 * gpsd's own words. One client. Include it in one file of a test program.
 */
#ifndef FAKE_GPSD_H
#define FAKE_GPSD_H

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FAKE_GPSD_S INT64_C(1000000000)

struct fake_gpsd {
	int listener;
	int client; /* -1: none */
	int port;
	int mode;   /* of the fix */
	int leap_s; /* GPS - UTC */
	int64_t accuracy_ns;
};

static void fake_gpsd_open(struct fake_gpsd *g)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	socklen_t len = sizeof(in);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	g->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert(bind(g->listener, (struct sockaddr *)&in, len) == 0);
	assert(listen(g->listener, 4) == 0);
	assert(getsockname(g->listener, (struct sockaddr *)&in, &len) == 0);
	*g = (struct fake_gpsd){.listener = g->listener,
				.client = -1,
				.port = ntohs(in.sin_port),
				.mode = 3,
				.leap_s = 18,
				.accuracy_ns = 25};
}

/* It dies; who connects again is heard again. */
static void fake_gpsd_hang_up(struct fake_gpsd *g)
{
	if (g->client >= 0)
		close(g->client);
	g->client = -1;
}

static void fake_gpsd_close(struct fake_gpsd *g)
{
	fake_gpsd_hang_up(g);
	close(g->listener);
}

static void fake_gpsd_say(struct fake_gpsd *g, const char *text)
{
	struct pollfd p = {g->listener, POLLIN, 0};

	if (g->client < 0 && poll(&p, 1, 0) > 0)
		g->client = accept(g->listener, NULL, NULL);
	if (g->client >= 0)
		assert(send(g->client, text, strlen(text), MSG_NOSIGNAL) > 0);
}

/* A message of that second was there at this CLOCK_REALTIME. */
static void fake_gpsd_say_toff(struct fake_gpsd *g, int64_t second_ns,
			       int64_t real_ns)
{
	char text[256];

	snprintf(text, sizeof(text),
		 "{\"class\":\"TOFF\",\"device\":\"/dev/a\","
		 "\"real_sec\":%lld, \"real_nsec\":0,\"clock_sec\":%lld,"
		 "\"clock_nsec\":%lld}\r\n",
		 (long long)(second_ns / FAKE_GPSD_S),
		 (long long)(real_ns / FAKE_GPSD_S),
		 (long long)(real_ns % FAKE_GPSD_S));
	fake_gpsd_say(g, text);
}

/* is_leap: it is the second 60 after this one. */
static void fake_gpsd_say_tpv(struct fake_gpsd *g, const char *device,
			      int64_t second_ns, bool is_leap)
{
	const time_t s = (time_t)(second_ns / FAKE_GPSD_S);
	char time[32], text[256];
	struct tm tm;

	gmtime_r(&s, &tm);
	tm.tm_sec += is_leap;
	strftime(time, sizeof(time), "%Y-%m-%dT%H:%M:%S.000Z", &tm);
	snprintf(text, sizeof(text),
		 "{\"class\":\"TPV\",\"device\":\"%s\",\"mode\":%d,"
		 "\"time\":\"%s\",\"leapseconds\":%d,"
		 "\"ept\":0.%09lld}\r\n",
		 device, g->mode, time, g->leap_s, (long long)g->accuracy_ns);
	fake_gpsd_say(g, text);
}

#endif
