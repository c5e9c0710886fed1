/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may spin: at most half of the processors this process may use, one at
 * least, over all its threads and handles. With more, waiters would take the
 * time from those who have work. For wait.c alone; async-signal-safe.
 */
#ifndef TT_WAIT_SPIN_H
#define TT_WAIT_SPIN_H

#include <stdbool.h>

/* Half of the processors, as they were when first asked. */
unsigned int wait_spin_max(void);

/* True: spin, and give it back by wait_spin_leave(). */
bool wait_spin_enter(void);
void wait_spin_leave(void);

#endif
