/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The persisted upper bound of a hybrid logical clock: no timestamp above it
 * is given before a higher one is on the disk. For hlc.c alone.
 *
 * The file is two records, at 0 and at 4096, written by turns, so that a write
 * that is cut off leaves the other: magic "TTHLCB01", the bound (wall_ns +
 * 2^63, big-endian), FNV-1a of these 16 bytes (big-endian). The greater of the
 * whole ones counts. It comes into being by link(2), complete.
 */
#ifndef TT_HLC_STATE_H
#define TT_HLC_STATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

/* How far ahead of use the bound is persisted: what a restart after a kill
 * may have to wait; a write is due when half of it is used up. */
#define HLC_STATE_AHEAD_NS INT64_C(1000000000)

struct hlc_state {
	_Atomic int64_t soft_ns;  /* a higher wall should see hlc_state_cover */
	_Atomic int64_t bound_ns; /* a higher wall must */
	_Atomic uint64_t persists;
	int64_t resume_ns; /* the bound as it was found */
	int fd;		   /* -1: no state */
	/* Whose it is, for a child of fork(2) does not write: the pid, and a
	 * page that is 1 here and 0 in a child (MADV_WIPEONFORK), which may
	 * have that number too, in a pid namespace of its own. */
	pid_t pid;
	_Atomic uint32_t *mark;
	int next;	   /* record to write next; under lock */
	pthread_mutex_t lock;
};

/* path NULL: no state, everything is covered. Errors as tt_hlc_open(). */
int hlc_state_open(struct hlc_state *state, const char *path);

/* last_ns: the highest wall given, persisted as the bound; INT64_MIN: none, it
 * stays as it is. So it does in a child of fork(2), whose parent goes on. */
void hlc_state_close(struct hlc_state *state, int64_t last_ns);

/* Persist more, so that wall_ns is covered. Blocks only if it is not, or if
 * this thread is the one to write. 0 or -EIO (not covered; a child of fork(2)
 * never gets more). */
int hlc_state_cover(struct hlc_state *state, int64_t wall_ns);

#endif
