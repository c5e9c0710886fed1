/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ptp4l that is to announce what it is told, and says which clock it serves:
 * told once, seen to for ever, and each trouble has its words.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
/* before cmocka.h */
#include <cmocka.h>

#include "drivers/ptp_export.h"
#include "fake_phc.h"
#include "fake_ptp4l.h"

#define MS INT64_C(1000000)

static struct env machine;
static struct phc_ops ops;
static struct fake_ptp4l engine;
static struct ptp_export *export;
static char dir[] = "/tmp/test_ptp_export.XXXXXX";
static char server[64], own[64];
static struct ptp_served served;

static const struct ptp_settings nothing = {
	.quality = {PTP_CLASS_DEFAULT, PTP_ACCURACY_UNKNOWN,
		    PTP_VARIANCE_UNKNOWN},
	.properties = {37, PTP_TIMESCALE, PTP_SOURCE_OSCILLATOR}};
static const struct ptp_settings locked = {
	.quality = {PTP_CLASS_LOCKED, 0x23, PTP_VARIANCE_UNKNOWN},
	.properties = {37, PTP_TIMESCALE | PTP_TIME_TRACEABLE,
		       PTP_SOURCE_GNSS}};

static void open_it(const char *clock, int domain)
{
	const struct ptp_export_options opt = {.socket = server,
					       .own = own,
					       .domain = domain,
					       .device = {.name = clock,
							  .batch = 5,
							  .drift_ppb = 150e3,
							  .ops = &ops}};

	assert_int_equal(ptp_export_open(&opt, &machine, &export), 0);
}

static int begin(void **state)
{
	(void)state;
	fake_init(&machine, &ops);
	fake_ptp4l_open(&engine, dir);
	return 0;
}

static int end(void **state)
{
	(void)state;
	ptp_export_close(export, NULL);
	export = NULL;
	fake_ptp4l_close(&engine, dir);
	return 0;
}

/* Rounds of the daemon's, enough for a question or two: each 250 ms on, the
 * caller's wish, what ptp4l does. */
static void go(const struct ptp_settings *wanted)
{
	for (int i = 0; i < 3; i++) {
		machine.raw_ns += 250 * MS;
		ptp_export_tell(export, wanted);
		while (fake_serve(&engine))
			;
		ptp_export_listen(export); /* it may have told it then */
		while (fake_serve(&engine))
			;
		ptp_export_listen(export);
	}
}

static const struct ptp_export_view *view(void)
{
	return ptp_export_view(export);
}

static void it_is_told_once_and_seen_to(void **state)
{
	(void)state;
	open_it("realtime", 0);
	go(&locked);
	assert_int_equal(engine.told, 1);
	assert_int_equal(engine.settings[0], PTP_CLASS_LOCKED);
	assert_int_equal(engine.settings[1], 0x23);
	assert_string_equal(view()->health, "");
	assert_int_equal(view()->sets, 1);
	for (int i = 0; i < 20; i++)
		go(&locked);
	assert_int_equal(engine.told, 1);
	assert_true(engine.asked > 20);
}

/* At once: not at the next question. */
static void a_change_is_told_at_once(void **state)
{
	(void)state;
	open_it("realtime", 0);
	go(&locked);
	ptp_export_tell(export, &nothing);
	assert_true(fake_serve(&engine));
	assert_int_equal(engine.told, 2);
	assert_int_equal(engine.settings[0], PTP_CLASS_DEFAULT);
}

static void who_has_forgotten_it_is_told_again(void **state)
{
	(void)state;
	open_it("realtime", 0);
	go(&locked);
	memset(engine.settings, 0, sizeof(engine.settings));
	go(&locked);
	assert_int_equal(engine.told, 2);
	assert_int_equal(engine.settings[0], PTP_CLASS_LOCKED);
}

static void at_the_end_it_is_told_the_last_word(void **state)
{
	(void)state;
	open_it("realtime", 0);
	go(&locked);
	ptp_export_close(export, &nothing);
	export = NULL;
	assert_true(fake_serve(&engine));
	assert_int_equal(engine.settings[0], PTP_CLASS_DEFAULT);
	assert_int_equal(access(own, F_OK), -1); /* and nothing is left */
}

