/* SPDX-License-Identifier: Apache-2.0 */
/* Handles on a live segment: what is read of it, and what is refused. */
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

static void the_interval_moves_with_the_raw_counter(void **state)
{
	struct tt_interval a;
	const int64_t before = live_raw_ns();
	int64_t anchor;

	(void)state;
	live_publish(&live, 0);
	anchor = (int64_t)atomic_load(&live.seg->slot[1][TT_INLINE_ANCHOR_RAW]);
	assert_int_equal(live_clock_read(&a), 0);
	assert_in_range(a.raw_ns, before, live_raw_ns());
	assert_int_equal(a.earliest_ns, LIVE_UNIX_NS + a.raw_ns - anchor);
	assert_int_equal(a.latest_ns, a.earliest_ns + MS_NS);
	assert_int_equal(a.epoch, 7);
	assert_int_equal(a.state, TT_SYNCHRONIZED);
	assert_int_equal(a.flags, TT_FLAG_NTP | TT_FLAG_SINGLE_SOURCE);
	for (int i = 0; i < 3; i++)
		assert_int_equal(a.reserved[i], 0);
	assert_int_equal(sizeof(a), 64);
}

static void all_readings_agree(void **state)
{
	int (*const calls[])(struct tt_clock *, struct tt_interval *) = {
		tt_now, tt_now_strict, tt_now_relaxed, tt_now_tai
	};
	struct tt_interval a, b;
	int64_t offset;

	(void)state;
	live_publish(&live, 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(calls[i](clk, &a), 0);
		assert_int_equal(tt_at_raw(clk, a.raw_ns, &b), 0);
		if (i == 3) {
			a.earliest_ns -= 37 * S_NS;
			a.latest_ns -= 37 * S_NS;
		}
		assert_memory_equal(&a, &b, sizeof(a));
	}
	assert_int_equal(tt_tai_offset(clk, &offset), 0);
	assert_int_equal(offset, 37 * S_NS);
}

/* The fast path against the plain one, over a leap second and its smear. */
static void the_fast_path_is_the_plain_one(void **state)
{
	uint64_t seed = live_seed();
	struct tt_interval a, b;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		struct segment_slot slot = live_slot(live_raw_ns());

		slot.lo_slope = -(int64_t)(live_random(&seed) >> 28);
		slot.hi_slope = (int64_t)(live_random(&seed) >> 28);
		slot.horizon_ns = (int64_t)(live_random(&seed) >> 54);
		slot.leap_tai_ns = LIVE_TAI_NS - 50000 * S_NS +
				   (int64_t)(live_random(&seed) % 100000) * S_NS;
		slot.leap_delta_ns = (int64_t)(live_random(&seed) % 3 - 1) * S_NS;
		slot.leap_mode = (uint32_t)(live_random(&seed) & 1);
		slot.utc_err_ns = (int64_t)(live_random(&seed) >> 40);
		segment_publish(live.seg, &slot);
		assert_int_equal(tt_now(clk, &a), 0);
		assert_int_equal(tt_at_raw(clk, a.raw_ns, &b), 0);
		assert_memory_equal(&a, &b, sizeof(a));
	}
}

static void a_segment_without_publication_has_no_bound(void **state)
{
	int64_t ns;

	(void)state;
	assert_int_equal(live_clock_rc(), -ENODATA);
	assert_int_equal(tt_tai_offset(clk, &ns), -ENODATA);
	assert_int_equal(tt_wait_hint(clk, 0, &ns), -ENODATA);
	assert_int_equal(tt_commit_timestamp(clk, 0, &ns), -ENODATA);
	assert_int_equal(tt_wait_after(clk, 0, -1), -ENODATA);
	assert_int_equal(tt_after(clk, INT64_MIN), 0);
	assert_int_equal(tt_before(clk, INT64_MAX), 0);
}

static void an_unsynchronized_clock_has_no_bound(void **state)
{
	struct segment_slot slot = live_slot(live_raw_ns());
	struct tt_interval a;

	(void)state;
	slot.state = TT_UNSYNCHRONIZED;
	segment_publish(live.seg, &slot);
	assert_int_equal(live_clock_rc(), -ENODATA);
	assert_int_equal(tt_at_raw(clk, slot.anchor_raw_ns, &a), -ENODATA);
}

