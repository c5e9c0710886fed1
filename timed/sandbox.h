/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What timed may do once it runs: capabilities, and an allow-list of system calls
 * (SANDBOX in timed(8), docs/security.md). Whatever is added to the daemon has to
 * make do with it, or add to it here, with why.
 */
#ifndef SANDBOX_H
#define SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

struct sandbox {
	bool is_on;
	const char *why_not; /* in words, where it is not */
};

/* Before anything is opened: all capabilities go but the right to set the clock,
 * where there is one. 0 or negative errno. */
int sandbox_drop_rights(void);

/* Once the configuration is known: the system calls. What cannot be had is `ret->why_not`.
 * `is_wanted`: the setting. 0, or negative errno where it could and failed. */
int sandbox_enter(bool is_wanted, struct sandbox *ret);

/* The list, for its test. */
struct confine_rule;
const struct confine_rule *sandbox_rules(size_t *ret_count);

#endif
