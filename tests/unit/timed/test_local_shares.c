/* SPDX-License-Identifier: Apache-2.0 */
/* A socket that one user floods: others are served. Another user's clients take the
 * right to become one, which root has. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>

#include "timed/local_server.h"

#define NOBODY 65534
#define FLOOD  12

/* More than any socket buffer holds: such a client must be waited for. */
#define BIG 8000000

static struct event_base *base;
static struct local_server *server;
static char dir[] = "/tmp/test_shares.XXXXXX";
static char path[64];
static char *document;

static const char *make_document(void *arg, const struct local_request *request,
				 size_t *ret_size)
{
	(void)arg;
	(void)request;
	*ret_size = BIG;
	return document;
}

static int connect_client(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	strcpy(at.sun_path, path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		return -1;
	return fd;
}

/* So many clients that never read, of `uid`, until it is killed; `ready` is
 * told when they have come. Exits with 1 where it cannot be. */
static pid_t flood(uid_t uid, int ready)
{
	pid_t child = fork();

	assert_true(child >= 0);
	if (child > 0)
		return child;
	if (uid != getuid() && setuid(uid) < 0)
		_exit(1);
	for (int i = 0; i < FLOOD; i++)
		if (connect_client() < 0)
			_exit(1);
	if (write(ready, "!", 1) == 1)
		pause();
	_exit(1);
}

/* A flood of that user is there; whoever asks reads something, or nothing. */
static bool is_served_beside(uid_t uid, uint64_t *ret_refused)
{
	int ready[2], fd;
	char bin[64];
	pid_t child;
	ssize_t n;

	assert_int_equal(pipe(ready), 0);
	child = flood(uid, ready[1]);
	close(ready[1]);
	assert_int_equal(read(ready[0], bin, 1), 1);
	for (int i = 0; i < 4; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
	*ret_refused = local_server_refused(server);
	fd = connect_client();
	assert_true(fd >= 0);
	event_base_loop(base, EVLOOP_NONBLOCK);
	n = read(fd, bin, sizeof(bin));
	close(fd);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	close(ready[0]);
	for (int i = 0; i < 4; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
	return n > 0;
}

static void one_user_has_half_of_the_places(void **state)
{
	uint64_t refused;

	(void)state;
	if (getuid() != 0) {
		print_message("not root: no other user's clients to be had\n");
		skip();
	}
	assert_true(is_served_beside(NOBODY, &refused));
	assert_int_equal(refused, FLOOD - LOCAL_SHARE_MAX);
}

static void who_we_are_may_have_them_all(void **state)
{
	uint64_t refused;

	(void)state;
	assert_true(is_served_beside(getuid(), &refused));
	assert_int_equal(refused, 0);
}

static int open_server(void **state)
{
	const struct local_server_options opt = { .path = path,
						  .mode = 0666,
						  .gid = (gid_t)-1,
						  .patience_s = 600,
						  .answer = make_document };

	(void)state;
	return local_server_open(base, &opt, &server);
}

static int close_server(void **state)
{
	(void)state;
	local_server_close(server);
	server = NULL;
	return 0;
}

static int begin(void **state)
{
	(void)state;
	document = malloc(BIG);
	base = event_base_new();
	if (!document || !base || !mkdtemp(dir) || chmod(dir, 0755) < 0)
		return -1;
	memset(document, 'x', BIG);
	snprintf(path, sizeof(path), "%s/sock", dir);
	return 0;
}

static int end(void **state)
{
	(void)state;
	event_base_free(base);
	free(document);
	return rmdir(dir);
}

#define CASE(test) \
	cmocka_unit_test_setup_teardown(test, open_server, close_server)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(one_user_has_half_of_the_places),
		CASE(who_we_are_may_have_them_all),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
