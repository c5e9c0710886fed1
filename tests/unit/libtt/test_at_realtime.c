/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stamps of CLOCK_REALTIME in a world in which a hostile root slews and steps
 * it: libtt calls the clocks and timers of this file instead of the C
 * library's. The bound is exact, so that whatever width there is is the
 * mapping's, and containment of the stamped instant has no tolerance.
 */
#include <errno.h>
#include <stdarg.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

#include "tests/unit/libtt/live_clock.h"

#define EXPORTED __attribute__((visibility("default")))

/* raw_ns goes on by itself; MONOTONIC and REALTIME by rate_ppm more; a step is
 * in REALTIME alone. All relative to the raw clock's start. */
static struct {
	int64_t raw_ns;
	int64_t mono_ns;
	int64_t offset_ns; /* REALTIME - MONOTONIC */
	int64_t rate_ppm;
	int64_t read_ns; /* what a reading of a clock takes */
	int timer;	 /* the last one made; -1: none */
	bool is_untold;	 /* the kernel has not got round to it */
} world;

static void pass(int64_t ns)
{
	world.raw_ns += ns;
	world.mono_ns += ns + ns * world.rate_ppm / 1000000;
}

static int64_t real_ns(void)
{
	return world.mono_ns + world.offset_ns;
}

static void step(int64_t ns)
{
	const uint64_t one = 1;

	world.offset_ns += ns;
	if (world.timer >= 0 && !world.is_untold)
		assert_int_equal(write(world.timer, &one, sizeof(one)),
				 sizeof(one));
}

EXPORTED int clock_gettime(clockid_t id, struct timespec *ret)
{
	int64_t ns = real_ns();

	if (id == CLOCK_MONOTONIC_RAW)
		ns = world.raw_ns;
	else if (id == CLOCK_MONOTONIC)
		ns = world.mono_ns;
	ret->tv_sec = ns / S_NS;
	ret->tv_nsec = ns % S_NS;
	pass(world.read_ns);
	return 0;
}

EXPORTED int timerfd_create(int id, int flags)
{
	(void)flags;
	assert_int_equal(id, CLOCK_REALTIME);
	world.timer = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return world.timer;
}

EXPORTED int timerfd_settime(int fd, int flags, const struct itimerspec *value,
			     struct itimerspec *old)
{
	(void)old;
	assert_int_equal(fd, world.timer);
	assert_int_equal(flags, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET);
	assert_true(value->it_value.tv_sec > 0);
	return 0;
}


static int64_t truth_ns(int64_t raw_ns)
{
	return LIVE_UNIX_NS + raw_ns - 100 * S_NS;
}

/* The bound is true time itself, for an hour around. */
static int setup(void **state)
{
	struct segment_slot slot;

	(void)state;
	memset(&world, 0, sizeof(world));
	world.timer = -1;
	world.raw_ns = 100 * S_NS;
	world.mono_ns = 300 * S_NS;
	world.offset_ns = LIVE_UNIX_NS;
	world.read_ns = 20;
	live_open(&live);
	slot = live_slot(100 * S_NS);
	slot.tai_hi_ns = slot.tai_lo_ns;
	slot.horizon_ns = 3600 * S_NS;
	slot.drift = 0;
	segment_publish(live.seg, &slot);
	assert_int_equal(tt_open(live.path, &clk), 0);
	return 0;
}

/* What is stamped now, as the kernel stamps a packet. */
struct stamp {
	int64_t real_ns;
	int64_t truth_ns;
};

static struct stamp stamp(void)
{
	return (struct stamp){real_ns(), truth_ns(world.raw_ns)};
}

static int64_t contained(const struct stamp *s)
{
	struct tt_interval now;

	assert_int_equal(tt_at_realtime(clk, s->real_ns, &now), 0);
	assert_true(now.earliest_ns <= s->truth_ns);
	assert_true(now.latest_ns >= s->truth_ns);
	return now.latest_ns - now.earliest_ns;
}

static void refused(const struct stamp *s)
{
	struct tt_interval now = {.epoch = 99};

	assert_int_equal(tt_at_realtime(clk, s->real_ns, &now), -ERANGE);
	assert_int_equal(now.epoch, 99);
}

