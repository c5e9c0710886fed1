/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The segment's file: one inode for ever. It is created, grown and written;
 * never truncated, replaced or unlinked, for readers have it mapped (but for one
 * of another time namespace, which is left to those readers). One
 * writer at a time: whoever holds the lock on PATH.lock. (A lock on the file
 * itself could be taken by any reader, who would keep the daemon from
 * starting.)
 */
#ifndef PUBLISH_H
#define PUBLISH_H

#include <stdbool.h>
#include <stdint.h>

#include "libtt/segment.h"

#define PUBLISH_ERROR_SIZE 400

struct publish {
	struct segment *seg; /* NULL: closed */
	int lock_fd;
	bool has_earlier;    /* `earlier` is a publication of this boot */
	struct segment_slot earlier;
	uint64_t written;    /* publications of this process */
};

/*
 * Open, lock and map `path`, and take the segment over (segment_init()). A
 * publication of this boot stays and comes back in `earlier`, if an honest
 * writer could have published it. 0 or negative errno with a text: -EBUSY,
 * another timed writes it; -EEXIST, the file is something else; -ENODATA, our
 * time namespace cannot be told.
 */
int publish_open(const char *path, const uint64_t boot_id[2], uint64_t pid,
		 int64_t raw_ns, struct publish *ret,
		 char ret_error[PUBLISH_ERROR_SIZE]);

/* One that segment_check_slot() passes: any other is an error of ours, asserted. */
void publish_write(struct publish *p, const struct segment_slot *slot);

uint64_t publish_sequence(const struct publish *p);

/* What was published stays and ages. */
void publish_close(struct publish *p);

#endif
