/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ptp4l, as far as its Unix socket goes: it answers GETs from what is set
 * here, and sends legs to its slave_event_monitor. In the test's own process:
 * nothing happens but when it is called. Include it in one file of a program.
 */
#ifndef FAKE_PTP4L_H
#define FAKE_PTP4L_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "drivers/ptpmsg.h"

struct fake_ptp4l {
	int fd;
	struct sockaddr_un monitor;
	bool is_deaf;
	uint8_t domain;
	uint8_t gm; /* the last byte of its identity; 1: itself */
	uint8_t class, accuracy, flags, steps;
	int ports;
	uint8_t state[4]; /* of each port */
	int64_t offset_ns, ingress_ns, path_delay_ns;
	int asked;
	uint8_t settings[8]; /* GRANDMASTER_SETTINGS_NP: may be set */
	int told;	     /* SETs of it */
	bool is_stubborn;    /* they change nothing */
	uint8_t refuses;     /* all of it, with this managementErrorId */
	bool is_hardware;
	enum {
		FAKE_NEW,
		FAKE_OLD, /* refuses PORT_PROPERTIES_NP, or, */
		FAKE_MUTE /* worse, says nothing */
	} age;
	const char *interface; /* PORT_PROPERTIES_NP; NULL: "lo" ... */
	const char *interface_of_second; /* ... and NULL: the same */
};

static void fake_put(uint8_t *p, uint64_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		p[i] = (uint8_t)(v >> (8 * (bytes - 1 - i)));
}

static void fake_path(struct sockaddr_un *un, const char *dir, const char *name)
{
	*un = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(un->sun_path, sizeof(un->sun_path), "%s/%s", dir, name);
}

static void fake_bind(struct fake_ptp4l *f, const char *dir)
{
	struct sockaddr_un un;

	fake_path(&un, dir, "ptp4l");
	fake_path(&f->monitor, dir, "monitor");
	unlink(un.sun_path);
	f->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (f->fd < 0 ||
	    bind(f->fd, (const struct sockaddr *)&un, sizeof(un)) < 0)
		abort();
}

/* Locked to 100 ns, one port that is a slave. */
static void fake_ptp4l_open(struct fake_ptp4l *f, const char *dir)
{
	memset(f, 0, sizeof(*f));
	f->gm = 9;
	f->class = PTP_CLASS_LOCKED;
	f->accuracy = 0x21;
	f->flags = PTP_TIMESCALE;
	f->steps = 1;
	f->ports = 1;
	f->state[0] = PTP_SLAVE;
	fake_bind(f, dir);
}

static void fake_ptp4l_close(struct fake_ptp4l *f, const char *dir)
{
	struct sockaddr_un un;

	fake_path(&un, dir, "ptp4l");
	close(f->fd);
	unlink(un.sun_path);
}

static size_t fake_data(const struct fake_ptp4l *f, uint16_t id, int port,
			uint8_t *p)
{
	const char *name;

	switch (id) {
	case PTPMSG_DEFAULT_DATA_SET:
		fake_put(p + 2, (uint64_t)f->ports, 2);
		p[17] = 1;
		p[18] = f->domain;
		return 20;
	case PTPMSG_PORT_DATA_SET:
		fake_put(p + 8, (uint64_t)port + 1, 2);
		p[10] = f->state[port];
		return 26;
	case PTPMSG_PARENT_DATA_SET:
		p[7] = p[31] = f->gm;
		p[9] = 1;
		p[19] = f->class;
		p[20] = f->accuracy;
		return 32;
	case PTPMSG_CURRENT_DATA_SET:
		p[1] = f->steps;
		fake_put(p + 10, (uint64_t)f->path_delay_ns << 16, 8);
		return 18;
	case PTPMSG_TIME_PROPERTIES_DATA_SET:
		p[1] = 37;
		p[2] = f->flags;
		return 4;
	case PTPMSG_TIME_STATUS_NP:
		fake_put(p, (uint64_t)f->offset_ns, 8);
		fake_put(p + 8, (uint64_t)f->ingress_ns, 8);
		p[41] = f->gm != 1;
		p[49] = f->gm;
		return 50;
	case PTPMSG_GRANDMASTER_SETTINGS_NP:
		memcpy(p, f->settings, sizeof(f->settings));
		return sizeof(f->settings);
	case PTPMSG_PORT_PROPERTIES_NP:
		fake_put(p + 8, (uint64_t)port + 1, 2);
		p[10] = f->state[port];
		p[11] = f->is_hardware;
		name = port == 1 && f->interface_of_second
			       ? f->interface_of_second
		       : f->interface ? f->interface
				      : "lo";
		p[12] = (uint8_t)strlen(name);
		strcpy((char *)p + 13, name);
		return 13 + p[12] + 1u;
	default:
		return 66;
	}
}