static void software_stamps_are_of_the_systems_clock(void **state)
{
	(void)state;
	open_it("auto", 0);
	assert_int_equal(ptp_export_read(export, &served), -ENODATA);
	assert_string_equal(view()->unseen, "ptp4l has not said yet which "
					    "clock it serves");
	go(&nothing);
	assert_int_equal(ptp_export_read(export, &served), 0);
	assert_true(served.is_utc);
	assert_string_equal(view()->clock, "realtime");
	assert_in_range(machine.real_raw_ns - served.lo_ns, 0, 10000);
	assert_in_range(served.hi_ns - machine.real_raw_ns, 0, 10000);
}

static void a_nic_is_read_where_it_stamps(void **state)
{
	int64_t phc_ns;

	(void)state;
	engine.is_hardware = true;
	engine.interface = "eth0";
	machine.interface[0] = "eth0";
	machine.interface_index[0] = 0;
	open_it("auto", 0);
	go(&nothing);
	assert_int_equal(ptp_export_read(export, &served), 0);
	assert_false(served.is_utc);
	assert_string_equal(view()->clock, "/dev/ptp0");
	phc_ns = fake_phc_at(&machine, served.raw_ns) - served.raw_ns;
	assert_true(served.lo_ns <= phc_ns && phc_ns <= served.hi_ns);
	assert_true(served.hi_ns - served.lo_ns < 5000);
}

static void a_nic_without_a_clock_is_not_seen(void **state)
{
	(void)state;
	engine.is_hardware = true;
	engine.interface = "eth7";
	open_it("auto", 0);
	go(&nothing);
	assert_int_equal(ptp_export_read(export, &served), -ENODATA);
	assert_non_null(strstr(view()->unseen, "eth7"));
	assert_int_equal(ptp_export_read(export, &served), -ENODATA);
	assert_non_null(strstr(view()->unseen, "eth7"));
}

/* It may have begun anew on another clock. */
static void who_has_forgotten_is_asked_again_which_clock(void **state)
{
	(void)state;
	open_it("auto", 0);
	for (int i = 0; i < 3; i++)
		go(&locked);
	assert_int_equal(ptp_export_read(export, &served), 0);
	memset(engine.settings, 0, sizeof(engine.settings));
	engine.is_hardware = true;
	engine.interface = "eth0";
	machine.interface[0] = "eth0";
	machine.interface_index[0] = 0;
	for (int i = 0; i < 3; i++)
		go(&locked);
	assert_int_equal(ptp_export_read(export, &served), 0);
	assert_string_equal(view()->clock, "/dev/ptp0");
}

static void a_clock_declared_unreadable_is_not_read(void **state)
{
	(void)state;
	open_it("none", 0);
	go(&nothing);
	assert_int_equal(ptp_export_read(export, &served), -ENODATA);
	assert_non_null(strstr(view()->unseen, "cannot be read"));
}

/* What is named is not what is served: 37 s are one assumption away. */
static void a_clock_that_is_not_served_is_not_read(void **state)
{
	(void)state;
	open_it("/dev/ptp0", 0);
	for (int i = 0; i < 3; i++)
		go(&nothing);
	assert_int_equal(ptp_export_read(export, &served), -ENODATA);
	assert_non_null(strstr(view()->unseen, "ptp4l stamps in software"));
	assert_true(view()->is_software);
	ptp_export_close(export, NULL);
	engine.is_hardware = true;
	open_it("realtime", 0);
	for (int i = 0; i < 3; i++)
		go(&nothing);
	assert_int_equal(ptp_export_read(export, &served), -ENODATA);
	assert_non_null(strstr(view()->unseen, "ptp4l stamps by hardware"));
}