#define WINDOW_NS (5 * S_NS)

/* The first call, or the first after a step; and when it is over that older
 * stamps may still be about. */
static void begin(void)
{
	struct stamp s = stamp();

	refused(&s);
	pass(WINDOW_NS - 10000);
	s = stamp();
	refused(&s);
	pass(20000);
	s = stamp();
	contained(&s);
	pass(MS_NS);
}

static void what_was_stamped_just_now_costs_little(void **state)
{
	struct stamp s;

	(void)state;
	begin();
	s = stamp();
	pass(40000); /* 40 us on its way: a quarter either way, and the reads */
	assert_in_range(contained(&s), 1, 24000);
	/* and again later, from the pair that was taken then */
	pass(2 * S_NS);
	assert_in_range(contained(&s), 1, 24000);
}

static void what_nothing_vouches_for_is_refused(void **state)
{
	struct stamp s = stamp();

	(void)state;
	pass(MS_NS);
	refused(&s); /* before the first call */
	s = stamp();
	s.real_ns += 50 * MS_NS;
	refused(&s); /* to come */
	s.real_ns = INT64_MIN;
	refused(&s);
	s.real_ns = INT64_MAX;
	refused(&s);
	assert_int_equal(tt_at_realtime(NULL, 0, NULL), -EINVAL);
	assert_int_equal(tt_at_realtime(clk, 0, NULL), -EINVAL);
}

static void a_step_ends_what_is_known(void **state)
{
	static const int64_t steps_ns[] = {-3600 * S_NS, -MS_NS, -1000,
					   1000,	 MS_NS,	 3600 * S_NS};
	struct stamp before, after;

	(void)state;
	begin();
	for (size_t i = 0; i < sizeof(steps_ns) / sizeof(steps_ns[0]); i++) {
		for (int is_untold = 0; is_untold < 2; is_untold++) {
			world.is_untold = is_untold;
			before = stamp();
			pass(50000);
			contained(&before);
			pass(50000);
			before = stamp();
			pass(50000);
			step(steps_ns[i]);
			pass(50000);
			after = stamp();
			pass(50000);
			refused(&before);
			refused(&after);
			begin();
			after = stamp();
			pass(50000);
			contained(&after);
		}
	}
}

/* The offset is as before: only the kernel's word tells. */
static void a_step_that_is_undone_is_noticed(void **state)
{
	struct stamp s;

	(void)state;
	begin();
	pass(MS_NS);
	step(20 * MS_NS);
	s = stamp();
	pass(MS_NS);
	step(-20 * MS_NS);
	pass(100 * MS_NS);
	refused(&s);
}

/* Guards against a stamp of before a step back that fits what came after. */
static void a_label_that_came_twice_is_refused(void **state)
{
	struct stamp s;

	(void)state;
	begin();
	s = stamp();
	step(-100 * MS_NS);
	for (int i = 0; i < 40; i++) {
		refused(&s);
		pass(10 * MS_NS);
	}
}

static void old_stamps_fade_and_are_never_wrong(void **state)
{
	struct stamp s[40];
	struct tt_interval now;
	int rc, given = 0;

	(void)state;
	begin();
	for (int i = 0; i < 40; i++) {
		s[i] = stamp();
		for (int j = 0; j < 50; j++) { /* 500 ms, a call each 10 */
			pass(10 * MS_NS);
			(void)tt_at_realtime(clk, real_ns(), &now);
		}
	}
	for (int i = 0; i < 40; i++) {
		rc = tt_at_realtime(clk, s[i].real_ns, &now);
		assert_true(rc == 0 || rc == -ERANGE);
		if (rc < 0)
			continue;
		given++;
		assert_true(now.earliest_ns <= s[i].truth_ns &&
			    now.latest_ns >= s[i].truth_ns);
	}
	assert_in_range(given, 9, 10); /* 5 s of 20 */
}

#define STAMPS 32

