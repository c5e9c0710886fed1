/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an earlier life's bound says binds every thread, only its own process writes
 * it, and it is found whatever the disk says. The C library's calls there are
 * this file's.
 */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "tests/unit/libtt/manual_clock.h"
#include "tt/hlc.h"

#define EXPORTED __attribute__((visibility("default")))

static char folder[64];
static char path[80];

static int setup(void **state)
{
	snprintf(folder, sizeof(folder), "/tmp/libtt-hlc.XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/state", folder);
	return manual_clock_open(state);
}

static int teardown(void **state)
{
	unlink(path);
	assert_int_equal(rmdir(folder), 0);
	return manual_clock_close(state);
}

static void set(int64_t ns)
{
	assert_int_equal(tt_manual_set(clk, ns, ns, TT_SYNCHRONIZED), 0);
}

static struct tt_hlc *open_hlc(enum tt_hlc_resolution resolution)
{
	const struct tt_hlc_options opt = {.size = sizeof(opt),
					   .resolution = resolution,
					   .state_path = path};
	struct tt_hlc *hlc;

	assert_int_equal(tt_hlc_open(clk, &opt, &hlc), 0);
	return hlc;
}

/* One life that gave wall_ns at last. */
static void live(enum tt_hlc_resolution resolution, int64_t wall_ns)
{
	struct tt_hlc *hlc = open_hlc(resolution);
	struct tt_hlc_time t;

	set(wall_ns);
	assert_int_equal(tt_hlc_now(hlc, &t), 0);
	assert_int_equal(t.wall_ns, wall_ns);
	tt_hlc_close(hlc);
}

static void (*unlocked)(void);

EXPORTED int pthread_mutex_unlock(pthread_mutex_t *lock)
{
	static int (*real)(pthread_mutex_t *);
	void (*now)(void) = unlocked;
	int rc;

	if (real == NULL) {
		void *p = dlsym(RTLD_NEXT, "pthread_mutex_unlock");

		memcpy(&real, &p, sizeof(real));
	}
	rc = real(lock);
	unlocked = NULL;
	if (now != NULL)
		now();
	return rc;
}

static int is_pid_fixed;

/* As it is for the first process of a pid namespace, and its child in another
 * one: both are 1. */
EXPORTED pid_t getpid(void)
{
	static pid_t (*real)(void);

	if (is_pid_fixed)
		return 1;
	if (real == NULL) {
		void *p = dlsym(RTLD_NEXT, "getpid");

		memcpy(&real, &p, sizeof(real));
	}
	return real();
}

static bool is_unreadable; /* the second record, as the disk says */

EXPORTED ssize_t pread(int fd, void *buf, size_t size, off_t at)
{
	if (is_unreadable && at >= 4096) {
		errno = EIO;
		return -1;
	}
	return syscall(SYS_pread64, fd, buf, size, at);
}

static int open_rc(void)
{
	const struct tt_hlc_options opt = {.size = sizeof(opt),
					   .resolution = TT_HLC_NS,
					   .state_path = path};
	struct tt_hlc *hlc;
	const int rc = tt_hlc_open(clk, &opt, &hlc);

	if (rc == 0)
		tt_hlc_close(hlc);
	return rc;
}

/* A life that is killed: the second record is the one that counts. */
static void live_and_be_killed(void)
{
	struct tt_hlc_time t;
	int status;

	set(LIVE_UNIX_NS);
	if (fork() == 0)
		_exit(tt_hlc_now(open_hlc(TT_HLC_NS), &t) == 0 ? 0 : 1);
	assert_true(wait(&status) > 0);
	assert_int_equal(status, 0);
}

/* Guards against a record that is gone, or that the disk does not give, being
 * taken for one that was never whole: the other's bound is of long ago. */
static void a_record_that_is_not_there_is_no_torn_one(void **state)
{
	(void)state;
	live_and_be_killed();
	is_unreadable = true;
	assert_int_equal(open_rc(), -EIO);
	is_unreadable = false;
	assert_int_equal(open_rc(), 0);
	assert_int_equal(truncate(path, 4096), 0);
	assert_int_equal(open_rc(), -EPROTO);
	assert_int_equal(truncate(path, 4096 + 23), 0);
	assert_int_equal(open_rc(), -EPROTO);
}

static struct tt_hlc *shared;
static struct tt_hlc_time other;
static int other_rc;

/* The other thread: its clock went back to where the earlier life was. */
static void another_thread_is_late(void)
{
	set(LIVE_UNIX_NS);
	other_rc = tt_hlc_now(shared, &other);
}

/* Guards against what was read before the bound was passed being given by who
 * comes between the writing of the new bound and the first timestamp. */
static void no_thread_gives_what_the_earlier_life_gave(void **state)
{
	static const enum tt_hlc_resolution resolutions[] = {TT_HLC_NS,
							     TT_HLC_64};
	struct tt_hlc_time t;

	(void)state;
	for (int i = 0; i < 2; i++) {
		live(resolutions[i], LIVE_UNIX_NS);
		shared = open_hlc(resolutions[i]);
		set(LIVE_UNIX_NS + 1000);
		unlocked = another_thread_is_late;
		assert_int_equal(tt_hlc_now(shared, &t), 0);
		assert_null(unlocked);
		assert_int_equal(t.wall_ns, LIVE_UNIX_NS + 1000);
		if (other_rc == 0)
			assert_true(other.wall_ns > LIVE_UNIX_NS);
		else
			assert_int_equal(other_rc, -EAGAIN);
		tt_hlc_close(shared);
		unlink(path);
	}
}

/* Guards against a child in another pid namespace, of the same number there,
 * that takes back the bound on which its parent relies. */
static void a_child_of_the_same_number_writes_nothing(void **state)
{
	struct tt_hlc *hlc;
	struct tt_hlc_time t;
	int status;

	(void)state;
	is_pid_fixed = 1;
	set(LIVE_UNIX_NS);
	hlc = open_hlc(TT_HLC_NS);
	assert_int_equal(tt_hlc_now(hlc, &t), 0);
	if (fork() == 0) {
		tt_hlc_close(hlc);
		_exit(0);
	}
	assert_true(wait(&status) > 0);
	assert_int_equal(status, 0);
	set(LIVE_UNIX_NS + S_NS); /* what was persisted covers it */
	assert_int_equal(tt_hlc_now(hlc, &t), 0);
	assert_int_equal(t.wall_ns, LIVE_UNIX_NS + S_NS);
	if (fork() == 0) { /* the parent is as if it were killed now */
		set(LIVE_UNIX_NS + 9 * S_NS);
		_exit(tt_hlc_now(hlc, &t) == -EIO ? 0 : 1);
	}
	assert_true(wait(&status) > 0);
	assert_int_equal(status, 0);
	tt_hlc_close(hlc);
	is_pid_fixed = 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_thread_gives_what_the_earlier_life_gave),
		TEST(a_child_of_the_same_number_writes_nothing),
		TEST(a_record_that_is_not_there_is_no_torn_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
