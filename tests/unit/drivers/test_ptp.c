/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ptp driver between a modelled ptp4l and a modelled NIC, whose clock is
 * steered: each of its samples contains true time, and each thing that can
 * become of a master ends in the words for it.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <math.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
/* before cmocka.h */
#include <cmocka.h>

#include "drivers/ptp.h"
#include "fake_phc.h"
#include "fake_ptp4l.h"

#define MS INT64_C(1000000)

#define FORWARD_NS  1200
#define BACKWARD_NS 900

static struct env machine;
static struct phc_ops ops;
static struct fake_ptp4l engine;
static struct ptp_options opt;
static struct driver *driver;
static char dir[] = "/tmp/test_ptp.XXXXXX";
static int64_t next_sync_raw_ns, sync_ns; /* interval */
static bool is_mute; /* no exchanges */
static int64_t step_ns, step_raw_ns; /* of the NIC's clock, once */
static bool is_peer; /* no Delay_Req: peer-to-peer delays */

/* What the driver has said. */
static struct source_info info[8];
static int sources, gone;
static char health[256];
static struct sample last, last_whole;
static int forward, backward, whole, wrong;

static int on_source(void *arg, const struct source_info *told)
{
	(void)arg;
	for (int i = 0; i < sources; i++)
		if (strcmp(info[i].name, told->name) == 0) {
			info[i] = *told;
			return i;
		}
	info[sources] = *told;
	return sources++;
}

static void on_gone(void *arg, int source)
{
	(void)arg;
	info[source].name[0] = '\0';
	gone++;
}

static const struct source_info *newest(void)
{
	return &info[sources - 1];
}

/* TAI is what the machine's CLOCK_REALTIME shows and 37 s, for ever. */
static int64_t tai_ns(int64_t raw_ns)
{
	return raw_ns + machine.real_raw_ns + 37 * FAKE_S;
}

/* TAI runs as raw does: the ruler shifts by its rate times the age. */
static bool is_right(const struct sample *m)
{
	const double f = m->ruler_ppb_min * 1e-9;
	const double x_ns = (double)(tai_ns(0) - m->mid_ns);
	const double a_ns = x_ns + f * (double)m->age_ns_min;
	const double b_ns = x_ns + f * (double)m->age_ns_max;
	double lo_ns = 0, hi_ns = 0;

	for (int t = 0; t < TERM_COUNT; t++) {
		lo_ns += (double)m->lo_ns[t];
		hi_ns += (double)m->hi_ns[t];
	}
	return fmin(a_ns, b_ns) <= hi_ns + 1 && fmax(a_ns, b_ns) >= -lo_ns - 1;
}

static void on_sample(void *arg, int source, const struct sample *m)
{
	(void)arg;
	assert_in_range(source, 0, sources - 1);
	assert_true(m->raw_ns <= machine.raw_ns);
	last = *m;
	if (m->hi_ns[TERM_DELAY] == SAMPLE_NO_BOUND) {
		forward++;
	} else if (m->lo_ns[TERM_DELAY] == SAMPLE_NO_BOUND) {
		backward++;
	} else {
		whole++;
		last_whole = *m;
	}
	if (!is_right(m))
		wrong++;
}

static void on_health(void *arg, const char *text)
{
	(void)arg;
	snprintf(health, sizeof(health), "%s", text);
}

static const struct driver_sink sink = {on_source, on_gone, on_sample,
					on_health, NULL};

static int samples(void)
{
	return forward + backward + whole;
}

static void begin(void)
{
	assert_int_equal(driver_ptp_open(&opt, &machine, &sink, &driver), 0);
}

static int set_up(void **state)
{
	static char server[64], monitor[64];

	(void)state;
	fake_init(&machine, &ops);
	fake_ptp4l_open(&engine, dir);
	engine.is_hardware = true;
	engine.interface = "eth0";
	snprintf(server, sizeof(server), "%s/ptp4l", dir);
	snprintf(monitor, sizeof(monitor), "%s/monitor", dir);
	opt = ptp_defaults;
	opt.name = "eth0";
	opt.socket = server;
	opt.monitor = monitor;
	opt.device.name = "eth0";
	opt.device.stamp_ns = 8;
	opt.device.ops = &ops;
	memset(info, 0, sizeof(info));
	sources = gone = forward = backward = whole = wrong = 0;
	health[0] = '\0';
	is_mute = is_peer = false;
	sync_ns = FAKE_S;
	step_ns = 0;
	step_raw_ns = INT64_MAX;
	next_sync_raw_ns = machine.raw_ns + FAKE_S / 2;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	driver->ops->close(driver);
	fake_ptp4l_close(&engine, dir);
	return 0;
}

