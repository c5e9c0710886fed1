/* SPDX-License-Identifier: Apache-2.0 */
/* The hybrid logical clock by hand: each branch of figure 5, whatever the
 * physical clock does, a full counter, a lie, and many threads. */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "tests/unit/libtt/live.h"
#include "tt/hlc.h"

#define US_NS INT64_C(1000)

static const struct tt_hlc_options options[2] = {
	{.size = sizeof(options[0]), .resolution = TT_HLC_NS},
	{.size = sizeof(options[0]), .resolution = TT_HLC_64},
};

static struct tt_clock *clk;
static struct tt_hlc *hlc;
static uint32_t logical_max;

static void open_both(const struct tt_hlc_options *opt)
{
	assert_int_equal(tt_manual_open(&clk), 0);
	assert_int_equal(tt_hlc_open(clk, opt, &hlc), 0);
	logical_max = opt->resolution == TT_HLC_64 ? 4095 : UINT32_MAX;
}

static int setup_ns(void **state)
{
	(void)state;
	open_both(&options[0]);
	return 0;
}

static int setup_64(void **state)
{
	(void)state;
	open_both(&options[1]);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tt_hlc_close(hlc);
	tt_close(clk);
	return 0;
}

/* Microseconds, which both resolutions have: [earliest, latest]. */
static void set(int64_t earliest_us, int64_t latest_us)
{
	assert_int_equal(tt_manual_set(clk, earliest_us * US_NS,
				       latest_us * US_NS, TT_SYNCHRONIZED),
			 0);
}

static struct tt_hlc_time at(int64_t wall_us, uint32_t logical)
{
	return (struct tt_hlc_time){wall_us * US_NS, logical};
}

static void expect(const struct tt_hlc_time *t, int64_t wall_us,
		   uint32_t logical)
{
	assert_int_equal(t->wall_ns, wall_us * US_NS);
	assert_int_equal(t->logical, logical);
}

static void now_gives(int64_t wall_us, uint32_t logical)
{
	struct tt_hlc_time t;

	assert_int_equal(tt_hlc_now(hlc, &t), 0);
	expect(&t, wall_us, logical);
}

static void observe_gives(int64_t remote_us, uint32_t remote_logical,
			  int64_t wall_us, uint32_t logical)
{
	const struct tt_hlc_time remote = at(remote_us, remote_logical);
	struct tt_hlc_time t;

	assert_int_equal(tt_hlc_observe(hlc, &remote, &t), 0);
	expect(&t, wall_us, logical);
}

static struct tt_hlc_stats stats(void)
{
	struct tt_hlc_stats ret;

	assert_int_equal(tt_hlc_stats(hlc, &ret), 0);
	return ret;
}

/* Figure 5, "send or local event". */
static void the_counter_runs_while_the_wall_stands(void **state)
{
	(void)state;
	set(100, 200);
	now_gives(100, 0);
	now_gives(100, 1);
	now_gives(100, 2);
	set(101, 200);
	now_gives(101, 0);
}

/* Figure 5, "receive": every branch, with equal walls in each way. */
static void a_receipt_takes_the_branch_of_figure_5(void **state)
{
	(void)state;
	set(100, 900);
	now_gives(100, 0);
	now_gives(100, 1);
	/* l' = l = l.m: the greater counter + 1, either way round */
	observe_gives(100, 7, 100, 8);
	observe_gives(100, 3, 100, 9);
	observe_gives(100, 9, 100, 10);
	/* l' = l, the remote is behind */
	observe_gives(99, 50, 100, 11);
	/* l' = l.m, ours is behind */
	observe_gives(150, 4, 150, 5);
	/* l' = l.m again, physical time equal to the remote's */
	set(160, 900);
	observe_gives(160, 2, 160, 3);
	/* all three equal */
	observe_gives(160, 3, 160, 4);
	/* ours equal to physical time, the remote behind */
	observe_gives(10, 99, 160, 5);
	/* physical time alone is ahead */
	set(170, 900);
	observe_gives(165, 8, 170, 0);
	assert_int_equal(stats().rejected, 0);
	assert_int_equal(stats().ahead, 0);
}

static void a_frozen_or_returning_clock_changes_no_order(void **state)
{
	struct tt_hlc_time last = at(0, 0), t;

	(void)state;
	set(1000, 2000);
	now_gives(1000, 0);
	set(400, 2000); /* back: another epoch */
	for (int i = 0; i < 3000; i++) {
		assert_int_equal(tt_hlc_now(hlc, &t), 0);
		assert_true(tt_hlc_compare(&last, &t) < 0);
		last = t;
	}
	expect(&last, 1000, 3000);
	observe_gives(1000, 3500, 1000, 3501);
	set(1001, 2000);
	now_gives(1001, 0);
	set(500000, 600000); /* ahead */
	now_gives(500000, 0);
}

