/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ptp driver: each of its samples contains true time, and each thing that
 * can become of a master ends in the words for it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* before cmocka.h */
#include <cmocka.h>

#include "ptp_fixture.h"

static void samples_of_a_steered_clock_contain_true_time(void **state)
{
	(void)state;
	begin();
	run(60000);
	assert_string_equal(health, "");
	assert_string_equal(newest()->name, "eth0/000000.0000.000009");
	assert_true(newest()->reachable);
	assert_string_equal(newest()->note, "");
	assert_int_equal(newest()->class, SOURCE_PTP);
	assert_int_equal(newest()->scale, SCALE_TAI);
	assert_true(newest()->poll_ns == FAKE_S);
	/* a few are lost until rounds and readings are under way */
	assert_in_range(forward, 57, 60);
	assert_in_range(backward, 57, 60);
	/* with the Sync before and the Sync after */
	assert_in_range(whole, 114, 119);
	assert_int_equal(wrong, 0);
}

static void a_reading_is_as_wide_as_the_nics_window(void **state)
{
	(void)state;
	opt.asymmetry_ns = 150;
	begin();
	run(30000);
	assert_int_equal(wrong, 0);
	assert_true(last_whole.declared);
	assert_int_equal(last_whole.lo_ns[TERM_DELAY], 150);
	/* half of 1 us, 2 * 20 ns for reading the counter, 8 ns of stamp, and
	 * what the servo may have done in between */
	assert_in_range(last_whole.lo_ns[TERM_MAPPING], 1, 700);
	assert_int_equal(last_whole.lo_ns[TERM_SERVER], 200);
}

static void what_was_measured_of_a_failing_master_is_dropped(void **state)
{
	int before;

	(void)state;
	begin();
	run(10300);
	/* its Sync is out; by the time it is confirmed the class is another */
	exchange();
	engine.class = 248;
	before = samples();
	run(100);
	assert_int_equal(samples(), before);
	run(5000);
	assert_int_equal(samples(), before);
	assert_false(newest()->reachable);
	assert_non_null(strstr(newest()->note, "clockClass 248"));
	engine.class = PTP_CLASS_LOCKED;
	run(5000);
	assert_true(newest()->reachable);
	assert_true(samples() > before);
}

/* A round is asked for at last; ptp4l has read nothing of it yet. */
static void ask(void)
{
	char c;

	while (recv(engine.fd, &c, 1, MSG_PEEK) < 0) {
		if (machine.raw_ns < driver->ops->next_raw_ns(driver))
			machine.raw_ns = driver->ops->next_raw_ns(driver);
		driver->ops->tick(driver);
	}
}

/* Guards: what came while a round was being answered is vouched for by that round
 * only if the one of before says the same: of a master that had not found its
 * reference again it may be, though all answers are of after that. */
static void a_master_that_is_better_now_was_not_when_it_was_heard(void **state)
{
	int before;

	(void)state;
	begin();
	for (int i = 0; i < 20; i++) {
		engine.accuracy = 0x27; /* 100 us */
		run(5000);
		is_mute = true;
		run(2000);
		ask();
		fake_leg(&engine, true,
			 tai_ns(machine.raw_ns) - FORWARD_NS + 50000,
			 fake_phc_at(&machine, machine.raw_ns));
		machine.raw_ns += MS / 10;
		driver->ops->readable(driver);
		engine.accuracy = 0x21; /* 100 ns, and it is that good now */
		settle();
		run(2000);
		is_mute = false;
		assert_int_equal(wrong, 0);
	}
	/* and what comes within a round is of use where nothing changes */
	before = samples();
	run(5000);
	is_mute = true;
	for (int i = 0; i < 20; i++) {
		run(300);
		ask();
		before = samples();
		fake_leg(&engine, true, tai_ns(machine.raw_ns) - FORWARD_NS,
			 fake_phc_at(&machine, machine.raw_ns));
		machine.raw_ns += MS / 10;
		settle();
		run(1000);
		assert_true(samples() > before);
	}
	assert_int_equal(wrong, 0);
}

