/* SPDX-License-Identifier: Apache-2.0 */
/* The waits: never early by the clock they wait on, and awake to all that may
 * happen meanwhile. */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>

#include "tests/unit/libtt/live_clock.h"


static void a_wait_is_never_early(void **state)
{
	static const int64_t ahead[] = { -1,	 0,	   1,	    1000,
					 59000,	 60000,	   61000,   100000,
					 MS_NS, 3 * MS_NS, 17 * MS_NS };
	struct segment_slot slot;

	(void)state;
	for (int64_t slope = -100000; slope <= 100000; slope += 100000) {
		slot = live_slot(live_raw_ns());
		slot.lo_slope = slope * PPB;
		slot.hi_slope = slope * PPB;
		segment_publish(live.seg, &slot);
		for (size_t i = 0; i < sizeof(ahead) / sizeof(ahead[0]); i++) {
			const int64_t t =
				live_clock_now().earliest_ns + ahead[i];

			assert_int_equal(tt_wait_after(clk, t, -1), 0);
			assert_true(live_clock_now().earliest_ns > t);
			assert_int_equal(tt_after(clk, t), 1);
		}
	}
}

static void commit_then_wait_covers_the_interval(void **state)
{
	int64_t ts;

	(void)state;
	for (int i = 0; i < 10; i++) {
		assert_int_equal(tt_commit_timestamp(clk, INT64_MIN, &ts), 0);
		assert_int_equal(tt_after(clk, ts), 0);
		assert_int_equal(tt_wait_after(clk, ts, S_NS), 0);
		assert_true(live_clock_now().earliest_ns > ts);
	}
}

static void a_deadline_ends_the_wait(void **state)
{
	const int64_t t = live_clock_now().latest_ns + 3600 * S_NS;
	int64_t begin;

	(void)state;
	assert_int_equal(tt_wait_after(clk, t, 0), -ETIMEDOUT);
	begin = live_ns(CLOCK_MONOTONIC);
	assert_int_equal(tt_wait_after(clk, t, 20 * MS_NS), -ETIMEDOUT);
	assert_true(live_ns(CLOCK_MONOTONIC) - begin >= 20 * MS_NS);
	begin = live_ns(CLOCK_MONOTONIC);
	assert_int_equal(tt_wait_after(clk, t, 150 * MS_NS), -ETIMEDOUT);
	assert_true(live_ns(CLOCK_MONOTONIC) - begin >= 150 * MS_NS);
	assert_int_equal(tt_wait_after(clk, t - 7200 * S_NS, 0), 0);
	assert_int_equal(tt_wait_after(clk, INT64_MIN, 0), 0);
	assert_int_equal(tt_wait_after(clk, INT64_MAX, -1), -ERANGE);
	assert_int_equal(tt_wait_after(clk, INT64_MAX - 1, 0), -ETIMEDOUT);
	/* A deadline beyond the end of time is none. */
	assert_int_equal(tt_wait_after(clk, live_clock_now().earliest_ns + MS_NS,
				       INT64_MAX), 0);
}

/* What another thread does after a moment. */
static void *cancel_soon(void *arg)
{
	(void)arg;
	usleep(30000);
	assert_int_equal(tt_wait_cancel(clk), 0);
	return NULL;
}

static void *lose_soon(void *arg)
{
	const struct segment_slot none = { .state = TT_UNSYNCHRONIZED };

	(void)arg;
	usleep(30000);
	segment_publish(live.seg, &none);
	return NULL;
}

static void *void_soon(void *arg)
{
	struct segment_slot slot = live_slot(live_raw_ns());

	(void)arg;
	slot.void_raw_ns = slot.anchor_raw_ns + 30 * MS_NS;
	segment_publish(live.seg, &slot);
	return NULL;
}

/* A new epoch, a minute on: the bound was wrong, or a step was made. */
static void *leap_ahead_soon(void *arg)
{
	struct segment_slot slot;

	(void)arg;
	usleep(30000);
	slot = live_slot(live_raw_ns());
	slot.epoch++;
	slot.tai_lo_ns += 60 * S_NS;
	slot.tai_hi_ns += 60 * S_NS;
	segment_publish(live.seg, &slot);
	return NULL;
}

/* The daemon is restarted, keeps what it finds and narrows it. */
static void *restart_soon(void *arg)
{
	(void)arg;
	usleep(30000);
	live_init(&live);
	usleep(30000);
	leap_ahead_soon(NULL);
	return NULL;
}

