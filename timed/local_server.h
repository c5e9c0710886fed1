/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A socket of this host on which each client gets one answer and is let go:
 * the control socket, which first takes a line, and the status socket, which
 * answers those too who say nothing. It never waits for anybody: a client that
 * does not write its line or read its answer is dropped; one too many is refused,
 * in all or of one user, so that his flood leaves places to others; and memory is
 * bounded by LOCAL_CLIENTS_MAX lines and answers. A turn of the loop lets in
 * LOCAL_CLIENTS_MAX, or makes one answer; and each of both may have a share of the
 * processor, and no more.
 */
#ifndef LOCAL_SERVER_H
#define LOCAL_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define LOCAL_CLIENTS_MAX 16
#define LOCAL_SHARE_MAX	  8 /* of one user; root and our own may have all */
#define LOCAL_PATIENCE_S  2
#define LOCAL_SHARE	  20 /* 1/20 of one processor */

struct event_base;
struct local_server;

/* What a client has asked for, where it is to ask. */
struct local_request {
	int fd;           /* the client's, to see who it is; only to look at */
	const char *text; /* its line, without the end of it; not a string */
	size_t size;
	bool is_whole;    /* else it is too long, or ended before its end */
};

/*
 * Makes the answer. NULL: it cannot be made now. The text is good until the
 * next call, which must not close the server. Where clients ask nothing,
 * `request` is NULL and one answer is for all who came at the same time; who may
 * ask and did not has NULL too.
 */
typedef const char *(*local_server_answer)(void *arg,
					   const struct local_request *request,
					   size_t *ret_size);

struct local_server_options {
	const char *path;
	mode_t mode;         /* of the socket */
	gid_t gid;           /* its group; (gid_t)-1: left as it is */
	int patience_s;      /* with a client, from first to last byte */
	size_t request_size; /* the longest line; 0: clients ask nothing */
	int mute_ms;         /* who has said nothing by then is answered; 0: he
	                        must ask */
	int share;           /* local_pace.h: of the processor, for letting in
	                        and for answers; 0: no bound */
	local_server_answer answer;
	void *arg;
};

/*
 * Listen. A socket nobody listens on is replaced. 0 or negative errno:
 * -EADDRINUSE, somebody answers there; -EEXIST, what is there is no socket;
 * -ENAMETOOLONG; what chown(2) says to the group.
 */
int local_server_open(struct event_base *base,
		      const struct local_server_options *opt,
		      struct local_server **ret);

/* Lets go of all clients and removes the socket. NULL is allowed. */
void local_server_close(struct local_server *s);

/* Clients served, and those refused or dropped. NULL is allowed: 0. */
uint64_t local_server_served(const struct local_server *s);
uint64_t local_server_refused(const struct local_server *s);

#endif
