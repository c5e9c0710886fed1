/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding the segment: open, look whether it is one of this boot and time
 * namespace, map. Allocates nothing and may run in a signal handler; errno is
 * the caller's to keep. Part of tt/tt_inline.h.
 */
#ifndef TT_INLINE_MAP_H
#define TT_INLINE_MAP_H

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tt/inline/segment.h>

/* The closed set of tt.h. */
TT_INLINE_RARE int tt_inline_map_errno(int err)
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

/* O_NONBLOCK: a FIFO in its place shall not hang the reader. */
TT_INLINE_RARE int tt_inline_open_file(const char *path, struct stat *ret_st)
{
	const int fd =
		open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int rc;

	if (fd < 0)
		return tt_inline_map_errno(errno);
	if (fstat(fd, ret_st) == 0)
		return fd;
	rc = tt_inline_map_errno(errno);
	close(fd);
	return rc;
}

/* A small file, NUL-terminated; false: it cannot be read. */
TT_INLINE_RARE bool tt_inline_read_small(const char *path, char *buf,
					 size_t size)
{
	ssize_t got;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	got = read(fd, buf, size - 1);
	close(fd);
	if (got < 0)
		return false;
	buf[got] = '\0';
	return true;
}

static inline int tt_inline_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* The present boot's id as two big-endian halves. */
TT_INLINE_RARE bool tt_inline_boot_id(uint64_t ret[2])
{
	uint64_t half[2] = {0, 0};
	int digit, count = 0;
	const char *p;
	char text[64];

	if (!tt_inline_read_small("/proc/sys/kernel/random/boot_id", text,
				  sizeof(text)))
		return false;
	for (p = text; *p != '\0' && count < 32; p++) {
		digit = tt_inline_hex_digit(*p);
		if (digit < 0)
			continue;
		half[count / 16] = half[count / 16] << 4 | (uint64_t)digit;
		count++;
	}
	if (count < 32)
		return false;
	ret[0] = half[0];
	ret[1] = half[1];
	return true;
}

/* A decimal number at *p, moved past it. */
static inline int64_t tt_inline_read_number(const char **p)
{
	uint64_t value = 0;
	bool minus;

	while (**p == ' ' || **p == '\t')
		(*p)++;
	minus = **p == '-';
	if (minus)
		(*p)++;
	for (; **p >= '0' && **p <= '9'; (*p)++)
		value = value * 10 + (uint64_t)(**p - '0');
	return (int64_t)(minus ? 0 - value : value);
}

/* Which time namespace a link in /proc names. */
TT_INLINE_RARE bool tt_inline_read_link(const char *path, char *buf,
					size_t size)
{
	const ssize_t got = readlink(path, buf, size - 1);

	if (got < 0)
		return false;
	buf[got] = '\0';
	return true;
}

/*
 * What this process's time namespace adds to CLOCK_MONOTONIC_RAW
 * (time_namespaces(7)): readings of two namespaces must not be mixed. The first
 * line, "monotonic <s> <ns>"; CLOCK_MONOTONIC_RAW has the same offset. They are
 * the offsets of the namespace that children will be in, which is another one
 * between unshare(2) and fork(2). 0 where the kernel has no such namespaces;
 * false: it cannot be told.
 */
TT_INLINE_RARE bool tt_inline_raw_origin(int64_t *ret_ns)
{
	char text[256], here[64], children[64];
	const char *line = text;
	int64_t s, ns;

	if (!tt_inline_read_link("/proc/self/ns/time", here, sizeof(here))) {
		*ret_ns = 0;
		return errno == ENOENT && access("/proc/self/ns", F_OK) == 0;
	}
	if (!tt_inline_read_link("/proc/self/ns/time_for_children", children,
				 sizeof(children)) ||
	    strcmp(here, children) != 0 ||
	    !tt_inline_read_small("/proc/self/timens_offsets", text,
				  sizeof(text)) ||
	    strncmp(line, "monotonic", sizeof("monotonic") - 1) != 0)
		return false;
	line += sizeof("monotonic") - 1;
	s = tt_inline_read_number(&line);
	ns = tt_inline_read_number(&line);
	*ret_ns = (int64_t)((uint64_t)s * UINT64_C(1000000000) + (uint64_t)ns);
	return true;
}

/* Is this header one that can be read, by this boot? 0; -EPROTO wrong magic,
 * version or size; -ESTALE another boot. boot_id NULL: do not compare. */
static inline int tt_inline_check_header(const uint64_t *seg,
					 const uint64_t *boot_id)
{
	const uint64_t *id = &seg[TT_INLINE_AT_BOOT_ID];

	if (!tt_inline_is_readable(seg))
		return -EPROTO;
	if (boot_id != NULL && (tt_inline_word(&id[0]) != boot_id[0] ||
				tt_inline_word(&id[1]) != boot_id[1]))
		return -ESTALE;
	return 0;
}

/* Only a segment of this boot, in this time namespace, says anything here. */
TT_INLINE_RARE int tt_inline_check_segment(const uint64_t *seg)
{
	uint64_t boot_id[2];
	int64_t origin_ns;
	int rc;

	rc = tt_inline_check_header(seg, NULL);
	if (rc < 0)
		return rc;
	if (!tt_inline_boot_id(boot_id))
		return -ESTALE;
	rc = tt_inline_check_header(seg, boot_id);
	if (rc < 0)
		return rc;
	if (!tt_inline_raw_origin(&origin_ns) ||
	    tt_inline_signed(&seg[TT_INLINE_AT_RAW_ORIGIN]) != origin_ns)
		return -EPROTO;
	return 0;
}

/* Map the segment that `path` names; munmap() it with TT_INLINE_SIZE. 0, or an
 * error of tt_now(). */
TT_INLINE_RARE int tt_inline_map(const char *path, const uint64_t **ret,
				 struct stat *ret_st)
{
	void *page = MAP_FAILED;
	struct stat st;
	int fd, rc = 0;

	fd = tt_inline_open_file(path, &st);
	if (fd < 0)
		return fd;
	if (!S_ISREG(st.st_mode) || st.st_size < TT_INLINE_SIZE)
		rc = -EPROTO;
	if (rc == 0)
		page = mmap(NULL, TT_INLINE_SIZE, PROT_READ, MAP_SHARED, fd, 0);
	if (rc == 0 && page == MAP_FAILED)
		rc = tt_inline_map_errno(errno);
	close(fd);
	if (rc < 0)
		return rc;
	rc = tt_inline_check_segment((const uint64_t *)page);
	if (rc < 0) {
		munmap(page, TT_INLINE_SIZE);
		return rc;
	}
	*ret = (const uint64_t *)page;
	*ret_st = st;
	return 0;
}

#endif
