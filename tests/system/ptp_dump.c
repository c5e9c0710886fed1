/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ptp-dump: what our codec reads of a ptp4l's data sets, in the names and the
 * notation of pmc; then, for as many seconds as are asked for, the legs that
 * its slave_event_monitor sends. With a directory, each datagram that came in
 * is left there too, as a corpus for the fuzzer.
 *
 * usage: ptp-dump SERVER PATH DOMAIN [SECONDS [DIRECTORY]]
 * exit: 0, 1 no answer, 2 usage
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "drivers/ptp_link.h"
#include "timed/env_linux.h"

static struct env *machine;
static const char *directory;

static void print_quality(const char *prefix, const char *variance,
			  const struct ptp_quality *q)
{
	printf("%sClass %d\n%sAccuracy 0x%02x\n%s 0x%04x\n", prefix,
	       q->class, prefix, q->accuracy, variance, q->variance);
}

static void print_identity(const char *key, const struct ptp_identity *id)
{
	char text[PTP_IDENTITY_SIZE];

	ptp_identity_print(id, text);
	printf("%s %s\n", key, text);
}

static void print_port(const char *key, const struct ptp_port *port)
{
	char text[PTP_IDENTITY_SIZE];

	ptp_identity_print(&port->clock, text);
	printf("%s %s-%d\n", key, text, port->number);
}

static void print_default(const struct ptp_default *d)
{
	printf("slaveOnly %d\nnumberPorts %d\n", d->is_slave_only, d->ports);
	print_quality("clock", "offsetScaledLogVariance", &d->quality);
	print_identity("clockIdentity", &d->clock);
	printf("domainNumber %d\n", d->domain);
}

static void print_port_status(const struct ptp_port_status *s)
{
	print_port("portIdentity", &s->port);
	printf("portState %s\nlogMinDelayReqInterval %d\n"
	       "peerMeanPathDelay %" PRId64 "\nlogAnnounceInterval %d\n"
	       "announceReceiptTimeout %d\n"
	       "logSyncInterval %d\ndelayMechanism %d\n",
	       ptpmsg_port_state_name(s->state), s->log_delay_req,
	       s->peer_delay_ns, s->log_announce, s->announce_timeout,
	       s->log_sync, s->delay_mechanism);
}

static void print_time_properties(const struct ptp_time_properties *t)
{
	static const struct {
		const char *name;
		uint8_t flag;
	} flags[] = {{"leap61", PTP_LEAP_61},
		     {"leap59", PTP_LEAP_59},
		     {"currentUtcOffsetValid", PTP_UTC_OFFSET_VALID},
		     {"ptpTimescale", PTP_TIMESCALE},
		     {"timeTraceable", PTP_TIME_TRACEABLE},
		     {"frequencyTraceable", PTP_FREQUENCY_TRACEABLE}};

	printf("currentUtcOffset %d\n", t->utc_offset_s);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		printf("%s %d\n", flags[i].name,
		       (t->flags & flags[i].flag) != 0);
	printf("timeSource 0x%02x\n", t->source);
}

static void print_answer(const struct ptpmsg *m)
{
	switch (m->id) {
	case PTPMSG_DEFAULT_DATA_SET:
		print_default(&m->defaults);
		break;
	case PTPMSG_CURRENT_DATA_SET:
		printf("stepsRemoved %d\noffsetFromMaster %" PRId64
		       "\nmeanPathDelay %" PRId64 "\n",
		       m->current.steps_removed, m->current.offset_ns,
		       m->current.path_delay_ns);
		break;
	case PTPMSG_PARENT_DATA_SET:
		print_port("parentPortIdentity", &m->parent.port);
		print_quality("gm.Clock", "gm.OffsetScaledLogVariance",
			      &m->parent.quality);
		print_identity("grandmasterIdentity", &m->parent.gm);
		break;
	case PTPMSG_TIME_PROPERTIES_DATA_SET:
		print_time_properties(&m->time_properties);
		break;
	case PTPMSG_PORT_DATA_SET:
		print_port_status(&m->port);
		break;
	case PTPMSG_TIME_STATUS_NP:
		printf("master_offset %" PRId64 "\ningress_time %" PRId64
		       "\ngmPresent %s\n",
		       m->time_status.offset_ns, m->time_status.ingress_ns,
		       m->time_status.has_gm ? "true" : "false");
		print_identity("gmIdentity", &m->time_status.gm);
		break;
	default:
		break;
	}
}

