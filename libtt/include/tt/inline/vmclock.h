/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hypervisor's word on the counter. Its vmclock page (UAPI.13, "VMClock",
 * uapi-group.org/specifications) has a marker that changes when the guest's
 * counter was disrupted, as by a live migration. A publication with
 * TT_FLAG_VMCLOCK says by which marker it was made: while the page has another,
 * it holds no more, and a reader need not wait for timed(8) to notice.
 *
 * The marker is loaded after the counter was read, in program order. That is
 * enough: a guest is stopped and resumed between two instructions, and what had
 * been executed ahead of that point is executed again. So a counter read after
 * a disruption is followed by a load of the new marker.
 *
 * Part of tt/tt_inline.h.
 */
#ifndef TT_INLINE_VMCLOCK_H
#define TT_INLINE_VMCLOCK_H

#include <stdlib.h>
#include <sys/auxv.h>

#include <tt/inline/map.h>
#include <tt/tt.h>

#define TT_INLINE_VMCLOCK "/dev/vmclock0"

/* Where the page has what, in words: "VCLK", size; version; marker. It must
 * hold at least the 104 bytes of version 1. */
enum {
	TT_INLINE_VMCLOCK_AT_MAGIC = 0,
	TT_INLINE_VMCLOCK_AT_VERSION = 1,
	TT_INLINE_VMCLOCK_AT_MARKER = 2,
	TT_INLINE_VMCLOCK_SIZE = 104
};

/* What a reading is made from. Zeroed: nothing yet. */
struct tt_inline {
	const uint64_t *segment; /* NULL: none mapped */
	const uint64_t *vmclock; /* NULL: not mapped, not yet at least */
	char vmclock_path[128];  /* "": TT_INLINE_VMCLOCK */
};

/* Acquire pairs with the release of who mapped it. */
TT_INLINE_ALWAYS const uint64_t *tt_inline_segment(const struct tt_inline *clk)
{
	return __atomic_load_n(&clk->segment, __ATOMIC_ACQUIRE);
}

/* $TT_VMCLOCK names another page, not in programs that run with raised
 * privileges. -EINVAL: its path is too long. Reads the environment: not for a
 * signal handler. */
TT_INLINE_RARE int tt_inline_vmclock_init(struct tt_inline *clk)
{
	const char *path = getauxval(AT_SECURE) ? NULL : getenv("TT_VMCLOCK");
	size_t size;

	if (path == NULL)
		path = "";
	size = strlen(path) + 1;
	if (size > sizeof(clk->vmclock_path))
		return -EINVAL;
	memcpy(clk->vmclock_path, path, size);
	return 0;
}

static inline bool tt_inline_is_vmclock(const uint64_t *page)
{
	const uint64_t first =
		tt_inline_word(&page[TT_INLINE_VMCLOCK_AT_MAGIC]);
	const uint64_t second =
		tt_inline_word(&page[TT_INLINE_VMCLOCK_AT_VERSION]);

	return (uint32_t)first == 0x4b4c4356 &&
	       first >> 32 >= TT_INLINE_VMCLOCK_SIZE && (uint16_t)second == 1;
}

/* A device has no size; a file must hold the page, or reading it is fatal. */
TT_INLINE_RARE int tt_inline_vmclock_map(const char *path, const uint64_t **ret)
{
	void *page = MAP_FAILED;
	struct stat st;
	int fd;

	fd = tt_inline_open_file(path, &st);
	if (fd < 0)
		return fd;
	if (S_ISCHR(st.st_mode) ||
	    (S_ISREG(st.st_mode) && st.st_size >= TT_INLINE_VMCLOCK_SIZE))
		page = mmap(NULL, TT_INLINE_SIZE, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (page == MAP_FAILED)
		return -EPROTO;
	if (!tt_inline_is_vmclock((const uint64_t *)page)) {
		munmap(page, TT_INLINE_SIZE);
		return -EPROTO;
	}
	*ret = (const uint64_t *)page;
	return 0;
}

/* Map the page, once; of threads that do so at once one wins. */
TT_INLINE_RARE int tt_inline_vmclock_attach(struct tt_inline *clk)
{
	const char *path = clk->vmclock_path[0] != '\0' ? clk->vmclock_path
							: TT_INLINE_VMCLOCK;
	const uint64_t *page = NULL, *none = NULL;
	const int errno_saved = errno;

	if (tt_inline_vmclock_map(path, &page) == 0 &&
	    !__atomic_compare_exchange_n(&clk->vmclock, &none, page, false,
					 __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		munmap((void *)(uintptr_t)page, TT_INLINE_SIZE);
	errno = errno_saved;
	return __atomic_load_n(&clk->vmclock, __ATOMIC_ACQUIRE) != NULL
		       ? 0
		       : -EACCES;
}

/* Does the counter still stand as it did for this publication? 0; -ESTALE: no;
 * -EACCES: it must be asked, and the page is not mapped. */
TT_INLINE_ALWAYS int tt_inline_vmclock_check(const struct tt_inline *clk,
					  const struct tt_inline_slot *slot)
{
	const uint64_t *page;

	if (!(slot->flags & TT_FLAG_VMCLOCK))
		return 0;
	page = __atomic_load_n(&clk->vmclock, __ATOMIC_ACQUIRE);
	if (page == NULL)
		return -EACCES;
	__asm__ volatile("" ::: "memory"); /* the counter first: see above */
	return tt_inline_word(&page[TT_INLINE_VMCLOCK_AT_MARKER]) ==
			       slot->marker
		       ? 0
		       : -ESTALE;
}

/* The same, and the page is mapped if it must be. */
TT_INLINE_RARE int tt_inline_vmclock_find(struct tt_inline *clk,
					  const struct tt_inline_slot *slot)
{
	int rc = tt_inline_vmclock_check(clk, slot);

	if (rc == -EACCES)
		rc = tt_inline_vmclock_attach(clk);
	return rc < 0 ? rc : tt_inline_vmclock_check(clk, slot);
}

#endif
