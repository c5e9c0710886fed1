/* SPDX-License-Identifier: Apache-2.0 */
/* See child.h. */
#include "tests/unit/confine/child.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int child_run(int (*prepare)(void), int (*act)(void))
{
	const struct rlimit none = { 0, 0 };
	const pid_t pid = fork();
	int status;

	if (pid < 0)
		abort();
	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &none);
		_exit(prepare() ? 99 : act());
	}
	if (waitpid(pid, &status, 0) != pid)
		abort();
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

void child_needs_filter(void)
{
	if (!confine_filter_refusal())
		return;
	printf("no filter here: %s\n", confine_filter_refusal());
	skip();
}

int child_run_a_program(void)
{
	char *const argv[] = { NULL };

	return execve("/bin/true", argv, argv);
}

void child_expect_killed(int (*prepare)(void), const struct child_act *list,
			 size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const int end = child_run(prepare, list[i].act);

		if (end != -SIGSYS)
			fail_msg("%s: ended with %d", list[i].name, end);
	}
}

void child_expect_calls(const struct confine_rule *rules, size_t count,
			size_t least)
{
	assert_true(count > least);
	for (size_t i = 0; i < count; i++) {
		if (!confine_is_call(rules[i].call))
			fail_msg("%s", rules[i].call);
	}
}
