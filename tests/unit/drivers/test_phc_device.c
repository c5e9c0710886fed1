/* SPDX-License-Identifier: Apache-2.0 */
/* A PHC by its names, in each mode, and with everything that can be wrong. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <math.h>
#include <string.h>
#include <cmocka.h>

#include "fake_phc.h"
#include "drivers/phc_name.h"

static struct env machine;
static struct phc_ops ops;
static struct phc_device_options opt;
static struct phc *phc;
static char error[PHC_ERROR_SIZE];

static int set_up(void **state)
{
	(void)state;
	fake_init(&machine, &ops);
	opt = (struct phc_device_options){.name = "eth0",
					  .batch = 10,
					  .stamp_ns = 8,
					  .drift_ppb = 150e3,
					  .ops = &ops};
	phc = NULL;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	phc_close(phc);
	assert_int_equal(machine.opened, machine.closed);
	return 0;
}

static int open_it(void)
{
	return phc_open(&opt, &machine, &phc, error);
}

/* Nothing is asked but whether the truth lies within. */
static void it_contains_the_truth(const struct phc_reading *r)
{
	const int64_t offset_ns = fake_phc_at(&machine, r->raw_ns) - r->raw_ns;

	assert_true(r->lo_ns <= offset_ns);
	assert_true(r->hi_ns >= offset_ns);
	assert_true(r->raw_ns <= machine.raw_ns + machine.window_ns);
}

/* --- names ---------------------------------------------------------------- */

static void it_is_found_by_each_of_its_names(void **state)
{
	static const char *const names[] = {"/dev/ptp0", "ptp0", "eth0",
					    "ena-ptp-05"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		opt.name = names[i];
		assert_int_equal(open_it(), 0);
		assert_string_equal(phc_identity(phc)->device, "/dev/ptp0");
		assert_string_equal(phc_identity(phc)->clock, "ena-ptp-05");
		assert_int_equal(phc_identity(phc)->index, 0);
		phc_close(phc);
		phc = NULL;
	}
	opt.name = "KVM virtual PTP";
	assert_int_equal(open_it(), 0);
	assert_string_equal(phc_identity(phc)->device, "/dev/ptp1");
}

static void another_path_is_taken_as_it_is(void **state)
{
	(void)state;
	opt.name = "/dev/ptp_kvm";
	assert_int_equal(open_it(), 0);
	assert_string_equal(phc_identity(phc)->device, "/dev/ptp_kvm");
	assert_string_equal(phc_identity(phc)->clock, "");
	assert_int_equal(phc_identity(phc)->index, -1);
}

static void a_name_of_nothing_or_of_two_is_an_error_that_says_so(void **state)
{
	(void)state;
	opt.name = "eth7";
	assert_int_equal(open_it(), -ENOENT);
	assert_string_equal(error,
			    "there is no interface and no PTP clock \"eth7\"");
	opt.name = "lo";
	assert_int_equal(open_it(), -ENODATA);
	assert_string_equal(error, "lo: the interface has no PTP clock");
	machine.clock[3] = machine.clock[0];
	opt.name = machine.clock[0];
	assert_int_equal(open_it(), -ENOTUNIQ);
	assert_string_equal(error, "ptp0 and ptp3 are both called "
				   "\"ena-ptp-05\"");
	opt.name = "";
	assert_int_equal(open_it(), -EINVAL);
	/* no number of a device */
	opt.name = "ptp99999999999999999999";
	assert_int_equal(open_it(), -ENOENT);
}

static void the_only_one_there_is_needs_no_name(void **state)
{
	(void)state;
	opt.name = PHC_NAME_AUTO;
	assert_int_equal(open_it(), -ENOTUNIQ);
	assert_string_equal(error, "this machine has 2 PTP clocks: say which");
	machine.clock[0] = NULL;
	assert_int_equal(open_it(), 0);
	assert_string_equal(phc_identity(phc)->device, "/dev/ptp1");
	machine.clock[1] = NULL;
	phc_close(phc);
	phc = NULL;
	assert_int_equal(open_it(), -ENOENT);
	assert_string_equal(error, "this machine has no PTP clock");
}

