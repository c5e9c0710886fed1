/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The agent: reads the fleet, picks this node's peers, has its chronyd probe
 * them, holds what that has measured against both nodes' published intervals,
 * asks the others before anybody is blamed, and tells Prometheus.
 *
 * One round after the other, each: chronyd is read; AGENT_SETTLE_MS later, so
 * that instants after the probes are published as well, the exporters of this
 * node and of the peers that were probed are asked, and the probes judged; if
 * some prove a bound broken, those that probe the same nodes are asked. Work
 * and memory of a round are O(k), whatever the fleet's size.
 */
#ifndef AGENT_H
#define AGENT_H

#include "tools/skew/chronyd.h"
#include "tools/skew/pick.h"
#include "tools/skew/probe.h"

#define AGENT_LISTEN	   "127.0.0.1:10124"
#define AGENT_DIR	   "/run/tt-skew"
#define AGENT_POLL	   4
#define AGENT_ROUND_NS_MIN INT64_C(4000000000)
/* An edge that has not been measured for so many is of the past. */
#define AGENT_OLD_ROUNDS   10
#define AGENT_SETTLE_MS	   2500 /* two instants and the time to serve them */
#define AGENT_EPOCH_NS	   INT64_C(300000000000)
#define AGENT_WITNESSES	   16 /* asked in a round, for each suspect */

struct agent_options {
	const char *fleet; /* a file; or NULL */
	const char *srv;   /* a name; or NULL */
	const char *self;  /* this node's target; NULL: by its addresses */
	const char *listen;
	const char *version;
	struct pick_options pick; /* its epoch is the clock's */
	int64_t epoch_ns;
	int64_t stray_ppb;
	struct probe_options probe;
	struct chronyd_options chronyd;
};

struct event_base;
struct agent;

/* As http_open(); options must outlive it. */
int agent_new(struct event_base *base, const struct agent_options *options,
	      struct agent **ret);
void agent_free(struct agent *a); /* NULL is allowed */

/* Where it listens, as text. */
#define AGENT_ADDRESS_SIZE 64
void agent_address(const struct agent *a, char ret[AGENT_ADDRESS_SIZE]);

#endif
