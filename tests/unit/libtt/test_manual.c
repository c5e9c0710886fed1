/* SPDX-License-Identifier: Apache-2.0 */
/* The clock set by hand. */
#include <errno.h>
#include <pthread.h>
#include <sys/wait.h>

#include "tests/unit/libtt/manual_clock.h"

static void set(int64_t earliest, int64_t latest, enum tt_state state)
{
	assert_int_equal(tt_manual_set(clk, earliest, latest, state), 0);
}

static struct tt_interval now(void)
{
	struct tt_interval ret;

	assert_int_equal(tt_now(clk, &ret), 0);
	return ret;
}

static void it_starts_without_a_bound(void **state)
{
	struct tt_interval a;

	(void)state;
	assert_int_equal(tt_now(clk, &a), -ENODATA);
	assert_int_equal(tt_at_raw(clk, 0, &a), -ENODATA);
	assert_int_equal(tt_wait_after(clk, 0, -1), -ENODATA);
}

static void it_stands_where_it_is_set(void **state)
{
	struct tt_interval a;
	int64_t offset;

	(void)state;
	set(1000, 2000, TT_SYNCHRONIZED);
	for (int i = 0; i < 2; i++) {
		a = now();
		assert_int_equal(a.earliest_ns, 1000);
		assert_int_equal(a.latest_ns, 2000);
		assert_int_equal(a.state, TT_SYNCHRONIZED);
		assert_true(live_raw_ns() - a.raw_ns < 10 * S_NS);
		usleep(2000);
	}
	assert_int_equal(tt_now_tai(clk, &a), 0);
	assert_int_equal(a.earliest_ns, 1000 + 37 * S_NS);
	assert_int_equal(tt_at_raw(clk, 12345, &a), 0);
	assert_int_equal(a.earliest_ns, 1000);
	assert_int_equal(a.raw_ns, 12345);
	assert_int_equal(tt_tai_offset(clk, &offset), 0);
	assert_int_equal(offset, 37 * S_NS);
	set(5, 5, TT_DISPUTED);
	assert_int_equal(now().state, TT_DISPUTED);
	set(5, 5, TT_HOLDOVER);
	assert_int_equal(now().state, TT_HOLDOVER);
	set(0, 0, TT_UNSYNCHRONIZED);
	assert_int_equal(tt_now(clk, &a), -ENODATA);
}

static void predicates_follow_the_sets(void **state)
{
	(void)state;
	set(1000, 2000, TT_SYNCHRONIZED);
	assert_int_equal(tt_after(clk, 999), 1);
	assert_int_equal(tt_after(clk, 1000), 0);
	assert_int_equal(tt_before(clk, 2000), 0);
	assert_int_equal(tt_before(clk, 2001), 1);
}

static void epochs_begin_when_continuity_is_lost(void **state)
{
	uint64_t epoch;

	(void)state;
	set(1000, 2000, TT_SYNCHRONIZED);
	epoch = now().epoch;
	set(1000, 1500, TT_SYNCHRONIZED);
	set(1100, 9000, TT_HOLDOVER);
	assert_int_equal(now().epoch, epoch);
	set(1099, 9000, TT_HOLDOVER);
	assert_int_equal(now().epoch, epoch + 1);
	set(0, 0, TT_UNSYNCHRONIZED);
	set(5000, 9000, TT_SYNCHRONIZED);
	assert_int_equal(now().epoch, epoch + 2);
}

static void impossible_sets_are_refused(void **state)
{
	const int64_t max = INT64_C(1) << 62;

	(void)state;
	set(1, 2, TT_SYNCHRONIZED);
	assert_int_equal(tt_manual_set(clk, 3, 2, TT_SYNCHRONIZED), -EINVAL);
	assert_int_equal(tt_manual_set(clk, 1, 2, (enum tt_state)4), -EINVAL);
	assert_int_equal(tt_manual_set(clk, 1, 2, (enum tt_state)-1), -EINVAL);
	assert_int_equal(tt_manual_set(clk, -max, 2, TT_SYNCHRONIZED),
			 -ERANGE);
	assert_int_equal(tt_manual_set(clk, 2, max, TT_SYNCHRONIZED), -ERANGE);
	assert_int_equal(tt_manual_set(clk, INT64_MIN, INT64_MAX,
				       TT_SYNCHRONIZED), -ERANGE);
	assert_int_equal(now().earliest_ns, 1);
	set(1 - max, max - 37 * S_NS - 1, TT_SYNCHRONIZED);
	assert_int_equal(now().earliest_ns, 1 - max);
	assert_int_equal(now().latest_ns, max - 37 * S_NS - 1);
}

