/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The drift file: seven lines of "name value" after a line that says what it
 * is. A file that is anything else is no drift file.
 */
#include "timed/driftfile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* No rate of an honest clock is beyond this; A1 is 500 ppm at the most. */
#define RATE_PPB_MAX 1e6

static const char title[] = "timed-drift 1";

struct lines {
	const char *at, *end;
};

/* The value of the next line, which must be "NAME VALUE\n". */
static bool take(struct lines *l, const char *name, char *ret, size_t size)
{
	const char *eol = memchr(l->at, '\n', (size_t)(l->end - l->at));
	size_t length = strlen(name), value;

	if (!eol || (size_t)(eol - l->at) < length + 2 ||
	    memcmp(l->at, name, length) != 0 || l->at[length] != ' ')
		return false;
	value = (size_t)(eol - l->at) - length - 1;
	if (value >= size || memchr(l->at, '\0', (size_t)(eol - l->at)))
		return false;
	memcpy(ret, l->at + length + 1, value);
	ret[value] = '\0';
	l->at = eol + 1;
	return true;
}

static bool take_int(struct lines *l, const char *name, int64_t *ret)
{
	char text[32], *end;

	if (!take(l, name, text, sizeof(text)))
		return false;
	if (strspn(text, "-0123456789") != strlen(text))
		return false;
	errno = 0;
	*ret = strtoll(text, &end, 10);
	return errno == 0 && end != text && *end == '\0';
}

static bool take_rate(struct lines *l, const char *name, double *ret)
{
	char text[40], *end;

	if (!take(l, name, text, sizeof(text)))
		return false;
	if (strspn(text, "+-.e0123456789") != strlen(text))
		return false;
	*ret = strtod(text, &end);
	return end != text && *end == '\0' && fabs(*ret) <= RATE_PPB_MAX;
}

static bool take_boot_id(struct lines *l, uint64_t ret[2])
{
	char text[40];

	if (!take(l, "boot_id", text, sizeof(text)))
		return false;
	return strlen(text) == 32 &&
	       strspn(text, "0123456789abcdef") == 32 &&
	       sscanf(text, "%16" SCNx64 "%16" SCNx64, &ret[0], &ret[1]) == 2;
}

int driftfile_parse(const char *text, size_t size, struct driftfile *ret)
{
	struct lines l = { text, text + size };
	struct driftfile d = { .raw_ns = 0 };
	char version[4];

	if (!take(&l, "timed-drift", version, sizeof(version)) ||
	    strcmp(version, "1") != 0)
		return -EINVAL;
	if (!take_boot_id(&l, d.boot_id) ||
	    !take(&l, "clocksource", d.clocksource, sizeof(d.clocksource)) ||
	    !take_int(&l, "raw_ns", &d.raw_ns) ||
	    !take_int(&l, "written_unix_ns", &d.written_unix_ns) ||
	    !take_rate(&l, "rate_ppb", &d.rate_ppb) ||
	    !take_rate(&l, "rate_ppb_min", &d.rate_ppb_min) ||
	    !take_rate(&l, "rate_ppb_max", &d.rate_ppb_max))
		return -EINVAL;
	if (l.at != l.end || d.raw_ns < 0 || d.rate_ppb_min > d.rate_ppb_max)
		return -EINVAL;
	*ret = d;
	return 0;
}

size_t driftfile_format(const struct driftfile *d, char *buf)
{
	/* 17 digits give the very same double back. */
	int n = snprintf(buf, DRIFTFILE_SIZE_MAX,
			 "%s\n"
			 "boot_id %016" PRIx64 "%016" PRIx64 "\n"
			 "clocksource %s\n"
			 "raw_ns %" PRId64 "\n"
			 "written_unix_ns %" PRId64 "\n"
			 "rate_ppb %.17g\n"
			 "rate_ppb_min %.17g\n"
			 "rate_ppb_max %.17g\n",
			 title, d->boot_id[0], d->boot_id[1], d->clocksource,
			 d->raw_ns, d->written_unix_ns, d->rate_ppb,
			 d->rate_ppb_min, d->rate_ppb_max);

	return (size_t)n;
}

static int read_some(const char *path, char *buf, size_t size, size_t *ret_size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n;
	int err = 0;

	if (fd < 0)
		return -errno;
	n = read(fd, buf, size);
	if (n < 0)
		err = -errno;
	else
		*ret_size = (size_t)n;
	close(fd);
	return err;
}

int driftfile_load(const char *path, struct driftfile *ret)
{
	char text[DRIFTFILE_SIZE_MAX + 1];
	size_t size = 0;
	int err = read_some(path, text, sizeof(text), &size);

	if (err)
		return err;
	return driftfile_parse(text, size, ret);
}

/* Make the rename itself last. */
static int sync_directory(const char *path)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int fd, err = 0;

	snprintf(dir, sizeof(dir), "%.*s",
		 slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fsync(fd) < 0)
		err = -errno;
	close(fd);
	return err;
}

static int write_file(const char *path, const char *text, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC |
		      O_NOFOLLOW, 0644);
	ssize_t n;
	int err = 0;

	if (fd < 0)
		return -errno;
	n = write(fd, text, size);
	if (n < 0 || fsync(fd) < 0)
		err = -errno;
	else if ((size_t)n != size)
		err = -ENOSPC;
	close(fd);
	return err;
}

int driftfile_save(const char *path, const struct driftfile *d)
{
	char text[DRIFTFILE_SIZE_MAX], tmp[PATH_MAX];
	size_t size = driftfile_format(d, text);
	int n = snprintf(tmp, sizeof(tmp), "%s.tmp", path);
	int err;

	if (n < 0 || (size_t)n >= sizeof(tmp))
		return -ENAMETOOLONG;
	err = write_file(tmp, text, size);
	if (!err && rename(tmp, path) < 0)
		err = -errno;
	if (err) {
		unlink(tmp);
		return err;
	}
	return sync_directory(path);
}

int driftfile_set_aside(const char *path)
{
	char aside[PATH_MAX];

	for (int i = 0; i < 10; i++) {
		char number[4] = "";
		int n;

		if (i > 0)
			snprintf(number, sizeof(number), "%d", i);
		n = snprintf(aside, sizeof(aside), "%s.bad%s", path, number);
		if (n < 0 || (size_t)n >= sizeof(aside))
			return -ENAMETOOLONG;
		if (renameat2(AT_FDCWD, path, AT_FDCWD, aside,
			      RENAME_NOREPLACE) == 0)
			return 0;
		if (errno != EEXIST)
			return -errno;
	}
	return -EEXIST;
}

const char *driftfile_refusal(const struct driftfile *d,
			      const uint64_t boot_id[2],
			      const char *clocksource, int64_t raw_ns)
{
	if (d->boot_id[0] != boot_id[0] || d->boot_id[1] != boot_id[1])
		return "it is of another boot";
	if (strcmp(d->clocksource, clocksource) != 0)
		return "it is of another clocksource";
	if (d->raw_ns > raw_ns)
		return "it is of the future";
	return NULL;
}

int driftfile_clocksource(const char *path, char *ret)
{
	char text[DRIFTFILE_NAME_SIZE];
	size_t size = 0;
	int err = read_some(path, text, sizeof(text) - 1, &size);

	if (err)
		return err;
	text[size] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (text[0] == '\0')
		return -ENODATA;
	strcpy(ret, text);
	return 0;
}
