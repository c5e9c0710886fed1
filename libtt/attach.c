/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding and mapping the segment, without locks and without allocation:
 * every thread that finds none maps it, one wins, the others unmap. May run in
 * a signal handler; keeps errno.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libtt/attach.h"
#include "libtt/latch.h"

/* How often a reader of stale data looks whether the file was replaced: an
 * fstatat(2) is some 1 us, so this costs 10 ppm. */
#define LOOK_INTERVAL_NS INT64_C(100000000)

/* The closed set of tt.h. */
static int map_errno(int err)
{
	switch (err) {
	case ENOENT:
	case ENOTDIR:
		return -ENOENT;
	case EACCES:
	case EPERM:
		return -EACCES;
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case EINTR:
		return -EAGAIN;
	default:
		return -EPROTO;
	}
}

static struct segment *mapped(struct mapping *m)
{
	return atomic_load_explicit(&m->seg, memory_order_relaxed);
}

/* Only a segment of this boot, in this time namespace, says anything here. */
static int check(const struct segment *seg)
{
	uint64_t boot_id[2];
	int rc;

	rc = segment_check_header(seg, NULL);
	if (rc < 0)
		return rc;
	if (segment_boot_id(boot_id) < 0)
		return -ESTALE;
	rc = segment_check_header(seg, boot_id);
	if (rc < 0)
		return rc;
	if (latch_signed(&seg->raw_origin_ns) != segment_raw_origin_ns())
		return -EPROTO;
	return 0;
}

static int map_fd(int fd, struct mapping *m)
{
	struct stat st;
	void *p;
	int rc;

	if (fstat(fd, &st) < 0)
		return map_errno(errno);
	if (!S_ISREG(st.st_mode) || st.st_size < (off_t)SEGMENT_SIZE)
		return -EPROTO;
	p = mmap(NULL, SEGMENT_SIZE, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return map_errno(errno);
	rc = check(p);
	if (rc < 0) {
		munmap(p, SEGMENT_SIZE);
		return rc;
	}
	m->dev = st.st_dev;
	m->ino = st.st_ino;
	/* Relaxed: who looks for it has it from `current`. */
	atomic_store_explicit(&m->seg, p, memory_order_relaxed);
	return 0;
}

/* O_NONBLOCK: a FIFO in its place shall not hang the reader. */
static int map_path(const char *path, struct mapping *m)
{
	const int fd =
		open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int rc;

	if (fd < 0)
		return map_errno(errno);
	rc = map_fd(fd, m);
	close(fd);
	return rc;
}

/* Acquire and release pair with drop(): a record is one thread's at a time. */
static struct mapping *take(struct tt_clock *clk)
{
	for (int i = 0; i < CLOCK_MAPPINGS_MAX; i++) {
		if (!atomic_exchange_explicit(&clk->mappings[i].is_taken, true,
					      memory_order_acq_rel))
			return &clk->mappings[i];
	}
	return NULL;
}

static void drop(struct mapping *m)
{
	struct segment *seg = mapped(m);

	atomic_store_explicit(&m->seg, NULL, memory_order_relaxed);
	if (seg != NULL)
		munmap(seg, SEGMENT_SIZE);
	atomic_store_explicit(&m->is_taken, false, memory_order_release);
}

/* Replace `seen` (NULL: none) by what the path names. `is_usable` may refuse
 * it. Losing the race is success: someone has attached. */
static int attach(struct tt_clock *clk, struct segment *seen,
		  bool (*is_usable)(const struct segment *seg))
{
	struct mapping *m = take(clk);
	int rc;

	if (m == NULL)
		return -EAGAIN;
	rc = map_path(clk->path, m);
	if (rc == 0 && is_usable != NULL && !is_usable(mapped(m)))
		rc = -ENODATA;
	if (rc < 0) {
		drop(m);
		return rc;
	}
	/* Release pairs with the acquire load of `current`. */
	if (!atomic_compare_exchange_strong_explicit(
		    &clk->current, &seen, mapped(m), memory_order_acq_rel,
		    memory_order_acquire))
		drop(m);
	return 0;
}

int attach_first(struct tt_clock *clk)
{
	const int errno_saved = errno;
	int rc;

	rc = clk->path[0] == '\0' ? -ENODATA : attach(clk, NULL, NULL);
	errno = errno_saved;
	return rc;
}

static bool has_published(const struct segment *seg)
{
	return latch_word(&seg->sequence) != 0;
}

/* Does the path name another file than the one mapped as `seg`? */
static bool is_replaced(struct tt_clock *clk, const struct segment *seg)
{
	struct stat st;

	if (stat(clk->path, &st) < 0)
		return false;
	for (int i = 0; i < CLOCK_MAPPINGS_MAX; i++) {
		struct mapping *m = &clk->mappings[i];

		if (mapped(m) == seg)
			return m->dev != st.st_dev || m->ino != st.st_ino;
	}
	return false;
}

bool attach_again(struct tt_clock *clk, struct segment *seen, int64_t raw_ns)
{
	const int errno_saved = errno;
	int64_t look_ns =
		atomic_load_explicit(&clk->look_raw_ns, memory_order_relaxed);
	bool is_new;

	if (clk->path[0] == '\0' || raw_ns < look_ns)
		return false;
	/* Relaxed: it guards no data, only picks one thread per interval. */
	if (!atomic_compare_exchange_strong_explicit(
		    &clk->look_raw_ns, &look_ns, raw_ns + LOOK_INTERVAL_NS,
		    memory_order_relaxed, memory_order_relaxed))
		return false;
	is_new = is_replaced(clk, seen) &&
		 attach(clk, seen, has_published) == 0;
	errno = errno_saved;
	return is_new;
}

void attach_close(struct tt_clock *clk)
{
	for (int i = 0; i < CLOCK_MAPPINGS_MAX; i++)
		drop(&clk->mappings[i]);
}
