/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a child that confines itself and then does something. */
#ifndef CHILD_H
#define CHILD_H

#include <stdbool.h>

/*
 * In a child: prepare(), then act(). How it ended: its exit status, which is
 * act()'s (prepare() has failed: 99), or less the signal that killed it.
 */
int child_run(int (*prepare)(void), int (*act)(void));

#endif
