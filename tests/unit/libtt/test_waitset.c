/* SPDX-License-Identifier: Apache-2.0 */
/* Thousands of times and one descriptor: in order, once each, never early. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>

#include "tests/unit/libtt/live.h"
#include "tt/waitset.h"

static struct tt_clock *clk;
static struct tt_waitset *set;

static int setup(void **state)
{
	(void)state;
	assert_int_equal(tt_manual_open(&clk), 0);
	assert_int_equal(tt_waitset_open(clk, &set), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tt_waitset_close(set);
	tt_close(clk);
	return 0;
}

static void set_clock(int64_t earliest_ns)
{
	assert_int_equal(tt_manual_set(clk, earliest_ns, earliest_ns + 1000,
				       TT_SYNCHRONIZED),
			 0);
}

static bool is_readable(int timeout_ms)
{
	struct pollfd p = {.fd = tt_waitset_fd(set), .events = POLLIN};

	return poll(&p, 1, timeout_ms) == 1;
}

static int marks[8];

static void add(int64_t t_ns, int mark)
{
	assert_int_equal(tt_waitset_add(set, t_ns, &marks[mark]), 0);
}

static void next_gives(int64_t t_ns, int mark)
{
	struct tt_waitset_entry entry;

	assert_int_equal(tt_waitset_next(set, &entry), 0);
	assert_int_equal(entry.t_ns, t_ns);
	assert_ptr_equal(entry.data, &marks[mark]);
}

static void next_fails(int rc)
{
	struct tt_waitset_entry entry;

	assert_int_equal(tt_waitset_next(set, &entry), rc);
}

static void times_come_in_their_order_and_when_past(void **state)
{
	(void)state;
	set_clock(100);
	next_fails(-EAGAIN);
	add(150, 1);
	add(120, 2);
	add(99, 3);
	add(300, 4);
	next_gives(99, 3);
	next_fails(-EAGAIN);
	set_clock(150); /* 150 itself is not past yet */
	next_gives(120, 2);
	next_fails(-EAGAIN);
	set_clock(301);
	next_gives(150, 1);
	next_gives(300, 4);
	next_fails(-EAGAIN);
}

static void the_descriptor_says_when_to_look(void **state)
{
	(void)state;
	assert_false(is_readable(0));
	set_clock(100);
	add(50, 1);
	assert_true(is_readable(5000)); /* past at once */
	add(60, 2);
	add(70, 3);
	next_gives(50, 1);
	assert_true(is_readable(5000)); /* and while there is more */
	next_gives(60, 2);
	assert_true(is_readable(5000));
	next_gives(70, 3);
	next_fails(-EAGAIN);
	assert_false(is_readable(3)); /* nothing to wait for */
}

static void without_a_bound_they_stay(void **state)
{
	(void)state;
	add(50, 1);
	assert_true(is_readable(5000));
	next_fails(-ENODATA);
	set_clock(100);
	assert_true(is_readable(5000));
	next_gives(50, 1);
}

static void an_epoch_that_goes_back_takes_nothing_with_it(void **state)
{
	(void)state;
	set_clock(100);
	add(150, 1);
	set_clock(20);
	next_fails(-EAGAIN);
	set_clock(151);
	assert_true(is_readable(5000));
	next_gives(150, 1);
}

static void what_is_removed_does_not_come(void **state)
{
	(void)state;
	set_clock(100);
	add(10, 1);
	add(10, 2);
	add(20, 3);
	add(30, 4);
	assert_int_equal(tt_waitset_remove(set, 10, &marks[1]), 0);
	assert_int_equal(tt_waitset_remove(set, 10, &marks[1]), -ENOENT);
	assert_int_equal(tt_waitset_remove(set, 11, &marks[2]), -ENOENT);
	assert_int_equal(tt_waitset_remove(set, 20, &marks[3]), 0);
	next_gives(10, 2);
	next_gives(30, 4);
	next_fails(-EAGAIN);
}

