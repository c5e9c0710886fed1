/* SPDX-License-Identifier: Apache-2.0 */
/* See child.h. */
#include "tests/unit/confine/child.h"

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
