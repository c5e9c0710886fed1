/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may happen to the clock, the daemon and the system during a wait, for a
 * thread that waits and for an event loop. Nothing ever ends one early; what
 * takes the bound away ends it, or is told, at once.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include "tests/unit/libtt/live_clock.h"
#include "tt/waitset.h"

/* The test is root, and steps CLOCK_REALTIME by hours: in this process only,
 * where libtt calls this instead of the C library. */
static atomic_int steps;
static atomic_bool is_stepping;

__attribute__((visibility("default"))) int clock_gettime(clockid_t id,
							 struct timespec *ret)
{
	const int rc = (int)syscall(SYS_clock_gettime, id, ret);

	if (id == CLOCK_REALTIME && atomic_load(&is_stepping))
		ret->tv_sec += atomic_fetch_add(&steps, 1) % 2 ? 3600 : -3600;
	return rc;
}


typedef int wait_fn(int64_t t_ns);

static int wait_as_a_thread(int64_t t_ns)
{
	return tt_wait_after(clk, t_ns, 30 * S_NS);
}

/* Until it is given, or another error than "not yet". */
static int wait_as_a_loop(int64_t t_ns)
{
	struct tt_waitset_entry entry;
	struct tt_waitset *set;
	struct pollfd p;
	int rc = -EAGAIN;

	assert_int_equal(tt_waitset_open(clk, &set), 0);
	assert_int_equal(tt_waitset_add(set, t_ns, &set), 0);
	p = (struct pollfd){.fd = tt_waitset_fd(set), .events = POLLIN};
	while (rc == -EAGAIN) {
		if (poll(&p, 1, 30000) == 0)
			break;
		rc = tt_waitset_next(set, &entry);
	}
	if (rc == 0)
		assert_true(entry.t_ns == t_ns && entry.data == &set);
	tt_waitset_close(set);
	return rc;
}

static wait_fn *const ways[] = {wait_as_a_thread, wait_as_a_loop};

#define WAYS (sizeof(ways) / sizeof(ways[0]))

/* Wait for what is ahead_ns after the last anchor, while something happens;
 * never early. */
static int wait_while(wait_fn *wait, void *(*meanwhile)(void *),
		      int64_t ahead_ns)
{
	const int64_t t = LIVE_UNIX_NS + ahead_ns;
	pthread_t thread;
	int rc;

	assert_int_equal(pthread_create(&thread, NULL, meanwhile, NULL), 0);
	rc = wait(t);
	if (rc == 0) {
		assert_true(live_clock_now().earliest_ns > t);
		assert_int_equal(tt_after(clk, t), 1);
	}
	pthread_join(thread, NULL);
	return rc;
}

static void *step_soon(void *arg)
{
	(void)arg;
	usleep(3000);
	atomic_store(&is_stepping, true);
	usleep(20000);
	atomic_store(&is_stepping, false);
	return NULL;
}

static void a_stepped_clock_changes_nothing(void **state)
{
	struct timespec ts;

	(void)state;
	for (size_t i = 0; i < WAYS; i++)
		assert_int_equal(wait_while(ways[i], step_soon, 15 * MS_NS), 0);
	/* libtt does not so much as look at that clock */
	assert_int_equal(atomic_load(&steps), 0);
	atomic_store(&is_stepping, true);
	clock_gettime(CLOCK_REALTIME, &ts);
	atomic_store(&is_stepping, false);
	assert_int_equal(atomic_load(&steps), 1);
}

static void nothing(int signal)
{
	(void)signal;
}

static void *do_nothing(void *arg)
{
	(void)arg;
	return NULL;
}

/* Every 300 us, without SA_RESTART: whoever sleeps gets EINTR. */
static void signals_end_no_wait(void **state)
{
	const struct sigaction action = {.sa_handler = nothing};
	const struct itimerval often = {{0, 300}, {0, 300}};
	const struct itimerval never = {{0, 0}, {0, 0}};

	(void)state;
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	for (size_t i = 0; i < WAYS; i++) {
		assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
		assert_int_equal(wait_while(ways[i], do_nothing, 10 * MS_NS),
				 0);
		assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	}
}

static void publish_epoch(uint64_t epoch, int64_t ahead_ns)
{
	struct segment_slot slot = live_slot(live_raw_ns());

	slot.epoch = epoch;
	slot.tai_lo_ns += ahead_ns;
	slot.tai_hi_ns += ahead_ns > 0 ? ahead_ns : 0;
	segment_publish(live.seg, &slot);
}

static void *go_ahead_soon(void *arg)
{
	(void)arg;
	usleep(3000);
	publish_epoch(9, 60 * S_NS);
	return NULL;
}

static atomic_bool is_ahead;

/* A new epoch in which less is past than was before, and later one in which
 * it is: only that may end the wait. */
static void *go_back_soon(void *arg)
{
	(void)arg;
	usleep(3000);
	publish_epoch(8, -20 * S_NS);
	usleep(10000);
	atomic_store(&is_ahead, true);
	publish_epoch(9, 60 * S_NS);
	return NULL;
}

