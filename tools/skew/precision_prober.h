/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who sends precision probes: pairs of packets at random times to each peer, and
 * a report on each of its windows.
 */
#ifndef PRECISION_PROBER_H
#define PRECISION_PROBER_H

#include <signal.h>

#include "tools/skew/edge.h"
#include "tools/skew/precision_socket.h"
#include "tools/skew/precision_window.h"

/* Pairs in flight: more than 5000 a second in GRACE. */
#define PRECISION_RING	   2048
#define PRECISION_GRACE_NS INT64_C(250000000)
#define PRECISION_RATE_MAX 5000

/* A pair on its way: our stamps, and what the far end said of its own. */
struct precision_pair {
	uint64_t window;
	int64_t sent_mono_ns, phase_mono_ns; /* our phase was read in between */
	int64_t received_mono_ns; /* the first answer; 0: none */
	struct precision_phase phase[2]; /* ours when it was sent, the far one's */
	struct precision_stamps tx[2], rx[2];
	struct precision_leg far[2]; /* its rx of ours, its tx of the answer */
};

struct precision_peer {
	char name[EDGE_NAME_SIZE];
	struct precision_address address;
	int fd; /* < 0: none */
	uint64_t session;
	uint32_t oldest, next; /* pairs: oldest to next - 1 are in the ring */
	int64_t due_ns;	       /* when the next is sent; monotonic */
	enum precision_stamp wanted;
	struct precision_pair ring[PRECISION_RING];
	struct precision_window window;
	struct precision_audit audit[2]; /* of our clock, of the far one */
	uint64_t window_number;
	size_t window_sent; /* pairs of it */
	int64_t first_real_ns, last_real_ns; /* this window's sendings */
	uint64_t junk, refused;		     /* packets; ICMP errors */
};

struct precision_plan {
	unsigned rate; /* pairs a second to each peer */
	int64_t window_ns, spacing_ns;
	uint64_t windows; /* 0: until stopped */
	struct precision_rules rules;
	enum precision_stamp wanted;
};

/* What came of a window. `err`: of precision_window_judge(). `has_fallen`: the
 * stamps that are wanted are not to be had; the peer's `wanted` is less now. */
struct precision_report {
	const struct precision_peer *peer;
	int err;
	struct precision_verdict verdict;
	struct precision_count count[2];
	size_t sent;
	enum precision_stamp stamping;
	bool has_fallen;
	bool is_steered[2]; /* our clock, the far one, beyond the axiom: -EDOM */
	int64_t real_ns; /* CLOCK_REALTIME in the window's middle */
	int64_t raw_ns;	 /* and CLOCK_MONOTONIC_RAW */
};

typedef void (*precision_taker)(const struct precision_report *r, void *arg);

/* For `peer`, whose name and address are set: 0 or negative errno. */
int precision_peer_open(struct precision_peer *peer,
			const struct precision_plan *plan);
void precision_peer_close(struct precision_peer *peer);

/* The parts, for tests. Sent: pair `peer->next` is about to go. */
void precision_peer_sent(struct precision_peer *peer,
			 const struct precision_packet *probe,
			 const struct precision_stamps *stamps);
void precision_peer_take(struct precision_peer *peer,
			 const struct precision_packet *answer,
			 const struct precision_stamps *stamps);

/* Probe them all until *stop, or until each has had its windows. 0 or negative
 * errno. */
int precision_prober_run(struct precision_peer *peer[], size_t peers,
			 const struct precision_plan *plan,
			 const volatile sig_atomic_t *stop,
			 precision_taker take, void *arg);

#endif
