/* SPDX-License-Identifier: Apache-2.0 */
/* The history log's files. See history_writer.h. */
#include "timed/history_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "timed/history_tail.h"

void history_writer_init(struct history_writer *w,
			 const struct history_writer_options *opt)
{
	memset(w, 0, sizeof(*w));
	w->opt = *opt;
	w->out = w->lock = -1;
}

static void close_file(struct history_writer *w)
{
	if (w->out >= 0)
		close(w->out);
	w->out = -1;
}

void history_writer_close(struct history_writer *w)
{
	close_file(w);
	if (w->lock >= 0)
		close(w->lock);
	w->lock = -1;
}

/* ---- names ---- */

static int name_of(const struct history_writer *w, int i, char ret[PATH_MAX])
{
	const int n = i == 0
			      ? snprintf(ret, PATH_MAX, "%s", w->opt.path)
			      : snprintf(ret, PATH_MAX, "%s.%d", w->opt.path,
					 i);

	return n < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* Length of its directory, the slash included. */
static int directory_length(const struct history_writer *w)
{
	const char *slash = strrchr(w->opt.path, '/');

	return slash ? (int)(slash - w->opt.path) + 1 : 0;
}

/* What was created or renamed in it is on the disk. */
static int sync_directory(const struct history_writer *w)
{
	char name[PATH_MAX];
	int fd, err = 0;

	snprintf(name, sizeof(name), "%.*s.", directory_length(w),
		 w->opt.path);
	fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fsync(fd) < 0)
		err = -errno;
	close(fd);
	return err;
}

/* ".FILE.lock", which who says FILE* does not mean. */
static int take_lock(struct history_writer *w)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	const int dir = directory_length(w);
	char name[PATH_MAX];
	int err;

	if (w->lock >= 0)
		return 0;
	if (snprintf(name, sizeof(name), "%.*s.%s.lock", dir, w->opt.path,
		     w->opt.path + dir) >= PATH_MAX)
		return -ENAMETOOLONG;
	w->lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (w->lock < 0)
		return -errno;
	if (fcntl(w->lock, F_OFD_SETLK, &lock) == 0)
		return 0;
	err = errno == EAGAIN || errno == EACCES ? -EBUSY : -errno;
	close(w->lock);
	w->lock = -1;
	return err;
}

/* ---- the file ---- */

/* All of it is in the file, or, as far as that can be had, nothing. */
static int append(struct history_writer *w, const char *text, size_t size)
{
	const ssize_t n = write(w->out, text, size);
	int err = n < 0 ? -errno : (size_t)n < size ? -ENOSPC : 0;

	w->is_unsynced = true;
	if (!err && w->opt.syncs_each)
		err = history_writer_sync(w);
	if (!err) {
		w->size += (off_t)size;
		w->bytes += size;
		return 0;
	}
	if (ftruncate(w->out, w->size) < 0) {
		/* What stays is closed as a torn line at the next try. */
	}
	close_file(w);
	return err;
}

static int compose(struct history_writer *w, const char *body, size_t size)
{
	const char *quote = *w->sha256 ? "\"" : "";
	const int n = snprintf(w->line, sizeof(w->line),
			       "{\"seq\":%" PRId64 ",\"prev\":%s%s%s,%.*s\n",
			       w->sequence, quote,
			       *w->sha256 ? w->sha256 : "null", quote,
			       (int)size, body);

	return n < (int)sizeof(w->line) ? n : -EMSGSIZE;
}

static int put_now(struct history_writer *w, const char *body, size_t size)
{
	const int n = compose(w, body, size);
	int err;

	if (n < 0)
		return n;
	err = append(w, w->line, (size_t)n);
	if (err)
		return err;
	w->sequence++;
	w->file_lines++;
	history_tail_sha256(w->line, (size_t)n - 1, w->sha256);
	return 0;
}

/* Where the chain ends in a file that is not there, or has nothing in it yet:
 * in the one that was rotated last. */
static int read_rotated(const struct history_writer *w,
			struct history_tail *ret)
{
	char name[PATH_MAX];
	struct stat st;
	int fd, err = name_of(w, 1, name);

	if (err)
		return err;
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	err = fstat(fd, &st) < 0 ? -errno
				 : history_tail_read(fd, st.st_size, ret);
	close(fd);
	return err;
}

/* A line that tells of what is torn, which it is chained to; and of the line
 * before that, which nothing else would be chained to. */
