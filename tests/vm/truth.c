/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/vm/truth.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int truth_open(const char *path)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

struct truth truth_read(int fd)
{
	struct truth t;
	char text[64];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	if (n < 1)
		abort();
	text[n] = '\0';
	if (sscanf(text, "%" SCNd64 " %" SCNd64, &t.raw_ns, &t.clock_ns) != 2)
		abort();
	return t;
}

/* x = clock - raw */
int64_t truth_between(const struct truth *a, const struct truth *b,
		      int64_t raw_ns)
{
	const int64_t x_ns = a->clock_ns - a->raw_ns;
	const double dx_ns = (double)(b->clock_ns - b->raw_ns - x_ns);
	const int64_t span_ns = b->raw_ns - a->raw_ns;

	if (span_ns <= 0)
		return raw_ns + x_ns;
	return raw_ns + x_ns +
	       (int64_t)(dx_ns * (double)(raw_ns - a->raw_ns) /
			 (double)span_ns);
}