static void several_clocks_are_not_one(void **state)
{
	(void)state;
	engine.is_hardware = true;
	engine.ports = 2;
	engine.interface = "eth0";
	engine.interface_of_second = "eth1";
	machine.interface[0] = "eth0";
	machine.interface[1] = "eth1";
	machine.interface_index[1] = 1;
	open_it("auto", 0);
	for (int i = 0; i < 3; i++)
		go(&nothing);
	assert_int_equal(ptp_export_read(export, &served), -ENODATA);
	assert_non_null(strstr(view()->unseen, "ptp4l serves several clocks"));
	ptp_export_close(export, NULL);
	machine.interface_index[1] = 0; /* one clock, two ports */
	open_it("auto", 0);
	for (int i = 0; i < 3; i++)
		go(&nothing);
	assert_int_equal(ptp_export_read(export, &served), 0);
}

static void without_a_right_to_the_socket_that_is_told(void **state)
{
	const bool is_root = geteuid() == 0;

	(void)state;
	open_it("realtime", 0);
	go(&locked);
	assert_int_equal(engine.told, 1);
	assert_int_equal(chmod(server, is_root ? 0600 : 0), 0);
	assert_int_equal(chmod(dir, 0755), 0);
	if (is_root)
		assert_int_equal(seteuid(65534), 0);
	ptp_export_tell(export, &nothing);
	if (is_root)
		assert_int_equal(seteuid(0), 0);
	assert_string_equal(view()->health, "there is no right to write to "
					    "ptp4l's socket; its unit "
					    "wants Group=_timed");
	assert_int_equal(chmod(server, 0600), 0);
	for (int i = 0; i < 3; i++)
		go(&nothing);
	assert_string_equal(view()->health, "");
	assert_int_equal(engine.told, 2);
}

static void another_domain_does_not_answer(void **state)
{
	(void)state;
	open_it("realtime", 5);
	for (int i = 0; i < 6; i++)
		go(&locked);
	assert_string_equal(view()->health,
			    "ptp4l does not answer in domain 5");
	assert_true(view()->failures > 0);
	assert_int_equal(engine.told, 0);
	engine.domain = 5;
	for (int i = 0; i < 6; i++)
		go(&locked);
	assert_string_equal(view()->health, "");
	assert_int_equal(engine.told, 1);
}

static void an_absent_ptp4l_is_told_and_found_again(void **state)
{
	(void)state;
	fake_ptp4l_close(&engine, dir);
	open_it("realtime", 0);
	go(&locked);
	assert_non_null(strstr(view()->health, "there is no such socket"));
	assert_false(view()->has_settings);
	fake_ptp4l_open(&engine, dir);
	go(&locked);
	assert_string_equal(view()->health, "");
	assert_int_equal(engine.told, 1);
}

static void one_that_takes_nothing_is_told(void **state)
{
	(void)state;
	engine.is_stubborn = true;
	open_it("realtime", 0);
	go(&locked);
	assert_string_equal(view()->health,
			    "ptp4l does not take what it is told");
	assert_int_equal(view()->sets, 0);
}

static void one_that_refuses_is_told(void **state)
{
	(void)state;
	engine.refuses = 4; /* NOT_SETABLE */
	open_it("realtime", 0);
	go(&locked);
	assert_non_null(strstr(view()->health, "ptp4l refuses (error 4): is "
					       "this its uds_address"));
}

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(server, sizeof(server), "%s/ptp4l", dir);
	snprintf(own, sizeof(own), "%s/own", dir);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	return rmdir(dir);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_is_told_once_and_seen_to),
		TEST(a_change_is_told_at_once),
		TEST(who_has_forgotten_it_is_told_again),
		TEST(at_the_end_it_is_told_the_last_word),
		TEST(software_stamps_are_of_the_systems_clock),
		TEST(a_nic_is_read_where_it_stamps),
		TEST(a_nic_without_a_clock_is_not_seen),
		TEST(who_has_forgotten_is_asked_again_which_clock),
		TEST(a_clock_declared_unreadable_is_not_read),
		TEST(a_clock_that_is_not_served_is_not_read),
		TEST(several_clocks_are_not_one),
		TEST(without_a_right_to_the_socket_that_is_told),
		TEST(another_domain_does_not_answer),
		TEST(an_absent_ptp4l_is_told_and_found_again),
		TEST(one_that_takes_nothing_is_told),
		TEST(one_that_refuses_is_told),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
