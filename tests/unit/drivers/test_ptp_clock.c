/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ptp driver and the clock that ptp4l stamps by: one that is stepped, that is
 * another now, or was never the one that is configured.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* before cmocka.h */
#include <cmocka.h>

#include "ptp_fixture.h"

/* What was stamped before it shows again after it: a Delay_Req that waits for its
 * round is not of that later moment. */
static void a_clock_that_was_stepped_back_shows_no_stamp_twice(void **state)
{
	(void)state;
	begin();
	run(10000);
	sync_ns = FAKE_S / 64;
	for (int64_t ms = 3; ms <= 60; ms++) {
		step_ns = -ms * MS;
		step_raw_ns = INT64_MAX;
		run(1500);
		assert_int_equal(step_ns, 0);
		assert_int_equal(wrong, 0);
	}
	assert_true(samples() > 100);
}

/* ptp4l on a bond: its stamps are of the active member's clock. */
static void a_bond_that_fails_over_is_read_by_its_new_clock(void **state)
{
	static const int64_t apart_ns[] = {300,	   -900,     50000,
					   -50000, -20 * MS, 3 * FAKE_S};
	int before;

	(void)state;
	opt.asymmetry_ns = (FORWARD_NS - BACKWARD_NS) / 2;
	begin();
	for (int i = 0; i < 6; i++) {
		machine.interface_index[0] = 0;
		run(10000);
		machine.apart_ns = apart_ns[i];
		machine.interface_index[0] = 1;
		before = samples();
		run(10000);
		assert_int_equal(wrong, 0);
		assert_in_range(samples() - before, 10, 40);
		assert_string_equal(newest()->via, "/dev/ptp1 (precise)");
	}
	/* no member is up */
	machine.interface_index[0] = -1;
	run(12000);
	assert_string_equal(health, "eth0: the interface has no PTP clock");
	machine.interface_index[0] = 0;
	before = samples();
	run(20000);
	assert_string_equal(health, "");
	assert_true(samples() - before > 10);
	assert_int_equal(wrong, 0);
}

static void a_clock_that_was_stepped_in_between_is_not_asked(void **state)
{
	(void)state;
	begin();
	run(10000);
	for (int i = 0; i < 20; i++) {
		/* between the stamp and the next reading */
		exchange();
		machine.phc_ns += i % 2 ? 50000 : -50000;
		machine.raw_ns += MS;
		settle();
		run(1700);
	}
	assert_int_equal(wrong, 0);
	assert_true(forward > 20);
}

static void expect_silence(const char *note)
{
	int before;

	run(3000);
	before = samples();
	run(10000);
	assert_int_equal(samples(), before);
	assert_false(newest()->reachable);
	assert_string_equal(newest()->note, note);
	assert_int_equal(wrong, 0);
}

static void expect_samples(void)
{
	const int before = samples();

	run(10000);
	assert_true(samples() - before > 10);
	assert_true(newest()->reachable);
	assert_int_equal(wrong, 0);
}

/* A wrong ptp.device, or two clocks under one ptp4l (boundary_clock_jbod). */
static void stamps_of_another_clock_are_not_used(void **state)
{
	(void)state;
	machine.interface[2] = "eth1";
	machine.interface_index[2] = 1;
	begin();
	expect_samples();
	engine.interface = "eth1";
	expect_silence("ptp4l stamps by eth1's clock, ptp1, and ptp.device is "
		       "ptp0");
	engine.interface = "eth0";
	expect_samples();
	engine.is_hardware = false;
	expect_silence("ptp4l stamps in software, and ptp.device is \"eth0\"");
	engine.is_hardware = true;
	engine.ports = 2;
	engine.interface_of_second = "eth1";
	expect_samples();
	engine.state[0] = PTP_MASTER;
	engine.state[1] = PTP_SLAVE;
	expect_silence("ptp4l stamps by eth1's clock, ptp1, and ptp.device is "
		       "ptp0");
	/* of another network namespace */
	engine.interface_of_second = "net7";
	expect_samples();
}

/* As timemaster makes them, where several ptp4l share a NIC. */
static void a_virtual_clock_is_its_interfaces(void **state)
{
	(void)state;
	opt.device.name = "/dev/ptp3";
	machine.clock[3] = "ptp0_virt";
	begin();
	expect_samples();
	assert_string_equal(newest()->via, "/dev/ptp3 (precise)");
	machine.interface_index[0] = 1;
	expect_silence("ptp4l stamps by eth0's clock, ptp1, and ptp.device is "
		       "ptp3");
}

static void a_ptp4l_that_does_not_tell_its_interface_is_believed(void **state)
{
	(void)state;
	begin();
	expect_samples();
	engine.age = FAKE_OLD;
	expect_samples();
	engine.age = FAKE_NEW;
	expect_samples();
}

static void and_so_is_one_that_says_nothing_to_that(void **state)
{
	(void)state;
	engine.age = FAKE_MUTE;
	begin();
	expect_samples();
}

static void a_clock_that_cannot_be_read_is_named(void **state)
{
	(void)state;
	machine.open_err = -EACCES;
	begin();
	run(3000);
	assert_true(health[0] != '\0');
	assert_int_equal(samples(), 0);
	machine.open_err = 0;
	run(15000);
	assert_string_equal(health, "");
	assert_true(whole > 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_clock_that_was_stepped_back_shows_no_stamp_twice),
		CASE(a_bond_that_fails_over_is_read_by_its_new_clock),
		CASE(a_clock_that_was_stepped_in_between_is_not_asked),
		CASE(stamps_of_another_clock_are_not_used),
		CASE(a_virtual_clock_is_its_interfaces),
		CASE(a_ptp4l_that_does_not_tell_its_interface_is_believed),
		CASE(and_so_is_one_that_says_nothing_to_that),
		CASE(a_clock_that_cannot_be_read_is_named),
	};
	int failed;

	if (!mkdtemp(dir))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(dir);
	return failed;
}
