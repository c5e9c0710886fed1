/* SPDX-License-Identifier: Apache-2.0 */
/* timed's own list: what somebody who took it over would want to do kills it. */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "confine/confine.h"
#include "tests/unit/confine/child.h"
#include "timed/sandbox.h"

static int enter(void)
{
	struct sandbox s;
	int err = sandbox_drop_rights();

	if (!err)
		err = sandbox_enter(true, &s);
	return err || !s.is_on;
}

static int map_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED;
}

static int make_code(void)
{
	void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(at, 4096, PROT_READ | PROT_EXEC);
}

static int open_netlink(void)
{
	return socket(AF_NETLINK, SOCK_RAW, 0);
}

static int open_packet(void)
{
	return socket(AF_PACKET, SOCK_RAW, 0);
}

static int signal_its_parent(void)
{
	return kill(getppid(), 0);
}

/* CLOCK_MONOTONIC cannot be set: nothing happens if this gets through. */
static int set_a_clock(void)
{
	const struct timespec t = { 0, 0 };

	return (int)syscall(SYS_clock_settime, CLOCK_MONOTONIC, &t);
}

static int become_another(void)
{
	return setuid(12345);
}

static int enter_a_namespace(void)
{
	return unshare(CLONE_NEWUSER);
}

static int fork_into_a_namespace(void)
{
	return (int)syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
}

static int mount_something(void)
{
	return mount("none", "/nowhere", "tmpfs", 0, NULL);
}

static int trace(void)
{
	return (int)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static int push_keys(void)
{
	return ioctl(0, TIOCSTI, "x");
}

static int make_executable_memory_file(void)
{
	return memfd_create("x", 0);
}

static int change_an_interface(void)
{
	struct ifreq r = { .ifr_name = "lo" };

	return ioctl(0, SIOCSIFFLAGS, &r);
}

static void what_it_has_no_use_for_kills_it(void **state)
{
	static const struct child_act forbidden[] = {
		{ child_run_a_program, "execve" },
		{ map_code, "mmap to execute" },
		{ make_code, "mprotect to execute" },
		{ open_netlink, "a netlink socket" },
		{ open_packet, "a packet socket" },
		{ signal_its_parent, "kill" },
		{ set_a_clock, "clock_settime" },
		{ become_another, "setuid" },
		{ enter_a_namespace, "unshare" },
		{ fork_into_a_namespace, "clone into a namespace" },
		{ mount_something, "mount" },
		{ trace, "ptrace" },
		{ push_keys, "TIOCSTI" },
		{ make_executable_memory_file, "memfd_create" },
		{ change_an_interface, "SIOCSIFFLAGS" },
	};

	(void)state;
	child_needs_filter();
	child_expect_killed(enter, forbidden,
			    sizeof(forbidden) / sizeof(forbidden[0]));
}

static int look_at_the_clock(void)
{
	struct timex tx = { .modes = 0 };

	return adjtimex(&tx) < 0;
}

static int open_sockets(void)
{
	return socket(AF_UNIX, SOCK_DGRAM, 0) < 0 ||
	       socket(AF_INET, SOCK_DGRAM, 0) < 0;
}

static int write_and_rename(void)
{
	char name[] = "/tmp/test_sandbox.XXXXXX", other[64];
	const int fd = mkstemp(name);
	int bad;

	snprintf(other, sizeof(other), "%s.new", name);
	bad = fd < 0 || write(fd, "x", 1) != 1 || fsync(fd) ||
	      rename(name, other) || chmod(other, 0600) || unlink(other);
	return bad;
}

static int fork_a_child(void)
{
	const pid_t pid = fork();
	int status;

	if (pid == 0) {
		close_range(3, ~0U, 0);
		_exit(nice(1) < 0);
	}
	return pid < 0 || waitpid(pid, &status, 0) != pid || status;
}

static void *do_nothing(void *arg)
{
	return arg;
}

static int start_a_thread(void)
{
	pthread_t thread;

	return pthread_create(&thread, NULL, do_nothing, NULL) ||
	       pthread_join(thread, NULL);
}

static int allocate(void)
{
	char *p = malloc(1 << 22);

	if (!p)
		return 1;
	memset(p, 1, 1 << 22);
	p = realloc(p, 1 << 23);
	free(p);
	return p == NULL;
}

static int fail_an_assertion(void)
{
	abort();
}

static void what_it_needs_it_may(void **state)
{
	(void)state;
	child_needs_filter();
	assert_int_equal(child_run(enter, look_at_the_clock), 0);
	assert_int_equal(child_run(enter, open_sockets), 0);
	assert_int_equal(child_run(enter, write_and_rename), 0);
	assert_int_equal(child_run(enter, fork_a_child), 0);
	assert_int_equal(child_run(enter, start_a_thread), 0);
	assert_int_equal(child_run(enter, allocate), 0);
	/* as itself, not as a violation of the filter */
	assert_int_equal(child_run(enter, fail_an_assertion), -SIGABRT);
}

static void every_name_is_a_call(void **state)
{
	size_t count;
	const struct confine_rule *rules = sandbox_rules(&count);

	(void)state;
	child_expect_calls(rules, count, 100);
	assert_false(confine_is_call("no_such_call_anywhere"));
}

static void it_is_off_where_nobody_wants_it(void **state)
{
	struct sandbox s;

	(void)state;
	assert_int_equal(sandbox_enter(false, &s), 0);
	assert_false(s.is_on);
	assert_string_equal(s.why_not, "sandbox = false");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_it_has_no_use_for_kills_it),
		cmocka_unit_test(what_it_needs_it_may),
		cmocka_unit_test(every_name_is_a_call),
		cmocka_unit_test(it_is_off_where_nobody_wants_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