static void print_legs(const struct ptpmsg *m)
{
	for (int i = 0; i < m->legs.count; i++) {
		const struct ptp_leg *l = &m->legs.leg[i];

		printf("%s %d sent %" PRId64 " received %" PRId64
		       " correction %" PRId64 "\n",
		       l->is_forward ? "sync" : "delay", l->sequence,
		       l->sent_ns, l->received_ns, l->correction_ns);
	}
}

static void record(const uint8_t *buf, size_t len)
{
	static int number;
	char path[512];
	FILE *f;

	if (!directory)
		return;
	snprintf(path, sizeof(path), "%s/%03d", directory, number++);
	f = fopen(path, "we");
	if (!f || fwrite(buf, 1, len, f) != len || fclose(f) != 0)
		perror(path);
}

/* As ptp_link_receive, but within a time, and recorded. */
static int receive(struct ptp_link *link, int64_t until_raw_ns,
		   struct ptpmsg *ret)
{
	uint8_t buf[PTPMSG_SIZE];

	while (env_raw_ns(machine) < until_raw_ns) {
		struct pollfd p = {.fd = link->fd, .events = POLLIN};
		ssize_t n;

		if (poll(&p, 1, 10) <= 0)
			continue;
		n = recv(link->fd, buf, sizeof(buf), 0);
		if (n < 0)
			continue;
		record(buf, (size_t)n);
		if (ptpmsg_parse(buf, (size_t)n, ret) == 0)
			return 0;
	}
	return -ETIMEDOUT;
}

static int ask(struct ptp_link *link, enum ptpmsg_id id)
{
	struct ptpmsg m;
	int err = ptp_link_ask(link, id, 1000000000);

	while (!err) {
		err = receive(link, link->deadline_raw_ns, &m);
		if (!err && ptp_link_is_answer(link, &m))
			break;
	}
	if (err)
		return err;
	if (m.kind == PTPMSG_REFUSAL)
		printf("refused %04x: %d\n", m.id, m.error);
	else
		print_answer(&m);
	return 0;
}

static int dump(struct ptp_link *link)
{
	static const enum ptpmsg_id ids[] = {
		PTPMSG_DEFAULT_DATA_SET,   PTPMSG_CURRENT_DATA_SET,
		PTPMSG_PARENT_DATA_SET,	   PTPMSG_TIME_PROPERTIES_DATA_SET,
		PTPMSG_PORT_DATA_SET,	   PTPMSG_TIME_STATUS_NP,
		PTPMSG_SUBSCRIBE_EVENTS_NP};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(ids) / sizeof(ids[0]); i++)
		err = ask(link, ids[i]);
	return err;
}

static void listen_for(struct ptp_link *link, int64_t seconds)
{
	const int64_t until_ns = env_raw_ns(machine) + seconds * 1000000000;
	struct ptpmsg m;

	while (receive(link, until_ns, &m) == 0)
		if (m.kind == PTPMSG_LEGS)
			print_legs(&m);
}

int main(int argc, char **argv)
{
	struct ptp_link link;
	int err;

	if (argc < 4) {
		fputs("usage: ptp-dump SERVER PATH DOMAIN [SECONDS "
		      "[DIRECTORY]]\n",
		      stderr);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	directory = argc > 5 ? argv[5] : NULL;
	machine = env_linux_open();
	err = ptp_link_open(&link, machine, argv[1], argv[2], 0600,
			    (uint8_t)atoi(argv[3]));
	if (!err)
		err = dump(&link);
	if (!err && argc > 4)
		listen_for(&link, atoll(argv[4]));
	if (err)
		fprintf(stderr, "ptp-dump: %s\n", strerror(-err));
	ptp_link_close(&link);
	return err ? 1 : 0;
}
