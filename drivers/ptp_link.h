/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one socket to ptp4l and the one request that may be in flight on it. It
 * is bound to a path, where answers come to as well as what ptp4l's
 * slave_event_monitor sends. Nothing here blocks.
 *
 * Who may write to it could tell us the time: the path's mode keeps others out
 * (ptp4l runs as root and needs none), and what does not come from root or from
 * the owner of ptp4l's own socket is not read.
 */
#ifndef PTP_LINK_H
#define PTP_LINK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/un.h>

#include "drivers/env.h"
#include "drivers/ptpmsg.h"

struct ptp_link {
	struct env *env;
	struct sockaddr_un server; /* ptp4l's */
	struct sockaddr_un own;	   /* sun_path "": not bound */
	int fd;
	uid_t owner; /* of ptp4l's socket */
	uint8_t domain;
	struct ptpmsg_request request;
	bool is_waiting;
	int64_t deadline_raw_ns;
};

/* 0 or negative errno: `path` is ours to bind to; there is no nameless (abstract)
 * socket, which has no mode and no directory. A socket that is left there of a
 * former life is removed first. */
int ptp_link_open(struct ptp_link *link, struct env *env, const char *server,
		  const char *path, int mode, uint8_t domain);
void ptp_link_close(struct ptp_link *link);

/* 0 or negative errno: -ECONNREFUSED, -ENOENT: nobody is there. A request that
 * was in flight is given up. */
int ptp_link_ask(struct ptp_link *link, enum ptpmsg_id id, int64_t timeout_ns);

/* The same with a SET of what ptp4l announces as a grandmaster. */
int ptp_link_set(struct ptp_link *link, const struct ptp_settings *settings,
		 int64_t timeout_ns);

/* The next datagram: 0; -EAGAIN there is none; other negative errno, it was
 * none of ptp4l's, and there may be more. */
int ptp_link_receive(struct ptp_link *link, struct ptpmsg *ret);

/* Is it what the request in flight asked for, said or refused? */
bool ptp_link_is_answer(const struct ptp_link *link, const struct ptpmsg *m);

#endif
