/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is caught with a lock of libtt in hand, by a fork(2) or by
 * pthread_cancel(3), leaves nobody waiting for it: a child's copy works on, and
 * so do the other threads. The system calls that are made under a lock are this
 * file's, and do the catching.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/wait.h>

#include "libtt/lock.h"
#include "tests/unit/libtt/live_clock.h"
#include "tt/hlc.h"

#define EXPORTED __attribute__((visibility("default")))

/* A hang is a failure, by SIGALRM: some 1000 times what it takes. */
#define HANG_S 60

static void (*caught)(void); /* what befalls the next to hold a lock */

static void catch_it(void)
{
	void (*now)(void) = caught;

	caught = NULL;
	if (now != NULL)
		now();
}

EXPORTED int fdatasync(int fd)
{
	catch_it();
	return fsync(fd);
}

EXPORTED int poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	const struct timespec ts = {0, 0};

	catch_it();
	assert_int_equal(timeout_ms, 0);
	return ppoll(fds, count, &ts, NULL);
}

static struct tt_clock *manual;
static struct tt_hlc *hlc;

static int setup(void **state)
{
	char path[sizeof(live.dir) + sizeof("/state")];
	const struct tt_hlc_options opt = {.size = sizeof(opt),
					   .resolution = TT_HLC_NS,
					   .state_path = path};

	caught = NULL;
	assert_int_equal(live_clock_open(state), 0);
	snprintf(path, sizeof(path), "%s/state", live.dir);
	assert_int_equal(tt_manual_open(&manual), 0);
	assert_int_equal(tt_manual_set(manual, S_NS, S_NS, TT_SYNCHRONIZED), 0);
	assert_int_equal(tt_hlc_open(manual, &opt, &hlc), 0);
	assert_int_equal(unlink(path), 0);
	alarm(HANG_S);
	return 0;
}

static int teardown(void **state)
{
	alarm(0);
	tt_hlc_close(hlc);
	tt_close(manual);
	return live_clock_close(state);
}

/* In the child: what a new caller gets. */
static int (*call)(void);
static pid_t child;

static void fork_now(void)
{
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		alarm(HANG_S);
		_exit(-call());
	}
}

/* What the child's call gave. */
static int childs_rc(void)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return -WEXITSTATUS(status);
}

static int next_timestamp(void)
{
	struct tt_hlc_time t;

	return tt_hlc_now(hlc, &t);
}

static int place_stamp(void)
{
	struct tt_interval now;

	return tt_at_realtime(clk, live_ns(CLOCK_REALTIME), &now);
}

/* tt/hlc.h: the copy gives -EIO where the bound would have to be written. */
static void a_child_forked_while_the_bound_is_written(void **state)
{
	(void)state;
	call = next_timestamp;
	caught = fork_now;
	assert_int_equal(next_timestamp(), 0);
	assert_null(caught);
	assert_int_equal(childs_rc(), -EIO);
}

/* tt/tt.h: a child begins anew, and so has no pair of readings yet. */
static void a_child_forked_while_a_stamp_is_placed(void **state)
{
	(void)state;
	call = place_stamp;
	caught = fork_now;
	assert_int_equal(place_stamp(), -ERANGE);
	assert_null(caught);
	assert_int_equal(childs_rc(), -ERANGE);
}

static void *call_in_thread(void *arg)
{
	*(int *)arg = call();
	pthread_testcancel();
	return arg;
}

static void cancel_now(void)
{
	pthread_cancel(pthread_self());
	pthread_testcancel(); /* as the C library's own calls do */
}

/* A thread that is canceled in `call` finishes it, and ends at its own next
 * cancellation point. */
static void canceled_call_is_finished(int want_rc)
{
	pthread_t thread;
	int rc = 4711;
	void *ret;

	caught = cancel_now;
	assert_int_equal(pthread_create(&thread, NULL, call_in_thread, &rc), 0);
	assert_int_equal(pthread_join(thread, &ret), 0);
	assert_null(caught);
	assert_ptr_equal(ret, PTHREAD_CANCELED);
	assert_int_equal(rc, want_rc);
}

static void a_thread_canceled_while_the_bound_is_written(void **state)
{
	(void)state;
	call = next_timestamp;
	canceled_call_is_finished(0);
	assert_int_equal(
		tt_manual_set(manual, 9 * S_NS, 9 * S_NS, TT_SYNCHRONIZED), 0);
	assert_int_equal(next_timestamp(), 0);
}

static void a_thread_canceled_while_a_stamp_is_placed(void **state)
{
	(void)state;
	call = place_stamp;
	canceled_call_is_finished(-ERANGE);
	assert_int_equal(place_stamp(), -ERANGE);
}

#define THREADS 4
#define TURNS	50000

static struct lock lock;
static int turns; /* under the lock */

static void *take_turns(void *arg)
{
	for (int i = 0; i < TURNS; i++) {
		lock_take(&lock);
		turns++;
		lock_give(&lock);
	}
	return arg;
}

/* The lock as such: nobody is shut out for good, nobody gets in besides. */
static void threads_take_turns(void **state)
{
	pthread_t threads[THREADS];

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, take_turns, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(turns, THREADS * TURNS);
	assert_int_equal(lock.word, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_child_forked_while_the_bound_is_written),
		TEST(a_child_forked_while_a_stamp_is_placed),
		TEST(a_thread_canceled_while_the_bound_is_written),
		TEST(a_thread_canceled_while_a_stamp_is_placed),
		TEST(threads_take_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