static int close_torn(struct history_writer *w, const struct history_tail *t)
{
	const char *quote = *w->sha256 ? "\"" : "";
	char body[192];
	int n;

	n = snprintf(body, sizeof(body),
		     "\"kind\":\"torn\",\"pieces\":%d,\"bytes\":%zu,"
		     "\"whole\":%s%s%s}",
		     t->pieces, t->torn_size, quote,
		     *w->sha256 ? w->sha256 : "null", quote);
	memcpy(w->sha256, t->sha256, sizeof(w->sha256));
	return put_now(w, body, (size_t)n);
}

static int go_on(struct history_writer *w)
{
	struct history_tail here = { .is_closed = true };
	struct history_tail before = { .is_closed = true };
	int err = w->size > 0 ? history_tail_read(w->out, w->size, &here) : 0;

	if (!err && !w->knows_chain && !here.has_line) {
		err = read_rotated(w, &before);
		if (!err && before.has_line) {
			w->sequence = before.sequence + 1;
			memcpy(w->sha256, before.sha256, sizeof(w->sha256));
		}
	}
	if (err)
		return err;
	if (!w->knows_chain && here.has_line) {
		w->sequence = here.sequence + 1;
		memcpy(w->sha256, here.line_sha256, sizeof(w->sha256));
	}
	w->knows_chain = true;
	if (!here.is_closed)
		err = append(w, "\n", 1);
	return !err && here.pieces > 0 ? close_torn(w, &here) : err;
}

static int open_file(struct history_writer *w)
{
	struct stat st;
	int err = take_lock(w);

	if (err || w->out >= 0)
		return err;
	w->out = open(w->opt.path,
		      O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW |
			      O_NONBLOCK,
		      0640);
	if (w->out < 0)
		return errno == ELOOP ? -EEXIST : -errno;
	if (fstat(w->out, &st) < 0)
		err = -errno;
	else if (!S_ISREG(st.st_mode))
		err = -EEXIST;
	w->size = st.st_size;
	if (!err && w->size == 0)
		err = sync_directory(w);
	if (!err)
		err = go_on(w);
	if (err)
		close_file(w);
	return err;
}

/* Each file is under its old name or its new one at every instant. */
static int rotate(struct history_writer *w)
{
	char from[PATH_MAX], to[PATH_MAX];
	int err = 0;

	for (int i = w->opt.keep; !err && i > 0; i--) {
		err = name_of(w, i, to);
		if (!err)
			err = name_of(w, i - 1, from);
		if (!err && rename(from, to) < 0 && errno != ENOENT)
			err = -errno;
	}
	w->rotation_err = err;
	if (err)
		return 0; /* it grows on */
	w->rotations++;
	w->file_lines = 0;
	close_file(w);
	return open_file(w);
}

int history_writer_sync(struct history_writer *w)
{
	if (w->out < 0 || !w->is_unsynced)
		return 0;
	if (fdatasync(w->out) < 0)
		return -errno;
	w->is_unsynced = false;
	return 0;
}

/* Who moved, removed or cut off the file (logrotate, a person) has told nobody:
 * what is written to it from now on would not be found. */
static void look_at_file(struct history_writer *w)
{
	struct stat open, named = { .st_size = 0 };
	bool is_gone, is_cut;

	if (w->out < 0 || fstat(w->out, &open) < 0)
		return;
	is_gone = fstatat(AT_FDCWD, w->opt.path, &named, AT_SYMLINK_NOFOLLOW)
				  < 0
			  ? errno == ENOENT
			  : named.st_ino != open.st_ino ||
				    named.st_dev != open.st_dev;
	is_cut = open.st_size < w->size;
	if (!is_gone && !is_cut)
		return;
	/* What was moved away is to be whole there; what is gone is gone. */
	(void)history_writer_sync(w);
	w->moved++;
	if (is_cut || open.st_nlink == 0)
		w->removed += w->file_lines;
	w->file_lines = 0;
	close_file(w);
}

static int put(struct history_writer *w, const char *body, size_t size,
	       bool is_basis)
{
	int err;

	look_at_file(w);
	err = open_file(w);

	if (!err && w->size > 0 &&
	    w->size + (off_t)size + 160 > w->opt.size_max) {
		err = history_writer_sync(w);
		if (!err)
			err = rotate(w);
	}
	if (!err && w->size == 0 && w->basis_size > 0 && !is_basis)
		err = put_now(w, w->basis, w->basis_size);
	return err ? err : put_now(w, body, size);
}

int history_writer_put(struct history_writer *w, const char *body, size_t size)
{
	return put(w, body, size, false);
}

int history_writer_basis(struct history_writer *w, const char *body,
			 size_t size)
{
	int err;

	if (size > sizeof(w->basis))
		return -EMSGSIZE;
	err = put(w, body, size, true);
	if (err)
		return err;
	memcpy(w->basis, body, size);
	w->basis_size = size;
	return 0;
}
