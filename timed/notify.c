/* SPDX-License-Identifier: Apache-2.0 */
/* sd_notify(3)'s protocol: a datagram to the socket $NOTIFY_SOCKET names. */
#include "timed/notify.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int notify_fd = -1;

int notify_open(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	size_t length = path ? strlen(path) : 0;

	notify_close();
	if (length == 0)
		return 0;
	if ((path[0] != '/' && path[0] != '@') || length >= sizeof(to.sun_path))
		return -EINVAL;
	memcpy(to.sun_path, path, length);
	if (path[0] == '@')
		to.sun_path[0] = '\0'; /* an abstract name */
	notify_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			   0);
	if (notify_fd < 0)
		return -errno;
	if (connect(notify_fd, (const struct sockaddr *)&to,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				length)) < 0) {
		int err = -errno;

		notify_close();
		return err;
	}
	return 0;
}

void notify_close(void)
{
	if (notify_fd >= 0)
		close(notify_fd);
	notify_fd = -1;
}

void notify_send(const char *format, ...)
{
	char text[256];
	va_list args;
	int n;

	if (notify_fd < 0)
		return;
	va_start(args, format);
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (n <= 0)
		return;
	if ((size_t)n >= sizeof(text))
		n = (int)sizeof(text) - 1;
	/* A manager that is not there is no trouble of ours. */
	if (send(notify_fd, text, (size_t)n, MSG_NOSIGNAL) < 0)
		return;
}

int64_t notify_watchdog_ns(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	long long value;

	if (!usec || (pid && atoll(pid) != (long long)getpid()))
		return 0;
	value = atoll(usec);
	if (value <= 0 || value > INT64_MAX / 1000)
		return 0;
	return value * 1000 / 2;
}
