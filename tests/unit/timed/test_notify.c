/* SPDX-License-Identifier: Apache-2.0 */
/* sd_notify(3)'s datagrams, as a manager receives them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "timed/notify.h"

/* A manager at an abstract name; `name` as $NOTIFY_SOCKET has it. */
static int listen_at(char name[64])
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	socklen_t size;

	snprintf(name, 64, "@test_notify.%d", (int)getpid());
	memcpy(at.sun_path, name, strlen(name));
	at.sun_path[0] = '\0';
	size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
			   strlen(name));
	assert_int_equal(bind(fd, (struct sockaddr *)&at, size), 0);
	return fd;
}

static void expect(int fd, const char *text)
{
	char buf[512];
	ssize_t n = recv(fd, buf, sizeof(buf) - 1, MSG_DONTWAIT);

	assert_true(n > 0);
	buf[n] = '\0';
	assert_string_equal(buf, text);
}

static void the_manager_hears_what_is_sent(void **state)
{
	char name[64];
	int fd = listen_at(name);

	(void)state;
	setenv("NOTIFY_SOCKET", name, 1);
	assert_int_equal(notify_open(), 0);
	notify_send("READY=1");
	notify_send("STATUS=%s, +-%d us", "SYNCHRONIZED", 12);
	expect(fd, "READY=1");
	expect(fd, "STATUS=SYNCHRONIZED, +-12 us");
	close(fd);
	notify_send("WATCHDOG=1"); /* to nobody: no harm */
	notify_close();
}

static void a_full_queue_does_not_block(void **state)
{
	char name[64];
	int fd = listen_at(name);

	(void)state;
	setenv("NOTIFY_SOCKET", name, 1);
	assert_int_equal(notify_open(), 0);
	for (int i = 0; i < 10000; i++)
		notify_send("WATCHDOG=1");
	notify_close();
	close(fd);
}

static void without_a_manager_nothing_happens(void **state)
{
	(void)state;
	unsetenv("NOTIFY_SOCKET");
	assert_int_equal(notify_open(), 0);
	notify_send("READY=1");
	notify_close();
	setenv("NOTIFY_SOCKET", "vsock:2:3", 1);
	assert_int_equal(notify_open(), -EINVAL);
	setenv("NOTIFY_SOCKET", "/nonexistent", 1);
	assert_int_equal(notify_open(), -ENOENT);
	notify_send("READY=1");
}

static void the_watchdog_is_fed_at_half_its_time(void **state)
{
	char pid[16];

	(void)state;
	unsetenv("WATCHDOG_USEC");
	assert_int_equal(notify_watchdog_ns(), 0);
	setenv("WATCHDOG_USEC", "10000000", 1);
	assert_int_equal(notify_watchdog_ns(), 5000000000);
	setenv("WATCHDOG_PID", "1", 1);
	assert_int_equal(notify_watchdog_ns(), 0); /* another's */
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	assert_int_equal(notify_watchdog_ns(), 5000000000);
	setenv("WATCHDOG_USEC", "-3", 1);
	assert_int_equal(notify_watchdog_ns(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_manager_hears_what_is_sent),
		cmocka_unit_test(a_full_queue_does_not_block),
		cmocka_unit_test(without_a_manager_nothing_happens),
		cmocka_unit_test(the_watchdog_is_fed_at_half_its_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
