/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A PTP clock trusted by itself: its samples contain true time, and everything
 * that can be wrong with it ends in a reason, never in a sample.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "fake_phc.h"
#include "drivers/phc.h"

#define MS INT64_C(1000000)

static struct env machine;
static struct phc_ops ops;
static struct phc_options opt;
static struct driver *driver;

/* What the driver has said. */
static struct source_info info;
static int announced;
static char health[256];
static struct sample last;
static int samples, wrong;

static int on_source(void *arg, const struct source_info *told)
{
	(void)arg;
	info = *told;
	announced++;
	return 3;
}

static void on_gone(void *arg, int source)
{
	(void)arg;
	(void)source;
	fail();
}

/* True time is what the machine's CLOCK_REALTIME shows, and TAI 37 s more. */
static bool is_right(const struct sample *m)
{
	const int64_t truth_ns = machine.real_raw_ns +
				 (opt.scale == SCALE_TAI ? 37 * FAKE_S : 0);
	int64_t lo_ns = m->mid_ns, hi_ns = m->mid_ns;

	for (int t = 0; t < TERM_COUNT; t++) {
		lo_ns -= m->lo_ns[t];
		hi_ns += m->hi_ns[t];
	}
	return lo_ns <= truth_ns && truth_ns <= hi_ns;
}

static void on_sample(void *arg, int source, const struct sample *m)
{
	(void)arg;
	assert_int_equal(source, 3);
	assert_true(m->raw_ns <= machine.raw_ns + 1);
	last = *m;
	samples++;
	wrong += !is_right(m);
}

static void on_health(void *arg, const char *text)
{
	(void)arg;
	snprintf(health, sizeof(health), "%s", text);
}

static const struct driver_sink sink = {on_source, on_gone, on_sample,
					on_health, NULL};

static int set_up(void **state)
{
	(void)state;
	fake_init(&machine, &ops);
	opt = (struct phc_options){.name = "eth0",
				   .device = {.name = "eth0",
					      .batch = 10,
					      .stamp_ns = 8,
					      .drift_ppb = 150e3,
					      .ops = &ops},
				   .poll_ns = 100 * MS,
				   .wander_ppb_s = 20,
				   .jitter_ppb = 200,
				   .scale = SCALE_TAI,
				   .error_ns = 1000,
				   .error_path = ""};
	machine.precise_err = -EOPNOTSUPP;
	driver = NULL;
	health[0] = '\0';
	samples = wrong = announced = 0;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (driver)
		driver->ops->close(driver);
	assert_int_equal(machine.opened, machine.closed);
	return 0;
}

static void it_runs(void)
{
	assert_int_equal(driver_phc_open(&opt, &machine, &sink, &driver), 0);
	assert_int_equal(driver->ops->fd(driver), -1);
}

/* So long, at the times it asks for. */
static void pass(int64_t ns)
{
	const int64_t until_ns = machine.raw_ns + ns;

	while (driver->ops->next_raw_ns(driver) < until_ns) {
		if (machine.raw_ns < driver->ops->next_raw_ns(driver))
			machine.raw_ns = driver->ops->next_raw_ns(driver);
		driver->ops->tick(driver);
	}
	if (machine.raw_ns < until_ns)
		machine.raw_ns = until_ns;
}

static void step_phc(int64_t ns)
{
	fake_set_rate(&machine, machine.rate_ppb);
	machine.phc_ns += ns;
}

/* So much time brings no sample. */
static void expect_silence(int64_t ns)
{
	const int before = samples;

	pass(ns);
	assert_int_equal(samples, before);
	assert_int_equal(wrong, 0);
}

/* ------------------------------------------------------------------------- */

