/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The status socket: each client gets one document and is let go. It never
 * waits for anybody: a client that does not read is dropped, one too many is
 * refused, and memory is bounded by STATUS_CLIENTS_MAX documents.
 */
#ifndef STATUS_SERVER_H
#define STATUS_SERVER_H

#include <stddef.h>
#include <stdint.h>

#define STATUS_CLIENTS_MAX 16
#define STATUS_PATIENCE_S  2

struct event_base;
struct status_server;

/* Makes the document. NULL: it cannot be made now. The text is good until the
 * next call. */
typedef const char *(*status_server_text)(void *arg, size_t *ret_size);

/*
 * Listen at `path` (mode 0666). A socket nobody listens on is replaced. A
 * client that has not read its document after patience_s is dropped.
 * 0 or negative errno: -EADDRINUSE, somebody answers there; -EEXIST, what is
 * there is no socket; -ENAMETOOLONG.
 */
int status_server_open(struct event_base *base, const char *path,
		       int patience_s, status_server_text text, void *arg,
		       struct status_server **ret);

/* Lets go of all clients and removes the socket. NULL is allowed. */
void status_server_close(struct status_server *s);

/* Clients served, and those refused or dropped. NULL is allowed: 0. */
uint64_t status_server_served(const struct status_server *s);
uint64_t status_server_refused(const struct status_server *s);

#endif
