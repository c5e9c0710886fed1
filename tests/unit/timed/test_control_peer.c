/* SPDX-License-Identifier: Apache-2.0 */
/* Who is at the other end: asked of clients that changed who they are. */
#include <errno.h>
#include <grp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "timed/control_peer.h"

#define GROUP 54321

static char dir[] = "/tmp/test_peer.XXXXXX";
static struct sockaddr_un at = { .sun_family = AF_UNIX };
static int listener;

struct client {
	uid_t uid;
	gid_t gid;
	gid_t groups[3];
	size_t group_count;
};

static void become(const struct client *c)
{
	if (geteuid() == 0 && (setgroups(c->group_count, c->groups) < 0 ||
			       setresgid(c->gid, c->gid, c->gid) < 0 ||
			       setresuid(c->uid, c->uid, c->uid) < 0))
		_exit(1);
	prctl(PR_SET_NAME, "a\nclient");
}

/* What is told of a client that lives until it has been looked at. */
static struct control_peer look(const struct client *c, gid_t group)
{
	struct control_peer peer;
	pid_t pid = fork();
	int fd;

	assert_true(pid >= 0);
	if (pid == 0) {
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		become(c);
		if (connect(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
			_exit(2);
		pause();
		_exit(3);
	}
	fd = accept(listener, NULL, NULL);
	assert_true(fd >= 0);
	assert_int_equal(control_peer_read(fd, group, &peer), 0);
	assert_int_equal(peer.pid, pid);
	close(fd);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return peer;
}

static void need_root(void)
{
	if (geteuid() != 0) {
		print_message("not root: nobody else can be played\n");
		skip();
	}
}

static void root_is_told_by_uid_name_and_program(void **state)
{
	const struct client root = { .uid = 0 };
	struct control_peer peer;

	(void)state;
	need_root();
	peer = look(&root, (gid_t)-1);
	assert_int_equal(peer.uid, 0);
	assert_string_equal(peer.user, "root");
	assert_string_equal(peer.program, "a"); /* no line is forged */
	assert_false(peer.is_member);
}

static void a_group_counts_as_the_first_or_among_the_others(void **state)
{
	const struct client first = { .uid = 4321, .gid = GROUP };
	const struct client among = { .uid = 4321,
				      .gid = 5,
				      .groups = { 7, GROUP, 9 },
				      .group_count = 3 };
	const struct client without = { .uid = 4321,
					.gid = 5,
					.groups = { 7, 8, 9 },
					.group_count = 3 };
	const struct client bare = { .uid = 4321, .gid = 5 };

	(void)state;
	need_root();
	assert_true(look(&first, GROUP).is_member);
	assert_true(look(&among, GROUP).is_member);
	assert_false(look(&without, GROUP).is_member);
	assert_false(look(&bare, GROUP).is_member);
	/* no group is not a group that anybody could be in */
	assert_false(look(&first, (gid_t)-1).is_member);
	assert_int_equal(look(&bare, GROUP).uid, 4321);
	assert_string_equal(look(&bare, GROUP).user, "?");
}

static void who_is_not_to_be_had_is_an_error(void **state)
{
	struct control_peer peer;

	(void)state;
	assert_true(control_peer_read(-1, GROUP, &peer) < 0);
	assert_true(control_peer_read(STDOUT_FILENO, GROUP, &peer) < 0);
}

static int begin(void **state)
{
	(void)state;
	if (!mkdtemp(dir) || chmod(dir, 0755) < 0)
		return -1;
	snprintf(at.sun_path, sizeof(at.sun_path), "%s/s", dir);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	return bind(listener, (struct sockaddr *)&at, sizeof(at)) < 0 ||
	       chmod(at.sun_path, 0777) < 0 || listen(listener, 5) < 0;
}

static int end(void **state)
{
	(void)state;
	close(listener);
	unlink(at.sun_path);
	return rmdir(dir);
}

static int find_in(const char *text, const char *name, gid_t *ret)
{
	char file[] = "/tmp/test_group.XXXXXX";
	const int fd = mkstemp(file);
	int err;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	err = control_group_find(file, name, ret);
	unlink(file);
	return err;
}

static void a_group_is_found_by_its_whole_name(void **state)
{
	const char *text = "root:x:0:\n_timedd:x:1:\n_time:x:2:\n"
			   "#_timed:x:3:\n_timed:x:54:a,b\n_timed:x:55:\n";
	gid_t gid = 7;

	(void)state;
	assert_int_equal(find_in(text, "_timed", &gid), 0);
	assert_int_equal(gid, 54);
	assert_int_equal(find_in(text, "timed", &gid), -ENOENT);
	assert_int_equal(find_in("", "_timed", &gid), -ENOENT);
	assert_int_equal(find_in("_timed", "_timed", &gid), -ENOENT);
	assert_int_equal(find_in("_timed:x\n", "_timed", &gid), -ENOENT);
	assert_int_equal(find_in("_timed:x:\n", "_timed", &gid), -ENOENT);
	assert_int_equal(find_in("_timed:x:-1:\n", "_timed", &gid), -ENOENT);
	assert_int_equal(find_in("_timed:x:4294967295:\n", "_timed", &gid),
			 -ENOENT);
	assert_int_equal(find_in("_timed:x:5x:\n", "_timed", &gid), -ENOENT);
	assert_int_equal(control_group_find("/nowhere", "_timed", &gid),
			 -ENOENT);
	assert_int_equal(gid, 54);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root_is_told_by_uid_name_and_program),
		cmocka_unit_test(
			a_group_counts_as_the_first_or_among_the_others),
		cmocka_unit_test(who_is_not_to_be_had_is_an_error),
		cmocka_unit_test(a_group_is_found_by_its_whole_name),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
