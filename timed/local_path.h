/* SPDX-License-Identifier: Apache-2.0 */
/* The places in the file system where sockets of the daemon are. */
#ifndef LOCAL_PATH_H
#define LOCAL_PATH_H

#include <sys/stat.h>
#include <sys/un.h>

/*
 * Remove a socket that nobody listens on any more, so that `at` can be bound.
 * `type`: SOCK_STREAM or SOCK_DGRAM. 0, also where there is none; -EADDRINUSE,
 * somebody answers there; -EEXIST, what is there is no socket.
 */
int local_path_clear(const struct sockaddr_un *at, int type);

/*
 * Bind a stream socket there and listen: it has this mode, and is this group's
 * ((gid_t)-1: left as it is). `ret`: what there is then. 0, or negative errno and
 * nothing is there.
 */
int local_path_listen(int fd, const struct sockaddr_un *at, mode_t mode,
		      gid_t gid, struct stat *ret);

/* Remove the socket that was bound there, and no other. */
void local_path_remove(const char *path, dev_t dev, ino_t ino);

#endif