static void a_future_anchor_is_impossible(void **state)
{
	(void)state;
	live_publish(&live, -60 * S_NS);
	assert_int_equal(live_clock_rc(), -EPROTO);
}

static void a_counter_it_does_not_know_is_refused(void **state)
{
	struct segment_slot slot = live_slot(live_raw_ns());

	(void)state;
	slot.counter = SEGMENT_COUNTER_NONE + 1;
	segment_publish(live.seg, &slot);
	assert_int_equal(live_clock_rc(), -EPROTO);
	slot.counter = SEGMENT_COUNTER_NONE; /* manual handles only */
	segment_publish(live.seg, &slot);
	assert_int_equal(live_clock_rc(), -EPROTO);
}

/* A second of raw time ahead of the kernel's, so as to tell the two apart: at
 * 1 ns a tick the counter would run up to 4 times too fast, or too slow. */
static struct segment_slot slot_by_ticks(void)
{
	struct segment_slot slot = live_slot(live_raw_ns() + S_NS);

	slot.counter = SEGMENT_COUNTER_TSC;
	slot.tsc_anchor = ticks_ordered();
	slot.tsc_mult = UINT64_C(1) << SEGMENT_TICK_SHIFT;
	slot.horizon_ns = 60 * S_NS;
	slot.tsc_err_ns = 64;
	return slot;
}

static void a_mapped_counter_is_read_instead(void **state)
{
	const struct segment_slot slot = slot_by_ticks();
	const int64_t ahead_ns = slot.anchor_raw_ns;
	struct tt_interval a, last = { 0 };
	uint64_t before, after;

	(void)state;
	if (!ticks_are_readable())
		skip();
	segment_publish(live.seg, &slot);
	for (int i = 0; i < 100000; i++) {
		before = ticks_ordered() - slot.tsc_anchor;
		assert_int_equal(i % 2 ? tt_now(clk, &a) :
					 tt_now_strict(clk, &a), 0);
		after = ticks_ordered() - slot.tsc_anchor;
		assert_in_range(a.raw_ns - ahead_ns, before, after);
		assert_true(a.raw_ns >= last.raw_ns);
		assert_true(a.earliest_ns >= last.earliest_ns);
		assert_int_equal(a.earliest_ns - LIVE_UNIX_NS,
				 a.raw_ns - ahead_ns);
		last = a;
	}
	/* The kernel has given it up: followed at the next reading. */
	live_publish(&live, 0);
	assert_int_equal(live_clock_read(&a), 0);
	assert_true(a.raw_ns < ahead_ns);
}

/* A page that is replaced at full speed, its map alike: raw never goes back. */
static void a_map_goes_on_from_page_to_page(void **state)
{
	struct segment_slot slot = slot_by_ticks();
	struct tt_interval a, last = { 0 };

	(void)state;
	if (!ticks_are_readable())
		skip();
	for (int i = 0; i < 100000; i++) {
		const uint64_t on = ticks_ordered() - slot.tsc_anchor;

		slot.tsc_anchor += on;
		slot.anchor_raw_ns += (int64_t)on;
		slot.tai_lo_ns += (int64_t)on;
		slot.tai_hi_ns += (int64_t)on;
		segment_publish(live.seg, &slot);
		assert_int_equal(tt_now(clk, &a), 0);
		assert_true(a.raw_ns >= last.raw_ns);
		assert_true(a.earliest_ns >= last.earliest_ns);
		last = a;
	}
}

static void past_the_horizon_is_holdover_past_void_is_stale(void **state)
{
	struct segment_slot slot = live_slot(live_raw_ns() - 2 * S_NS);
	struct tt_interval a;

	(void)state;
	segment_publish(live.seg, &slot);
	assert_int_equal(live_clock_read(&a), 0);
	assert_int_equal(a.state, TT_HOLDOVER);
	/* 1 s at 50 ppm at each edge, and what the test takes */
	assert_true(a.latest_ns - a.earliest_ns > MS_NS + 2 * 50000);
	slot.state = TT_DISPUTED;
	segment_publish(live.seg, &slot);
	assert_int_equal(live_clock_read(&a), 0);
	assert_int_equal(a.state, TT_DISPUTED);
	slot.void_raw_ns = live_raw_ns();
	segment_publish(live.seg, &slot);
	assert_int_equal(live_clock_rc(), -ESTALE);
}

