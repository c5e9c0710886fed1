/* SPDX-License-Identifier: Apache-2.0 */
/*
 * To be preloaded: counts the program's allocations, in the file that ALLOC_COUNT
 * names: struct account, in words of 8 bytes. Frees are told by what is held: what has
 * been allocated and not freed.
 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
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
void __libc_free(void *at);

#define CALLERS 125

/* 2 KiB. Who finds no place among the callers is in the counts alone. */
struct account {
	_Atomic uint64_t allocations;
	_Atomic uint64_t held; /* as many */
	_Atomic uint64_t
		held_bytes; /* of them, as malloc_usable_size(3) has it */
	uint64_t callers;
	struct caller {
		_Atomic uint64_t from; /* an address within it */
		_Atomic uint64_t allocations;
	} caller[CALLERS];
};

static struct account before_open = {.callers = CALLERS};
static struct account *account = &before_open;

#define PUBLIC __attribute__((visibility("default")))

__attribute__((constructor)) static void open_account(void)
{
	const char *path = getenv("ALLOC_COUNT");
	int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644) : -1;
	struct account *at = MAP_FAILED;

	if (fd >= 0 && ftruncate(fd, sizeof(*at)) == 0)
		at = mmap(NULL, sizeof(*at), PROT_READ | PROT_WRITE, MAP_SHARED,
			  fd, 0);
	if (at == MAP_FAILED)
		abort();
	close(fd);
	at->callers = CALLERS;
	atomic_fetch_add(&at->allocations, before_open.allocations);
	atomic_fetch_add(&at->held, before_open.held);
	atomic_fetch_add(&at->held_bytes, before_open.held_bytes);
	account = at;
}

static void note_caller(uint64_t from)
{
	for (int i = 0; i < CALLERS; i++) {
		struct caller *c = &account->caller[i];
		uint64_t nobody = 0;

		if (atomic_load(&c->from) != from &&
		    !atomic_compare_exchange_strong(&c->from, &nobody, from) &&
		    nobody != from)
			continue;
		atomic_fetch_add(&c->allocations, 1);
		return;
	}
}

static void *take(void *at, const void *from)
{
	atomic_fetch_add(&account->allocations, 1);
	note_caller((uintptr_t)from);
	if (!at)
		return NULL;
	atomic_fetch_add(&account->held, 1);
	atomic_fetch_add(&account->held_bytes, malloc_usable_size(at));
	return at;
}

static void give(uint64_t bytes)
{
	atomic_fetch_sub(&account->held, 1);
	atomic_fetch_sub(&account->held_bytes, bytes);
}

#define CALLER __builtin_return_address(0)

PUBLIC void *malloc(size_t size)
{
	return take(__libc_malloc(size), CALLER);
}

PUBLIC void *calloc(size_t count, size_t size)
{
	return take(__libc_calloc(count, size), CALLER);
}

PUBLIC void *realloc(void *at, size_t size)
{
	const size_t had = at ? malloc_usable_size(at) : 0;
	void *now = __libc_realloc(at, size);

	if (at && (now || size == 0))
		give(had);
	return take(now, CALLER);
}

PUBLIC void *aligned_alloc(size_t alignment, size_t size)
{
	return take(__libc_memalign(alignment, size), CALLER);
}

PUBLIC void *memalign(size_t alignment, size_t size)
{
	return take(__libc_memalign(alignment, size), CALLER);
}

PUBLIC int posix_memalign(void **ret, size_t alignment, size_t size)
{
	void *at = take(__libc_memalign(alignment, size), CALLER);

	if (!at)
		return ENOMEM;
	*ret = at;
	return 0;
}

PUBLIC void free(void *at)
{
	if (!at)
		return;
	give(malloc_usable_size(at));
	__libc_free(at);
}
