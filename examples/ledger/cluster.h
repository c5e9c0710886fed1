/* SPDX-License-Identifier: Apache-2.0 */
/* The processes of a run: three nodes and their clocks, and what befalls them. */
#ifndef LEDGER_CLUSTER_H
#define LEDGER_CLUSTER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "ledger/ledger.h"

struct options {
	enum clock_kind clock;
	enum store_kind store;
	enum guard_kind guard;
	enum rule_kind lacks;
	int64_t width_ns; /* of the intervals: latest less earliest */
	int64_t seconds, round_s;
	uint64_t seed;
	int clients, keys;
	bool has_faults; /* kills, pauses, and clocks in a storm */
	int far;	 /* node that is far away, after 1 s; -1: none */
	int64_t far_ns;
	int liar;	     /* node; -1: none */
	const char *lie;     /* "+5ms" */
	const char *dir;     /* NULL: a new one */
	const char *history; /* a file for it; NULL: none */
	const char *svg;     /* where diagrams go; NULL: nowhere */
};

struct cluster {
	const struct options *o;
	char dir[256];
	char bin[3800]; /* where our programs are */
	int fd[NODES];
	struct sockaddr_in at[NODES];
	pid_t node[NODES], clock[NODES];
	struct stats *stats[NODES];
	int64_t truth_ns; /* true Unix time less CLOCK_MONOTONIC_RAW */
	uint64_t random;
	int victim;	  /* -1: all is well */
	int struck_shard; /* whose leader the victim is; -1: anybody */
	bool is_dead;
	int64_t next_ns; /* something happens */
	uint64_t kills, pauses;
	bool has_lied;
	int64_t lie_ns;
};

int64_t true_ns(const struct cluster *c);
uint64_t draw(uint64_t *state); /* splitmix64 */

/* 0, or 2 after a complaint. */
int cluster_start(struct cluster *c, const struct options *o);
/* Now and then: faults as the seed has them. False: a node died by itself. */
bool cluster_tick(struct cluster *c, bool is_ending);
void cluster_stop(struct cluster *c);

#endif