static void at_raw_opens_both_ways_and_ends(void **state)
{
	const struct segment_slot slot = live_slot(live_raw_ns());
	const int64_t r = slot.anchor_raw_ns;
	struct tt_interval a;

	(void)state;
	segment_publish(live.seg, &slot);
	assert_int_equal(tt_at_raw(clk, r, &a), 0);
	assert_int_equal(a.earliest_ns, LIVE_UNIX_NS);
	assert_int_equal(a.latest_ns, LIVE_UNIX_NS + MS_NS);
	assert_int_equal(a.raw_ns, r);
	/* 1 s before: 50000 x 1100 / 2^40 x 1e9 ns = 50022.1 ns */
	assert_int_equal(tt_at_raw(clk, r - S_NS, &a), 0);
	assert_int_equal(a.earliest_ns, LIVE_UNIX_NS - S_NS - 50023);
	assert_int_equal(a.latest_ns, LIVE_UNIX_NS + MS_NS - S_NS + 50023);
	assert_int_equal(a.state, TT_SYNCHRONIZED);
	assert_int_equal(tt_at_raw(clk, r + 2 * S_NS, &a), 0);
	assert_int_equal(a.state, TT_HOLDOVER);
	assert_int_equal(tt_at_raw(clk, r - 10 * S_NS, &a), 0);
	assert_int_equal(tt_at_raw(clk, r - 10 * S_NS - 1, &a), -ERANGE);
	assert_int_equal(tt_at_raw(clk, r + 3600 * S_NS - 1, &a), 0);
	assert_int_equal(tt_at_raw(clk, r + 3600 * S_NS, &a), -ERANGE);
	assert_int_equal(tt_at_raw(clk, INT64_MIN, &a), -ERANGE);
	assert_int_equal(tt_at_raw(clk, INT64_MAX, &a), -ERANGE);
}

static void predicates_are_certain_or_zero(void **state)
{
	struct tt_interval a;

	(void)state;
	live_publish(&live, 0);
	assert_int_equal(live_clock_read(&a), 0);
	assert_int_equal(tt_after(clk, a.earliest_ns - 1), 1);
	assert_int_equal(tt_before(clk, a.latest_ns + 60 * S_NS), 1);
	assert_int_equal(tt_before(clk, a.earliest_ns), 0);
	assert_int_equal(tt_after(clk, a.latest_ns + 60 * S_NS), 0);
	assert_int_equal(tt_after(clk, INT64_MIN), 1);
	assert_int_equal(tt_after(clk, INT64_MAX), 0);
	assert_int_equal(tt_before(clk, INT64_MAX), 1);
	assert_int_equal(tt_before(clk, INT64_MIN), 0);
}

static void order_says_only_what_is_certain(void **state)
{
	const struct tt_interval a = { .earliest_ns = 1, .latest_ns = 5 };
	const struct tt_interval b = { .earliest_ns = 5, .latest_ns = 9 };
	const struct tt_interval c = { .earliest_ns = 6, .latest_ns = 9 };

	(void)state;
	assert_int_equal(tt_order(&a, &b), 0);
	assert_int_equal(tt_order(&a, &c), -1);
	assert_int_equal(tt_order(&c, &a), 1);
	assert_int_equal(tt_order(&a, &a), 0);
	assert_int_equal(tt_order(NULL, &a), 0);
	assert_int_equal(tt_order(&a, NULL), 0);
}

