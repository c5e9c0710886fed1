/* SPDX-License-Identifier: Apache-2.0 */
/* What the agent's files have in common. */
#ifndef AGENT_PRIVATE_H
#define AGENT_PRIVATE_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <sys/stat.h>

#include "tools/exporter/exposition.h"
#include "tools/exporter/http.h"
#include "tools/skew/agent.h"
#include "tools/skew/fetch.h"
#include "tools/skew/testimony.h"

#define AGENT_RESULTS 4 /* of enum check_result */

/* What one witness has told of a suspect, or we know of one of our own edges. */
struct agent_answer {
	uint64_t who; /* pick_key() of its name */
	int64_t real_ns_min, real_ns_max;
	struct shift shift;
};

struct agent_answers {
	struct agent_answer of[AGENT_WITNESSES];
	size_t count;
};

struct agent_peer {
	struct agent *agent;
	char name[FLEET_NAME_MAX + 1], host[FLEET_NAME_MAX + 1];
	uint16_t exporter_port;
	uint64_t key;
	struct probe probe; /* to be judged in this round */
	bool is_probed;
	bool was_probed; /* ever: `valid` counts */
	uint32_t valid;
	uint8_t reach;
	struct instants instants; /* of this round; count 0: not had */
	bool has_edge;
	struct testimony now, before; /* the last two that were judged */
	uint64_t judged;	      /* in that round */
	bool has_before;
	/* Suspicion: since the window of the first violation, up to the last. */
	bool is_suspect;
	int64_t first_ns_min, first_ns_max, last_ns_min;
	enum verdict verdict;
	struct agent_answers told, told_before;
};

struct agent {
	const struct agent_options *opt;
	struct event_base *base;
	struct fetcher *fetcher;
	struct http_server *http;
	struct event second, round, settled;
	struct chronyd chronyd;
	bool is_chronyd_up, was_chronyd_up;

	struct fleet *fleet; /* NULL: none yet */
	int64_t self;	     /* in it; -1: not there */
	struct stat seen;    /* of the file that was read last */
	bool has_seen;
	int64_t seen_ms;     /* of the SRV records */
	bool is_fleet_good;
	char why[FLEET_WHY_SIZE]; /* if not */
	uint64_t epoch;
	bool is_reload_due;

	struct agent_peer peer[PICK_PEERS_MAX];
	size_t peers;
	struct instants own;
	size_t waiting; /* fetches of this phase */

	uint64_t rounds, results[AGENT_RESULTS], verdicts[VERDICTS];
	uint64_t fetch_errors;
};

/* agent_judge.c: when the instants are there, and when the witnesses are. */
void agent_judge(struct agent *a);
size_t agent_suspects(const struct agent *a);
/* The witnesses to ask: fleet indices. */
size_t agent_witnesses(const struct agent *a, uint32_t ret[2 * PICK_PEERS_MAX]);
void agent_hear(struct agent *a, uint32_t witness, const char *body,
		size_t size);
void agent_decide(struct agent *a);

/* agent_serve.c */
void agent_on_request(struct http_client *c, const struct http_request *req,
		      void *arg);
void agent_write_metrics(FILE *out, enum expo_dialect dialect,
			 const struct agent *a);

const char *agent_name(const struct agent *a); /* this node's, or "?" */

#endif