static void a_path_without_end_is_refused(void **state)
{
	char path[200];

	(void)state;
	memset(path, 'p', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	opt.name = path;
	assert_int_equal(open_it(), -ENAMETOOLONG);
}

/* --- opening -------------------------------------------------------------- */

static void what_is_not_allowed_or_no_clock_is_told(void **state)
{
	(void)state;
	machine.open_err = -EACCES;
	assert_int_equal(open_it(), -EACCES);
	assert_string_equal(error, "/dev/ptp0: Permission denied");
	machine.open_err = 0;
	machine.caps_err = -ENOTTY;
	assert_int_equal(open_it(), -ENOENT);
	assert_string_equal(error, "/dev/ptp0 is no PTP clock: "
				   "Inappropriate ioctl for device");
}

static void impossible_options_are_refused(void **state)
{
	(void)state;
	opt.batch = 0;
	assert_int_equal(open_it(), -EINVAL);
	opt.batch = PHC_BATCH_MAX + 1;
	assert_int_equal(open_it(), -EINVAL);
	opt.batch = 1;
	opt.stamp_ns = -1;
	assert_int_equal(open_it(), -EINVAL);
	phc_close(NULL);
}

static void the_modes_are_tried_from_the_best_down(void **state)
{
	static const unsigned long order[] = {
		PTP_CLOCK_GETCAPS, PTP_SYS_OFFSET_PRECISE,
		PTP_SYS_OFFSET_EXTENDED, PTP_SYS_OFFSET_EXTENDED,
		PTP_SYS_OFFSET};
	struct phc_reading r;

	(void)state;
	machine.precise_err = machine.extended_err = -EOPNOTSUPP;
	machine.raw_err = -EINVAL;
	assert_int_equal(open_it(), 0);
	assert_int_equal(phc_mode(phc), PHC_BASIC);
	assert_int_equal(machine.ask_count, 5);
	assert_memory_equal(machine.asked, order, sizeof(order));
	assert_string_equal(
		phc_fallback(phc),
		"no precise (Operation not supported), no extended-raw "
		"(Invalid argument), no extended (Operation not supported)");
	assert_int_equal(phc_read(phc, &r), 0);
	assert_int_equal(r.mode, PHC_BASIC);
	it_contains_the_truth(&r);
}

static void the_best_mode_needs_no_excuse(void **state)
{
	struct phc_reading r;

	(void)state;
	assert_int_equal(open_it(), 0);
	assert_int_equal(phc_mode(phc), PHC_PRECISE);
	assert_string_equal(phc_fallback(phc), "");
	assert_int_equal(phc_read(phc, &r), 0);
	it_contains_the_truth(&r);
	/* a tick of the timer, what was declared, and four roundings */
	assert_in_range(r.hi_ns - r.lo_ns, 53, 53 + 2 * 8 + 4);
}

static void a_mode_that_was_asked_for_is_not_replaced(void **state)
{
	(void)state;
	opt.mode = PHC_PRECISE;
	machine.precise_err = -EOPNOTSUPP;
	assert_int_equal(open_it(), -EOPNOTSUPP);
	assert_string_equal(error,
			    "/dev/ptp0: no precise (Operation not supported)");
	opt.mode = PHC_EXTENDED; /* of the raw counter, if that can be had */
	assert_int_equal(open_it(), 0);
	assert_int_equal(phc_mode(phc), PHC_EXTENDED_RAW);
	phc_close(phc);
	machine.raw_err = -EINVAL;
	assert_int_equal(open_it(), 0);
	assert_int_equal(phc_mode(phc), PHC_EXTENDED);
	phc_close(phc);
	opt.mode = PHC_BASIC;
	assert_int_equal(open_it(), 0);
	assert_int_equal(phc_mode(phc), PHC_BASIC);
}

/* --- readings ------------------------------------------------------------- */

static void only_mode(enum phc_mode mode)
{
	opt.mode = mode;
	if (mode == PHC_EXTENDED)
		machine.raw_err = -EINVAL;
}

static void wherever_the_phc_is_latched_the_truth_is_within(void **state)
{
	static const enum phc_mode modes[] = {PHC_EXTENDED_RAW, PHC_EXTENDED,
					      PHC_BASIC};
	static const double rates[] = {0, -90e3, 90e3};
	struct phc_reading r;

	(void)state;
	for (int m = 0; m < 3; m++) {
		only_mode(modes[m]);
		assert_int_equal(open_it(), 0);
		for (int i = 0; i <= 30; i++) {
			machine.latch = (i % 11) / 10.0;
			machine.wide_every = i % 4;
			fake_set_rate(&machine, rates[i % 3]);
			machine.raw_ns += FAKE_S / 10;
			assert_int_equal(phc_read(phc, &r), 0);
			assert_int_equal(r.mode, modes[m]);
			it_contains_the_truth(&r);
		}
		phc_close(phc);
		phc = NULL;
	}
}

static void the_width_is_the_window_and_what_is_declared(void **state)
{
	struct phc_reading r;

	(void)state;
	only_mode(PHC_EXTENDED_RAW);
	machine.quantum_ns = 1;
	assert_int_equal(open_it(), 0);
	assert_int_equal(phc_read(phc, &r), 0);
	/* 1000 ns and a system read of 20, 1 ns of rounding a side, the
	 * quantum of 8 a side; the batch of 10 us moves by 2 ns at 150 ppm */
	assert_in_range(r.hi_ns - r.lo_ns, 1036, 1036 + 4);
	assert_int_equal(r.stamp_ns, 8);
	assert_true(llabs(r.phc_ns - r.raw_ns - (r.lo_ns + r.hi_ns) / 2) <= 1);
}

/* One read is short before the latch, another after it. */
static void a_batch_is_intersected_and_not_averaged(void **state)
{
	struct phc_reading r;

	(void)state;
	only_mode(PHC_EXTENDED_RAW);
	machine.wide_every = 2; /* each other read takes 50 us */
	assert_int_equal(open_it(), 0);
	assert_int_equal(phc_read(phc, &r), 0);
	assert_true(r.hi_ns - r.lo_ns < 1200 + 2 * 75); /* 500 us, 150 ppm */
	it_contains_the_truth(&r);
}

static void realtime_costs_its_own_brackets(void **state)
{
	struct phc_reading raw, real;

	(void)state;
	only_mode(PHC_EXTENDED_RAW);
	assert_int_equal(open_it(), 0);
	assert_int_equal(phc_read(phc, &raw), 0);
	phc_close(phc);
	only_mode(PHC_EXTENDED);
	assert_int_equal(open_it(), 0);
	assert_int_equal(phc_read(phc, &real), 0);
	it_contains_the_truth(&real);
	assert_true(real.hi_ns - real.lo_ns > raw.hi_ns - raw.lo_ns);
	/* two brackets of 40 ns each, not more than both */
	assert_true(real.hi_ns - real.lo_ns < raw.hi_ns - raw.lo_ns + 100);
}

static void a_step_of_realtime_within_a_batch_voids_it(void **state)
{
	struct phc_reading r = {.raw_ns = -1};

	(void)state;
	only_mode(PHC_EXTENDED);
	assert_int_equal(open_it(), 0);
	machine.step_real_ns = 1000000;
	assert_int_equal(phc_read(phc, &r), -EAGAIN);
	machine.step_real_ns = -3 * FAKE_S;
	assert_int_equal(phc_read(phc, &r), -EAGAIN);
	assert_true(r.raw_ns == -1); /* written only on success */
	assert_int_equal(phc_read(phc, &r), 0);
	it_contains_the_truth(&r);
}

static void windows_too_wide_say_nothing(void **state)
{
	struct phc_reading r;

	(void)state;
	only_mode(PHC_EXTENDED_RAW);
	opt.window_ns_max = 5000;
	machine.wide_every = 1;
	assert_int_equal(open_it(), 0);
	assert_int_equal(phc_read(phc, &r), -EAGAIN);
	machine.wide_every = 3;
	assert_int_equal(phc_read(phc, &r), 0);
	it_contains_the_truth(&r);
}

static void a_frozen_phc_contradicts_itself(void **state)
{
	struct phc_reading r;

	(void)state;
	only_mode(PHC_EXTENDED_RAW);
	assert_int_equal(open_it(), 0);
	machine.frozen = true;
	machine.wide_every = 3;
	assert_int_equal(phc_read(phc, &r), -EAGAIN);
}

static void absurd_times_are_no_times(void **state)
{
	struct phc_reading r;

	(void)state;
	only_mode(PHC_EXTENDED_RAW);
	assert_int_equal(open_it(), 0);
	machine.phc_ns = INT64_MAX - FAKE_S; /* the year 2262 */
	assert_int_equal(phc_read(phc, &r), -ERANGE);
}

static void the_frequency_is_told_where_the_kernel_tells_it(void **state)
{
	struct phc_reading r;

	(void)state;
	only_mode(PHC_EXTENDED_RAW);
	assert_int_equal(open_it(), 0);
	machine.named_ppb = -1234.5;
	assert_int_equal(phc_read(phc, &r), 0);
	assert_true(r.has_rate);
	assert_true(fabs(r.rate_ppb + 1234.5) < 1e-9);
	machine.rate_err = -EACCES;
	assert_int_equal(phc_read(phc, &r), 0);
	assert_false(r.has_rate);
	it_contains_the_truth(&r);
}

static void trouble_with_the_device_is_passed_on(void **state)
{
	struct phc_reading r;

	(void)state;
	only_mode(PHC_EXTENDED_RAW);
	assert_int_equal(open_it(), 0);
	machine.raw_err = -ENODEV;
	assert_int_equal(phc_read(phc, &r), -ENODEV);
	machine.raw_err = -EIO;
	assert_int_equal(phc_read(phc, &r), -EIO);
	machine.raw_err = -EINTR;
	assert_int_equal(phc_read(phc, &r), -EAGAIN);
	machine.raw_err = 0;
	assert_int_equal(phc_read(phc, &r), 0);
}

static void
a_machine_that_cannot_read_its_own_clock_reads_no_other(void **state)
{
	struct phc_reading r;

	(void)state;
	only_mode(PHC_BASIC);
	assert_int_equal(open_it(), 0);
	machine.pair_err = -EINVAL;
	assert_int_equal(phc_read(phc, &r), -EAGAIN);
}

/* --- the kernel itself ----------------------------------------------------- */

static void the_kernel_here_answers_as_it_should(void **state)
{
	int index;
	char line[16];
	double ppb;
	int fd = phc_linux.open(NULL, "/dev/null");

	(void)state;
	assert_int_equal(phc_linux.open(NULL, "/nowhere/ptp0"), -ENOENT);
	assert_true(fd >= 0);
	assert_int_equal(phc_linux.control(NULL, fd, PTP_CLOCK_GETCAPS, line),
			 -ENOTTY);
	assert_true(phc_linux.rate(NULL, fd, &ppb) < 0);
	phc_linux.close(NULL, fd);
	assert_int_equal(phc_linux.interface(NULL, "no-such-if", &index),
			 -ENODEV);
	assert_int_equal(
		phc_linux.interface(NULL, "a-name-too-long-for-any", &index),
		-ENODEV);
	assert_int_equal(phc_linux.interface(NULL, "lo", &index), -ENODATA);
	assert_int_equal(phc_linux.line(NULL, "/proc/sys/kernel/ostype", line,
					sizeof(line)),
			 0);
	assert_string_equal(line, "Linux");
	assert_int_equal(phc_linux.line(NULL, "/nowhere", line, sizeof(line)),
			 -ENOENT);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EACH(it_is_found_by_each_of_its_names),
		EACH(another_path_is_taken_as_it_is),
		EACH(a_name_of_nothing_or_of_two_is_an_error_that_says_so),
		EACH(the_only_one_there_is_needs_no_name),
		EACH(a_path_without_end_is_refused),
		EACH(what_is_not_allowed_or_no_clock_is_told),
		EACH(impossible_options_are_refused),
		EACH(the_modes_are_tried_from_the_best_down),
		EACH(the_best_mode_needs_no_excuse),
		EACH(a_mode_that_was_asked_for_is_not_replaced),
		EACH(wherever_the_phc_is_latched_the_truth_is_within),
		EACH(the_width_is_the_window_and_what_is_declared),
		EACH(a_batch_is_intersected_and_not_averaged),
		EACH(realtime_costs_its_own_brackets),
		EACH(a_step_of_realtime_within_a_batch_voids_it),
		EACH(windows_too_wide_say_nothing),
		EACH(a_frozen_phc_contradicts_itself),
		EACH(absurd_times_are_no_times),
		EACH(the_frequency_is_told_where_the_kernel_tells_it),
		EACH(trouble_with_the_device_is_passed_on),
		EACH(a_machine_that_cannot_read_its_own_clock_reads_no_other),
		EACH(the_kernel_here_answers_as_it_should),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