/* Slews up to what Linux allows, steps, stamps and calls, at random. */
static void nothing_root_does_makes_it_wrong(void **state)
{
	uint64_t seed = live_seed();
	struct stamp s[STAMPS];
	struct tt_interval now;
	int given = 0, rc;

	(void)state;
	for (int i = 0; i < STAMPS; i++)
		s[i] = stamp();
	for (int i = 0; i < 60000; i++) {
		const uint64_t dice = live_random(&seed) % 100;
		struct stamp *one = &s[live_random(&seed) % STAMPS];

		pass((int64_t)(live_random(&seed) %
			       (dice % 2 ? 100000 : 30000000)));
		if (dice < 20)
			world.rate_ppm =
				(int64_t)(live_random(&seed) % 452000) - 226000;
		else if (dice < 22 && live_random(&seed) % 40 == 0)
			step((int64_t)(live_random(&seed) % 2000000000) - S_NS);
		else if (dice < 60)
			*one = stamp();
		if (dice < 50 ||
		    truth_ns(world.raw_ns) - one->truth_ns > WINDOW_NS)
			continue;
		rc = tt_at_realtime(clk, one->real_ns, &now);
		assert_true(rc == 0 || rc == -ERANGE);
		if (rc < 0)
			continue;
		given++;
		assert_true(now.earliest_ns <= one->truth_ns &&
			    now.latest_ns >= one->truth_ns);
	}
	print_message("%d answers\n", given);
	assert_true(given > 1000);
}

/* A stamp between two readings, or just before or after a step between them. */
static struct stamp stamp_about_a_step(uint64_t *seed, int64_t step_ns)
{
	const bool is_after = live_random(seed) % 2;
	struct stamp s;

	pass((int64_t)(live_random(seed) % 100));
	s = stamp();
	pass((int64_t)(live_random(seed) % 3));
	step(step_ns);
	pass((int64_t)(live_random(seed) % 3));
	if (is_after)
		s = stamp();
	pass((int64_t)(live_random(seed) % 100));
	return s;
}

/* Guards against a step of some ns, of which the kernel has not told and which two
 * readings of some ns hide, being allowed for by less than it was: by up to 18 ns
 * true time was outside. */
static void a_step_that_readings_hide_is_allowed_for(void **state)
{
	struct segment_slot slot = live_slot(100 * S_NS);
	uint64_t seed = live_seed();
	struct tt_interval now;
	struct stamp s;
	int64_t step_ns;
	int given = 0;

	(void)state;
	slot.tai_hi_ns = slot.tai_lo_ns;
	slot.horizon_ns = SEGMENT_SPAN_MAX / 2;
	slot.void_raw_ns = SEGMENT_SPAN_MAX / 2;
	slot.drift = 0;
	segment_publish(live.seg, &slot);
	world.is_untold = true;
	begin();
	for (int i = 0; i < 100000; i++) {
		step_ns = (int64_t)(live_random(&seed) % 61) - 30;
		world.read_ns = 10 + (int64_t)(live_random(&seed) % 40);
		world.rate_ppm = (int64_t)(live_random(&seed) % 452000) - 226000;
		pass(2 * MS_NS); /* that the next pair is kept */
		(void)tt_at_realtime(clk, real_ns(), &now);
		world.read_ns = 10 + (int64_t)(live_random(&seed) % 40);
		s = stamp_about_a_step(&seed, step_ns);
		if (tt_at_realtime(clk, s.real_ns, &now) < 0) {
			pass(live_random(&seed) % 8 ? 0 : WINDOW_NS);
		} else {
			given++;
			assert_true(now.earliest_ns <= s.truth_ns);
			assert_true(now.latest_ns >= s.truth_ns);
		}
		step(-step_ns);
	}
	print_message("%d answers\n", given);
	assert_true(given > 1000);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, live_clock_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_stamped_just_now_costs_little),
		TEST(what_nothing_vouches_for_is_refused),
		TEST(a_step_ends_what_is_known),
		TEST(a_step_that_is_undone_is_noticed),
		TEST(a_label_that_came_twice_is_refused),
		TEST(old_stamps_fade_and_are_never_wrong),
		TEST(nothing_root_does_makes_it_wrong),
		TEST(a_step_that_readings_hide_is_allowed_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
