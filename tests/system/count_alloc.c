/* SPDX-License-Identifier: Apache-2.0 */
/*
 * To be preloaded: counts the program's allocations, in the 8 bytes of the file that
 * ALLOC_COUNT names. Frees are not counted; what allocates nothing frees nothing.
 */
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* glibc's own, by names of which it says that others may wrap them. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *at, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static _Atomic uint64_t before_open;
static _Atomic uint64_t *counter = &before_open;

#define PUBLIC __attribute__((visibility("default")))

__attribute__((constructor)) static void open_counter(void)
{
	const char *path = getenv("ALLOC_COUNT");
	int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644) : -1;
	void *at = MAP_FAILED;

	if (fd >= 0 && ftruncate(fd, sizeof(uint64_t)) == 0)
		at = mmap(NULL, sizeof(uint64_t), PROT_READ | PROT_WRITE,
			  MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		abort();
	close(fd);
	counter = at;
	atomic_fetch_add(counter, atomic_load(&before_open));
}

PUBLIC void *malloc(size_t size)
{
	atomic_fetch_add(counter, 1);
	return __libc_malloc(size);
}

PUBLIC void *calloc(size_t count, size_t size)
{
	atomic_fetch_add(counter, 1);
	return __libc_calloc(count, size);
}

PUBLIC void *realloc(void *at, size_t size)
{
	atomic_fetch_add(counter, 1);
	return __libc_realloc(at, size);
}

PUBLIC void *aligned_alloc(size_t alignment, size_t size)
{
	atomic_fetch_add(counter, 1);
	return __libc_memalign(alignment, size);
}
