/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A lock that a child of fork(2) can take, whoever of its parent's threads had
 * it: the word says which process's thread holds it, and one of another process
 * is not here to give it back. What it guards may then be half-changed. For the
 * files of libtt alone. Not async-signal-safe, not recursive.
 */
#ifndef TT_LOCK_H
#define TT_LOCK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

/* All 0: free. Else the holder's pid (below 2^22, proc(5), pid_max), and
 * whether somebody may sleep. */
struct lock {
	_Atomic uint32_t word;
};

void lock_take(struct lock *lock);
void lock_give(struct lock *lock);

/* Between these a thread is not canceled (pthread_cancel(3)), for what it holds
 * would stay held. */
static inline int cancel_hold(void)
{
	int state = PTHREAD_CANCEL_ENABLE;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	return state;
}

static inline void cancel_release(int state)
{
	pthread_setcancelstate(state, NULL);
}

#endif
