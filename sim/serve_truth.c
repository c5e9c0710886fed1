/* SPDX-License-Identifier: Apache-2.0 */
/* The truth that all who serve on a machine share. See serve_truth.h. */
#include "sim/serve_truth.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TEXT_SIZE 160

static const char format[] = "tt-sim truth 1\nboot %016" PRIx64 "%016" PRIx64
			     "\nunix_ns_less_raw_ns %" PRId64 "\n";

void serve_truth_path(char ret[PATH_MAX])
{
	const char *dir = getenv("XDG_RUNTIME_DIR");

	if (dir && *dir == '/')
		snprintf(ret, PATH_MAX, "%s/tt-sim.truth", dir);
	else
		snprintf(ret, PATH_MAX, "/tmp/tt-sim-%u.truth",
			 (unsigned int)geteuid());
}

__attribute__((format(printf, 4, 5))) static int
fail(int err, const char *path, char *ret_error, const char *why, ...)
{
	const size_t n = (size_t)snprintf(ret_error, SERVE_TRUTH_ERROR_SIZE,
					  "--truth %.200s: ", path);
	va_list args;

	va_start(args, why);
	vsnprintf(ret_error + n, SERVE_TRUTH_ERROR_SIZE - n, why, args);
	va_end(args);
	return err;
}

static int64_t clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* 0; -ENOENT of another boot, or nothing yet; -EPROTO something else. */
static int parse(const char *text, const uint64_t boot_id[2],
		 int64_t *ret_origin_ns)
{
	uint64_t boot[2];
	int64_t origin_ns;

	if (*text == '\0')
		return -ENOENT;
	if (sscanf(text,
		   "tt-sim truth 1 boot %16" SCNx64 "%16" SCNx64
		   " unix_ns_less_raw_ns %" SCNd64,
		   &boot[0], &boot[1], &origin_ns) != 3)
		return -EPROTO;
	if (boot[0] != boot_id[0] || boot[1] != boot_id[1])
		return -ENOENT;
	*ret_origin_ns = origin_ns;
	return 0;
}

/* With the file locked: two who start at once find one origin. */
static int take(int fd, const char *path, const uint64_t boot_id[2],
		int64_t *ret_origin_ns, char *ret_error)
{
	char text[TEXT_SIZE] = "";
	int64_t origin_ns;
	int err, n;

	if (flock(fd, LOCK_EX) < 0 || pread(fd, text, sizeof(text) - 1, 0) < 0)
		return fail(-errno, path, ret_error, "%s", strerror(errno));
	err = parse(text, boot_id, ret_origin_ns);
	if (err == -EPROTO)
		return fail(-EEXIST, path, ret_error,
			    "is something else; remove it, or name another "
			    "file");
	if (!err)
		return 0;
	origin_ns = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC_RAW);
	n = snprintf(text, sizeof(text), format, boot_id[0], boot_id[1],
		     origin_ns);
	if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t)n, 0) != n)
		return fail(-EIO, path, ret_error, "cannot be written: %s",
			    strerror(errno));
	*ret_origin_ns = origin_ns;
	return 0;
}

int serve_truth_open(const char *path, const uint64_t boot_id[2],
		     int64_t *ret_origin_ns,
		     char ret_error[SERVE_TRUTH_ERROR_SIZE])
{
	/* In /tmp anyone may have put a file or a link there before. */
	const int fd = open(
		path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
		0644);
	struct stat st;
	int err;

	if (fd < 0)
		return fail(-errno, path, ret_error, "%s", strerror(errno));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		err = fail(-EEXIST, path, ret_error, "is not a regular file");
	else if (st.st_uid != geteuid() && geteuid() != 0)
		err = fail(-EPERM, path, ret_error,
			   "belongs to user %u; name another file",
			   (unsigned int)st.st_uid);
	else
		err = take(fd, path, boot_id, ret_origin_ns, ret_error);
	close(fd);
	return err;
}
