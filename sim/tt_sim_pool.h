/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trials on many processors. Trial u of a list goes to worker u modulo `jobs`, a
 * process of its own that does its trials in order: so results can be taken in
 * the list's order whatever the number of workers, and a worker that dies is
 * known by its trial.
 */
#ifndef TT_SIM_POOL_H
#define TT_SIM_POOL_H

#include <sys/types.h>

#include "sim/tt_sim.h"

#define POOL_JOBS_MAX 256

/* What trial u is. False: the list has ended. */
struct pool_list {
	bool (*trial)(const void *arg, uint64_t u,
		      const struct scenario **ret_scenario, uint64_t *ret_seed,
		      double *ret_hours);
	const void *arg;
};

struct pool_worker {
	pid_t pid;
	int fd;             /* trials come from it, whole; -1: it has ended */
	uint64_t next;      /* the trial it is at */
	struct trial trial; /* as far as it has come */
	size_t have;
};

struct pool {
	struct pool_list list;
	uint64_t jobs;
	struct pool_worker worker[POOL_JOBS_MAX];
};

/* 0 or negative errno; pool_close() is due in either case. The workers ignore
 * SIGINT: it is the caller's to stop them. */
int pool_open(struct pool *p, uint64_t jobs, const struct pool_list *list);

/* Kills who is left. */
void pool_close(struct pool *p);

/*
 * Read what worker j has sent (blocks if there is nothing). 1: worker[j].trial
 * is whole, it was number `next` - jobs; 0: not yet; -ENODATA: its list is done;
 * -EPIPE: it died at number `next`.
 */
int pool_read(struct pool *p, uint64_t j);

/* How many processors there are. */
uint64_t pool_processors(void);

#endif