static void in_class_7_the_error_grows(void **state)
{
	int64_t before_ns;

	(void)state;
	opt.holdover_ppb = 1000;
	begin();
	run(10000);
	engine.class = PTP_CLASS_HOLDOVER;
	run(10000);
	before_ns = last.lo_ns[TERM_SERVER];
	/* and 3 s that an Announce may be old */
	assert_in_range(before_ns, 10000, 14000);
	run(10000);
	assert_in_range(last.lo_ns[TERM_SERVER] - before_ns, 9000, 11000);
}

static void another_grandmaster_is_another_source(void **state)
{
	(void)state;
	begin();
	run(10000);
	assert_int_equal(gone, 1); /* the one without a name */
	engine.gm = 7;
	engine.class = 187;
	run(5000);
	assert_int_equal(gone, 1); /* it has nothing to say yet */
	engine.class = PTP_CLASS_LOCKED;
	run(5000);
	assert_int_equal(gone, 2);
	assert_string_equal(newest()->name, "eth0/000000.0000.000007");
	/* and has no past: what the other was, it was not */
	engine.class = PTP_CLASS_HOLDOVER;
	engine.gm = 6;
	run(5000);
	assert_int_equal(gone, 2);
	assert_non_null(strstr(newest()->note, "clockClass 7"));
}

static void without_sync_a_slave_is_no_source(void **state)
{
	int before;

	(void)state;
	begin();
	run(10000);
	next_sync_raw_ns = INT64_MAX;
	run(1500);
	before = samples();
	run(20000);
	assert_int_equal(samples(), before);
	assert_false(newest()->reachable);
	assert_non_null(strstr(newest()->note, "no Sync any more, port still "
					       "SLAVE"));
	engine.state[0] = PTP_LISTENING;
	run(2000);
	assert_string_equal(newest()->note, "its port is LISTENING");
	engine.gm = 1;
	run(2000);
	assert_string_equal(newest()->note, "ptp4l is itself the grandmaster");
}

static void of_several_ports_the_slave_counts(void **state)
{
	(void)state;
	engine.ports = 3;
	engine.state[0] = PTP_MASTER;
	engine.state[1] = PTP_SLAVE;
	engine.state[2] = PTP_PASSIVE;
	begin();
	run(10000);
	assert_true(newest()->reachable);
	assert_true(whole > 5);
}

static void without_a_monitor_the_data_sets_bound_one_side(void **state)
{
	(void)state;
	is_mute = true;
	begin();
	run(20000);
	assert_in_range(forward, 17, 19);
	assert_int_equal(backward + whole, 0);
	assert_int_equal(wrong, 0);
	assert_non_null(strstr(newest()->note, "one side only"));
}

/* All questions of a round but that one and those after it are answered. */
static void answer_until(uint16_t id)
{
	uint8_t q[54];

	ask();
	for (;;) {
		driver->ops->readable(driver);
		if (recv(engine.fd, q, sizeof(q), MSG_PEEK) == sizeof(q) &&
		    (q[52] << 8 | q[53]) == id)
			return;
		assert_true(fake_serve(&engine));
	}
}

/* The data sets tell of a Sync of a master that is 50 us off. */
static void sync_that_is_off(void)
{
	machine.raw_ns += MS / 10;
	exchange();
	engine.offset_ns -= 50000;
	machine.raw_ns += MS / 10;
}

/* Guards: without a monitor too a Sync has answers before it and after it that say
 * what its master is. */
static void a_sync_that_the_data_sets_tell_of_is_vouched_for(void **state)
{
	(void)state;
	is_mute = true;
	begin();
	for (int i = 0; i < 20; i++) {
		run(5000);
		next_sync_raw_ns = machine.raw_ns + 5 * FAKE_S;
		run(1000);
		/* it says what it was before, and is asked no more */
		answer_until(PTPMSG_TIME_STATUS_NP);
		sync_that_is_off();
		engine.accuracy = 0x27; /* 100 us */
		settle();
		run(10000);
		assert_int_equal(wrong, 0);
		/* it says what it is now, and was asked too late */
		next_sync_raw_ns = machine.raw_ns + 5 * FAKE_S;
		run(1000);
		answer_until(PTPMSG_PARENT_DATA_SET);
		sync_that_is_off();
		engine.accuracy = 0x21; /* 100 ns */
		settle();
		run(6000);
		assert_int_equal(wrong, 0);
	}
	assert_true(forward > 100);
}

