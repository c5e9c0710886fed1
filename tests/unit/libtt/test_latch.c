/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Readers against a writer at full speed, and against one that is killed at
 * any moment. Each publication is made so that any mixture of two shows; run
 * it under TSan as well.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "tests/unit/libtt/live_clock.h"

#define READERS	  3
#define STRESS_NS (3 * S_NS)
#define KILLS	  300

static atomic_bool is_over;

static int setup(void **state)
{
	atomic_store(&is_over, false);
	return live_clock_open_mute(state);
}

/* None that asks for a hypervisor's page. */
static uint32_t flags_of(uint64_t n)
{
	return (uint32_t)n & ~TT_FLAG_VMCLOCK;
}

/* All words derive from the one number n, which is the epoch. */
static struct segment_slot consistent(uint64_t n, int64_t anchor_raw_ns)
{
	struct segment_slot slot = live_slot(anchor_raw_ns);
	const int64_t k = (int64_t)(n % 1000000007);

	slot.epoch = n;
	slot.flags = flags_of(n);
	slot.tai_lo_ns = LIVE_TAI_NS + k;
	slot.tai_hi_ns = LIVE_TAI_NS + 3 * k;
	slot.utc_offset_ns = k;
	slot.utc_err_ns = k;
	slot.tai_err_ns = 2 * k;
	slot.best_tai_ns = LIVE_TAI_NS + 2 * k;
	slot.best_slope = k % 1000;
	return slot;
}

static bool is_slot_whole(const struct segment_slot *slot)
{
	const struct segment_slot want =
		consistent(slot->epoch, slot->anchor_raw_ns);

	return memcmp(&want, slot, sizeof(want)) == 0;
}

/* unix lo = TAI - k + k - k, hi = TAI + 3k - k + k, both moved by d. */
static bool is_interval_whole(const struct tt_interval *a)
{
	const int64_t k = (int64_t)(a->epoch % 1000000007);

	return a->flags == flags_of(a->epoch) &&
	       a->latest_ns - a->earliest_ns == 4 * k;
}

struct tally {
	long good, again, torn, other, back;
};

static void *read_intervals(void *arg)
{
	struct tally *tally = arg;
	struct tt_interval a;
	uint64_t epoch = 0;
	int rc;

	while (!atomic_load_explicit(&is_over, memory_order_relaxed)) {
		rc = tally->good % 2 ? tt_now(clk, &a) : tt_now_strict(clk, &a);
		if (rc == -EAGAIN)
			tally->again++;
		else if (rc == -ENODATA && epoch == 0)
			continue;
		else if (rc != 0)
			tally->other++;
		else if (!is_interval_whole(&a))
			tally->torn++;
		else if (a.epoch < epoch)
			tally->back++;
		else
			tally->good++;
		if (rc == 0)
			epoch = a.epoch;
	}
	return NULL;
}

static void *read_slots(void *arg)
{
	struct tally *tally = arg;
	struct segment_slot slot;
	uint64_t sequence;
	int rc;

	while (!atomic_load_explicit(&is_over, memory_order_relaxed)) {
		rc = segment_read(live.seg, &slot, &sequence);
		if (rc == -EAGAIN)
			tally->again++;
		else if (rc == 0 && is_slot_whole(&slot) &&
			 slot.epoch == sequence)
			tally->good++;
		else if (rc == 0)
			tally->torn++;
		else if (rc != -ENODATA)
			tally->other++;
	}
	return NULL;
}

static void write_on(int64_t until_ns)
{
	struct segment_slot slot;

	for (uint64_t n = 1; live_raw_ns() < until_ns; n++) {
		slot = consistent(n, live_raw_ns());
		segment_publish(live.seg, &slot);
	}
}

static void no_reader_sees_two_publications_at_once(void **state)
{
	struct tally tally[READERS] = { { 0 } };
	pthread_t threads[READERS];

	(void)state;
	for (int i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL,
						i == 0 ? read_slots :
							 read_intervals,
						&tally[i]), 0);
	write_on(live_raw_ns() + STRESS_NS);
	atomic_store(&is_over, true);
	for (int i = 0; i < READERS; i++) {
		pthread_join(threads[i], NULL);
		print_message("reader %d: %ld whole, %ld again, %ld torn\n", i,
			      tally[i].good, tally[i].again, tally[i].torn);
		assert_int_equal(tally[i].torn, 0);
		assert_int_equal(tally[i].other, 0);
		assert_int_equal(tally[i].back, 0);
		assert_true(tally[i].good > 0);
	}
	print_message("%llu publications\n",
		      (unsigned long long)atomic_load(&live.seg->sequence));
}

/* A daemon: takes the segment over, publishes until it is killed. */
static void be_daemon(uint64_t n)
{
	struct segment_slot slot;

	live_init(&live);
	for (;; n++) {
		slot = consistent(n, live_raw_ns());
		segment_publish(live.seg, &slot);
	}
}

static void a_killed_writer_leaves_a_bound_behind(void **state)
{
	struct segment_slot slot = consistent(1, live_raw_ns());
	uint64_t seed = live_seed(), sequence;
	struct tt_interval a;
	int status;
	pid_t pid;

	(void)state;
	segment_publish(live.seg, &slot);
	for (int i = 0; i < KILLS; i++) {
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0)
			be_daemon(slot.epoch + 1);
		usleep((useconds_t)(live_random(&seed) % 3000));
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(segment_read(live.seg, &slot, &sequence), 0);
		assert_true(is_slot_whole(&slot));
		assert_int_equal(tt_now(clk, &a), 0);
		assert_true(is_interval_whole(&a));
		assert_int_equal(a.epoch, slot.epoch);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, live_clock_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_reader_sees_two_publications_at_once),
		TEST(a_killed_writer_leaves_a_bound_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