static int wait_while(void *(*meanwhile)(void *), int64_t ahead_ns)
{
	const int64_t t = live_clock_now().earliest_ns + ahead_ns;
	pthread_t thread;
	int rc;

	assert_int_equal(pthread_create(&thread, NULL, meanwhile, NULL), 0);
	rc = tt_wait_after(clk, t, 10 * S_NS);
	if (rc == 0)
		assert_true(live_clock_now().earliest_ns > t);
	pthread_join(thread, NULL);
	return rc;
}

static void whatever_happens_meanwhile_is_noticed(void **state)
{
	int64_t begin = live_ns(CLOCK_MONOTONIC);

	(void)state;
	assert_int_equal(wait_while(leap_ahead_soon, 30 * S_NS), 0);
	live_publish(&live, 0);
	assert_int_equal(wait_while(restart_soon, 30 * S_NS), 0);
	live_publish(&live, 0);
	assert_int_equal(wait_while(cancel_soon, 30 * S_NS), -ECANCELED);
	assert_int_equal(wait_while(lose_soon, 30 * S_NS), -ENODATA);
	live_publish(&live, 0);
	assert_int_equal(wait_while(void_soon, 30 * S_NS), -ESTALE);
	assert_true(live_ns(CLOCK_MONOTONIC) - begin < 5 * S_NS);
}

static void a_cancel_is_for_present_waits_only(void **state)
{
	(void)state;
	assert_int_equal(tt_wait_cancel(clk), 0);
	assert_int_equal(tt_wait_after(clk, live_clock_now().earliest_ns + MS_NS,
				       S_NS),
			 0);
}

/* Guards against spinning through a second in which earliest stands still:
 * 23:59:59 before a stepped leap second. */
static void a_stepped_leap_second_does_not_burn_the_cpu(void **state)
{
	struct segment_slot slot = live_slot(live_raw_ns());
	struct rusage before, after;
	int64_t cpu_us;

	(void)state;
	slot.leap_mode = SEGMENT_LEAP_STEP;
	slot.leap_delta_ns = S_NS;
	slot.leap_tai_ns = slot.tai_lo_ns + 2 * S_NS - 600 * MS_NS;
	segment_publish(live.seg, &slot);
	getrusage(RUSAGE_THREAD, &before);
	assert_int_equal(tt_wait_after(clk, live_clock_now().earliest_ns,
				       10 * S_NS), 0);
	getrusage(RUSAGE_THREAD, &after);
	cpu_us = (after.ru_utime.tv_sec - before.ru_utime.tv_sec) * 1000000 +
		 (after.ru_utime.tv_usec - before.ru_utime.tv_usec) +
		 (after.ru_stime.tv_sec - before.ru_stime.tv_sec) * 1000000 +
		 (after.ru_stime.tv_usec - before.ru_stime.tv_usec);
	print_message("%lld us of processor in 400 ms\n", (long long)cpu_us);
	assert_true(cpu_us < 200000);
}

static void the_hint_is_the_distance_by_the_present_bound(void **state)
{
	struct segment_slot slot = live_slot(live_raw_ns());
	int64_t t, hint, floor_ns;

	(void)state;
	assert_int_equal(
		tt_wait_hint(clk, live_clock_now().earliest_ns - 1, &hint), 0);
	assert_int_equal(hint, 0);
	slot.lo_slope = -(INT64_C(1) << 39) / 8; /* 1/16 slower */
	segment_publish(live.seg, &slot);
	t = live_clock_now().earliest_ns + 15 * S_NS;
	assert_int_equal(tt_wait_hint(clk, t, &hint), 0);
	/* 15 s at 15/16 are 16 s, less what passed between the readings */
	floor_ns = 16 * S_NS - 2 * (t - 15 * S_NS - LIVE_UNIX_NS) - 500 * MS_NS;
	assert_in_range(hint, floor_ns, 16 * S_NS + 2);
	assert_int_equal(tt_wait_hint(clk, INT64_MAX, &hint), 0);
	assert_true(hint > 0);
	assert_int_equal(tt_wait_hint(clk, INT64_MIN, &hint), 0);
	assert_int_equal(hint, 0);
}

static void sleeping_for_the_hint_suffices(void **state)
{
	struct timespec ts = { 0, 0 };
	int64_t t = live_clock_now().earliest_ns + 5 * MS_NS, hint, ns;

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(tt_wait_hint(clk, t, &hint), 0);
		if (hint == 0)
			break;
		/* CLOCK_MONOTONIC may be steered: 500 ppm */
		ns = hint + hint / 1000;
		ts.tv_nsec = ns;
		nanosleep(&ts, NULL);
	}
	assert_int_equal(tt_after(clk, t), 1);
}

