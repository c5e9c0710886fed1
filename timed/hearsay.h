/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What clients tell of timestamps beyond their `latest`: datagrams of
 * libtt/hlc_report.h at a socket beside the segment. Any local user may send
 * them, so they are counted and shown, with the sender as the kernel names it,
 * and nothing depends on them. At most HEARSAY_PER_S are looked at in a second:
 * then the socket is left alone, and the kernel refuses more than its queue
 * holds.
 */
#ifndef HEARSAY_H
#define HEARSAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define HEARSAY_PER_S 64

struct event_base;
struct hearsay;

struct hearsay_report {
	uint64_t rejected;     /* since this client told last; >= 1 */
	int64_t excess_ns;     /* of the remote told of, > 0 */
	int64_t excess_ns_max; /* of all that this client has met, >= excess */
	int64_t wall_ns;       /* the remote's */
	int64_t latest_ns;     /* the client's, of its reading */
};

struct hearsay_view {
	uint64_t reports;  /* taken */
	uint64_t refused;  /* datagrams that are none */
	uint64_t rejected; /* told of in all, saturated */
	int64_t excess_ns_max;
	struct hearsay_report last; /* with reports > 0 */
	pid_t pid; /* its sender; 0: in a pid namespace not ours */
	uid_t uid;
	int64_t raw_ns; /* when it was heard: set by whoever listens */
};

/* One more has been taken; the view is the listener's to complete. */
typedef void (*hearsay_heard)(void *arg, struct hearsay_view *view);

/* A datagram. 0 or -EPROTO: it is none, or contradicts itself. */
int hearsay_parse(const void *bytes, size_t size, struct hearsay_report *ret);

/*
 * Listen beside `segment` (mode 0666). 0 or negative errno, as
 * local_path_clear(); -ENAMETOOLONG.
 */
int hearsay_open(struct event_base *base, const char *segment,
		 hearsay_heard heard, void *arg, struct hearsay **ret);

/* Removes the socket. NULL is allowed. */
void hearsay_close(struct hearsay *h);

/* NULL for NULL. */
const struct hearsay_view *hearsay_view(const struct hearsay *h);

#endif
