/* SPDX-License-Identifier: Apache-2.0 */
/* The history's file. See history_file.h. */
#include "timed/history_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE sizeof(struct history_store)

/* Empty, or a history: of an older version, perhaps. */
static int check(int fd, off_t size)
{
	uint64_t magic = 0;

	if (size == 0)
		return 0;
	if (pread(fd, &magic, sizeof(magic), 0) != (ssize_t)sizeof(magic))
		return -EEXIST;
	return magic == HISTORY_MAGIC || magic == 0 ? 0 : -EEXIST;
}

/* The blocks too: a full /run must be an error here, not SIGBUS. */
static int prepare(int fd)
{
	struct stat st;
	int err;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EEXIST;
	err = check(fd, st.st_size);
	if (err)
		return err;
	return -posix_fallocate(fd, 0, (off_t)SIZE);
}

static int map(int fd, int flags, struct history_store **ret)
{
	void *at = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, flags, fd, 0);

	if (at == MAP_FAILED)
		return -errno;
	*ret = at;
	return 0;
}

int history_file_open(const char *path, struct history_store **ret)
{
	int fd, err;

	if (*path == '\0')
		return map(-1, MAP_SHARED | MAP_ANONYMOUS, ret);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
		  0600);
	if (fd < 0)
		return -errno;
	err = prepare(fd);
	if (!err)
		err = map(fd, MAP_SHARED, ret);
	close(fd);
	return err;
}

void history_file_rest(struct history_store *s)
{
	/* Shared: what is let go of is in the file, and comes back when it is
	 * touched. Of a private mapping it would be gone. */
	if (s && madvise(s, SIZE, MADV_DONTNEED) < 0) {
		/* Then it stays. */
	}
}

void history_file_close(struct history_store *s)
{
	if (s)
		munmap(s, SIZE);
}
