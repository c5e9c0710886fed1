/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The history log's files: lines of JSON that are only ever added to, rotated by
 * their size. Each line begins with its number, which goes on over files and
 * restarts, and with the SHA-256 of the line before: a line that was changed,
 * taken out or put in shows. docs/history.md has the format.
 *
 * One writer at a time, by a lock beside the file. No clock, no memory but the
 * caller's and json-c's; it is a process of its own that waits for disks here
 * (history_log.h).
 */
#ifndef HISTORY_WRITER_H
#define HISTORY_WRITER_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Of what a line says, without its number and what it is chained to. */
#define HISTORY_LINE_SIZE 65536

#define HISTORY_SHA256_SIZE 65 /* in hexadecimal, with its end */

struct history_writer_options {
	const char *path;      /* FILE; rotated FILE.1 (the newest) and so on */
	int64_t size_max;      /* bytes in a file, unless one line has more */
	int keep;              /* files besides the one that grows */
	bool syncs_each;       /* a line is on the disk before the next */
};

struct history_writer {
	struct history_writer_options opt;
	int out, lock;         /* -1: not open */
	off_t size;            /* of what is whole in the file */
	uint64_t bytes;        /* added to the files in all */
	bool knows_chain;
	bool is_unsynced;      /* something was written since the last sync */
	int rotation_err;      /* of the last try to rotate */
	uint64_t rotations;
	uint64_t file_lines;   /* of ours, in the file that grows */
	uint64_t moved;        /* times that it was no longer there, or shorter */
	uint64_t removed;      /* lines that went with it */
	int64_t sequence;      /* of the next line */
	char sha256[HISTORY_SHA256_SIZE]; /* of the last; "": there is none */
	size_t basis_size;     /* 0: none yet */
	char basis[HISTORY_LINE_SIZE];
	char line[HISTORY_LINE_SIZE + 160];
};

/* Opens nothing yet. `opt->path` stays the caller's. */
void history_writer_init(struct history_writer *w,
			 const struct history_writer_options *opt);

/*
 * Add a line: `body` is a JSON object without its first '{'. It is in the file
 * whole when this gives 0; otherwise it is not, and may be tried again: -EBUSY,
 * another process writes there; -EEXIST, something else is there; -EMSGSIZE; or
 * what the system says (-ENOSPC, -EFBIG, -EIO ...). A file that somebody has
 * moved, removed or cut off meanwhile is left to him: the line begins another,
 * and the chain goes on, so that what is gone shows as missing.
 */
int history_writer_put(struct history_writer *w, const char *body, size_t size);

/* The same, of a line that every file is to begin with from now on. */
int history_writer_basis(struct history_writer *w, const char *body,
			 size_t size);

/* What was written is on the disk. 0 or negative errno. */
int history_writer_sync(struct history_writer *w);

void history_writer_close(struct history_writer *w);

#endif