static bool is_refused(const struct fake_ptp4l *f, uint16_t id)
{
	return f->refuses ||
	       (f->age == FAKE_OLD && id == PTPMSG_PORT_PROPERTIES_NP);
}

static void fake_answer(const struct fake_ptp4l *f, const uint8_t *request,
			const struct sockaddr_un *to, int port)
{
	const uint16_t id = (uint16_t)(request[52] << 8 | request[53]);
	uint8_t buf[256] = {0};
	size_t len;

	memcpy(buf, request, 54);
	buf[46] = 2; /* RESPONSE */
	len = fake_data(f, id, port, buf + 54);
	if (is_refused(f, id)) { /* MANAGEMENT_ERROR_STATUS: error, id, reserved */
		buf[49] = 2;
		memcpy(buf + 54, buf + 52, 2);
		buf[52] = 0;
		buf[53] = f->refuses ? f->refuses : 6; /* NOT_SUPPORTED */
		fake_put(buf + 56, 0, 4);
		len = 6;
	}
	fake_put(buf + 50, len + 2, 2);
	fake_put(buf + 2, len + 54, 2);
	sendto(f->fd, buf, len + 54, 0, (const struct sockaddr *)to,
	       sizeof(*to));
}

/* True: there was a question. */
static bool fake_serve(struct fake_ptp4l *f)
{
	struct sockaddr_un from;
	socklen_t size = sizeof(from);
	uint8_t buf[256];
	const ssize_t n = recvfrom(f->fd, buf, sizeof(buf), 0,
				   (struct sockaddr *)&from, &size);
	bool is_of_ports;
	uint16_t id;

	if (n < 0)
		return false;
	f->asked++;
	if (f->is_deaf || n < 54 || buf[4] != f->domain)
		return true;
	id = (uint16_t)(buf[52] << 8 | buf[53]);
	if (id == PTPMSG_GRANDMASTER_SETTINGS_NP && buf[46] == 1 && n == 62) {
		if (!f->is_stubborn)
			memcpy(f->settings, buf + 54, sizeof(f->settings));
		f->told++;
	}
	if (f->age == FAKE_MUTE && id == PTPMSG_PORT_PROPERTIES_NP)
		return true;
	is_of_ports = id == PTPMSG_PORT_DATA_SET ||
		      id == PTPMSG_PORT_PROPERTIES_NP;
	for (int i = 0; i < (is_of_ports ? f->ports : 1); i++)
		fake_answer(f, buf, &from, i);
	return true;
}

static void fake_stamp(uint8_t *p, int64_t ns)
{
	fake_put(p, (uint64_t)(ns / 1000000000), 6);
	fake_put(p + 6, (uint64_t)(ns % 1000000000), 4);
}

static inline void fake_leg(const struct fake_ptp4l *f, bool is_forward,
		     int64_t sent_ns, int64_t received_ns)
{
	const size_t record = is_forward ? 34 : 30;
	uint8_t buf[128] = {0x0c, 2};

	fake_put(buf + 2, 58 + record, 2);
	buf[4] = f->domain;
	fake_put(buf + 44, is_forward ? 0x8004 : 0x7f00, 2);
	fake_put(buf + 46, 10 + record, 2);
	buf[48 + 7] = f->gm;
	buf[48 + 9] = 1;
	fake_stamp(buf + 60, sent_ns);
	fake_stamp(buf + (is_forward ? 82 : 78), received_ns);
	sendto(f->fd, buf, 58 + record, 0, (const struct sockaddr *)&f->monitor,
	       sizeof(f->monitor));
}

#endif
