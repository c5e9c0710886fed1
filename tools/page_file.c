/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/page_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int write_and_close(FILE *out, page_file_write *write, void *arg)
{
	int err;

	errno = 0;
	err = write(arg, out);
	if (!err && (fflush(out) || ferror(out)))
		err = errno ? -errno : -EIO;
	if (fclose(out) && !err)
		err = -errno;
	return err;
}

/* With the mode that any new file gets. */
static FILE *open_beside(char *tmp)
{
	const int fd = mkostemp(tmp, O_CLOEXEC);
	const mode_t mask = umask(0);
	FILE *out = NULL;

	umask(mask);
	if (fd < 0)
		return NULL;
	if (fchmod(fd, 0666 & ~mask) == 0)
		out = fdopen(fd, "w");
	if (!out) {
		int err = errno;

		close(fd);
		unlink(tmp);
		errno = err;
	}
	return out;
}

int page_file(const char *path, page_file_write *write, void *arg)
{
	char tmp[PATH_MAX];
	const int n = snprintf(tmp, sizeof(tmp), "%s.XXXXXX", path);
	struct stat st;
	const bool is_special = !stat(path, &st) && !S_ISREG(st.st_mode);
	FILE *out;
	int err;

	if (n < 0 || (size_t)n >= sizeof(tmp))
		return -ENAMETOOLONG;
	out = is_special ? fopen(path, "we") : open_beside(tmp);
	if (!out)
		return -errno;
	err = write_and_close(out, write, arg);
	if (is_special)
		return err;
	if (!err && rename(tmp, path))
		err = -errno;
	if (err)
		unlink(tmp);
	return err;
}