static void an_epoch_that_goes_back_is_waited_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < WAYS; i++) {
		live_publish(&live, 0);
		atomic_store(&is_ahead, false);
		assert_int_equal(wait_while(ways[i], go_back_soon, 50 * S_NS),
				 0);
		assert_true(atomic_load(&is_ahead));
	}
}

static void an_epoch_that_goes_ahead_is_noticed(void **state)
{
	(void)state;
	for (size_t i = 0; i < WAYS; i++) {
		live_publish(&live, 0);
		assert_int_equal(wait_while(ways[i], go_ahead_soon, 50 * S_NS),
				 0);
	}
}

static void *lose_soon(void *arg)
{
	const struct segment_slot none = {.state = TT_UNSYNCHRONIZED};

	(void)arg;
	usleep(3000);
	segment_publish(live.seg, &none);
	return NULL;
}

static void a_lost_bound_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < WAYS; i++) {
		live_publish(&live, 0);
		assert_int_equal(wait_while(ways[i], lose_soon, 50 * S_NS),
				 -ENODATA);
	}
}

/* The daemon dies after its last publication: its bound is used as far as it
 * goes, opening by the drift. */
static void publish_and_die(int64_t void_ns)
{
	struct segment_slot slot = live_slot(live_raw_ns());

	slot.horizon_ns = 2 * MS_NS;
	slot.drift = 100000000 * PPB; /* a tenth, to be seen */
	slot.void_raw_ns = slot.anchor_raw_ns + void_ns;
	segment_publish(live.seg, &slot);
}

static void a_dead_daemons_bound_serves_until_it_is_void(void **state)
{
	(void)state;
	for (size_t i = 0; i < WAYS; i++) {
		publish_and_die(3600 * S_NS);
		assert_int_equal(wait_while(ways[i], do_nothing, 10 * MS_NS),
				 0);
		assert_int_equal(live_clock_now().state, TT_HOLDOVER);
		publish_and_die(15 * MS_NS);
		assert_int_equal(wait_while(ways[i], do_nothing, 50 * S_NS),
				 -ESTALE);
	}
}

/* Another daemon on the same file, which takes over what it finds. */
static void *restart_soon(void *arg)
{
	(void)arg;
	usleep(2000);
	live_init(&live);
	return go_ahead_soon(NULL);
}

/* And one that was installed anew: another file under the name. */
static void *replace_soon(void *arg)
{
	struct segment *old = live.seg;

	(void)arg;
	usleep(2000);
	unlink(live.path);
	live_make_file(&live);
	live_init(&live);
	go_ahead_soon(NULL);
	munmap(old, SEGMENT_SIZE);
	return NULL;
}

static void a_restarted_daemon_is_followed(void **state)
{
	(void)state;
	for (size_t i = 0; i < WAYS; i++) {
		publish_and_die(3600 * S_NS);
		assert_int_equal(wait_while(ways[i], restart_soon, 50 * S_NS),
				 0);
		publish_and_die(3600 * S_NS);
		assert_int_equal(wait_while(ways[i], replace_soon, 50 * S_NS),
				 0);
	}
}

#define WAITERS 8

static atomic_int canceled;

static void *wait_long(void *arg)
{
	(void)arg;
	if (tt_wait_after(clk, LIVE_UNIX_NS + 3000 * S_NS, -1) == -ECANCELED)
		atomic_fetch_add(&canceled, 1);
	return NULL;
}

/* One that has not begun yet is not meant: so again, until all have. */
static void a_cancel_reaches_every_waiter(void **state)
{
	pthread_t threads[WAITERS];

	(void)state;
	for (int i = 0; i < WAITERS; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, wait_long, NULL), 0);
	while (atomic_load(&canceled) < WAITERS) {
		usleep(1000);
		assert_int_equal(tt_wait_cancel(clk), 0);
	}
	for (int i = 0; i < WAITERS; i++)
		pthread_join(threads[i], NULL);
}

#define CROWD 200

static int64_t crowd_t;

static void *wait_in_a_crowd(void *arg)
{
	int *ret_rc = arg;

	*ret_rc = tt_wait_after(clk, crowd_t, 30 * S_NS);
	if (*ret_rc == 0 && !tt_after(clk, crowd_t))
		*ret_rc = 1;
	return NULL;
}

static void a_crowd_comes_through(void **state)
{
	static pthread_t threads[CROWD];
	static int rc[CROWD];

	(void)state;
	crowd_t = live_clock_now().earliest_ns + 20 * MS_NS;
	for (int i = 0; i < CROWD; i++)
		assert_int_equal(pthread_create(&threads[i], NULL,
						wait_in_a_crowd, &rc[i]),
				 0);
	for (int i = 0; i < CROWD; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(rc[i], 0);
	}
}

#define TEST(f) LIVE_CLOCK_TEST(f)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_stepped_clock_changes_nothing),
		TEST(signals_end_no_wait),
		TEST(an_epoch_that_goes_back_is_waited_out),
		TEST(an_epoch_that_goes_ahead_is_noticed),
		TEST(a_lost_bound_is_told),
		TEST(a_dead_daemons_bound_serves_until_it_is_void),
		TEST(a_restarted_daemon_is_followed),
		TEST(a_cancel_reaches_every_waiter),
		TEST(a_crowd_comes_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
