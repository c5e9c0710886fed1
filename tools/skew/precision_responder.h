/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who answers precision probes: one answer to a probe, as large as it, to where
 * it came from; no more a second than it was told to give; nothing to anything
 * else, so that two responders never talk to each other. Every packet costs the
 * same, whoever sends how many.
 *
 * A probe that the network doubled is answered once: with two answers the stamp
 * of sending would be that of the wrong one.
 */
#ifndef PRECISION_RESPONDER_H
#define PRECISION_RESPONDER_H

#include <signal.h>
#include <stdbool.h>

#include "tools/skew/precision_socket.h"

#define PRECISION_CLIENTS 1024	  /* places; one is free again after ... */
#define PRECISION_IDLE_NS INT64_C(5000000000) /* ... so long a silence */

struct precision_pair_sent {
	uint32_t pair;
	unsigned answered; /* a bit for each index */
	struct precision_stamps stamps[2];
};

struct precision_client {
	uint64_t session;
	struct precision_address from;
	int64_t seen_ns, due_ns; /* monotonic; seen 0: a free place */
	enum precision_stamp wanted;
	struct precision_pair_sent now, earlier;
};

struct precision_served {
	uint64_t answered, junk, limited, full, stale, unsent;
};

struct precision_responder {
	int64_t client_ns, all_ns; /* between answers: to one, to all */
	int64_t due_ns;
	struct precision_client client[PRECISION_CLIENTS];
	struct precision_served count;
};

/* Answers a second: to one client, to all together; each above 0. */
void precision_responder_init(struct precision_responder *r,
			      unsigned client_rate, unsigned all_rate);

/*
 * What to answer to a packet that came in. 0; -EPROTO: it is no probe; -EBUSY:
 * above the rate; -EUSERS: no place for another client; -ESTALE: answered
 * before, or older than what was. All but 0 are counted.
 */
int precision_responder_take(struct precision_responder *r,
			     const struct precision_packet *probe,
			     const struct precision_address *from,
			     const struct precision_stamps *stamps,
			     int64_t mono_ns, struct precision_packet *ret);

/* Stamps of an answer that went out: the program's and later the kernel's. */
void precision_responder_sent(struct precision_responder *r,
			      const struct precision_packet *answer,
			      const struct precision_stamps *stamps);

/* Answer on `fd` until *stop. 0 or negative errno. */
int precision_responder_run(struct precision_responder *r, int fd,
			    const volatile sig_atomic_t *stop);

#endif
