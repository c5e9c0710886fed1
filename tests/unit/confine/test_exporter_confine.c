/* SPDX-License-Identifier: Apache-2.0 */
/* tt-exporter's own list: it reads, and answers those who come in. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "confine/confine.h"
#include "tests/unit/confine/child.h"
#include "tools/exporter/exporter_confine.h"

static int open_to_write(void)
{
	return open("/dev/null", O_WRONLY);
}

static int open_to_create(void)
{
	return open("/nowhere/file", O_RDONLY | O_CREAT, 0600);
}

static int call_out(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static int listen_again(void)
{
	return listen(0, 1);
}

static int remove_a_file(void)
{
	return unlink("/nowhere/file");
}

static int fork_a_child(void)
{
	return fork();
}

static void what_it_has_no_use_for_kills_it(void **state)
{
	static const struct child_act forbidden[] = {
		{ child_run_a_program, "execve" },
		{ open_to_write, "open to write" },
		{ open_to_create, "open to create" },
		{ call_out, "an IP socket" },
		{ listen_again, "listen" },
		{ remove_a_file, "unlink" },
		{ fork_a_child, "fork" },
	};

	(void)state;
	child_needs_filter();
	child_expect_killed(exporter_confine, forbidden,
			    sizeof(forbidden) / sizeof(forbidden[0]));
}

static int read_a_file(void)
{
	return open("/dev/null", O_RDONLY) < 0;
}

static int ask_the_daemon(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) < 0;
}

static void what_it_needs_it_may(void **state)
{
	(void)state;
	child_needs_filter();
	assert_int_equal(child_run(exporter_confine, read_a_file), 0);
	assert_int_equal(child_run(exporter_confine, ask_the_daemon), 0);
}

static void every_name_is_a_call(void **state)
{
	size_t count;
	const struct confine_rule *rules = exporter_confine_rules(&count);

	(void)state;
	child_expect_calls(rules, count, 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_it_has_no_use_for_kills_it),
		cmocka_unit_test(what_it_needs_it_may),
		cmocka_unit_test(every_name_is_a_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
