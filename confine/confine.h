/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process gives up for good, whoever may take it over afterwards: system
 * calls (seccomp) and capabilities. Nothing here can be undone, and nothing logs.
 */
#ifndef CONFINE_H
#define CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A system call that may go on being made, and with what. */
struct confine_rule {
	const char *call;   /* "openat"; one that this machine has not is left
	                       out: stat(2) is no call of its own on arm64 */
	enum {
		CONFINE_ANY,
		CONFINE_IS,      /* only where the argument is `value` */
		CONFINE_WITHOUT, /* only without the bits of `value` in it */
		CONFINE_ABSENT,  /* as if the kernel had it not: ENOSYS, upon
		                    which libc does with an older one */
	} test;
	unsigned int argument; /* 0 is the first; compared in 32 bits */
	uint32_t value;
};

/*
 * From now on any other call, of this thread or of one made hence, kills the
 * process (SIGSYS, without a word); nor can it gain rights by exec. 0;
 * -EOPNOTSUPP, the kernel or the build (a sanitizer's) has no room for it, which
 * confine_filter_refusal() puts in words; or negative errno.
 */
int confine_filter(const struct confine_rule *rules, size_t count);

/* Why there can be no filter here; NULL: there can. */
const char *confine_filter_refusal(void);

/* Whether this machine's kernel headers know the call by that name. */
bool confine_is_call(const char *name);

/*
 * Of all capabilities keep CAP_SYS_TIME alone, where there is one, and not in
 * force: confine_set_time(true) puts it there. 0 or negative errno.
 */
int confine_capabilities(void);

/* Put it in force, or not. 0, also where nothing was given up; -EPERM, there is
 * none; or negative errno. Allocates nothing. */
int confine_set_time(bool is_wanted);

#endif
