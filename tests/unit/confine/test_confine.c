/* SPDX-License-Identifier: Apache-2.0 */
/* A system call that is not allowed kills, and what was given up is gone: tried
 * in children. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "confine/confine.h"
#include "tests/unit/confine/child.h"

static const struct confine_rule few[] = {
	{ .call = "exit_group" },
	{ .call = "getpid" },
	{ "socket", CONFINE_IS, 0, AF_UNIX },
	{ "mprotect", CONFINE_WITHOUT, 2, PROT_EXEC },
	{ .call = "no_such_call_anywhere" },
};

static int enter_few(void)
{
	return confine_filter(few, sizeof(few) / sizeof(few[0]));
}

static int do_allowed(void)
{
	return getpid() > 0 ? 0 : 1;
}

static int do_forbidden(void)
{
	return getppid() > 0 ? 0 : 1;
}

static int open_local_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) >= 0 ? 0 : 1;
}

static int open_ip_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) >= 0 ? 0 : 1;
}

/* The kernel looks at 32 bits of an int, and so must the filter. */
static int open_ip_socket_in_disguise(void)
{
	const long family = AF_INET | (1L << 32);

	return syscall(SYS_socket, family, SOCK_STREAM, 0) >= 0 ? 0 : 1;
}

static char page[4096] __attribute__((aligned(4096)));

static int protect(void)
{
	return mprotect(page, sizeof(page), PROT_READ) == 0 ? 0 : 1;
}

static int protect_to_execute(void)
{
	return mprotect(page, sizeof(page), PROT_READ | PROT_EXEC) == 0 ? 0 : 1;
}

/* Where there can be no filter it is said, and the call does nothing. */
static bool has_filters(void)
{
	if (!confine_filter_refusal())
		return true;
	assert_int_equal(enter_few(), -EOPNOTSUPP);
	printf("no filter here: %s\n", confine_filter_refusal());
	return false;
}

static void what_is_not_allowed_kills(void **state)
{
	(void)state;
	if (!has_filters())
		skip();
	assert_int_equal(child_run(enter_few, do_allowed), 0);
	assert_int_equal(child_run(enter_few, do_forbidden), -SIGSYS);
}

static void an_argument_is_looked_at(void **state)
{
	(void)state;
	if (!has_filters())
		skip();
	assert_int_equal(child_run(enter_few, open_local_socket), 0);
	assert_int_equal(child_run(enter_few, open_ip_socket), -SIGSYS);
	assert_int_equal(child_run(enter_few, open_ip_socket_in_disguise),
			 -SIGSYS);
	assert_int_equal(child_run(enter_few, protect), 0);
	assert_int_equal(child_run(enter_few, protect_to_execute), -SIGSYS);
}

static int enter_all_but_privileges(void)
{
	static const struct confine_rule rules[] = { { .call = "exit_group" },
						     { .call = "prctl" } };

	return confine_filter(rules, sizeof(rules) / sizeof(rules[0]));
}

static int cannot_gain(void)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 1;
}

static void exec_gains_nothing_afterwards(void **state)
{
	(void)state;
	if (!has_filters())
		skip();
	assert_int_equal(child_run(enter_all_but_privileges, cannot_gain), 0);
}

/* ---- capabilities ---- */

static bool has(cap_value_t value, cap_flag_t set)
{
	cap_t now = cap_get_proc();
	cap_flag_value_t is = CAP_CLEAR;

	if (!now || cap_get_flag(now, value, set, &is) < 0)
		abort();
	cap_free(now);
	return is == CAP_SET;
}

static int nothing_is_left_but_the_clock(void)
{
	for (cap_value_t c = 0; cap_get_bound(c) >= 0; c++) {
		if (has(c, CAP_EFFECTIVE) || has(c, CAP_INHERITABLE))
			return 1;
		if (c != CAP_SYS_TIME &&
		    (has(c, CAP_PERMITTED) || cap_get_bound(c) > 0))
			return 2;
	}
	return 0;
}

static int the_clock_comes_and_goes(void)
{
	if (!has(CAP_SYS_TIME, CAP_PERMITTED))
		return confine_set_time(true) == -EPERM ? 0 : 1;
	if (confine_set_time(true) || !has(CAP_SYS_TIME, CAP_EFFECTIVE))
		return 2;
	return confine_set_time(false) || has(CAP_SYS_TIME, CAP_EFFECTIVE) ? 3
									   : 0;
}

/* As the unit without steer.conf has it. */
static int drop_all_first(void)
{
	cap_t none = cap_init();
	int err = none && cap_set_proc(none) == 0 ? 0 : -1;

	cap_free(none);
	return err ? err : confine_capabilities();
}

static int there_is_none(void)
{
	return confine_set_time(true) == -EPERM && confine_set_time(false) == 0
		       ? 0
		       : 1;
}

static void root_keeps_the_clock_alone_and_at_rest(void **state)
{
	(void)state;
	assert_int_equal(confine_set_time(true), 0); /* nothing given up yet */
	if (geteuid() == 0 && has(CAP_SETPCAP, CAP_EFFECTIVE))
		assert_int_equal(child_run(confine_capabilities,
					   nothing_is_left_but_the_clock), 0);
	assert_int_equal(child_run(confine_capabilities,
				   the_clock_comes_and_goes), 0);
	assert_int_equal(child_run(drop_all_first, there_is_none), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_allowed_kills),
		cmocka_unit_test(an_argument_is_looked_at),
		cmocka_unit_test(exec_gains_nothing_afterwards),
		cmocka_unit_test(root_keeps_the_clock_alone_and_at_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
