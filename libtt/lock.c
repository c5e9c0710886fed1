/* SPDX-License-Identifier: Apache-2.0 */
/* See lock.h. The states are those of Drepper, "Futexes Are Tricky" (2011),
 * section 5. */
#include <errno.h>
#include <linux/futex.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libtt/lock.h"

#define LOCK_WAITED (UINT32_C(1) << 31)

static void futex(struct lock *lock, int op, uint32_t value)
{
	const int errno_saved = errno;

	syscall(SYS_futex, &lock->word, op | FUTEX_PRIVATE_FLAG, value, NULL,
		NULL, 0);
	errno = errno_saved;
}

/* Acquire pairs with the release of lock_give(). */
static bool swap(struct lock *lock, uint32_t *seen, uint32_t next)
{
	return atomic_compare_exchange_strong_explicit(&lock->word, seen, next,
						       memory_order_acquire,
						       memory_order_relaxed);
}

/* Ends when no thread of this process holds it any more. */
void lock_take(struct lock *lock)
{
	const uint32_t me = (uint32_t)getpid();
	uint32_t seen = 0, mine = me;

	for (;;) {
		/* Free, or of a process that is not this one. */
		if ((seen & ~LOCK_WAITED) != me) {
			if (swap(lock, &seen, mine))
				return;
			continue;
		}
		if ((seen & LOCK_WAITED) == 0 &&
		    !swap(lock, &seen, me | LOCK_WAITED))
			continue;
		futex(lock, FUTEX_WAIT, me | LOCK_WAITED);
		mine = me | LOCK_WAITED; /* others may sleep still */
		seen = 0;
	}
}

void lock_give(struct lock *lock)
{
	const uint32_t was =
		atomic_exchange_explicit(&lock->word, 0, memory_order_release);

	if (was & LOCK_WAITED)
		futex(lock, FUTEX_WAKE, 1);
}
