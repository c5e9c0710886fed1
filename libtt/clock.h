/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is behind struct tt_clock, and the one way to read it: for the files of
 * libtt alone.
 */
#ifndef TT_CLOCK_H
#define TT_CLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "libtt/at_realtime.h"
#include "libtt/lock.h"
#include "libtt/segment.h"
#include "tt/inline/interval.h"
#include "tt/tt.h"

/* Segments mapped in a handle's life: 1, and one more each time the file is
 * replaced under it. Other threads may be reading an old one, so none is
 * unmapped before tt_close(). */
#define CLOCK_MAPPINGS_MAX 64

struct mapping {
	atomic_bool is_taken;
	_Atomic(const uint64_t *) seg; /* NULL: none */
	dev_t dev;                     /* written before seg and the source */
	ino_t ino;
};

struct tt_clock {
	/* The segment in use; NULL: none yet. Stored with release order,
	 * loaded with acquire, so that what mapped it is seen. */
	struct tt_inline source;
	uint32_t counter;              /* RAW, or NONE: a manual clock */
	struct segment *own;           /* a manual clock's, to be written */

	_Atomic int64_t look_raw_ns;   /* when to look for a new inode next */
	_Atomic int64_t commit_ns;     /* last commit timestamp given */
	_Atomic uint32_t event;        /* futex: waits look again */
	_Atomic uint32_t cancels;      /* moved on by each cancel */

	struct lock lock;              /* of the two that follow */
	struct segment_slot manual;    /* manual clocks: last set */
	struct at_realtime at_realtime;

	struct mapping mappings[CLOCK_MAPPINGS_MAX];
	char path[];                   /* "": a manual clock */
};

static inline int64_t clock_ns(clockid_t id)
{
	return tt_inline_clock_ns(id);
}

/* A new handle with nothing mapped; -ENOMEM. */
int clock_new(const char *path, uint32_t counter, struct tt_clock **ret);

/* The bound in force, checked, and the raw reading taken with it (strict); the
 * slot's words 0 to 15 only. Errors as tt_now(). */
int clock_slot(struct tt_clock *clk, struct segment_slot *ret,
	       int64_t *ret_raw_ns);

/* Wake every wait on this handle to look again. */
void clock_wake(struct tt_clock *clk);

#endif