static void it_is_counted_before_it_is_there(void **state)
{
	(void)state;
	machine.open_err = -ENOENT;
	it_runs();
	assert_int_equal(announced, 1);
	assert_string_equal(info.name, "eth0");
	assert_int_equal(info.class, SOURCE_PHC);
	assert_int_equal(info.scale, SCALE_TAI);
	assert_false(info.reachable);
	expect_silence(FAKE_S);
	assert_string_equal(health, "/dev/ptp0: No such file or directory");
	assert_string_equal(info.note, health);
	machine.open_err = 0;
	pass(10 * FAKE_S);
	assert_true(samples > 30);
	assert_int_equal(wrong, 0);
	assert_string_equal(health, "");
	assert_true(info.reachable);
}

static void a_sample_tells_where_its_width_is_from(void **state)
{
	(void)state;
	it_runs();
	pass(5 * FAKE_S);
	assert_true(samples >= 25);
	assert_int_equal(wrong, 0);
	assert_true(last.lo_ns[TERM_SERVER] == 1000);
	assert_true(last.hi_ns[TERM_SERVER] == 1000);
	assert_true(last.lo_ns[TERM_STAMP] == 8);
	assert_true(last.hi_ns[TERM_STAMP] == 8);
	assert_true(last.lo_ns[TERM_DELAY] == 0);
	/* half of a window of 1 us and a system read */
	assert_in_range(last.lo_ns[TERM_MAPPING], 500, 520);
	assert_in_range(last.hi_ns[TERM_MAPPING], 500, 520);
	assert_true(last.age_ns_min == 0 && last.age_ns_max == 0);
	assert_true(last.declared);
	assert_true(last.fresh_ns == 2 * FAKE_S);
	assert_string_equal(
		info.note,
		"read by extended-raw: no precise (Operation not supported)");
}

static void a_clock_in_utc_gives_utc_where_declared(void **state)
{
	(void)state;
	opt.scale = SCALE_UTC;
	machine.phc_ns -= 37 * FAKE_S;
	it_runs();
	pass(5 * FAKE_S);
	assert_true(samples > 0);
	assert_int_equal(wrong, 0);
	assert_int_equal(info.scale, SCALE_UTC);
}

static void the_other_scale_than_declared_is_refused(void **state)
{
	(void)state;
	machine.phc_ns -= 37 * FAKE_S;
	it_runs();
	expect_silence(5 * FAKE_S);
	assert_string_equal(
		health, "it seems to show UTC, and is declared to show TAI");
	assert_false(info.reachable);
	driver->ops->close(driver);
	driver = NULL;
	machine.phc_ns += 37 * FAKE_S;
	opt.scale = SCALE_UTC;
	it_runs();
	expect_silence(5 * FAKE_S);
	assert_string_equal(
		health, "it seems to show TAI, and is declared to show UTC");
}

static void an_arbitrary_scale_is_refused_until_it_is_set(void **state)
{
	const int64_t tai_ns = machine.phc_ns;

	(void)state;
	machine.phc_ns = machine.raw_ns; /* since the start, as igb's */
	it_runs();
	expect_silence(5 * FAKE_S);
	assert_string_equal(health,
			    "it shows a time before 2024: nobody has set it");
	step_phc(tai_ns - INT64_C(1000) * FAKE_S);
	expect_silence(FAKE_S);
	pass(3 * FAKE_S);
	assert_true(samples > 0);
	assert_int_equal(wrong, 0);
}

static void a_jump_ends_the_samples_at_once_and_for_a_while(void **state)
{
	static const int64_t jumps[] = {5000, -5000, 3 * FAKE_S, -3 * FAKE_S,
					INT64_C(1) << 41};

	(void)state;
	for (size_t i = 0; i < sizeof(jumps) / sizeof(jumps[0]); i++) {
		tear_down(NULL);
		set_up(NULL);
		it_runs();
		pass(5 * FAKE_S);
		assert_true(samples > 0);
		step_phc(jumps[i]);
		expect_silence(FAKE_S);
		assert_false(info.reachable);
		assert_non_null(strstr(health, jumps[i] < -1000000
						       ? "went back by 3"
						       : "stepped by "));
		/* 16 s, although it behaves again; and then twice that */
		step_phc(-jumps[i]);
		expect_silence(15 * FAKE_S);
		pass(33 * FAKE_S);
		assert_true(info.reachable);
		assert_string_equal(health, "");
		assert_int_equal(wrong, 0);
	}
}

