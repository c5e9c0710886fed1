/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a node remembers over a kill: one file of records of one size, written
 * at the end, with one fdatasync() for all that came together. What was not
 * whole when the node died was not acknowledged to anybody, and is cut off.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ledger/node.h"

/* FNV-1a, 64 bits: tells a torn record from a whole one. */
static uint64_t sum_of(const struct record *r)
{
	const unsigned char *p = (const unsigned char *)r + sizeof(r->sum);
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < sizeof(*r) - sizeof(r->sum); i++)
		sum = (sum ^ p[i]) * UINT64_C(0x100000001b3);
	return sum;
}

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "ledger-node: the log cannot be %s: %s\n", what,
		strerror(errno));
	exit(EXIT_FAILURE);
}

int log_file_open(struct node *n, const char *path, log_file_seen *seen)
{
	struct record r;
	off_t whole = 0;

	n->file.fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (n->file.fd < 0)
		return -errno;
	while (pread(n->file.fd, &r, sizeof(r), whole) == sizeof(r) &&
	       r.sum == sum_of(&r)) {
		seen(n, &r);
		whole += (off_t)sizeof(r);
	}
	if (ftruncate(n->file.fd, whole) < 0 ||
	    lseek(n->file.fd, whole, SEEK_SET) < 0)
		return -errno;
	return 0;
}

void log_file_add(struct node *n, struct record *r)
{
	struct log_file *f = &n->file;

	if (f->count == f->room) {
		f->room = f->room ? 2 * f->room : 64;
		f->waiting = realloc(f->waiting, f->room * sizeof(*r));
		if (!f->waiting)
			die("held in memory");
	}
	r->sum = sum_of(r);
	f->waiting[f->count++] = *r;
}

bool log_file_sync(struct node *n)
{
	struct log_file *f = &n->file;
	const char *from = (const char *)f->waiting;
	size_t left = f->count * sizeof(*f->waiting);
	const int64_t begin_ns = mono_ns();
	ssize_t done;

	if (left == 0)
		return false;
	while (left > 0) {
		done = write(f->fd, from, left);
		if (done < 0 && errno != EINTR)
			die("written");
		if (done > 0) {
			from += done;
			left -= (size_t)done;
		}
	}
	if (fdatasync(f->fd) < 0)
		die("brought to disk");
	f->count = 0;
	n->stats->fsyncs++;
	n->stats->fsync_ns += (uint64_t)(mono_ns() - begin_ns);
	return true;
}
