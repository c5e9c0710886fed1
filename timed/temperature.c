/* SPDX-License-Identifier: Apache-2.0 */
/* A sensor's file. See temperature.h. */
#include "timed/temperature.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Outside of these a sensor is broken or another one's unit. */
#define MILLI_MIN (-100000L)
#define MILLI_MAX 250000L

__attribute__((format(printf, 2, 3))) static void
fail(struct temperature *ret, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(ret->error, sizeof(ret->error), format, args);
	va_end(args);
}

static ssize_t read_text(const char *path, char *ret, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, ret, size - 1);
	if (n < 0)
		n = -errno;
	else
		ret[n] = '\0';
	close(fd);
	return n;
}

void temperature_read(const char *path, struct temperature *ret)
{
	char text[32], *end;
	ssize_t n;
	long milli;

	memset(ret, 0, sizeof(*ret));
	if (*path == '\0')
		return;
	n = read_text(path, text, sizeof(text));
	if (n < 0) {
		fail(ret, "%.256s: %s; name another sensor's file or unset "
		     "temperature", path, strerror((int)-n));
		return;
	}
	milli = strtol(text, &end, 10);
	if (end == text || (*end != '\n' && *end != '\0') ||
	    milli < MILLI_MIN || milli > MILLI_MAX) {
		fail(ret, "%.256s: not a temperature in thousandths of a "
		     "degree; name a file like hwmon's temp1_input", path);
		return;
	}
	ret->has = true;
	ret->celsius = (double)milli / 1000;
}