static void arguments_that_make_no_sense_are_refused(void **state)
{
	struct tt_waitset_entry entry;

	(void)state;
	assert_int_equal(tt_waitset_open(NULL, &set), -EINVAL);
	assert_int_equal(tt_waitset_open(clk, NULL), -EINVAL);
	assert_int_equal(tt_waitset_add(NULL, 1, NULL), -EINVAL);
	assert_int_equal(tt_waitset_add(set, INT64_MAX, NULL), -ERANGE);
	assert_int_equal(tt_waitset_remove(NULL, 1, NULL), -EINVAL);
	assert_int_equal(tt_waitset_next(NULL, &entry), -EINVAL);
	assert_int_equal(tt_waitset_next(set, NULL), -EINVAL);
	assert_int_equal(tt_waitset_fd(NULL), -EINVAL);
	tt_waitset_close(NULL);
}

#define MANY 5000

/* Against a sorted list: random adds, removals and sets of the clock. */
static void thousands_come_in_order(void **state)
{
	static int64_t left[MANY]; /* times not given yet; 0: none */
	uint64_t seed = live_seed();
	struct tt_waitset_entry entry;
	int64_t last = 0, t;
	int given = 0;

	(void)state;
	set_clock(1);
	for (int i = 0; i < MANY; i++) {
		left[i] = 2 + (int64_t)(live_random(&seed) % 3000);
		assert_int_equal(tt_waitset_add(set, left[i], &left[i]), 0);
	}
	for (int i = 0; i < MANY; i += 10) {
		assert_int_equal(tt_waitset_remove(set, left[i], &left[i]), 0);
		left[i] = 0;
	}
	for (t = 0; t < 3100; t += 31) {
		set_clock(1 + t);
		while (tt_waitset_next(set, &entry) == 0) {
			assert_true(entry.t_ns >= last && entry.t_ns < 1 + t);
			last = entry.t_ns;
			assert_int_equal(*(int64_t *)entry.data, last);
			*(int64_t *)entry.data = 0;
			given++;
		}
		for (int i = 0; i < MANY; i += 7)
			assert_true(left[i] == 0 || left[i] >= 1 + t);
	}
	assert_int_equal(given, MANY - MANY / 10);
}

#define ADDERS 4
#define ADDS   300

static int64_t begin_ns;

static void *add_on(void *arg)
{
	uint64_t seed = *(uint64_t *)arg;

	for (int i = 0; i < ADDS; i++)
		if (tt_waitset_add(set,
				   begin_ns + (int64_t)(live_random(&seed) %
							(uint64_t)(30 * MS_NS)),
				   &marks[0]) != 0)
			return (void *)1;
	return NULL;
}

/* A running clock, and threads that add while the loop takes. */
static void a_loop_serves_many_threads(void **state)
{
	struct tt_waitset_entry entry;
	uint64_t seeds[ADDERS] = {1, 2, 3, 4};
	pthread_t threads[ADDERS];
	struct tt_interval now;
	struct live live;
	void *failed;
	int given = 0, rc;

	(void)state;
	teardown(NULL);
	live_open(&live);
	live_publish(&live, 0);
	assert_int_equal(tt_open(live.path, &clk), 0);
	assert_int_equal(tt_waitset_open(clk, &set), 0);
	assert_int_equal(tt_now(clk, &now), 0);
	begin_ns = now.earliest_ns;
	for (int i = 0; i < ADDERS; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, add_on, &seeds[i]),
			0);
	while (given < ADDERS * ADDS) {
		assert_true(is_readable(30000));
		while ((rc = tt_waitset_next(set, &entry)) == 0) {
			assert_int_equal(tt_after(clk, entry.t_ns), 1);
			given++;
		}
		assert_int_equal(rc, -EAGAIN);
	}
	for (int i = 0; i < ADDERS; i++) {
		pthread_join(threads[i], &failed);
		assert_null(failed);
	}
	live_close(&live);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(times_come_in_their_order_and_when_past),
		TEST(the_descriptor_says_when_to_look),
		TEST(without_a_bound_they_stay),
		TEST(an_epoch_that_goes_back_takes_nothing_with_it),
		TEST(what_is_removed_does_not_come),
		TEST(arguments_that_make_no_sense_are_refused),
		TEST(thousands_come_in_order),
		TEST(a_loop_serves_many_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
