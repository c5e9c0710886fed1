/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The agent's private chronyd: what it is configured with, and what it says on
 * its command socket. It runs with -x, serves this host's CLOCK_REALTIME to its
 * probers, and probes this node's peers; it never touches a clock.
 *
 * It answers on the same host at once, or is not well: one that is silent costs
 * CHRONYD_WAIT_MS once, and is asked no more until the next chronyd_open().
 */
#ifndef CHRONYD_H
#define CHRONYD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "drivers/cmdmon.h"

#define CHRONYD_WAIT_MS 300
#define CHRONYD_SOCKET	"chronyd.sock" /* in its directory */
#define CHRONYD_SOURCES "sources"      /* a directory there */

struct chronyd_options {
	const char *dir;     /* its own, 0700 and its user's: /run/tt-skew */
	const char *address; /* to serve at; NULL: all */
	uint16_t port;
	const char *allow;    /* who may probe: a subnet; NULL: anybody */
	const char *keyfile;  /* NULL: none */
	const char *nts_cert; /* NULL: NTS is not served */
	const char *nts_key;
	const char *nts_trusted; /* NULL: the system's */
	bool has_hwtimestamp;
};

/* ferror() says what fails. */
void chronyd_write_config(FILE *out, const struct chronyd_options *opt);

struct chronyd {
	int fd;		/* -1: closed */
	char path[108]; /* our own socket beside its own */
	uint32_t sequence;
};

/* 0 or negative errno: -ENOENT, -ECONNREFUSED: it does not run. */
int chronyd_open(const char *dir, struct chronyd *ret);
void chronyd_close(struct chronyd *c);

/* One question, its answer in `ret`. 0 or negative errno: -ETIMEDOUT. Its
 * sequence is set here. */
int chronyd_ask(struct chronyd *c, struct cmdmon_request *request,
		uint8_t ret[CMDMON_REPLY_SIZE], size_t *ret_len);

/* The questions of the agent, each as cmdmon_parse_...(). */
int chronyd_count(struct chronyd *c, uint32_t *ret);
int chronyd_source(struct chronyd *c, uint32_t index,
		   struct cmdmon_source *ret);
int chronyd_ntp_data(struct chronyd *c, const struct cmdmon_address *address,
		     struct cmdmon_ntp_data *ret);
int chronyd_name(struct chronyd *c, const struct cmdmon_address *address,
		 char ret[CMDMON_NAME_SIZE]);
int chronyd_reload(struct chronyd *c);

#endif
