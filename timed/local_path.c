/* SPDX-License-Identifier: Apache-2.0 */
/* The places of the daemon's sockets. See local_path.h. */
#include "timed/local_path.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

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
