/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a child that confines itself and then does something. */
#ifndef CHILD_H
#define CHILD_H

#include <stddef.h>

#include "confine/confine.h"

/*
 * In a child: prepare(), then act(). How it ended: its exit status, which is
 * act()'s (prepare() has failed: 99), or less the signal that killed it.
 */
int child_run(int (*prepare)(void), int (*act)(void));

/* ---- a program's own list, for cmocka's tests of it ---- */

struct child_act {
	int (*act)(void);
	const char *name;
};

/* Skips the test, and says why, where this machine has no filter. */
void child_needs_filter(void);

int child_run_a_program(void); /* an act */

/* Each of them kills who has prepared. */
void child_expect_killed(int (*prepare)(void), const struct child_act *list,
			 size_t count);

/* More than `least`, and each is a call: a misspelt one would be left out
 * without a word. */
void child_expect_calls(const struct confine_rule *rules, size_t count,
			size_t least);

#endif