static void without_requests_it_says_that_a_side_is_missing(void **state)
{
	(void)state;
	is_peer = true;
	begin();
	run(5000);
	assert_string_equal(newest()->note, "");
	run(20000);
	assert_true(forward > 20);
	assert_int_equal(backward + whole, 0);
	assert_non_null(strstr(newest()->note, "no Delay_Req is answered"));
	assert_true(newest()->reachable);
	is_peer = false;
	run(3000);
	assert_string_equal(newest()->note, "");
}

static void both_sides_with_a_declared_largest_delay(void **state)
{
	int before;

	(void)state;
	is_mute = true;
	opt.delay_ns_max = 5000;
	begin();
	run(20000);
	assert_in_range(whole, 17, 19);
	assert_int_equal(wrong, 0);
	assert_true(last.declared);
	/* the very same answers, for ever: a frozen offset */
	next_sync_raw_ns = INT64_MAX;
	run(1500);
	before = samples();
	run(20000);
	assert_int_equal(samples(), before);
	assert_non_null(strstr(newest()->note, "no Sync any more"));
}

static void a_ptp4l_that_does_not_answer_is_named(void **state)
{
	(void)state;
	engine.domain = 24;
	begin();
	run(3000);
	assert_non_null(strstr(health, "does not answer in domain 0"));
	engine.domain = 0;
	run(10000);
	assert_string_equal(health, "");
	assert_true(whole > 3);
	fake_ptp4l_close(&engine, dir);
	run(3000);
	assert_non_null(strstr(health, "no ptp4l at"));
	assert_false(newest()->reachable);
	fake_bind(&engine, dir);
	run(5000);
	assert_string_equal(health, "");
	assert_true(newest()->reachable);
	assert_int_equal(gone, 1);
	assert_int_equal(wrong, 0);
}

static void what_is_no_message_changes_nothing(void **state)
{
	uint8_t noise[200];

	(void)state;
	begin();
	run(5000);
	srand48(1);
	for (int i = 0; i < 2000; i++) {
		for (size_t k = 0; k < sizeof(noise); k++)
			noise[k] = (uint8_t)lrand48();
		if (i % 2) {
			noise[0] = i % 4 == 1 ? 0x0c : 0x0d;
			noise[1] = 2;
			noise[2] = 0;
			noise[3] = sizeof(noise);
		}
		sendto(engine.fd, noise, sizeof(noise), 0,
		       (const struct sockaddr *)&engine.monitor,
		       sizeof(engine.monitor));
		settle();
	}
	run(5000);
	assert_true(newest()->reachable);
	assert_int_equal(wrong, 0);
}

static void options_that_cannot_be_are_refused(void **state)
{
	struct driver *none;

	(void)state;
	begin();
	opt.domain = 256;
	assert_int_equal(driver_ptp_open(&opt, &machine, &sink, &none),
			 -EINVAL);
	opt.domain = 0;
	opt.delay_ns_min = 10;
	opt.delay_ns_max = 5;
	assert_int_equal(driver_ptp_open(&opt, &machine, &sink, &none),
			 -EINVAL);
	opt.delay_ns_max = -1;
	opt.monitor = "/nowhere/monitor";
	assert_int_equal(driver_ptp_open(&opt, &machine, &sink, &none),
			 -ENOENT);
}


int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(samples_of_a_steered_clock_contain_true_time),
		CASE(a_reading_is_as_wide_as_the_nics_window),
		CASE(what_was_measured_of_a_failing_master_is_dropped),
		CASE(a_master_that_is_better_now_was_not_when_it_was_heard),
		CASE(in_class_7_the_error_grows),
		CASE(another_grandmaster_is_another_source),
		CASE(without_sync_a_slave_is_no_source),
		CASE(of_several_ports_the_slave_counts),
		CASE(without_a_monitor_the_data_sets_bound_one_side),
		CASE(a_sync_that_the_data_sets_tell_of_is_vouched_for),
		CASE(both_sides_with_a_declared_largest_delay),
		CASE(without_requests_it_says_that_a_side_is_missing),
		CASE(a_ptp4l_that_does_not_answer_is_named),
		CASE(what_is_no_message_changes_nothing),
		CASE(options_that_cannot_be_are_refused),
	};
	int failed;

	if (!mkdtemp(dir))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(dir);
	return failed;
}