static void without_a_bound_there_is_no_timestamp(void **state)
{
	struct tt_hlc_time t = at(3, 4);
	const struct tt_hlc_time remote = at(1, 1);

	(void)state;
	assert_int_equal(tt_hlc_now(hlc, &t), -ENODATA);
	assert_int_equal(tt_hlc_observe(hlc, &remote, &t), -ENODATA);
	expect(&t, 3, 4);
	set(10, 10);
	now_gives(10, 0);
	assert_int_equal(tt_manual_set(clk, 0, 0, TT_UNSYNCHRONIZED), 0);
	assert_int_equal(tt_hlc_now(hlc, &t), -ENODATA);
	set(10, 10);
	now_gives(10, 1);
}

static void a_remote_beyond_latest_changes_nothing_but_a_count(void **state)
{
	struct tt_hlc_time remote = at(201, 0), t = at(3, 4);

	(void)state;
	set(100, 200);
	now_gives(100, 0);
	assert_int_equal(tt_hlc_observe(hlc, &remote, &t), -ERANGE);
	remote = at(205, 0);
	assert_int_equal(tt_hlc_observe(hlc, &remote, &t), -ERANGE);
	remote = at(202, 0);
	assert_int_equal(tt_hlc_observe(hlc, &remote, &t), -ERANGE);
	expect(&t, 3, 4);
	assert_int_equal(stats().rejected, 3);
	assert_int_equal(stats().rejected_ns_max, 5 * US_NS);
	now_gives(100, 1);
	observe_gives(200, 0, 200, 1); /* latest itself may be */
	assert_int_equal(stats().rejected, 3);
	assert_int_equal(stats().ahead, 0);
}

static void a_wall_ahead_of_latest_is_counted_and_goes_on(void **state)
{
	(void)state;
	set(100, 300);
	observe_gives(300, 0, 300, 1);
	set(100, 250); /* narrowed: 300 was a lie */
	now_gives(300, 2);
	now_gives(300, 3);
	assert_int_equal(stats().ahead, 2);
	set(301, 400);
	now_gives(301, 0);
	assert_int_equal(stats().ahead, 2);
}

static void *pass_soon(void *arg)
{
	(void)arg;
	usleep(1500);
	set(102, 200);
	return NULL;
}

static void a_full_counter_waits_or_fails_and_never_wraps(void **state)
{
	struct tt_hlc_time remote = at(100, logical_max - 1), t = at(3, 4);
	pthread_t thread;
	int rc;

	(void)state;
	set(100, 200);
	observe_gives(100, logical_max - 1, 100, logical_max);
	assert_int_equal(tt_hlc_now(hlc, &t), -EAGAIN);
	assert_int_equal(tt_hlc_observe(hlc, &remote, &t), -EAGAIN);
	expect(&t, 3, 4);
	assert_int_equal(stats().overflows, 2);
	/* A full remote fills nothing of ours. */
	set(101, 200);
	remote = at(150, logical_max);
	assert_int_equal(tt_hlc_observe(hlc, &remote, &t), -EAGAIN);
	now_gives(101, 0);
	/* Physical time that passes the wall meanwhile ends the wait. */
	set(100, 200);
	observe_gives(101, logical_max - 1, 101, logical_max);
	assert_int_equal(pthread_create(&thread, NULL, pass_soon, NULL), 0);
	do {
		rc = tt_hlc_now(hlc, &t);
	} while (rc == -EAGAIN);
	pthread_join(thread, NULL);
	assert_int_equal(rc, 0);
	expect(&t, 102, 0);
}

static void a_remote_of_another_resolution_is_refused(void **state)
{
	struct tt_hlc_time remote = {150 * US_NS + 1, 0}, t;

	(void)state;
	set(100, 200);
	now_gives(100, 0);
	assert_int_equal(tt_hlc_observe(hlc, &remote, &t), -EINVAL);
	remote = at(150, 4096);
	assert_int_equal(tt_hlc_observe(hlc, &remote, &t), -EINVAL);
	remote = at(-1, 0);
	assert_int_equal(tt_hlc_observe(hlc, &remote, &t), -EINVAL);
	now_gives(100, 1);
	set(-5, 5);
	assert_int_equal(tt_hlc_now(hlc, &t), -ERANGE);
}

/* 100.999 us is 100 us of true time that is certainly past. */
static void microseconds_are_rounded_down(void **state)
{
	(void)state;
	assert_int_equal(tt_manual_set(clk, 100999, 100999, TT_SYNCHRONIZED),
			 0);
	now_gives(100, 0);
	assert_int_equal(stats().ahead, 0);
}

