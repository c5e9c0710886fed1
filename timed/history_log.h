/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The history log's writer, a process of its own, so that no disk, however slow
 * or full, holds up the loop: what is handed over goes into a pipe (1 MiB, hours
 * of lines) that is never waited for. When it is full lines are lost, counted,
 * and the next one that finds room is told of them before.
 *
 * What cannot be written is tried again every 2 s. The writer ends with the
 * daemon: by its pipe, not by a signal.
 *
 * Once it serves, it calls read, poll, openat, fcntl, newfstatat, pread64, write,
 * fdatasync, fsync, ftruncate, rename, close and exit_group, and for json-c brk,
 * mmap, munmap and getrandom.
 */
#ifndef HISTORY_LOG_H
#define HISTORY_LOG_H

#include "timed/history_writer.h"

struct history_log;

struct history_log_options {
	struct history_writer_options files;
	int retry_ms;     /* 0: 2 s */
};

struct history_log_view {
	uint64_t written; /* lines that are in the files */
	uint64_t lost;    /* that found no room, were too long, were still
			   * to be written when the writer ended, or went
			   * with a file that somebody removed or cut off */
	uint64_t waiting; /* handed over, and not in the files yet */
	uint64_t bytes;   /* added to the files */
	uint64_t bytes_waiting;
	uint64_t bytes_waiting_max; /* about what there is room for */
	bool has_ended;   /* the writer has: nothing is written any more */
	int err;          /* of the last try, 0 or negative errno */
	int rotation_err; /* the same: the file grows on */
	uint64_t rotations;
	uint64_t moved;   /* times that somebody moved, removed or cut it off */
	uint64_t removed; /* of `lost`, what went with it */
	int64_t sequence; /* of the last line; -1: none is known */
	char sha256[HISTORY_SHA256_SIZE]; /* its */
};

/* Starts the writer. 0 or negative errno. */
int history_log_open(const struct history_log_options *opt,
		     struct history_log **ret);

/* One line: a JSON object without its first '{'. Never waits. */
void history_log_write(struct history_log *l, const char *body, size_t size);

/* The same for a line that each file is to begin with from now on. */
void history_log_basis(struct history_log *l, const char *body, size_t size);

/* Has the writer ended? The view has it from then on, or from the next line on
 * that is handed over. */
void history_log_look(struct history_log *l);

void history_log_view(const struct history_log *l,
		      struct history_log_view *ret);

/* Lets the writer write what it has, and waits for it for a second at most.
 * True: it has. NULL is allowed. */
bool history_log_close(struct history_log *l);

#endif
