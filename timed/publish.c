/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The segment's file. Nothing in it is touched before it is certain that it is
 * ours and that nobody else writes it.
 */
#include "timed/publish.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct opening {
	const char *path;
	const uint64_t *boot_id;
	int64_t origin_ns; /* of our time namespace */
	char *ret_error;
};

__attribute__((format(printf, 3, 4))) static int
fail(const struct opening *o, int err, const char *format, ...)
{
	size_t n = (size_t)snprintf(o->ret_error, PUBLISH_ERROR_SIZE,
				    "%.200s: ", o->path);
	va_list args;

	va_start(args, format);
	vsnprintf(o->ret_error + n, PUBLISH_ERROR_SIZE - n, format, args);
	va_end(args);
	return err;
}

static int fail_errno(const struct opening *o, const char *what)
{
	int err = -errno;

	return fail(o, err, "%s: %s%s", what, strerror(-err),
		    err == -EACCES ? "; it belongs to another user, run timed "
				     "as that one (the unit's is _timed)"
				   : "");
}

/* The directory, its parent must exist. */
static int make_directory(const struct opening *o)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(o->path, '/');

	if (!slash || slash == o->path)
		return 0;
	if ((size_t)(slash - o->path) >= sizeof(dir))
		return fail(o, -ENAMETOOLONG, "the path is too long");
	snprintf(dir, sizeof(dir), "%.*s", (int)(slash - o->path), o->path);
	if (mkdir(dir, 0755) < 0)
		return errno == EEXIST ? 0 : fail_errno(o, "its directory");
	if (chmod(dir, 0755) < 0) /* whatever the umask is */
		return fail_errno(o, "its directory");
	return 0;
}

/* Who holds the lock, for a message; 0: cannot say. */
static int lock_holder(int fd)
{
	char text[16] = "";

	if (pread(fd, text, sizeof(text) - 1, 0) <= 0)
		return 0;
	return atoi(text);
}

static int take_lock(const struct opening *o, uint64_t pid, int *ret_fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char name[PATH_MAX], text[32];
	int fd, n = snprintf(name, sizeof(name), "%s.lock", o->path);

	if (n < 0 || (size_t)n >= sizeof(name))
		return fail(o, -ENAMETOOLONG, "the path is too long");
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return fail_errno(o, "its lock");
	if (fcntl(fd, F_OFD_SETLK, &lock) < 0) {
		int holder = lock_holder(fd), err = errno;

		close(fd);
		if (err != EAGAIN && err != EACCES)
			return fail(o, -err, "its lock: %s", strerror(err));
		if (holder > 0)
			return fail(o, -EBUSY, "another timed (pid %d) writes "
				    "it", holder);
		return fail(o, -EBUSY, "another timed writes it");
	}
	n = snprintf(text, sizeof(text), "%-12llu\n", (unsigned long long)pid);
	if (pwrite(fd, text, (size_t)n, 0) != n) {
		/* The pid is for messages only. */
	}
	*ret_fd = fd;
	return 0;
}

static bool is_zero(const unsigned char *at, size_t size)
{
	while (size > 0 && at[size - 1] == 0)
		size--;
	return size == 0;
}

/* Is the content ours to write over: empty, zeros, or a segment? */
static int check_content(const struct opening *o, int fd, off_t size)
{
	unsigned char head[SEGMENT_SIZE];
	uint64_t magic = 0;
	ssize_t n = pread(fd, head, sizeof(head), 0);

	if (n < 0)
		return fail_errno(o, "cannot be read");
	if ((size_t)n >= sizeof(magic))
		memcpy(&magic, head, sizeof(magic));
	if (magic == SEGMENT_MAGIC || magic == SEGMENT_MAGIC_UNMADE)
		return 0;
	if (size <= (off_t)sizeof(head) && is_zero(head, (size_t)n))
		return 0;
	return fail(o, -EEXIST, "is not a clock segment and is not empty; if "
		    "nothing needs it, remove it and start timed again, or "
		    "name another file in the setting \"segment\"");
}

