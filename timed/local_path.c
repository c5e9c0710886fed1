/* SPDX-License-Identifier: Apache-2.0 */
/* The places of the daemon's sockets. See local_path.h. */
#include "timed/local_path.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

/* Who finds it full is sent away by the kernel: a flood should not fill it. */
#define BACKLOG 1024

/* Is there a listener at the other end? */
static bool is_answered(const struct sockaddr_un *at, int type)
{
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool answered;

	if (fd < 0)
		return true; /* cannot tell: leave it alone */
	answered = connect(fd, (const struct sockaddr *)at, sizeof(*at)) == 0 ||
		   errno != ECONNREFUSED;
	close(fd);
	return answered;
}

int local_path_clear(const struct sockaddr_un *at, int type)
{
	struct stat st;

	if (lstat(at->sun_path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	if (is_answered(at, type))
		return -EADDRINUSE;
	return unlink(at->sun_path) < 0 ? -errno : 0;
}

void local_path_remove(const char *path, dev_t dev, ino_t ino)
{
	struct stat st;

	if (lstat(path, &st) == 0 && st.st_dev == dev && st.st_ino == ino)
		unlink(path);
}

/* To the group, where it is not the group's by birth. */
static int give_away(const char *path, gid_t gid)
{
	struct stat st;

	if (gid == (gid_t)-1)
		return 0;
	if (lstat(path, &st) < 0)
		return -1;
	return st.st_gid == gid ? 0 : lchown(path, (uid_t)-1, gid);
}

/* Nobody can connect before listen(). */
int local_path_listen(int fd, const struct sockaddr_un *at, mode_t mode,
		      gid_t gid, struct stat *ret)
{
	struct stat st;
	int err;

	if (bind(fd, (const struct sockaddr *)at, sizeof(*at)) < 0)
		return -errno;
	if (give_away(at->sun_path, gid) < 0 || chmod(at->sun_path, mode) < 0 ||
	    lstat(at->sun_path, &st) < 0 || listen(fd, BACKLOG) < 0) {
		err = -errno;
		unlink(at->sun_path);
		return err;
	}
	*ret = st;
	return 0;
}