static void *sync_soon(void *arg)
{
	(void)arg;
	usleep(30000);
	live_publish(&live, 0);
	return NULL;
}

static void synchronization_is_waited_for(void **state)
{
	struct segment_slot slot = live_slot(live_raw_ns());
	pthread_t thread;

	(void)state;
	assert_int_equal(tt_wait_synchronized(clk, MS_NS + 1000000, 0), 0);
	assert_int_equal(tt_wait_synchronized(clk, INT64_MAX, 0), 0);
	assert_int_equal(tt_wait_synchronized(clk, MS_NS - 1, 0), -ETIMEDOUT);
	assert_int_equal(tt_wait_synchronized(clk, MS_NS - 1, 30 * MS_NS),
			 -ETIMEDOUT);
	slot.state = TT_HOLDOVER;
	segment_publish(live.seg, &slot);
	assert_int_equal(tt_wait_synchronized(clk, INT64_MAX, 0), -ETIMEDOUT);
	atomic_store(&live.seg->magic, 0); /* not readable yet: waited out */
	assert_int_equal(tt_wait_synchronized(clk, INT64_MAX, 0), -ETIMEDOUT);
	atomic_store(&live.seg->magic, SEGMENT_MAGIC);
	assert_int_equal(pthread_create(&thread, NULL, sync_soon, NULL), 0);
	assert_int_equal(tt_wait_synchronized(clk, INT64_MAX, 5 * S_NS), 0);
	pthread_join(thread, NULL);
	slot.state = TT_DISPUTED;
	segment_publish(live.seg, &slot);
	assert_int_equal(pthread_create(&thread, NULL, cancel_soon, NULL), 0);
	assert_int_equal(tt_wait_synchronized(clk, INT64_MAX, -1), -ECANCELED);
	pthread_join(thread, NULL);
}

static void commit_timestamps_obey_their_floor(void **state)
{
	int64_t a, b, latest;

	(void)state;
	latest = live_clock_now().latest_ns;
	assert_int_equal(tt_commit_timestamp(clk, INT64_MIN, &a), 0);
	assert_true(a >= latest);
	assert_int_equal(tt_commit_timestamp(clk, a + S_NS, &b), 0);
	assert_int_equal(b, a + S_NS);
	assert_int_equal(tt_commit_timestamp(clk, 0, &a), 0);
	assert_int_equal(a, b + 1);
	assert_int_equal(tt_commit_timestamp(clk, INT64_MAX, &a), 0);
	assert_int_equal(a, INT64_MAX);
	assert_int_equal(tt_commit_timestamp(clk, 0, &b), -ERANGE);
}

#define COMMITTERS 8
#define COMMITS	   20000

static int64_t committed[COMMITTERS][COMMITS];

static void *commit_on(void *arg)
{
	int64_t *ts = arg;

	for (int i = 0; i < COMMITS; i++)
		if (tt_commit_timestamp(clk, INT64_MIN, &ts[i]) != 0)
			return (void *)1;
	return NULL;
}

static int compare(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void commit_timestamps_rise_over_all_threads(void **state)
{
	pthread_t threads[COMMITTERS];
	int64_t *all = &committed[0][0];
	void *failed;

	(void)state;
	for (int i = 0; i < COMMITTERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, commit_on,
						committed[i]), 0);
	for (int i = 0; i < COMMITTERS; i++) {
		pthread_join(threads[i], &failed);
		assert_null(failed);
	}
	for (int i = 0; i < COMMITTERS; i++)
		for (int j = 1; j < COMMITS; j++)
			assert_true(committed[i][j] > committed[i][j - 1]);
	qsort(all, COMMITTERS * COMMITS, sizeof(*all), compare);
	for (int i = 1; i < COMMITTERS * COMMITS; i++)
		assert_true(all[i] > all[i - 1]);
}

#define TEST(f) LIVE_CLOCK_TEST(f)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_wait_is_never_early),
		TEST(commit_then_wait_covers_the_interval),
		TEST(a_deadline_ends_the_wait),
		TEST(whatever_happens_meanwhile_is_noticed),
		TEST(a_cancel_is_for_present_waits_only),
		TEST(a_stepped_leap_second_does_not_burn_the_cpu),
		TEST(the_hint_is_the_distance_by_the_present_bound),
		TEST(sleeping_for_the_hint_suffices),
		TEST(synchronization_is_waited_for),
		TEST(commit_timestamps_obey_their_floor),
		TEST(commit_timestamps_rise_over_all_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