static void misuse_is_an_error_not_a_crash(void **state)
{
	struct tt_interval a;
	struct tt_clock *other;
	int64_t ns;

	(void)state;
	assert_int_equal(tt_open(live.path, NULL), -EINVAL);
	assert_int_equal(tt_open("", &other), -EINVAL);
	assert_int_equal(tt_now(NULL, &a), -EINVAL);
	assert_int_equal(tt_now(clk, NULL), -EINVAL);
	assert_int_equal(tt_now_strict(NULL, &a), -EINVAL);
	assert_int_equal(tt_now_strict(clk, NULL), -EINVAL);
	assert_int_equal(tt_now_relaxed(NULL, &a), -EINVAL);
	assert_int_equal(tt_now_relaxed(clk, NULL), -EINVAL);
	assert_int_equal(tt_now_tai(NULL, &a), -EINVAL);
	assert_int_equal(tt_now_tai(clk, NULL), -EINVAL);
	assert_int_equal(tt_at_raw(NULL, 0, &a), -EINVAL);
	assert_int_equal(tt_at_raw(clk, 0, NULL), -EINVAL);
	assert_int_equal(tt_tai_offset(NULL, &ns), -EINVAL);
	assert_int_equal(tt_tai_offset(clk, NULL), -EINVAL);
	assert_int_equal(tt_wait_after(NULL, 0, 0), -EINVAL);
	assert_int_equal(tt_wait_hint(NULL, 0, &ns), -EINVAL);
	assert_int_equal(tt_wait_hint(clk, 0, NULL), -EINVAL);
	assert_int_equal(tt_wait_synchronized(NULL, 0, 0), -EINVAL);
	assert_int_equal(tt_wait_synchronized(clk, -1, 0), -EINVAL);
	assert_int_equal(tt_wait_cancel(NULL), -EINVAL);
	assert_int_equal(tt_commit_timestamp(NULL, 0, &ns), -EINVAL);
	assert_int_equal(tt_commit_timestamp(clk, 0, NULL), -EINVAL);
	assert_int_equal(tt_manual_open(NULL), -EINVAL);
	assert_int_equal(tt_manual_set(NULL, 0, 0, TT_SYNCHRONIZED), -EINVAL);
	assert_int_equal(tt_manual_set(clk, 0, 0, TT_SYNCHRONIZED), -EINVAL);
	assert_int_equal(tt_after(NULL, INT64_MIN), 0);
	assert_int_equal(tt_before(NULL, INT64_MAX), 0);
	tt_close(NULL);
}

static void every_error_has_a_text(void **state)
{
	static const int errors[] = { 0, ENOENT, EACCES, EPROTO, EAGAIN,
				      ENODATA, ESTALE, ETIMEDOUT, ECANCELED,
				      ERANGE, EINVAL, ENOMEM };
	const char *unknown = tt_strerror(INT32_MIN);

	(void)state;
	assert_non_null(unknown);
	assert_ptr_equal(tt_strerror(INT32_MAX), unknown);
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		assert_string_not_equal(tt_strerror(-errors[i]), unknown);
		assert_ptr_equal(tt_strerror(-errors[i]),
				 tt_strerror(errors[i]));
	}
}

static void the_path_comes_from_the_environment(void **state)
{
	struct tt_interval a;
	struct tt_clock *other;

	(void)state;
	live_publish(&live, 0);
	assert_int_equal(setenv("TT_CLOCK", live.path, 1), 0);
	assert_int_equal(tt_open(NULL, &other), 0);
	unsetenv("TT_CLOCK");
	assert_int_equal(tt_now(other, &a), 0);
	tt_close(other);
}
#define TEST(f) LIVE_CLOCK_MUTE_TEST(f)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_interval_moves_with_the_raw_counter),
		TEST(all_readings_agree),
		TEST(the_fast_path_is_the_plain_one),
		TEST(a_segment_without_publication_has_no_bound),
		TEST(an_unsynchronized_clock_has_no_bound),
		TEST(a_future_anchor_is_impossible),
		TEST(a_counter_it_does_not_know_is_refused),
		TEST(a_mapped_counter_is_read_instead),
		TEST(a_map_goes_on_from_page_to_page),
		TEST(past_the_horizon_is_holdover_past_void_is_stale),
		TEST(at_raw_opens_both_ways_and_ends),
		TEST(predicates_are_certain_or_zero),
		TEST(order_says_only_what_is_certain),
		TEST(misuse_is_an_error_not_a_crash),
		TEST(every_error_has_a_text),
		TEST(the_path_comes_from_the_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
