/* SPDX-License-Identifier: Apache-2.0 */
/* Who is at the other end. See control_peer.h. */
#include "timed/control_peer.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PASSWD     "/etc/passwd"
#define LINES_MAX  65536
#define GROUPS_MAX 65536 /* linux/limits.h: NGROUPS_MAX */

/* Supplementary groups; what cannot be found out is no membership. */
static bool has_group(int fd, gid_t group)
{
	socklen_t size = 0;
	bool has = false;
	gid_t *list;

	/* It says how much it needs. */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &size) == 0 ||
	    errno != ERANGE || size > GROUPS_MAX * sizeof(*list))
		return false;
	list = malloc(size);
	if (list &&
	    getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, list, &size) == 0) {
		for (size_t i = 0; i < size / sizeof(*list); i++)
			has |= list[i] == group;
	}
	free(list);
	return has;
}

static void find_user(uid_t uid, char ret[CONTROL_USER_SIZE])
{
	FILE *in = fopen(PASSWD, "re");
	struct passwd entry, *found;
	char line[1024];

	snprintf(ret, CONTROL_USER_SIZE, "?");
	for (int i = 0; in && i < LINES_MAX; i++) {
		if (fgetpwent_r(in, &entry, line, sizeof(line), &found) != 0)
			break;
		if (entry.pw_uid != uid)
			continue;
		snprintf(ret, CONTROL_USER_SIZE, "%s", entry.pw_name);
		break;
	}
	if (in)
		fclose(in);
}

static void find_program(pid_t pid, char ret[CONTROL_PROGRAM_SIZE])
{
	char path[40];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld/comm", (long)pid);
	fd = pid > 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (fd >= 0) {
		n = read(fd, ret, CONTROL_PROGRAM_SIZE - 1);
		close(fd);
	}
	ret[n > 0 ? n : 0] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
	if (*ret == '\0')
		snprintf(ret, CONTROL_PROGRAM_SIZE, "?");
}

/* "name:x:123:members": the number. */
static int parse_gid(const char *line, const char *name, gid_t *ret)
{
	const size_t length = strlen(name);
	const char *number;
	unsigned long gid;
	char *end;

	if (strncmp(line, name, length) != 0 || line[length] != ':')
		return -ENOENT;
	number = strchr(line + length + 1, ':');
	if (!number || number[1] < '0' || number[1] > '9')
		return -ENOENT;
	errno = 0;
	gid = strtoul(number + 1, &end, 10);
	if (errno || *end != ':' || gid >= (gid_t)-1)
		return -ENOENT;
	*ret = (gid_t)gid;
	return 0;
}

int control_group_find(const char *file, const char *name, gid_t *ret)
{
	FILE *in = fopen(file, "re");
	char *line = NULL;
	size_t size = 0;
	int err = -ENOENT;

	if (!in)
		return -errno;
	for (int i = 0; err && i < LINES_MAX && getline(&line, &size, in) > 0;
	     i++)
		err = parse_gid(line, name, ret);
	free(line);
	fclose(in);
	return err;
}

int control_peer_read(int fd, gid_t group, struct control_peer *ret)
{
	struct control_peer p = { .pid = 0 };
	struct ucred cred;
	socklen_t size = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size) < 0)
		return -errno;
	p.uid = cred.uid;
	p.pid = cred.pid;
	p.is_member = group != (gid_t)-1 &&
		      (cred.gid == group || has_group(fd, group));
	find_user(cred.uid, p.user);
	find_program(cred.pid, p.program);
	*ret = p;
	return 0;
}