static void a_clock_that_stands_still_is_told_so(void **state)
{
	(void)state;
	opt.device.batch = 1; /* from which nothing can be told */
	it_runs();
	pass(5 * FAKE_S);
	step_phc(0);
	machine.frozen = true;
	machine.raw_ns += 50 * MS; /* more than two error bounds */
	expect_silence(30 * FAKE_S);
	assert_non_null(strstr(health, "stands still"));
	driver->ops->close(driver);
	opt.device.batch = 10;
	it_runs();
	expect_silence(30 * FAKE_S);
	assert_false(info.reachable);
	assert_non_null(strstr(health, "contradict each other"));
}

/* e1000e in an emulator: every batch of it contradicts itself, and where none
 * does, every reading does. */
static void a_clock_a_third_fast_never_gives_a_sample(void **state)
{
	(void)state;
	machine.rate_ppb = 333e6;
	it_runs();
	expect_silence(20 * FAKE_S);
	assert_false(info.reachable);
	assert_true(health[0] != '\0');
	opt.device.batch = 1;
	driver->ops->close(driver);
	it_runs();
	expect_silence(20 * FAKE_S);
	assert_string_equal(health, "it runs +333000 ppm off the raw counter");
}

static void a_rate_just_beyond_any_crystals_shows_within_a_minute(void **state)
{
	(void)state;
	machine.rate_ppb = 250e3; /* 150 are declared; 1 us each way is 20 ms */
	opt.error_ns = 100000;
	machine.real_raw_ns = INT64_MAX / 4; /* nothing to agree with */
	it_runs();
	pass(100 * FAKE_S);
	assert_false(info.reachable);
	assert_non_null(strstr(health, "stepped by"));
}

static void a_device_that_goes_and_returns_is_found_again(void **state)
{
	(void)state;
	it_runs();
	pass(5 * FAKE_S);
	machine.raw_err = -ENODEV;
	expect_silence(FAKE_S);
	assert_string_equal(health, "the device has gone");
	assert_int_equal(machine.opened, 1);
	assert_int_equal(machine.closed, 1);
	machine.open_err = -ENOENT;
	expect_silence(10 * FAKE_S);
	assert_string_equal(health, "/dev/ptp0: No such file or directory");
	/* it comes back under another number, as its interface says */
	machine.open_err = 0;
	machine.raw_err = 0;
	machine.interface_index[0] = 5;
	pass(10 * FAKE_S);
	assert_string_equal(health, "");
	assert_true(info.reachable);
	assert_int_equal(wrong, 0);
}

static void an_interface_with_another_clock_is_opened_anew(void **state)
{
	(void)state;
	it_runs();
	pass(5 * FAKE_S);
	machine.interface_index[0] = 1;
	expect_silence(FAKE_S);
	assert_string_equal(health,
			    "the interface has another PTP clock now");
	pass(10 * FAKE_S);
	assert_string_equal(health, "");
	assert_int_equal(machine.opened, 2);
	assert_int_equal(wrong, 0);
}

static void reads_that_fail_open_it_anew_and_may_change_the_mode(void **state)
{
	(void)state;
	it_runs();
	pass(5 * FAKE_S);
	machine.raw_err = -EOPNOTSUPP;
	expect_silence(FAKE_S);
	assert_string_equal(health, "it cannot be read by extended-raw: "
				    "Operation not supported");
	pass(10 * FAKE_S);
	assert_string_equal(health, "");
	assert_non_null(strstr(info.note, "read by extended: "));
	assert_int_equal(machine.opened, 2);
	assert_int_equal(wrong, 0);
}

static void one_vain_reading_is_no_news(void **state)
{
	(void)state;
	opt.device.mode = PHC_EXTENDED;
	machine.raw_err = -EINVAL;
	it_runs();
	pass(5 * FAKE_S);
	machine.step_real_ns = 10 * MS; /* somebody steps CLOCK_REALTIME */
	machine.raw_ns += 100 * MS;
	driver->ops->tick(driver);
	machine.real_raw_ns -= 10 * MS;
	assert_string_equal(health, "");
	pass(FAKE_S);
	assert_true(info.reachable);
	assert_int_equal(wrong, 0);
}

