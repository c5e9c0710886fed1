/* SPDX-License-Identifier: Apache-2.0 */
/* A later life never gives a timestamp of an earlier one again, however the
 * earlier ended and whatever the clock says now. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "tests/unit/libtt/live.h"
#include "tt/hlc.h"

#define AHEAD_NS S_NS /* HLC_STATE_AHEAD_NS */

static char folder[64];
static char path[80];
static struct tt_clock *clk;

static int setup(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/libtt-hlc.XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/state", folder);
	assert_int_equal(tt_manual_open(&clk), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tt_close(clk);
	unlink(path);
	assert_int_equal(rmdir(folder), 0); /* nothing left beside it */
	return 0;
}

static void set(int64_t earliest_ns, int64_t latest_ns)
{
	assert_int_equal(
		tt_manual_set(clk, earliest_ns, latest_ns, TT_SYNCHRONIZED), 0);
}

static int try_open(struct tt_hlc **ret)
{
	const struct tt_hlc_options opt = {.size = sizeof(opt),
					   .resolution = TT_HLC_NS,
					   .state_path = path};

	return tt_hlc_open(clk, &opt, ret);
}

static struct tt_hlc *open_hlc(void)
{
	struct tt_hlc *hlc;

	assert_int_equal(try_open(&hlc), 0);
	return hlc;
}

static struct tt_hlc_time now(struct tt_hlc *hlc)
{
	struct tt_hlc_time t;

	assert_int_equal(tt_hlc_now(hlc, &t), 0);
	return t;
}

static struct tt_hlc_stats stats(struct tt_hlc *hlc)
{
	struct tt_hlc_stats ret;

	assert_int_equal(tt_hlc_stats(hlc, &ret), 0);
	return ret;
}

/* A life in a process of its own that ends by SIGKILL: what it gave last. */
static struct tt_hlc_time live_and_die(void)
{
	struct tt_hlc_time t;
	int fds[2], status;
	pid_t child;

	assert_int_equal(pipe(fds), 0);
	child = fork();
	if (child == 0) {
		struct tt_hlc *hlc;

		if (try_open(&hlc) != 0)
			_exit(1);
		for (int i = 0; i < 100; i++)
			if (tt_hlc_now(hlc, &t) != 0)
				_exit(1);
		if (write(fds[1], &t, sizeof(t)) != sizeof(t))
			_exit(1);
		kill(getpid(), SIGKILL);
	}
	close(fds[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(read(fds[0], &t, sizeof(t)), sizeof(t));
	close(fds[0]);
	return t;
}

static void a_killed_life_is_respected(void **state)
{
	const struct tt_hlc_time remote = {LIVE_UNIX_NS, 7};
	struct tt_hlc_time last, t;
	struct tt_hlc *hlc;

	(void)state;
	set(LIVE_UNIX_NS, LIVE_UNIX_NS + 5000);
	last = live_and_die();
	assert_int_equal(last.wall_ns, LIVE_UNIX_NS);
	hlc = open_hlc();
	/* Frozen, back, and short of the bound: nothing is given. */
	assert_int_equal(tt_hlc_now(hlc, &t), -EAGAIN);
	set(LIVE_UNIX_NS - 60 * S_NS, LIVE_UNIX_NS + 5 * S_NS);
	assert_int_equal(tt_hlc_now(hlc, &t), -EAGAIN);
	assert_int_equal(tt_hlc_observe(hlc, &remote, &t), -EAGAIN);
	assert_int_equal(stats(hlc).resume_ns, LIVE_UNIX_NS + AHEAD_NS);
	set(stats(hlc).resume_ns, stats(hlc).resume_ns);
	assert_int_equal(tt_hlc_now(hlc, &t), -EAGAIN);
	set(stats(hlc).resume_ns + 1, stats(hlc).resume_ns + 9);
	t = now(hlc);
	assert_true(tt_hlc_compare(&last, &t) < 0);
	/* Once begun it goes on, though the clock goes back. */
	set(LIVE_UNIX_NS, LIVE_UNIX_NS + 5 * S_NS);
	last = t;
	t = now(hlc);
	assert_true(tt_hlc_compare(&last, &t) < 0);
	tt_hlc_close(hlc);
}

static void a_life_that_gave_nothing_leaves_the_bound(void **state)
{
	struct tt_hlc_time t;
	struct tt_hlc *hlc;

	(void)state;
	set(LIVE_UNIX_NS, LIVE_UNIX_NS);
	live_and_die();
	for (int i = 0; i < 3; i++) {
		hlc = open_hlc();
		assert_int_equal(tt_hlc_now(hlc, &t), -EAGAIN);
		assert_int_equal(stats(hlc).resume_ns, LIVE_UNIX_NS + AHEAD_NS);
		tt_hlc_close(hlc);
	}
}

static void a_closed_life_costs_no_more_than_the_width(void **state)
{
	struct tt_hlc *hlc;

	(void)state;
	set(LIVE_UNIX_NS, LIVE_UNIX_NS + 5000);
	for (int i = 0; i < 4; i++) {
		hlc = open_hlc();
		assert_int_equal(stats(hlc).resume_ns,
				 i == 0 ? INT64_MIN : LIVE_UNIX_NS + i - 1);
		set(LIVE_UNIX_NS + i, LIVE_UNIX_NS + 5000);
		assert_int_equal(now(hlc).wall_ns, LIVE_UNIX_NS + i);
		tt_hlc_close(hlc);
	}
}

static void events_are_not_written_one_by_one(void **state)
{
	struct tt_hlc *hlc = open_hlc();

	(void)state;
	for (int64_t ms = 0; ms < 4000; ms++) {
		set(LIVE_UNIX_NS + ms * MS_NS, LIVE_UNIX_NS + ms * MS_NS);
		now(hlc);
	}
	/* Four seconds, a write when half a second is used up. */
	assert_in_range(stats(hlc).persists, 4, 9);
	tt_hlc_close(hlc);
}

static void break_record(int number)
{
	const uint8_t bad = 0x5a;
	const int fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, &bad, 1, number * 4096 + 12), 1);
	close(fd);
}

/* A life writes first to the record that counts less: so the bound of the life
 * before is what a write that is cut off leaves. */
static void a_torn_write_leaves_the_other_record(void **state)
{
	const int64_t first = LIVE_UNIX_NS + AHEAD_NS;
	int64_t bound[2], second = first + 1 + AHEAD_NS;
	struct tt_hlc *hlc;

	(void)state;
	for (int number = 0; number < 2; number++) {
		set(LIVE_UNIX_NS, LIVE_UNIX_NS);
		live_and_die();
		set(first + 1, first + 1);
		live_and_die();
		break_record(number);
		hlc = open_hlc();
		bound[number] = stats(hlc).resume_ns;
		tt_hlc_close(hlc);
		unlink(path);
	}
	assert_true((bound[0] == first && bound[1] == second) ||
		    (bound[0] == second && bound[1] == first));
}

static void damage_is_never_taken_for_a_fresh_start(void **state)
{
	struct tt_hlc *hlc;
	int fd;

	(void)state;
	set(LIVE_UNIX_NS, LIVE_UNIX_NS);
	live_and_die();
	break_record(0);
	break_record(1);
	assert_int_equal(try_open(&hlc), -EPROTO);
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC); /* empty */
	close(fd);
	assert_int_equal(try_open(&hlc), -EPROTO);
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_true(try_open(&hlc) < 0);
	rmdir(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(try_open(&hlc), -EPROTO);
	unlink(path);
	rmdir(folder);
	assert_int_equal(try_open(&hlc), -ENOENT);
	assert_int_equal(mkdir(folder, 0700), 0);
}

static void two_lives_at_once_are_refused(void **state)
{
	struct tt_hlc *hlc = open_hlc(), *other;

	(void)state;
	assert_int_equal(try_open(&other), -EBUSY);
	tt_hlc_close(hlc);
	hlc = open_hlc();
	tt_hlc_close(hlc);
}

/* A disk that takes nothing more: no timestamp goes beyond what it has. */
static void without_a_disk_the_bound_is_not_passed(void **state)
{
	struct rlimit limit, none = {0, 0};
	struct tt_hlc *hlc = open_hlc();
	struct tt_hlc_time t, last;

	(void)state;
	set(LIVE_UNIX_NS, LIVE_UNIX_NS);
	now(hlc);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	none.rlim_max = limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	set(LIVE_UNIX_NS + AHEAD_NS, LIVE_UNIX_NS + AHEAD_NS);
	last = now(hlc); /* what was persisted still serves */
	set(LIVE_UNIX_NS + AHEAD_NS + 1, LIVE_UNIX_NS + AHEAD_NS + 1);
	assert_int_equal(tt_hlc_now(hlc, &t), -EIO);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	t = now(hlc);
	assert_true(tt_hlc_compare(&last, &t) < 0);
	tt_hlc_close(hlc);
}

#define THREADS 4

/* In a process of its own: a clock, a copy of it in a child, which asks for more
 * than is persisted and closes it; then one timestamp more, and SIGKILL. */
static void live_on_after_a_childs_close(int64_t start_ns, int fd)
{
	struct tt_hlc *hlc = open_hlc();
	struct tt_hlc_time t = now(hlc);
	int status;

	if (fork() == 0) {
		set(start_ns + 5 * S_NS, start_ns + 5 * S_NS);
		status = tt_hlc_now(hlc, &t) == -EIO ? 0 : 1;
		tt_hlc_close(hlc);
		_exit(status);
	}
	if (wait(&status) < 0 || status != 0)
		_exit(1);
	set(start_ns + 300 * MS_NS, start_ns + 300 * MS_NS);
	t = now(hlc);
	if (write(fd, &t, sizeof(t)) != sizeof(t))
		_exit(1);
	kill(getpid(), SIGKILL);
}

/* Guards against a close in a child that takes the bound back on which its parent
 * relies. */
static void a_childs_copy_writes_nothing(void **state)
{
	const int64_t start_ns = LIVE_UNIX_NS;
	struct tt_hlc_time last, t;
	struct tt_hlc *hlc;
	int fds[2], status;

	(void)state;
	set(start_ns, start_ns);
	assert_int_equal(pipe(fds), 0);
	if (fork() == 0)
		live_on_after_a_childs_close(start_ns, fds[1]);
	close(fds[1]);
	assert_true(wait(&status) > 0);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(read(fds[0], &last, sizeof(last)), sizeof(last));
	close(fds[0]);

	hlc = open_hlc();
	set(start_ns + 100 * MS_NS, start_ns + 100 * MS_NS);
	assert_int_equal(tt_hlc_now(hlc, &t), -EAGAIN);
	set(start_ns + 2 * S_NS, start_ns + 2 * S_NS);
	t = now(hlc);
	assert_true(tt_hlc_compare(&last, &t) < 0);
	tt_hlc_close(hlc);
}

static void *give_on(void *arg)
{
	struct tt_hlc_time last = {INT64_MIN, 0}, t;

	for (int i = 0; i < 2000; i++) {
		if (tt_hlc_now(arg, &t) != 0 || tt_hlc_compare(&last, &t) >= 0)
			return (void *)1;
		last = t;
	}
	return NULL;
}

/* Walls that are always beyond what is persisted: all threads contend. */
static void threads_share_the_writing(void **state)
{
	struct tt_hlc *hlc = open_hlc();
	pthread_t threads[THREADS];
	void *failed;

	(void)state;
	set(LIVE_UNIX_NS, LIVE_UNIX_NS);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, give_on, hlc), 0);
	for (int64_t i = 1; i < 50; i++) {
		set(LIVE_UNIX_NS + 2 * i * AHEAD_NS,
		    LIVE_UNIX_NS + 2 * i * AHEAD_NS);
		usleep(200);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &failed);
		assert_null(failed);
	}
	tt_hlc_close(hlc);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_killed_life_is_respected),
		TEST(a_life_that_gave_nothing_leaves_the_bound),
		TEST(a_closed_life_costs_no_more_than_the_width),
		TEST(events_are_not_written_one_by_one),
		TEST(a_torn_write_leaves_the_other_record),
		TEST(damage_is_never_taken_for_a_fresh_start),
		TEST(two_lives_at_once_are_refused),
		TEST(without_a_disk_the_bound_is_not_passed),
		TEST(a_childs_copy_writes_nothing),
		TEST(threads_share_the_writing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
