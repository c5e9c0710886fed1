/* SPDX-License-Identifier: Apache-2.0 */
/* The first words of what should be a segment: docs/segment.md, "The file". */
#include "tools/segment_file.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tt/tt_inline.h"

static void describe_header(const uint64_t header[2], size_t have,
			    char ret[SEGMENT_FILE_SIZE])
{
	const uint64_t version = le64toh(header[1]) >> 32;

	if (have < 2 * sizeof(uint64_t) || le64toh(header[0]) != TT_INLINE_MAGIC)
		snprintf(ret, SEGMENT_FILE_SIZE,
			 "it does not begin with TTCLOCK1: another file");
	else if (version != TT_INLINE_VERSION)
		snprintf(ret, SEGMENT_FILE_SIZE,
			 "layout version %" PRIu64 ", and this program reads "
			 "%d: timed and it are of different releases", version,
			 TT_INLINE_VERSION);
}

static void describe_file(int fd, const struct stat *st,
			  char ret[SEGMENT_FILE_SIZE])
{
	uint64_t header[2] = {0, 0};
	ssize_t n;

	if (!S_ISREG(st->st_mode)) {
		snprintf(ret, SEGMENT_FILE_SIZE, "it is %s",
			 S_ISDIR(st->st_mode) ? "a folder" : "no plain file");
		return;
	}
	if (st->st_size == 0) {
		snprintf(ret, SEGMENT_FILE_SIZE, "it is empty");
		return;
	}
	n = pread(fd, header, sizeof(header), 0);
	describe_header(header, n > 0 ? (size_t)n : 0, ret);
	if (!*ret && st->st_size < TT_INLINE_SIZE)
		snprintf(ret, SEGMENT_FILE_SIZE, "it is cut short: %lld bytes",
			 (long long)st->st_size);
}

void segment_file_describe(const char *path, char ret[SEGMENT_FILE_SIZE])
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	ret[0] = '\0';
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0)
		describe_file(fd, &st, ret);
	close(fd);
}
