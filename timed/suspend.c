/* SPDX-License-Identifier: Apache-2.0 */
/* Sleeps, by the clock that goes on and by the kernel's count. See suspend.h.
 * The clocks are read here and not through env.h: simulated worlds have no
 * CLOCK_BOOTTIME, and none of them sleeps. */
#include "timed/suspend.h"

#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S INT64_C(1000000000)

/* Both are the same sum of the kernel's, each rounded down to 1 ns. */
#define ROUNDING_NS 2

static long read_count(int fd)
{
	char text[24];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	if (n <= 0)
		return -1;
	text[n] = '\0';
	return strtol(text, NULL, 10);
}

static bool read_ns(clockid_t clock, int64_t *ret)
{
	struct timespec ts;

	if (clock_gettime(clock, &ts) < 0)
		return false;
	*ret = (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
	return true;
}

bool suspend_note(struct suspend *s, int64_t apart_ns_min,
		  int64_t apart_ns_max)
{
	const bool has_slept = s->has_apart &&
			       (apart_ns_min - ROUNDING_NS > s->apart_ns_max ||
				apart_ns_max + ROUNDING_NS < s->apart_ns_min);

	if (has_slept)
		s->has_apart = false;
	if (!s->has_apart || apart_ns_min - ROUNDING_NS > s->apart_ns_min)
		s->apart_ns_min = apart_ns_min - ROUNDING_NS;
	if (!s->has_apart || apart_ns_max + ROUNDING_NS < s->apart_ns_max)
		s->apart_ns_max = apart_ns_max + ROUNDING_NS;
	s->has_apart = true;
	return has_slept;
}

static bool has_clock_gone_on(struct suspend *s)
{
	int64_t before_ns, boot_ns, after_ns;

	return read_ns(CLOCK_MONOTONIC, &before_ns) &&
	       read_ns(CLOCK_BOOTTIME, &boot_ns) &&
	       read_ns(CLOCK_MONOTONIC, &after_ns) &&
	       suspend_note(s, boot_ns - after_ns, boot_ns - before_ns);
}

void suspend_open(struct suspend *s, const char *path)
{
	s->fd = open(path, O_RDONLY | O_CLOEXEC);
	s->count = s->fd < 0 ? -1 : read_count(s->fd);
	s->has_apart = false;
	has_clock_gone_on(s);
}

void suspend_close(struct suspend *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

static bool has_counted(struct suspend *s)
{
	const long before = s->count;

	if (s->fd < 0)
		return false;
	s->count = read_count(s->fd);
	return s->count != before;
}

bool suspend_has_slept(struct suspend *s)
{
	const bool has_gone_on = has_clock_gone_on(s);

	return has_counted(s) || has_gone_on;
}
