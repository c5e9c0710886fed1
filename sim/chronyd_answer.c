/* SPDX-License-Identifier: Apache-2.0 */
/* What the modelled chronyd answers over cmdmon, on real sockets. See
 * chronyd_model.h. */
#include <arpa/inet.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "sim/chronyd_private.h"

static void put16(uint8_t *p, unsigned int v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

static void put_float(uint8_t *p, double v)
{
	put32(p, cmdmon_float_encode(v));
}

static void put_address(uint8_t *p, const struct cmdmon_address *a)
{
	memcpy(p, a->bytes, 16);
	put16(p + 16, a->family);
}

static size_t put_tracking(struct env *w, uint8_t *p)
{
	put32(p, w->synced ? 0x7f000001 : 0);
	put16(p + 24, w->synced ? 2 : 0);
	put16(p + 26, w->synced ? 0 : CMDMON_LEAP_UNSYNC);
	if (w->synced) {
		put32(p + 28, (uint32_t)(w->ref_time.s >> 32));
		put32(p + 32, (uint32_t)w->ref_time.s);
		put32(p + 36, (uint32_t)w->ref_time.ns);
	}
	put_float(p + 40, chronyd_clock_correction_ns(w) * 1e-9);
	put_float(p + 52, w->freq * 1e6);
	put_float(p + 72, w->update_interval_s);
	if (w->fault == MODEL_ABSURD)
		put32(p + 52, 0x7effffff); /* 2^63 ppm */
	return 76;
}

static double distance_s(const struct model_sample *m)
{
	return 0.5 * m->delay_s + m->disp_s + m->server_s + m->added_s;
}

static size_t put_source(struct env *w, const uint8_t *request, uint8_t *p,
			 unsigned int *status)
{
	const uint32_t i = get32(request + 20);
	struct model_source *s;
	struct model_sample *m;
	int64_t second_ns;

	if (i >= (uint32_t)w->count) {
		*status = 4;
		return 0;
	}
	s = &w->source[i];
	m = &s->latest;
	s->served = *m;
	s->served_raw_ns = w->raw_ns;
	s->served_real_ns = w->real_ns;
	s->served_cooked_ns = model_cooked_ns(w);
	s->served_freq = w->freq;
	put_address(p, &s->wire.address);
	put16(p + 20, (unsigned int)s->wire.poll & 0xffff);
	put16(p + 22, m->exists ? (unsigned int)s->wire.stratum : 0);
	put16(p + 26, s->wire.mode);
	put16(p + 30, s->wire.reach);
	put32(p + 32, CMDMON_NEVER);
	if (!m->exists)
		return 48;
	/* since the second of the sample, truncated, in C */
	second_ns = m->raw_ns + MODEL_EPOCH_NS + (int64_t)floor(m->cooked_ns);
	second_ns -= second_ns % NS_PER_S;
	put32(p + 32, (uint32_t)((chronyd_clock_abs_ns(w) - second_ns) /
				 NS_PER_S));
	put_float(p + 36, m->orig_ns * 1e-9);
	put_float(p + 40, m->meas_ns * 1e-9);
	put_float(p + 44, distance_s(m));
	return 48;
}

static size_t put_ntp_data(struct env *w, const uint8_t *request, uint8_t *p,
			   unsigned int *status)
{
	for (int i = 0; i < w->count; i++) {
		const struct model_source *s = &w->source[i];
		const struct model_sample *m = &s->latest;

		if (memcmp(s->wire.address.bytes, request + 20, 16) != 0)
			continue;
		put_address(p, &s->wire.address);
		put_address(p + 20, &s->wire.address);
		p[43] = 4;
		p[44] = 4;
		p[45] = (uint8_t)m->stratum;
		/* of the last packet, of which the measurement may not be */
		put_float(p + 48, s->held.server_s);
		put_float(p + 52, s->held.server_s * 0.5);
		put32(p + 56, s->ref_id);
		put_float(p + 72, -m->orig_ns * 1e-9);
		put_float(p + 76, m->delay_s);
		put_float(p + 80, m->disp_s);
		put_float(p + 84, 20e-6);
		put16(p + 92, CMDMON_TESTS_ALL |
				      (s->is_interleaved ? CMDMON_INTERLEAVED
							 : 0));
		return 124;
	}
	*status = 4;
	return 0;
}

static void send_to(int fd, const uint8_t *buf, size_t len,
		    const struct sockaddr_storage *to, socklen_t to_len)
{
	sendto(fd, buf, len, MSG_DONTWAIT, (const struct sockaddr *)to, to_len);
}

/* The answer to a request, whole and right. */
static size_t compose(struct env *w, bool is_unix, const uint8_t *request,
		      uint8_t reply[CMDMON_REPLY_SIZE])
{
	const unsigned int command = (unsigned int)request[4] << 8 | request[5];
	unsigned int status = 0, code = 1;
	size_t len = 0;

	memset(reply, 0, CMDMON_REPLY_SIZE);
	switch (command) {
	case CMDMON_TRACKING:
		code = 5;
		len = put_tracking(w, reply + 28);
		break;
	case CMDMON_N_SOURCES:
		code = 2;
		put32(reply + 28,
		      w->claimed_count ? w->claimed_count : (uint32_t)w->count);
		len = 4;
		break;
	case CMDMON_SOURCE_DATA:
		code = 3;
		len = put_source(w, request, reply + 28, &status);
		break;
	case CMDMON_NTP_DATA:
		code = 16;
		if (is_unix)
			len = put_ntp_data(w, request, reply + 28, &status);
		else
			status = 2;
		break;
	default:
		status = 3;
	}
	if (w->fault == MODEL_REFUSES)
		status = 2;
	reply[0] = w->fault == MODEL_WRONG_VERSION ? 7 : 6;
	reply[1] = 2;
	memcpy(reply + 4, request + 4, 2);
	put16(reply + 6, status ? 1 : code);
	put16(reply + 8, status);
	memcpy(reply + 16, request + 8, 4);
	if (w->fault == MODEL_WRONG_SEQUENCE)
		reply[19]++;
	return 28 + len;
}

static void answer_one(struct env *w, int fd, const uint8_t *request,
		       const struct sockaddr_storage *to, socklen_t to_len)
{
	uint8_t reply[CMDMON_REPLY_SIZE];
	size_t len;

	model_advance(w, (int64_t)model_random(w, 5e3, w->late_ns));
	len = compose(w, fd == w->unix_fd, request, reply);
	w->answers++;
	switch (w->fault) {
	case MODEL_SILENT:
		return;
	case MODEL_GARBAGE:
		for (size_t i = 0; i < len; i++)
			reply[i] = (uint8_t)chronyd_random(w);
		break;
	case MODEL_TRUNCATED:
		len -= len > 40 ? 9 : 13;
		break;
	case MODEL_FLOODS:
		for (int i = 0; i < 20; i++) {
			reply[19]++;
			send_to(fd, reply, len, to, to_len);
		}
		reply[19] = (uint8_t)(reply[19] - 20);
		break;
	default:
		break;
	}
	send_to(fd, reply, len, to, to_len);
	model_advance(w, (int64_t)model_random(w, 5e3, 2e5));
}

bool model_answer(struct env *w)
{
	const int fds[2] = {w->udp_fd, w->unix_fd};
	bool any = false;

	for (int i = 0; i < 2; i++) {
		uint8_t request[1024];
		struct sockaddr_storage from;
		socklen_t from_len = sizeof(from);
		ssize_t n;

		if (fds[i] < 0)
			continue;
		memset(request, 0, sizeof(request));
		n = recvfrom(fds[i], request, sizeof(request), MSG_DONTWAIT,
			     (struct sockaddr *)&from, &from_len);
		if (n < 20)
			continue;
		any = true;
		answer_one(w, fds[i], request, &from, from_len);
	}
	return any;
}

/* --- sockets ------------------------------------------------------------ */

void model_listen(struct env *w)
{
	struct sockaddr_in in = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)w->port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	socklen_t len = sizeof(in);

	w->udp_fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (w->udp_fd < 0 ||
	    bind(w->udp_fd, (struct sockaddr *)&in, sizeof(in)) < 0 ||
	    getsockname(w->udp_fd, (struct sockaddr *)&in, &len) < 0)
		chronyd_die("udp");
	w->port = ntohs(in.sin_port);
	snprintf(un.sun_path, sizeof(un.sun_path), "%s", w->socket);
	unlink(w->socket);
	w->unix_fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	if (w->unix_fd < 0 ||
	    bind(w->unix_fd, (struct sockaddr *)&un, sizeof(un)) < 0)
		chronyd_die("unix");
}

void model_hang_up(struct env *w)
{
	close(w->udp_fd);
	close(w->unix_fd);
	unlink(w->socket);
	w->udp_fd = w->unix_fd = -1;
}
