/* SPDX-License-Identifier: Apache-2.0 */
/* Handles on a segment's file, from outside: what follows when it comes, goes,
 * is replaced, is spoilt, or is of another boot. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/wait.h>

#include "libtt/ticks.h"
#include "tests/unit/libtt/live_clock.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080 /* linux/sched.h, Linux 5.6 */
#endif

static int setup_empty(void **state)
{
	(void)state;
	live_open_empty(&live);
	assert_int_equal(tt_open(live.path, &clk), 0);
	return 0;
}

static void write_file(size_t size, const void *data)
{
	const int fd = open(live.path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_true(write(fd, data, size) == (ssize_t)size);
	close(fd);
}

static void a_daemon_that_comes_later_is_found(void **state)
{
	struct tt_interval a;

	(void)state;
	assert_int_equal(live_clock_rc(), -ENOENT);
	assert_int_equal(tt_at_raw(clk, 0, &a), -ENOENT);
	assert_int_equal(tt_wait_after(clk, 0, -1), -ENOENT);
	live_make_file(&live);
	assert_int_equal(live_clock_rc(), -EPROTO); /* still zeros */
	live_init(&live);
	assert_int_equal(live_clock_rc(), -ENODATA);
	live_publish(&live, 0);
	assert_int_equal(live_clock_rc(), 0);
}

static void what_is_no_segment_is_refused(void **state)
{
	char zeros[SEGMENT_SIZE] = "";

	(void)state;
	write_file(0, zeros);
	assert_int_equal(live_clock_rc(), -EPROTO);
	write_file(SEGMENT_SIZE - 1, zeros);
	assert_int_equal(live_clock_rc(), -EPROTO);
	write_file(SEGMENT_SIZE, zeros);
	assert_int_equal(live_clock_rc(), -EPROTO);
	unlink(live.path);
	assert_int_equal(mkdir(live.path, 0755), 0);
	assert_int_equal(live_clock_rc(), -EPROTO);
	rmdir(live.path);
	assert_int_equal(mkfifo(live.path, 0644), 0);
	assert_int_equal(live_clock_rc(), -EPROTO); /* and does not hang */
	unlink(live.path);
	assert_int_equal(symlink(live.path, live.path), 0);
	assert_int_equal(live_clock_rc(), -EPROTO);
	unlink(live.path);
	assert_int_equal(live_clock_rc(), -ENOENT);
}

static void a_path_through_a_file_is_absent(void **state)
{
	struct tt_clock *other;
	struct tt_interval a;
	char path[128];

	(void)state;
	write_file(1, "x");
	snprintf(path, sizeof(path), "%s/clock", live.path);
	assert_int_equal(tt_open(path, &other), 0);
	assert_int_equal(tt_now(other, &a), -ENOENT);
	tt_close(other);
}

/* As another user where the test runs as root, who may read everything. */
static void an_unreadable_file_says_so(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	live_make_file(&live);
	live_init(&live);
	assert_int_equal(chmod(live.path, 0), 0);
	assert_int_equal(chmod(live.dir, 0755), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct tt_interval a;

		if (geteuid() == 0 && setuid(65534) != 0)
			_exit(2);
		_exit(tt_now(clk, &a) == -EACCES ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void another_boot_is_stale_until_taken_over(void **state)
{
	static const uint64_t dead[2] = { 1, 2 };

	(void)state;
	live_make_file(&live);
	segment_init(live.seg, dead, 1, 1);
	live_publish(&live, 0);
	assert_int_equal(live_clock_rc(), -ESTALE);
	live_init(&live); /* the daemon of this boot comes */
	assert_int_equal(live_clock_rc(), -ENODATA);
	live_publish(&live, 0);
	assert_int_equal(live_clock_rc(), 0);
}

static void another_time_namespace_is_refused(void **state)
{
	(void)state;
	live_make_file(&live);
	live_init(&live);
	live_publish(&live, 0);
	atomic_store(&live.seg->raw_origin_ns, 5);
	assert_int_equal(live_clock_rc(), -EPROTO);
	atomic_store(&live.seg->raw_origin_ns, 0);
	assert_int_equal(live_clock_rc(), 0);
}

static int write_text(const char *path, const char *text)
{
	const int fd = open(path, O_WRONLY | O_CLOEXEC);
	const bool is_written =
		fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return is_written ? 0 : -1;
}

/* 0: refused as it should be; 77: no such namespace to be had here. */
static int read_in_another_namespace(int64_t raw_ns)
{
	struct tt_interval a;
	int status;
	pid_t pid;

	if (unshare(CLONE_NEWTIME) != 0 ||
	    write_text("/proc/self/timens_offsets", "monotonic 100 0\n") != 0)
		return 77;
	pid = fork();
	if (pid == 0) {
		/* What it is all about: the raw clock is another there. */
		if (live_raw_ns() - raw_ns < 100 * S_NS)
			_exit(2);
		if (tt_now(clk, &a) != -EPROTO)
			_exit(3);
		/* Its children are to have ours again: /proc speaks of them,
		 * and it is not there. */
		if (unshare(CLONE_NEWTIME) != 0 ||
		    write_text("/proc/self/timens_offsets",
			       "monotonic 0 0\n") != 0)
			_exit(5);
		_exit(tt_now(clk, &a) == -EPROTO ? 0 : 6);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return 4;
	return WEXITSTATUS(status);
}

static void a_reader_in_another_time_namespace_is_refused(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	live_make_file(&live);
	live_init(&live);
	live_publish(&live, 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(read_in_another_namespace(live_raw_ns()));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_header_spoilt_later_is_noticed(void **state)
{
	uint64_t was;

	(void)state;
	live_make_file(&live);
	live_init(&live);
	live_publish(&live, 0);
	assert_int_equal(live_clock_rc(), 0);
	was = atomic_load(&live.seg->magic);
	atomic_store(&live.seg->magic, 0);
	assert_int_equal(live_clock_rc(), -EPROTO);
	atomic_store(&live.seg->magic, was);
	assert_int_equal(live_clock_rc(), 0);
	was = atomic_load(&live.seg->version_size);
	atomic_store(&live.seg->version_size, was + (UINT64_C(1) << 32));
	assert_int_equal(live_clock_rc(), -EPROTO);
	atomic_store(&live.seg->version_size, was);
	assert_int_equal(live_clock_rc(), 0);
}

/* A daemon that, against its contract, made a new file. */
static void a_replaced_file_is_followed_when_stale(void **state)
{
	struct tt_interval a;
	struct segment *old;

	(void)state;
	live_make_file(&live);
	live_init(&live);
	live_publish(&live, 2 * S_NS); /* past its horizon */
	assert_int_equal(live_clock_read(&a), 0);
	assert_int_equal(a.state, TT_HOLDOVER);
	old = live.seg;
	unlink(live.path);
	live_make_file(&live);
	live_init(&live);
	usleep(110000);
	/* Nothing published in the new one yet: the old bound stands. */
	assert_int_equal(live_clock_read(&a), 0);
	assert_int_equal(a.state, TT_HOLDOVER);
	live_publish(&live, 0);
	assert_int_equal(live_clock_read(&a), 0); /* looked just now: not again so soon */
	usleep(110000);
	assert_int_equal(live_clock_read(&a), 0);
	assert_int_equal(a.state, TT_SYNCHRONIZED);
	munmap(old, SEGMENT_SIZE);
}

static void a_fresh_bound_is_not_left_for_another_file(void **state)
{
	struct tt_interval a;
	struct segment *old;

	(void)state;
	live_make_file(&live);
	live_init(&live);
	live_publish(&live, 0);
	assert_int_equal(live_clock_read(&a), 0);
	old = live.seg;
	unlink(live.path);
	live_make_file(&live);
	live_init(&live);
	live_publish(&live, 2 * S_NS);
	assert_int_equal(live_clock_read(&a), 0);
	assert_int_equal(a.state, TT_SYNCHRONIZED);
	munmap(old, SEGMENT_SIZE);
}

static void replacements_are_bounded(void **state)
{
	(void)state;
	live_make_file(&live);
	live_init(&live);
	live_publish(&live, 2 * S_NS);
	for (int i = 0; i < 70; i++) {
		assert_int_equal(live_clock_rc(), 0);
		munmap(live.seg, SEGMENT_SIZE);
		unlink(live.path);
		live_make_file(&live);
		live_init(&live);
		live_publish(&live, 2 * S_NS);
		usleep(101000);
	}
	assert_int_equal(live_clock_rc(), 0);
}

static void a_handle_survives_fork(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	for (int attached = 0; attached < 2; attached++) {
		if (attached)
			assert_int_equal(live_clock_rc(), -ENODATA);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			while (live_clock_rc() != 0)
				usleep(1000);
			_exit(tt_wait_after(clk, LIVE_UNIX_NS, S_NS) == 0 ? 0 :
									    1);
		}
		if (!attached) {
			live_make_file(&live);
			live_init(&live);
		}
		usleep(20000);
		live_publish(&live, 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
		if (!attached) {
			const struct segment_slot none = { .state = 0 };

			segment_publish(live.seg, &none);
		}
	}
}

#define ATTACHERS 8

static void *attach_first(void *arg)
{
	pthread_barrier_t *barrier = arg;
	struct tt_interval a;

	pthread_barrier_wait(barrier);
	for (int i = 0; i < 100; i++)
		if (tt_now(clk, &a) != 0)
			return (void *)1;
	return NULL;
}

static void threads_attach_at_once(void **state)
{
	pthread_t threads[ATTACHERS];
	pthread_barrier_t barrier;
	void *failed;

	(void)state;
	live_make_file(&live);
	live_init(&live);
	live_publish(&live, 0);
	for (int round = 0; round < 50; round++) {
		char none[96];

		/* A path that is not there at open. */
		tt_close(clk);
		snprintf(none, sizeof(none), "%s/link", live.dir);
		assert_int_equal(tt_open(none, &clk), 0);
		assert_int_equal(symlink(live.path, none), 0);
		pthread_barrier_init(&barrier, NULL, ATTACHERS);
		for (int i = 0; i < ATTACHERS; i++)
			assert_int_equal(pthread_create(&threads[i], NULL,
							attach_first,
							&barrier), 0);
		for (int i = 0; i < ATTACHERS; i++) {
			pthread_join(threads[i], &failed);
			assert_null(failed);
		}
		pthread_barrier_destroy(&barrier);
		unlink(none);
	}
}
#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, setup_empty, live_clock_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_daemon_that_comes_later_is_found),
		TEST(what_is_no_segment_is_refused),
		TEST(a_path_through_a_file_is_absent),
		TEST(an_unreadable_file_says_so),
		TEST(another_boot_is_stale_until_taken_over),
		TEST(another_time_namespace_is_refused),
		TEST(a_reader_in_another_time_namespace_is_refused),
		TEST(a_header_spoilt_later_is_noticed),
		TEST(a_replaced_file_is_followed_when_stale),
		TEST(a_fresh_bound_is_not_left_for_another_file),
		TEST(replacements_are_bounded),
		TEST(a_handle_survives_fork),
		TEST(threads_attach_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
