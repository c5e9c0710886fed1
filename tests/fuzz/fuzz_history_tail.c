/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes where timed's history log should be: it is refused, or its end is
 * found, which what was written last agrees with. */
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "timed/history_tail.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct history_tail *t, size_t size)
{
	assert(t->pieces >= 0 && t->torn_size <= size);
	assert(t->has_line || t->pieces > 0 || size == 0);
	assert(size == 0 || strlen(t->sha256) == 64);
	if (t->has_line)
		assert(t->sequence >= 0 && t->sequence < INT64_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	struct history_tail t;
	int err;

	if (fd < 0)
		fd = memfd_create("log", MFD_CLOEXEC);
	assert(fd >= 0 && ftruncate(fd, 0) == 0);
	assert(pwrite(fd, data, size, 0) == (ssize_t)size);
	err = history_tail_read(fd, (off_t)size, &t);
	assert(err == 0 || err == -EEXIST);
	if (err == 0) {
		assert(t.is_closed == (size == 0 || data[size - 1] == '\n'));
		check(&t, size);
	}
	return 0;
}