static int prepare(const struct opening *o, int fd)
{
	struct stat st;
	int err;

	if (fstat(fd, &st) < 0)
		return fail_errno(o, "fstat");
	if (!S_ISREG(st.st_mode))
		return fail(o, -EEXIST, "is not a regular file");
	err = check_content(o, fd, st.st_size);
	if (err)
		return err;
	if ((st.st_mode & 07777) != 0644 && fchmod(fd, 0644) < 0)
		return fail_errno(o, "chmod 0644");
	/* The blocks too, of one with holes as well: a full /run must be an error
	 * here, not SIGBUS. */
	err = posix_fallocate(fd, 0, SEGMENT_SIZE);
	if (err)
		return fail(o, -err, "cannot be made %u bytes long: %s",
			    SEGMENT_SIZE, strerror(err));
	return 0;
}

/* Whoever has it mapped in that namespace does not look at the origin again. */
static bool is_of_another_namespace(const struct opening *o, int fd)
{
	uint64_t head[8];

	return pread(fd, head, sizeof(head), 0) == (ssize_t)sizeof(head) &&
	       (head[TT_INLINE_AT_MAGIC] == SEGMENT_MAGIC ||
		head[TT_INLINE_AT_MAGIC] == SEGMENT_MAGIC_UNMADE) &&
	       head[TT_INLINE_AT_BOOT_ID] == o->boot_id[0] &&
	       head[TT_INLINE_AT_BOOT_ID + 1] == o->boot_id[1] &&
	       (int64_t)head[TT_INLINE_AT_RAW_ORIGIN] != o->origin_ns;
}

static int open_file(const struct opening *o, int flags, int *ret_fd)
{
	int err, fd = open(o->path,
			   O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK | flags,
			   0644);

	if (fd < 0)
		return fail_errno(o, "cannot be opened");
	err = prepare(o, fd);
	if (err)
		close(fd);
	else
		*ret_fd = fd;
	return err;
}

/* The one exception from one inode for ever: a file that was written in another
 * time namespace stays with its readers, who would misread what we write, and
 * ages. */
static int leave_to_others(const struct opening *o, int *fd)
{
	if (!is_of_another_namespace(o, *fd))
		return 0;
	close(*fd);
	if (unlink(o->path) < 0)
		return fail_errno(o, "was written in another time namespace, "
				     "and cannot be removed");
	return open_file(o, O_EXCL, fd);
}

static int map_segment(const struct opening *o, struct segment **ret)
{
	void *at;
	int fd, err = open_file(o, 0, &fd);

	if (!err)
		err = leave_to_others(o, &fd);
	if (err)
		return err;
	at = mmap(NULL, SEGMENT_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		  0);
	err = at == MAP_FAILED ? fail_errno(o, "cannot be mapped") : 0;
	close(fd);
	if (!err)
		*ret = at;
	return err;
}

static void read_earlier(struct publish *p)
{
	uint64_t sequence;

	p->has_earlier = segment_read(p->seg, &p->earlier, &sequence) == 0 &&
			 segment_check_slot(&p->earlier) == 0;
}

int publish_open(const char *path, const uint64_t boot_id[2], uint64_t pid,
		 int64_t raw_ns, struct publish *ret,
		 char ret_error[PUBLISH_ERROR_SIZE])
{
	struct opening o = { .path = path, .boot_id = boot_id,
			     .ret_error = ret_error };
	struct publish p = { .lock_fd = -1 };
	int err = segment_raw_origin(&o.origin_ns);

	if (err)
		return fail(&o, err, "in which time namespace this runs cannot "
			    "be told: /proc must be mounted, and whoever has "
			    "unshared it must fork before it runs timed");
	err = make_directory(&o);
	if (!err)
		err = take_lock(&o, pid, &p.lock_fd);
	if (err)
		return err;
	err = map_segment(&o, &p.seg);
	if (err) {
		close(p.lock_fd);
		return err;
	}
	if (segment_init(p.seg, boot_id, pid, raw_ns))
		read_earlier(&p);
	*ret = p;
	return 0;
}

/* A slot that a reader must refuse, or whose edges cross, comes of an error of
 * ours: the last one, which ages, serves readers better, and a restart begins
 * with a new engine. */
void publish_write(struct publish *p, const struct segment_slot *slot)
{
	assert(segment_check_slot(slot) == 0);
	segment_publish(p->seg, slot);
	p->written++;
}

uint64_t publish_sequence(const struct publish *p)
{
	return atomic_load_explicit(&p->seg->sequence, memory_order_relaxed);
}

void publish_close(struct publish *p)
{
	if (!p->seg)
		return;
	munmap(p->seg, SEGMENT_SIZE);
	close(p->lock_fd);
	p->seg = NULL;
}
