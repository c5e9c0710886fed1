/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two sockets to chronyd and the one request that may be in flight on
 * them. UDP answers what everybody may ask; the Unix socket, for root and
 * chronyd's own user only, ntpdata too. Nothing here blocks.
 */
#ifndef CHRONY_LINK_H
#define CHRONY_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/un.h>

#include "drivers/cmdmon.h"
#include "drivers/env.h"
#include "drivers/link_socket.h"

struct chrony_link {
	struct env *env;
	struct link_peer peer;	   /* cmdmon over UDP */
	struct sockaddr_un server; /* chronyd's; sun_path "" for none */
	struct sockaddr_un own;	   /* ours beside it, while open */
	int udp_fd;
	int unix_fd; /* -1: not reachable */
	int64_t unix_retry_raw_ns;
	struct cmdmon_request request;
	bool is_waiting;
	bool is_on_unix;
	int64_t asked_raw_ns; /* of the attempt that is waited for */
	int64_t deadline_raw_ns;
	uint32_t sequence;
};

/* `socket` "": no Unix socket. 0 or negative errno. */
int chrony_link_open(struct chrony_link *link, struct env *env,
		     const char *host, int port, const char *socket);
void chrony_link_close(struct chrony_link *link);

/* The one to wait on: never -1. */
int chrony_link_fd(const struct chrony_link *link);

/* Opens the Unix socket when it is time to try again. True: it is open. */
bool chrony_link_has_unix(struct chrony_link *link);
void chrony_link_drop_unix(struct chrony_link *link);

/* Sends request (its sequence is set here) anew; a reply to an older attempt
 * is not waited for any more. 0 or negative errno: -ECONNREFUSED and the like
 * mean that nobody is there. */
int chrony_link_ask(struct chrony_link *link,
		    const struct cmdmon_request *request, bool on_unix,
		    int64_t timeout_ns);

/* The same question once more. */
int chrony_link_ask_again(struct chrony_link *link, int64_t timeout_ns);

/* A datagram: its length, -EAGAIN when there is none, or negative errno. */
int chrony_link_receive(struct chrony_link *link,
			uint8_t buf[CMDMON_REPLY_SIZE]);

#endif
