/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's count of suspends. CLOCK_BOOTTIME would tell as well, but not
 * in a simulated world. */
#include "timed/suspend.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static long read_count(int fd)
{
	char text[24];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	if (n <= 0)
		return -1;
	text[n] = '\0';
	return strtol(text, NULL, 10);
}

void suspend_open(struct suspend *s, const char *path)
{
	s->fd = open(path, O_RDONLY | O_CLOEXEC);
	s->count = s->fd < 0 ? -1 : read_count(s->fd);
}

void suspend_close(struct suspend *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

bool suspend_has_slept(struct suspend *s)
{
	long before = s->count;

	if (s->fd < 0)
		return false;
	s->count = read_count(s->fd);
	return s->count != before;
}