/* By the clock that eth0 has now. */
static int64_t stamp_of_now(void)
{
	return fake_phc_at(&machine, machine.raw_ns) +
	       (machine.interface_index[0] > 0 ? machine.apart_ns : 0);
}

/* An exchange: Sync now, Delay_Req 0.2 s later. The servo acts on each Sync: the
 * kernel names every frequency it sets. */
static void exchange(void)
{
	static const double steps_ppb[] = {1000, -700, 300, -600};
	static int n;
	const int64_t stamp_ns = stamp_of_now();

	if (!is_mute)
		fake_leg(&engine, true, tai_ns(machine.raw_ns) - FORWARD_NS,
			 stamp_ns);
	engine.ingress_ns = stamp_ns;
	engine.path_delay_ns = (FORWARD_NS + BACKWARD_NS) / 2;
	engine.offset_ns = stamp_ns - tai_ns(machine.raw_ns) + FORWARD_NS -
			   engine.path_delay_ns;
	machine.named_ppb += steps_ppb[n % 4];
	fake_set_rate(&machine, 20000 + machine.named_ppb);
	n++;
}

/* A Delay_Req; if it is asked for, the clock is stepped shortly after. */
static void request(void)
{
	if (!is_mute && !is_peer)
		fake_leg(&engine, false, stamp_of_now(),
			 tai_ns(machine.raw_ns) + BACKWARD_NS);
	if (step_ns)
		step_raw_ns = machine.raw_ns + 2 * MS;
}

static void step_clock(void)
{
	if (!step_ns || machine.raw_ns < step_raw_ns)
		return;
	machine.phc_ns += step_ns;
	step_ns = 0;
}

/* Both have their say until neither has any more. */
static void settle(void)
{
	for (int i = 0; i < 64; i++) {
		driver->ops->readable(driver);
		if (machine.raw_ns >= driver->ops->next_raw_ns(driver))
			driver->ops->tick(driver);
		if (!fake_serve(&engine) &&
		    machine.raw_ns < driver->ops->next_raw_ns(driver))
			break;
	}
	driver->ops->readable(driver);
}

static void run(int64_t ms)
{
	const int64_t until_ns = machine.raw_ns + ms * MS;
	static int64_t request_raw_ns = INT64_MAX;

	while (machine.raw_ns < until_ns) {
		machine.raw_ns += 5 * MS;
		if (machine.raw_ns >= next_sync_raw_ns) {
			exchange();
			next_sync_raw_ns += sync_ns;
			request_raw_ns = machine.raw_ns + sync_ns / 5;
			machine.raw_ns += MS / 2;
		}
		if (machine.raw_ns >= request_raw_ns) {
			request();
			request_raw_ns = INT64_MAX;
			machine.raw_ns += MS / 2;
		}
		settle();
		step_clock();
	}
}

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

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(samples_of_a_steered_clock_contain_true_time),
		CASE(a_reading_is_as_wide_as_the_nics_window),
		CASE(a_bond_that_fails_over_is_read_by_its_new_clock),
		CASE(a_clock_that_was_stepped_in_between_is_not_asked),
		CASE(a_clock_that_was_stepped_back_shows_no_stamp_twice),
		CASE(what_was_measured_of_a_failing_master_is_dropped),
		CASE(a_master_that_is_better_now_was_not_when_it_was_heard),
		CASE(in_class_7_the_error_grows),
		CASE(another_grandmaster_is_another_source),
		CASE(without_sync_a_slave_is_no_source),
		CASE(of_several_ports_the_slave_counts),
		CASE(stamps_of_another_clock_are_not_used),
		CASE(a_virtual_clock_is_its_interfaces),
		CASE(a_ptp4l_that_does_not_tell_its_interface_is_believed),
		CASE(and_so_is_one_that_says_nothing_to_that),
		CASE(without_a_monitor_the_data_sets_bound_one_side),
		CASE(a_sync_that_the_data_sets_tell_of_is_vouched_for),
		CASE(both_sides_with_a_declared_largest_delay),
		CASE(without_requests_it_says_that_a_side_is_missing),
		CASE(a_ptp4l_that_does_not_answer_is_named),
		CASE(a_clock_that_cannot_be_read_is_named),
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
