/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is at the other end of a local socket, as the kernel says: what it was
 * when it connected. Names are for the log alone, and nothing but files is
 * asked for them: a name service may take its time, and this daemon has none.
 */
#ifndef CONTROL_PEER_H
#define CONTROL_PEER_H

#include <stdbool.h>
#include <sys/types.h>

#define CONTROL_USER_SIZE    33
#define CONTROL_PROGRAM_SIZE 17

struct control_peer {
	uid_t uid;
	pid_t pid;                          /* 0: of another pid namespace */
	char user[CONTROL_USER_SIZE];       /* by /etc/passwd; "?" */
	char program[CONTROL_PROGRAM_SIZE]; /* what it calls itself; "?" */
	bool is_member;                     /* of the group asked about */
};

/* The number of a group in a file like /etc/group. 0; -ENOENT, it is not there, or
 * has no number; or negative errno. */
#define CONTROL_GROUPS "/etc/group"
int control_group_find(const char *file, const char *name, gid_t *ret);

/* `group` (gid_t)-1: there is none. 0 or negative errno. */
int control_peer_read(int fd, gid_t group, struct control_peer *ret);

#endif
