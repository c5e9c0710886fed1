/* SPDX-License-Identifier: Apache-2.0 */
/* The allow-list of system calls. See confine.h. */
#include "confine/confine.h"

#include <errno.h>
#include <seccomp.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
	__has_feature(memory_sanitizer)
#define IS_SANITIZED 1
#endif
#endif

static int add_call(scmp_filter_ctx filter, const struct confine_rule *r, int call)
{
	const scmp_datum_t all = UINT32_MAX;

	switch (r->test) {
	case CONFINE_ANY:
		break;
	case CONFINE_ABSENT:
		return seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), call,
					0);
	case CONFINE_IS:
		return seccomp_rule_add(
			filter, SCMP_ACT_ALLOW, call, 1,
			SCMP_CMP64(r->argument, SCMP_CMP_MASKED_EQ, all,
				   (scmp_datum_t)r->value));
	case CONFINE_WITHOUT:
		return seccomp_rule_add(
			filter, SCMP_ACT_ALLOW, call, 1,
			SCMP_CMP64(r->argument, SCMP_CMP_MASKED_EQ,
				   (scmp_datum_t)r->value, (scmp_datum_t)0));
	}
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0);
}

static int add(scmp_filter_ctx filter, const struct confine_rule *r)
{
	const int call = seccomp_syscall_resolve_name(r->call);

	/* Known to libseccomp, and of another machine: negative. */
	return call < 0 ? 0 : add_call(filter, r, call);
}

int confine_filter(const struct confine_rule *rules, size_t count)
{
	scmp_filter_ctx filter;
	int err;

	if (confine_filter_refusal())
		return -EOPNOTSUPP;
	filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (!filter)
		return -ENOMEM;
	err = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH,
			       SCMP_ACT_KILL_PROCESS);
	for (size_t i = 0; i < count && !err; i++)
		err = add(filter, &rules[i]);
	if (!err)
		err = seccomp_load(filter);
	seccomp_release(filter);
	return err;
}

const char *confine_filter_refusal(void)
{
#ifdef IS_SANITIZED
	return "it was built with a sanitizer, which makes calls of its own";
#else
	/* 3: seccomp(2) is there, and can kill a whole process (Linux 4.14). It
	 * asks the kernel, and does nothing besides. */
	return seccomp_api_get() >= 3
		       ? NULL
		       : "the kernel, or a filter of whoever started it, has no "
			 "seccomp(2)";
#endif
}

bool confine_is_call(const char *name)
{
	return seccomp_syscall_resolve_name(name) != __NR_SCMP_ERROR;
}