static void negative_walls_are_as_good(void **state)
{
	struct tt_hlc_time t;

	(void)state;
	set(-900, 0);
	now_gives(-900, 0);
	observe_gives(-800, 5, -800, 6);
	assert_int_equal(tt_hlc_now(hlc, &t), 0);
	expect(&t, -800, 7);
}

static void arguments_that_make_no_sense_are_refused(void **state)
{
	struct tt_hlc_options opt = options[0];
	const struct tt_hlc_time remote = at(1, 1);
	struct tt_hlc_time t;
	struct tt_hlc *other;

	(void)state;
	assert_int_equal(tt_hlc_open(NULL, NULL, &other), -EINVAL);
	assert_int_equal(tt_hlc_open(clk, NULL, NULL), -EINVAL);
	opt.size--;
	assert_int_equal(tt_hlc_open(clk, &opt, &other), -EINVAL);
	opt = options[0];
	opt.resolution = (enum tt_hlc_resolution)2;
	assert_int_equal(tt_hlc_open(clk, &opt, &other), -EINVAL);
	assert_int_equal(tt_hlc_now(hlc, NULL), -EINVAL);
	assert_int_equal(tt_hlc_now(NULL, &t), -EINVAL);
	assert_int_equal(tt_hlc_observe(hlc, NULL, &t), -EINVAL);
	assert_int_equal(tt_hlc_observe(hlc, &remote, NULL), -EINVAL);
	assert_int_equal(tt_hlc_stats(hlc, NULL), -EINVAL);
	tt_hlc_close(NULL);
	assert_int_equal(tt_hlc_open(clk, NULL, &other), 0);
	tt_hlc_close(other);
}

#define THREADS 6
#define EVENTS	3000

static struct tt_hlc_time given[THREADS][EVENTS];

/* Each observes what it got before, through the same handle. */
static void *give_on(void *arg)
{
	struct tt_hlc_time *t = arg;

	for (int i = 0; i < EVENTS; i++) {
		if (i % 3 == 2) {
			if (tt_hlc_observe(hlc, &t[i - 1], &t[i]) != 0)
				return (void *)1;
		} else if (tt_hlc_now(hlc, &t[i]) != 0) {
			return (void *)1;
		}
	}
	return NULL;
}

static int compare(const void *a, const void *b)
{
	return tt_hlc_compare(a, b);
}

/* The clock moves on every so often, so that both branches are raced for. */
static void no_two_threads_get_the_same_timestamp(void **state)
{
	struct tt_hlc_time *all = &given[0][0];
	pthread_t threads[THREADS];
	void *failed;

	(void)state;
	set(1, 1000000);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, give_on, given[i]),
			0);
	for (int64_t us = 2; us < 200; us++) {
		set(us * 10, 1000000);
		usleep(50);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &failed);
		assert_null(failed);
	}
	for (int i = 0; i < THREADS; i++)
		for (int j = 1; j < EVENTS; j++)
			assert_true(tt_hlc_compare(&given[i][j - 1],
						   &given[i][j]) < 0);
	qsort(all, THREADS * EVENTS, sizeof(*all), compare);
	for (int i = 1; i < THREADS * EVENTS; i++)
		assert_true(tt_hlc_compare(&all[i - 1], &all[i]) < 0);
	/* A counter that had run over at one wall would show as a gap. */
	for (int i = 1; i < THREADS * EVENTS; i++)
		if (all[i].wall_ns == all[i - 1].wall_ns)
			assert_int_equal(all[i].logical,
					 all[i - 1].logical + 1);
}

#define NS(f)                                                                  \
	{                                                                      \
#f " (96 bits)", f, setup_ns, teardown, NULL                   \
	}
#define BITS64(f)                                                              \
	{                                                                      \
#f " (64 bits)", f, setup_64, teardown, NULL                   \
	}
#define BOTH(f) NS(f), BITS64(f)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(the_counter_runs_while_the_wall_stands),
		BOTH(a_receipt_takes_the_branch_of_figure_5),
		BOTH(a_frozen_or_returning_clock_changes_no_order),
		BOTH(without_a_bound_there_is_no_timestamp),
		BOTH(a_remote_beyond_latest_changes_nothing_but_a_count),
		BOTH(a_wall_ahead_of_latest_is_counted_and_goes_on),
		BOTH(a_full_counter_waits_or_fails_and_never_wraps),
		BITS64(a_remote_of_another_resolution_is_refused),
		BITS64(microseconds_are_rounded_down),
		NS(negative_walls_are_as_good),
		BOTH(arguments_that_make_no_sense_are_refused),
		NS(no_two_threads_get_the_same_timestamp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
