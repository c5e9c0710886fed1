/* SPDX-License-Identifier: Apache-2.0 */
#include "chart/page_file.h"

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

/* What `path` is beside a regular file, or nothing yet; 0 or negative errno. */
static int look_at(const char *path, char tmp[PATH_MAX], bool *ret_is_special)
{
	const int n = snprintf(tmp, PATH_MAX, "%s.XXXXXX", path);
	struct stat st;

	if (n < 0 || n >= PATH_MAX)
		return -ENAMETOOLONG;
	if (!*path)
		return -ENOENT;
	*ret_is_special = !stat(path, &st) && !S_ISREG(st.st_mode);
	return *ret_is_special && S_ISDIR(st.st_mode) ? -EISDIR : 0;
}

int page_file(const char *path, page_file_write *write, void *arg)
{
	char tmp[PATH_MAX];
	bool is_special;
	FILE *out;
	int err = look_at(path, tmp, &is_special);

	if (err)
		return err;
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

int page_file_probe(const char *path)
{
	char tmp[PATH_MAX];
	bool is_special;
	FILE *out;
	int err = look_at(path, tmp, &is_special);

	if (err)
		return err;
	if (is_special) /* opening a pipe would wait for its reader */
		return access(path, W_OK) ? -errno : 0;
	out = open_beside(tmp);
	if (!out)
		return -errno;
	fclose(out);
	unlink(tmp);
	return 0;
}
