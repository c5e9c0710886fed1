/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The connection to gpsd: opened, watched and opened again without ever
 * waiting for it. Lines come out of it; what they mean is told elsewhere.
 */
#ifndef GNSS_LINK_H
#define GNSS_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/env.h"
#include "drivers/gnss_lines.h"
#include "drivers/link_socket.h"

struct gnss_link {
	struct env *env;
	struct link_peer peer;
	int fd;	       /* -1: none */
	bool is_ready; /* connected, and it knows what we want */
	int error;     /* why it is not, negative errno; 0: not tried yet */
	int64_t next_raw_ns;	/* while not ready: try, or give up, then */
	int64_t wait_ns;	/* between tries: more each time */
	int64_t drained_raw_ns; /* nothing was left to read then */
	struct gnss_lines lines;
};

/* `host`: a numeric address. 0, or -EINVAL. Connects at the first look. */
int gnss_link_open(struct gnss_link *link, struct env *env, const char *host,
		   int port);
void gnss_link_close(struct gnss_link *link);

/* Connects when it is time to, and sees how that went. Call it every now and
 * then. */
void gnss_link_look(struct gnss_link *link);

/* Reads what there is, as far as there is room. True: gnss_lines_next() may
 * have something, and there may be more. */
bool gnss_link_read(struct gnss_link *link);

#endif