static void a_file_says_the_error_bound(void **state)
{
	(void)state;
	opt.error_path = "/sys/bus/pci/devices/0000:00:05.0/phc_error_bound";
	machine.line = "12345";
	it_runs();
	pass(5 * FAKE_S);
	assert_true(samples > 0);
	assert_true(last.lo_ns[TERM_SERVER] == 12345);
	assert_false(last.declared);
	machine.line = "23456";
	pass(200 * MS);
	assert_true(last.lo_ns[TERM_SERVER] == 23456);
	/* of two figures around a reading the larger one holds */
	machine.line_after = "34567";
	pass(200 * MS);
	assert_true(last.lo_ns[TERM_SERVER] == 34567);
	machine.line_after = "1";
	pass(200 * MS);
	assert_true(last.lo_ns[TERM_SERVER] == 23456);
}

static void a_file_without_a_bound_ends_the_samples(void **state)
{
	static const struct {
		const char *line, *health;
	} bad[] = {
		{NULL, "error bound: No such file or directory"},
		{"", "error bound: its file has no number"},
		{"soon", "error bound: its file has no number"},
		{"12 apples", "error bound: its file has no number"},
		{"999999999999999999999",
		 "error bound: its file has no number"},
		{"-1", "error bound: its file says there is none"},
		{"4294967295", "error bound: its file says there is none"},
		{"10000000001", "error bound: its file says there is none"},
	};

	(void)state;
	opt.error_path = "/sys/x/phc_error_bound";
	machine.line = "1000";
	it_runs();
	pass(5 * FAKE_S);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		machine.line = bad[i].line;
		expect_silence(FAKE_S);
		assert_string_equal(health, bad[i].health);
	}
	machine.line = "1000";
	pass(3 * FAKE_S);
	assert_string_equal(health, "");
	assert_int_equal(wrong, 0);
}

static void impossible_options_are_refused(void **state)
{
	struct phc_options bad;

	(void)state;
	bad = opt;
	bad.name = "";
	assert_int_equal(driver_phc_open(&bad, &machine, &sink, &driver),
			 -EINVAL);
	bad = opt;
	bad.device.name = "";
	assert_int_equal(driver_phc_open(&bad, &machine, &sink, &driver),
			 -EINVAL);
	bad = opt;
	bad.poll_ns = 0;
	assert_int_equal(driver_phc_open(&bad, &machine, &sink, &driver),
			 -EINVAL);
	bad = opt;
	bad.scale = SCALE_UTC_SMEARED;
	assert_int_equal(driver_phc_open(&bad, &machine, &sink, &driver),
			 -EINVAL);
	bad = opt;
	bad.error_ns = -1;
	assert_int_equal(driver_phc_open(&bad, &machine, &sink, &driver),
			 -EINVAL);
	driver = NULL;
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(it_is_counted_before_it_is_there),
		EACH(a_sample_tells_where_its_width_is_from),
		EACH(a_clock_in_utc_gives_utc_where_declared),
		EACH(the_other_scale_than_declared_is_refused),
		EACH(an_arbitrary_scale_is_refused_until_it_is_set),
		EACH(a_jump_ends_the_samples_at_once_and_for_a_while),
		EACH(a_clock_that_stands_still_is_told_so),
		EACH(a_clock_a_third_fast_never_gives_a_sample),
		EACH(a_rate_just_beyond_any_crystals_shows_within_a_minute),
		EACH(a_device_that_goes_and_returns_is_found_again),
		EACH(an_interface_with_another_clock_is_opened_anew),
		EACH(reads_that_fail_open_it_anew_and_may_change_the_mode),
		EACH(one_vain_reading_is_no_news),
		EACH(a_file_says_the_error_bound),
		EACH(a_file_without_a_bound_ends_the_samples),
		EACH(impossible_options_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