static void *set_later(void *arg)
{
	const int64_t *earliest = arg;

	usleep(30000);
	set(*earliest, *earliest + 5, TT_SYNCHRONIZED);
	return NULL;
}

static int wait_for_set(int64_t t, int64_t earliest)
{
	pthread_t thread;
	int rc;

	assert_int_equal(pthread_create(&thread, NULL, set_later, &earliest),
			 0);
	rc = tt_wait_after(clk, t, 5 * S_NS);
	pthread_join(thread, NULL);
	return rc;
}

/* 30 ms, not the 100 ms of a full sleep: on a busy machine not each time. */
static bool is_woken_early(void)
{
	const int64_t begin = live_ns(CLOCK_MONOTONIC);

	set(1000, 2000, TT_SYNCHRONIZED);
	assert_int_equal(wait_for_set(2000, 2001), 0);
	return live_ns(CLOCK_MONOTONIC) - begin < 90 * MS_NS;
}

static void a_set_wakes_the_waits(void **state)
{
	bool is_early = false;
	int64_t ns;

	(void)state;
	for (int i = 0; i < 50 && !is_early; i++)
		is_early = is_woken_early();
	assert_true(is_early);
	assert_int_equal(tt_wait_after(clk, 2001, 10 * MS_NS), -ETIMEDOUT);
	assert_int_equal(tt_wait_hint(clk, 3000, &ns), 0);
	assert_int_equal(ns, 1000);
	assert_int_equal(tt_wait_synchronized(clk, 5, 0), 0);
	assert_int_equal(tt_wait_synchronized(clk, 4, 0), -ETIMEDOUT);
}

static void timestamps_are_those_of_any_clock(void **state)
{
	int64_t ts;

	(void)state;
	set(1000, 2000, TT_SYNCHRONIZED);
	assert_int_equal(tt_commit_timestamp(clk, 0, &ts), 0);
	assert_int_equal(ts, 2000);
	assert_int_equal(tt_commit_timestamp(clk, 0, &ts), 0);
	assert_int_equal(ts, 2001);
	set(10000, 20000, TT_SYNCHRONIZED);
	assert_int_equal(tt_commit_timestamp(clk, 0, &ts), 0);
	assert_int_equal(ts, 20000);
}

static void *set_on(void *arg)
{
	(void)arg;
	for (int64_t i = 0; i < 20000; i++)
		set(i, i, TT_SYNCHRONIZED);
	return NULL;
}

static void setters_and_readers_may_race(void **state)
{
	pthread_t threads[2];
	struct tt_interval a;
	int rc;

	(void)state;
	set(0, 0, TT_SYNCHRONIZED);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, set_on,
						NULL), 0);
	for (int i = 0; i < 20000; i++) {
		rc = tt_now(clk, &a);
		assert_true(rc == 0 || rc == -EAGAIN);
		if (rc == 0)
			assert_int_equal(a.earliest_ns, a.latest_ns);
	}
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
}

static void a_child_has_its_own_copy(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	set(1000, 2000, TT_SYNCHRONIZED);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		_exit(now().earliest_ns == 1000 &&
			      tt_manual_set(clk, 5000, 5000, TT_HOLDOVER) == 0 &&
			      now().earliest_ns == 5000 ?
			      0 :
			      1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_int_equal(now().earliest_ns, 1000);
}

#define TEST(f) MANUAL_CLOCK_TEST(f)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_starts_without_a_bound),
		TEST(it_stands_where_it_is_set),
		TEST(predicates_follow_the_sets),
		TEST(epochs_begin_when_continuity_is_lost),
		TEST(impossible_sets_are_refused),
		TEST(a_set_wakes_the_waits),
		TEST(timestamps_are_those_of_any_clock),
		TEST(setters_and_readers_may_race),
		TEST(a_child_has_its_own_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
